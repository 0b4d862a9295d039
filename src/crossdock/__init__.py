"""Crossdock: every business event takes effect once, in order, in every system that must know."""

__version__ = "0.1.0"
