"""The demo: a whole cloud on this machine, the operator in it, and a short story to watch."""
