"""Simulated Amazon MWAA Serverless: a pure state machine that runs definitions, behind the service's own wire."""
