"""The engine: receive, apply, deliver, sweep. It knows messages and effects, never what they mean."""
