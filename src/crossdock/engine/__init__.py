"""The engine: receive, apply, deliver, sweep. It never knows what messages and effects mean."""
