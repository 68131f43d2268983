"""Everything about SparkJobRoute."""
