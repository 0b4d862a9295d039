"""Deterministic simulation: production code, many workers, one seed, faults at every boundary."""
