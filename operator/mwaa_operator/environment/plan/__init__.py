"""The planner: `plan_environment(situation) -> Plan`, and what becomes of a plan whose call failed. Pure."""

from mwaa_operator.environment.plan.chain import plan_environment
from mwaa_operator.environment.plan.failures import plan_failure
from mwaa_operator.environment.plan.situation import Situation

__all__ = ["Situation", "plan_environment", "plan_failure"]
