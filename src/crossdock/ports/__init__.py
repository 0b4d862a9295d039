"""What Crossdock asks of an outside system: capabilities, manifest, messages, effects, errors."""
