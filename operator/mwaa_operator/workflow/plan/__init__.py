"""The decisions of ServerlessWorkflow: one pure function over what was observed."""

from mwaa_operator.workflow.plan.failures import plan_failure
from mwaa_operator.workflow.plan.situation import Observed, Situation
from mwaa_operator.workflow.plan.together import plan_workflow

__all__ = ["Observed", "Situation", "plan_failure", "plan_workflow"]
