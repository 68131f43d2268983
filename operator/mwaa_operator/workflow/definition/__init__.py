"""The definition of a workflow: read, judged, and turned into what the planner and the role generator read."""
