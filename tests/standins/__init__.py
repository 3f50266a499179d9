"""Stand-ins for what the helpline talks to: imported by tests, fault tests and benchmarks."""
