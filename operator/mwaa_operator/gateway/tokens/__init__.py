"""Queue tokens: the keys that sign them, and the Secrets of routes that hold them."""
