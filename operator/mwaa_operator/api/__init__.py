"""What all kinds share: metadata, conditions, results, plans and the CRD emitter. Pure: no I/O and no clock."""
