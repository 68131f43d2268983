"""`mwaa-operator plan`: what a manifest would do to AWS, field by field, before it is applied."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mwaa_operator.api.meta import ObjectKey, key_of
from mwaa_operator.cli.errors import OK, CliError

if TYPE_CHECKING:
    from mwaa_operator.environment.preview import Preview

CHANGES = 3
"""Exit code: applying would change something in AWS."""
HELD = 4
"""Exit code: it would be refused, needs a replacement, or waits for somebody."""


def plan(
    file: Annotated[list[Path], Parameter(name=["--file", "-f"], consume_multiple=True)],
    *,
    output: Annotated[Literal["text", "json"], Parameter(name=["--output", "-o"])] = "text",
    account_id: str | None = None,
) -> int:
    """Show what would be done to AWS if the manifests were applied; nothing is written anywhere.

    AWS is read with the credentials of this shell. Exit codes: 0 nothing would change; 1 it could not be told;
    3 something would change; 4 it would be refused, needs a replacement, or waits for approval or a window.

    Args:
        file: Manifests of MwaaEnvironments; `-` is standard input. AwsAccounts and Secrets beside them are used.
        output: text for people, json for programs.
        account_id: Stands for an AwsAccount that is not among the manifests, and admits everything.
    """
    objects = {key_of(body): body for body in _documents(file)}
    previews = [_preview(body, objects, account_id) for key, body in objects.items() if key.kind == "MwaaEnvironment"]
    if not previews:
        raise CliError("there is no MwaaEnvironment in these files", next_step="name a file that has one with --file")
    if output == "json":
        sys.stdout.write(json.dumps([_plain(item) for item in previews], indent=2) + "\n")
    else:
        for item in previews:
            _print(item)
    return _code(previews)


def _documents(files: Iterable[Path]) -> Iterable[dict[str, Any]]:
    import yaml

    for file in files:
        try:
            text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
            documents = [document for document in yaml.safe_load_all(text) if document]
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise CliError(f"{file}: {error}", next_step="name a readable YAML file with --file") from error
        for document in documents:
            if not isinstance(document, dict) or "kind" not in document or "name" not in document.get("metadata", {}):
                raise CliError(f"{file}: not a manifest", next_step="give every document kind and metadata.name")
            if document["kind"] not in ("AwsAccount", "Namespace"):
                document["metadata"].setdefault("namespace", "default")
            yield document


def _preview(body: dict[str, Any], objects: Mapping[ObjectKey, dict[str, Any]], account_id: str | None) -> Preview:
    from pydantic import ValidationError

    from mwaa_operator.aws.errors import AwsError
    from mwaa_operator.environment.api import MwaaEnvironment
    from mwaa_operator.environment.load import load_knowledge
    from mwaa_operator.environment.observe import Observer
    from mwaa_operator.environment.preview import preview

    name = body["metadata"]["name"]
    try:
        resource = MwaaEnvironment.model_validate(body | {"status": {}})
    except ValidationError as error:
        faults = "\n".join(f"  {'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise CliError(f"{name} is not valid:\n{faults}", next_step="correct these fields") from error
    observer = Observer(_sources(objects, account_id))
    try:
        return preview(
            resource,
            look=observer.look,
            extend=observer.extend,
            knowledge=load_knowledge(),
            now=datetime.now(UTC),  # noqa: TID251  the command line is where time comes in
        )
    except AwsError as error:
        raise CliError(
            str(error), next_step="check the credentials of this shell: aws sts get-caller-identity"
        ) from error


def _sources(objects: Mapping[ObjectKey, dict[str, Any]], account_id: str | None) -> Any:
    import time

    from pydantic import SecretStr

    from mwaa_operator.account.resolve import Resolver
    from mwaa_operator.aws.clients import AwsClients
    from mwaa_operator.engine.readcache import ReadCache
    from mwaa_operator.environment.load import load_knowledge
    from mwaa_operator.environment.observe import Sources
    from mwaa_operator.environment.preflight.load import load_rows
    from mwaa_operator.environment.preflight.run import Preflight

    def cached(key: ObjectKey) -> dict[str, Any] | None:
        found = objects.get(key)
        return (
            _open_account(key.name, account_id) if found is None and account_id and key.kind == "AwsAccount" else found
        )

    def now() -> datetime:
        return datetime.now(UTC)  # noqa: TID251  the command line is where time comes in

    clients = AwsClients(fence=_refuse)
    cache = ReadCache(seconds=300.0, monotonic=time.monotonic)
    return Sources(
        cached=cached,
        rivals=lambda resource: (),
        cluster=_Files(objects),
        resolver=Resolver(cached=cached, namespace_labels=lambda name: {}, cluster_id=lambda: "preview"),
        scope=clients.scope,
        cluster_id=lambda: "preview",
        hash_key=lambda: ("preview", SecretStr("preview")),
        now=now,
        preflight=Preflight(cache=cache, now=now, knowledge=load_knowledge(), rows=load_rows()),
    )


def _refuse(seconds: float) -> None:
    """Stand before every mutation: a preview makes none."""
    raise PermissionError("a preview changes nothing")


class _Files:
    """What the planner reads from a cluster, read from the manifests."""

    def __init__(self, objects: Mapping[ObjectKey, dict[str, Any]]) -> None:
        self._objects = objects

    def get_secret(self, namespace: str, name: str) -> dict[str, Any] | None:
        import base64

        from pydantic import SecretStr

        body = self._objects.get(ObjectKey("Secret", namespace, name))
        if body is None:
            return None
        coded = {key: base64.b64decode(value).decode() for key, value in (body.get("data") or {}).items()}
        return {key: SecretStr(value) for key, value in (coded | (body.get("stringData") or {})).items()}

    def crd_is_being_deleted(self, kind: str) -> bool:
        return False


def _open_account(name: str, account_id: str | None) -> dict[str, Any]:
    lists = ("regions", "executionRoles", "buckets", "kmsKeys", "subnets", "securityGroups", "environmentClasses")
    spec = {"accountId": account_id, "namespaces": {"from": "All"}, **{item: ["*"] for item in lists}}
    return {
        "apiVersion": "mwaa-operator.io/v1alpha1",
        "kind": "AwsAccount",
        "metadata": {"name": name},
        "spec": spec | {"adoption": {"allowed": True}},
    }


def _print(item: Preview) -> None:
    console = Console(soft_wrap=True)
    console.print(f"[bold]{escape(item.name)}[/]: {item.verdict} ({item.reason})", highlight=False)
    console.print(escape(item.message), highlight=False)
    if item.owner:
        console.print(
            f"There is an environment of this name in AWS; it belongs to {escape(item.owner)}.", highlight=False
        )
    if item.changes:
        table = Table("field", "now", "wanted", "effect")
        for change in item.changes:
            table.add_row(*map(escape, (change.field, change.from_, change.to, change.effect)))
        console.print(table)


def _plain(item: Preview) -> dict[str, Any]:
    return asdict(item) | {"changes": [change.wire() for change in item.changes]}


def _code(previews: list[Preview]) -> int:
    verdicts = {str(item.verdict) for item in previews}
    if verdicts & {"Held", "Refused", "ReplacementRequired"}:
        return HELD
    return CHANGES if verdicts & {"Create", "Update"} else OK
