"""Benchmarks of the built binary; see README.md one folder up."""
