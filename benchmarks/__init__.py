"""Benchmarks: each prints its figure beside that of a named baseline measured in the same run (docs/benchmarks.md)."""
