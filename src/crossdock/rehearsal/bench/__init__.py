"""Benchmarks: measured figures with their baselines, never tests with a clock."""
