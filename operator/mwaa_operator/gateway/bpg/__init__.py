"""Apple's Batch Processing Gateway as its source says it: what it makes of a file, and where it sends a job. Pure."""
