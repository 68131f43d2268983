"""A cloud on one machine, for the demo and the tests.

A real Kubernetes control plane, a simulated AWS, a fault proxy and a launcher for the operator, all on loopback and
without containers. It never imports the operator: it meets it as a user would, over the wire.
"""
