"""What benchmarks drive the system with."""
