"""Every kind that has models, whether the operator serves it already or not.

A kind without a controller is not in `mwaa_operator.kinds`; its models are judged by the same tests all the same.
"""

from __future__ import annotations

from typing import Final

from mwaa_operator.api.kinds import KindInfo
from mwaa_operator.api.resource import Definition
from mwaa_operator.gateway import api as gateway
from mwaa_operator.kinds import DEFINITIONS
from mwaa_operator.route import api as route
from mwaa_operator.workflow import api as workflow

EVERY_DEFINITION: Final[tuple[Definition, ...]] = tuple(
    dict.fromkeys((*DEFINITIONS, workflow.DEFINITION, gateway.DEFINITION, route.DEFINITION))
)
EVERY_KIND: Final[tuple[KindInfo, ...]] = tuple(definition.info for definition in EVERY_DEFINITION)
