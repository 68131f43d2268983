"""The command line: one module for each verb; it parses, calls, and prints, and knows nothing else."""

from __future__ import annotations

from mwaa_operator.cli.main import main

__all__ = ["main"]
