"""The only user of kopf: watches in, events out, and the life of the process. It decides nothing about any object."""
