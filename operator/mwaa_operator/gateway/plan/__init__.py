"""The decisions of SparkGateway: one pure function over what was observed."""

from mwaa_operator.gateway.plan.chain import plan_rollout
from mwaa_operator.gateway.plan.situation import Observed, Situation

__all__ = ["Observed", "Situation", "plan_rollout"]
