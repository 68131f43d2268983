"""What a pass over a gateway sees: routes, pods, revisions, neighbours. Pure but for `revisions` and `answers`."""
