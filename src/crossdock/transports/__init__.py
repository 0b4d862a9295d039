"""Transports: bytes in, bytes out."""
