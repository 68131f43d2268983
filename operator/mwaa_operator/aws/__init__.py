"""The only importer of boto3: credentials, clients, rate limits, errors, and one port for each service."""
