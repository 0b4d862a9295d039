"""Process families: use cases as pure decisions over explicit state machines."""
