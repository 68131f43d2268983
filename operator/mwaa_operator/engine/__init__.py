"""The reconcile engine: cache, keyed queue, workers, back-off, resync and leadership. It knows no kind."""
