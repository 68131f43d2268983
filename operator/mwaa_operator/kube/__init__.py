"""The only writer to Kubernetes: client, status, finalizers, Events and Leases."""
