"""The only importer of kopf: watches feed the cache and the queue, and the process has one lifecycle."""
