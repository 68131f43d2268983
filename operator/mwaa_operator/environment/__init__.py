"""Everything about MwaaEnvironment."""
