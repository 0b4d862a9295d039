"""Twins (simulators that speak a vendor's real protocol), faults on demand, a striking TCP proxy.

Shipped, so that connectors outside this package can test themselves with it.
"""
