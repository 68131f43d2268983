"""Histogram buckets in seconds: those of the upstream metrics verbatim, so that existing dashboards fit."""

from __future__ import annotations

# controller-runtime, pkg/internal/controller/metrics: ReconcileTime.
RECONCILE = (
    0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0,
    1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0,
    50.0, 60.0,
)  # fmt: skip

# controller-runtime, pkg/metrics/workqueue.go: ExponentialBuckets(10e-9, 10, 12).
WORKQUEUE = tuple(10.0**exponent for exponent in range(-8, 4))

# Kubernetes, component-base/metrics/prometheus/restclient: requestLatency.
REST_CLIENT = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)

# Ours: from a cached answer to the longest call that is allowed.
AWS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0)
AWS_WAIT = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0)
ROLLOUT = (5.0, 10.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0)
RUN = (60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0, 7200.0, 14_400.0, 28_800.0, 86_400.0)
