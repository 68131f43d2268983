"""Everything about SparkGateway."""
