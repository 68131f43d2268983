"""The execution role of a workflow: what a given one lacks, and what one of our own says."""
