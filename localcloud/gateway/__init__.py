"""A stand-in for the Batch Processing Gateway (BPG): the same HTTP API from the same file, with the same mistakes."""
