"""A stand-in for a node: it binds pods, runs known images as local processes and tells the API server about them."""
