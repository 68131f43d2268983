"""The Kubernetes objects of a gateway, as data: what they shall be, and whether what is there still is that. Pure."""
