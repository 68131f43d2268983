"""What a SparkJobRoute says about its queue: names, tokens, and the Airflow connections that lead to it.

BPG's `users` of a queue are no access list, only a default, and are called so here. Values of tokens are in Secrets.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mwaa_operator.api.fields import DNS_NAME, Duration, ListType
from mwaa_operator.api.meta import ApiModel
from mwaa_operator.api.policies import Region
from mwaa_operator.api.rules import Rule, Ruled
from mwaa_operator.api.spark import DnsLabel, QueueName, SubQueueName, UserName
from mwaa_operator.route.rules import access_rules, environment_rules, queue_rules, token_rules

ConnectionMethod = Literal["RestApi", "SecretsManager"]


class Queue(Ruled):
    """The queue that jobs name."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(queue_rules())

    name: QueueName
    """Name: lower-case letters, digits, - and _ within, without a dot; at most 58 characters. Required. Immutable."""
    sub_queues: Annotated[list[SubQueueName], ListType("set", most=32)] = Field(default_factory=list)
    """Further queues on the same targets: nightly makes <name>.nightly. Unset: none."""
    default: bool = False
    """Whether jobs that name no queue, of users whom no queue names, come here; at most one route of a gateway.
    Default false."""


class QueueToken(Ruled):
    """A token that opens the queue and its sub-queues."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(token_rules())

    name: DnsLabel
    """Name within the route. Required."""
    secret_name: Annotated[str, Field(min_length=1, max_length=253, pattern=DNS_NAME)]
    """Name of the Secret in this namespace that the token is written to. Required."""
    lifetime: Duration = "720h"
    """How long a token is valid, from 1h to 9000h. Default 720h."""
    renew_before: Duration = "168h"
    """How long before its end the next one is written; shorter than lifetime. Default 168h."""


class Access(Ruled):
    """Who may use the queue."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(access_rules())

    secure: bool
    """True: a job must bring a token of the queue. False: every user of the gateway may use it. Must be true unless
    dataClass is general. Required."""
    default_for_users: Annotated[list[UserName], ListType("set", most=64)] = Field(default_factory=list)
    """Users whose jobs come here when they name no queue; a default, not a permission. A user once for each gateway.
    Unset: none."""
    tokens: Annotated[list[QueueToken], ListType("map", most=8, keys=("name",))] = Field(default_factory=list)
    """Tokens to make. Required with secure: true; unset otherwise."""


class AirflowEnvironment(Ruled):
    """An MWAA environment, by its name in AWS."""

    rules: ClassVar[tuple[Rule, ...]] = tuple(environment_rules())

    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[a-zA-Z][0-9a-zA-Z_-]*$")]
    """Name of the environment in AWS. Required."""
    region: Region
    """AWS Region, for example eu-central-1. Required."""


class AirflowConnection(ApiModel):
    """A connection to the gateway in Airflow."""

    environment: AirflowEnvironment
    """The environment that gets the connection; it must accept this namespace. Required."""
    connection_id: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9_.-]+$")]
    """Id of the connection in Airflow. Required."""
    login: UserName
    """The user that jobs are sent as; the gateway must have it among access.users. Required."""
    token: DnsLabel | None = None
    """Name of one of access.tokens, which the connection carries. Unset: none."""
    method: ConnectionMethod = "RestApi"
    """RestApi: kept in Airflow itself, where its pages list it. SecretsManager: kept in the environment's secrets
    backend. Default RestApi."""


class Airflow(ApiModel):
    """What Airflow is told about the route."""

    connections: Annotated[list[AirflowConnection], ListType("map", most=8, keys=("connectionId",))] = Field(
        default_factory=list
    )
    """Connections to make in MWAA environments. Unset: none."""
