"""The only writer to Kubernetes: status, finalizers, Events, Secrets of our own, and the Lease."""
