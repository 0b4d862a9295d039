"""Drives everything at once: the demo's trading day, its checker, load and capacity runs."""
