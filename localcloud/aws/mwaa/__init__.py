"""Simulated Amazon MWAA: a pure state machine, and the thin service that serves it."""
