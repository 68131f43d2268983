"""Simulated AWS for tests, benchmarks and the demo: nothing here is part of the product, and nothing here calls AWS."""
