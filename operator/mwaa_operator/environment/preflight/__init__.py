"""Checks before a create: facts are gathered, verdicts are pure."""
