"""A Kubernetes operator for Amazon MWAA, MWAA Serverless and Spark job routing."""

__version__ = "0.1.0"
