"""The documentation is true where a program can tell: links, manifests, policies, commands, names.

It knows nothing of style. Generated pages are compared with the models elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lupa
import pytest
import yaml

from mwaa_operator.account.admit import Request, admits
from mwaa_operator.account.api import AwsAccount
from mwaa_operator.api.docs import file_name
from mwaa_operator.api.meta import API_VERSION
from mwaa_operator.api.resource import Definition, Resource
from mwaa_operator.aws.ec2 import Ec2Port
from mwaa_operator.aws.eks import EksPort
from mwaa_operator.aws.iam import IamPort
from mwaa_operator.aws.kms import KmsPort
from mwaa_operator.aws.logs import LogsPort
from mwaa_operator.aws.mwaa import MwaaPort
from mwaa_operator.aws.port import Port
from mwaa_operator.aws.quotas import QuotasPort
from mwaa_operator.aws.s3 import S3Port
from mwaa_operator.aws.serverless import ServerlessPort
from mwaa_operator.engine.metrics import QueueFacts
from mwaa_operator.environment.api import MwaaEnvironment
from mwaa_operator.environment.preflight.checks import CHECKS
from mwaa_operator.gateway.api import SparkGateway
from mwaa_operator.settings import PREFIX, Settings
from mwaa_operator.telemetry.metrics import Metrics
from mwaa_operator.workflow.api import ServerlessWorkflow
from mwaa_operator.workflow.definition.canonical import canonical
from mwaa_operator.workflow.definition.load import load_operators
from mwaa_operator.workflow.definition.validate import validate_bytes
from tests.support.kinds import EVERY_DEFINITION
from tests.support.manifests import spark_gateway, spark_job_route

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("charts/**/*.md")])
EXAMPLES = sorted((ROOT / "examples").rglob("*.yaml"))
MINIMAL = {"SparkGateway": spark_gateway()["spec"], "SparkJobRoute": spark_job_route()["spec"]}
"""What a fragment of a manifest is laid over; all other kinds may just observe."""
MODELS: dict[str, type[Resource]] = {definition.info.kind: definition.model for definition in EVERY_DEFINITION}

FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.M | re.S)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _found(language: str) -> Iterator[tuple[Path, str, str]]:
    """Yield every fenced block of a language: its page, its text, and the test's id."""
    for page in PAGES:
        text = page.read_text("utf-8")
        for block in FENCE.finditer(text):
            if block[2] == language:
                yield page, block[3], f"{_name(page)}:{text.count(chr(10), 0, block.start()) + 1}"


def _blocks(language: str) -> list[Any]:
    """Return every fenced block of a language as a test parameter, named after its page and line."""
    return [pytest.param(text, id=id_) for _, text, id_ in _found(language)]


def _manifests() -> list[Any]:
    """Return every YAML block with the kind that its page is about; pages about none speak of environments."""
    kinds = {file_name(definition): definition.info.kind for definition in EVERY_DEFINITION}
    return [pytest.param(text, kinds.get(page.name, "MwaaEnvironment"), id=id_) for page, text, id_ in _found("yaml")]


def _anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    text = FENCE.sub("", page.read_text("utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    prose = re.sub(r"`[^`\n]*`", "", FENCE.sub("", page.read_text("utf-8")))
    for target in LINK.findall(prose):
        if target.startswith(("https://", "mailto:")):
            continue
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), target
        assert there.is_relative_to(ROOT), target
        assert not anchor or anchor in _anchors(there), target


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_a_page_with_contents_lists_every_section(page: Path) -> None:
    text = FENCE.sub("", page.read_text("utf-8"))
    listed = re.findall(r"^- \[[^\]]*\]\(#([^)]+)\)$", text, re.M)
    sections = [f"{line[3:].lower()}".replace(" ", "-") for line in text.splitlines() if line.startswith("## ")]
    assert not listed or listed == [re.sub(r"[^\w\-]", "", name) for name in sections]


@pytest.mark.parametrize(("text", "kind"), _manifests())
def test_every_manifest_in_the_documentation_fits_its_model(text: str, kind: str) -> None:
    for body in yaml.safe_load_all(text):
        _check(body, kind)


@pytest.mark.parametrize("file", EXAMPLES, ids=_name)
def test_every_example_fits_its_model(file: Path) -> None:
    for body in yaml.safe_load_all(file.read_text("utf-8")):
        assert body["apiVersion"] in (API_VERSION, "v1")
        _check(body, body["kind"])


def _check(body: dict[str, Any], kind: str) -> None:
    """Validate a whole object of ours, or a fragment of a kind's spec; leave everything else alone."""
    if body.get("apiVersion") == API_VERSION:
        MODELS[body["kind"]].model_validate(body)
    elif body.keys() == {"spec"}:
        minimal = MINIMAL.get(kind, {"managementPolicy": "Observe", "region": "eu-central-1"})
        MODELS[kind].model_validate({"kind": kind, "metadata": {"name": "etl"}, "spec": minimal | body["spec"]})


def test_the_account_of_the_examples_admits_what_they_name() -> None:
    """So that whoever applies the directory sees environments and workflows being created and not refused."""
    bodies = [body for file in EXAMPLES for body in yaml.safe_load_all(file.read_text("utf-8"))]
    (account,) = [AwsAccount.model_validate(body) for body in bodies if body["kind"] == "AwsAccount"]
    for namespace, request in _requests(bodies):
        denials = admits(
            account.spec,
            account=account.metadata.name,
            namespace=namespace,
            namespace_labels={},
            request=request,
        )
        assert denials == ()


@pytest.mark.parametrize(("place", "example"), [(0, "reporting.yaml"), (1, "workflows/orders.yaml")])
def test_the_readme_shows_the_short_examples(place: int, example: str) -> None:
    shown = [block[3] for block in FENCE.finditer((ROOT / "README.md").read_text("utf-8")) if block[2] == "yaml"]
    assert yaml.safe_load(shown[place]) == yaml.safe_load((ROOT / "examples" / example).read_text("utf-8"))


def _inline_definitions() -> list[Any]:
    """Return every definition that stands in a manifest of the documentation."""
    found = [(body, id_) for _, text, id_ in _found("yaml") for body in yaml.safe_load_all(text)]
    inline = [((body.get("spec") or {}).get("definition", {}).get("inline"), id_) for body, id_ in found]
    return [pytest.param(definition, id=id_) for definition, id_ in inline if definition is not None]


@pytest.mark.parametrize("definition", _inline_definitions())
def test_every_definition_in_a_manifest_is_one_that_would_be_sent(definition: dict[str, Any]) -> None:
    data, knowledge = canonical(definition), load_operators()
    verdict = validate_bytes(data, knowledge=knowledge, has_code=False, code_file=None, strict=True)
    assert verdict.findings == ()


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_verb_that_is_named_is_a_target_of_make(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    assert set(re.findall(r"`make ([a-z]+)`", page.read_text("utf-8"))) <= targets


def test_the_two_commands_of_the_readme_are_there() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "`make demo`" in readme
    assert "`make test`" in readme


@pytest.mark.parametrize("text", _blocks("json"))
def test_every_policy_is_json_with_statements(text: str) -> None:
    policy = json.loads(text)
    assert policy["Version"] == "2012-10-17"
    assert all(statement["Effect"] in ("Allow", "Deny") for statement in policy["Statement"])


PORTS: tuple[tuple[type[Port], str], ...] = (
    (MwaaPort, "airflow"),
    (ServerlessPort, "airflow-serverless"),
    (S3Port, "s3"),
    (IamPort, "iam"),
    (Ec2Port, "ec2"),
    (KmsPort, "kms"),
    (EksPort, "eks"),
    (LogsPort, "logs"),
    (QuotasPort, "servicequotas"),
)
ACTIONS = {
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:DeleteObjects": "s3:DeleteObjectVersion",
    "s3:HeadObject": "s3:GetObject",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
}
"""Operations whose IAM action has another name (Service Authorization Reference, "Amazon S3")."""


@pytest.mark.parametrize(("port", "prefix"), PORTS, ids=lambda value: getattr(value, "__name__", value))
def test_every_call_to_aws_is_in_the_iam_policy(port: type[Port], prefix: str) -> None:
    text = (ROOT / "docs" / "kinds" / "awsaccount.md").read_text("utf-8")
    named = set(re.findall(r"[\"`]([a-z0-9-]+:[A-Za-z0-9]+)[\"`]", text))
    calls = {f"{prefix}:{operation}" for operation in port.OPERATIONS}
    assert {ACTIONS.get(call, call) for call in calls} - named == set()


def test_every_setting_is_in_the_table_of_settings_with_its_default() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    rows = dict(re.findall(rf"^\| `({PREFIX}[A-Z_]+)` \| (.*?) \|", text, re.M))
    assert set(rows) == {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        if field.is_required() or field.default_factory is not None:
            continue
        default = str(field.default).lower() if isinstance(field.default, bool) else field.default
        shown = f"{default:g}" if isinstance(default, float) else str(default)
        assert rows[f"{PREFIX}{name.upper()}"] == f"`{shown}`", name


def test_every_check_of_preflight_is_in_the_table_with_its_severity() -> None:
    page = (ROOT / "docs" / "kinds" / "mwaaenvironment.md").read_text("utf-8")
    table = re.findall(r"^\| (`[^|]+`) \| (Block|Warn) \|", page, re.M)
    listed = {(name, severity) for names, severity in table for name in re.findall(r"`(\w+)`", names)}
    assert listed == {(check.name, check.severity) for check in CHECKS}


@pytest.mark.parametrize("definition", EVERY_DEFINITION, ids=lambda definition: str(definition.info.kind))
def test_every_reason_of_ready_is_in_the_page_of_its_kind(definition: Definition) -> None:
    page = (ROOT / "docs" / "kinds" / file_name(definition)).read_text("utf-8")
    table = page.partition("| Reason | Ready | |\n|---|---|---|\n")[2].partition("\n\n")[0]
    listed = [name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert sorted(listed) == sorted(definition.reasons[0].words)


def test_every_metric_that_is_named_is_exposed() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8").partition("## Metrics")[2].partition("\n## ")[0]
    metrics = Metrics(build={"version": "0"})
    metrics.queue_registered("any", QueueFacts)
    exposed = set(re.findall(r"^# TYPE (\S+)", metrics.render()[0].decode(), re.M))
    ours = {name.removesuffix("_bucket") for name in re.findall(r"\bmwaa_operator_\w+", text)}
    assert "mwaa_operator_workflow_versions_quota_ratio" in ours
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.M)) | ours <= exposed


@pytest.mark.parametrize("kind", ["workflow", "gateway", "route"])
def test_every_metric_of_a_kind_is_in_the_table(kind: str) -> None:
    exposed = re.findall(rf"^# TYPE (mwaa_operator_{kind}_\S+)", Metrics({}).render()[0].decode(), re.M)
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert exposed
    assert [name for name in exposed if f"| `{name}` |" not in text] == []


HEALTH_SCRIPTS = (("kinds/mwaaenvironment.md", "MwaaEnvironment"), ("workflows-from-git.md", "ServerlessWorkflow"))
"""Pages with a script, and the kind that it is for."""


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (None, "Progressing"),
        ({"observedGeneration": -1}, "Progressing"),
        ({"observedGeneration": 2, "conditions": [{"type": "Ready", "status": "False"}]}, "Progressing"),
        ({"observedGeneration": 1, "conditions": [{"type": "Ready", "status": "True"}]}, "Progressing"),
        ({"observedGeneration": 2, "conditions": [{"type": "Ready", "status": "True"}]}, "Healthy"),
        (
            {
                "observedGeneration": 2,
                "conditions": [{"type": "Ready", "status": "False"}, {"type": "Stalled", "status": "True"}],
            },
            "Degraded",
        ),
    ],
    ids=["no status", "fresh", "at work", "after an edit", "settled", "stalled"],
)
@pytest.mark.parametrize(("page", "kind"), HEALTH_SCRIPTS)
def test_the_health_scripts_for_argo_cd(page: str, kind: str, status: dict[str, Any] | None, expected: str) -> None:
    obj: dict[str, Any] = {"metadata": {"generation": 2}} | ({} if status is None else {"status": status})
    assert _health(page, kind)(obj)["status"] == expected


def _health(page: str, kind: str) -> Callable[[dict[str, Any]], Any]:
    """Return the script of a page as a function; Argo CD opens neither `string` nor `math` to it."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    config = next(yaml.safe_load(b[3]) for b in FENCE.finditer(text) if b[2] == "yaml" and "argocd-cm" in b[3])
    script = config["data"][f"resource.customizations.health.mwaa-operator.io_{kind}"]
    lua = lupa.LuaRuntime(unpack_returned_tuples=True)
    lua.execute("string = nil; math = nil")
    function = lua.execute(f"return function(obj) {script} end")
    return lambda obj: function(lua.table_from(obj, recursive=True))


def _requests(bodies: list[dict[str, Any]]) -> Iterator[tuple[str, Request]]:
    """Yield namespace and request of everything that names a part of an account."""
    for body in bodies:
        match body["kind"]:
            case "MwaaEnvironment":
                yield body["metadata"]["namespace"], _environment_request(MwaaEnvironment.model_validate(body))
            case "ServerlessWorkflow":
                yield body["metadata"]["namespace"], _workflow_request(ServerlessWorkflow.model_validate(body))
            case "SparkGateway":
                for cluster in SparkGateway.model_validate(body).spec.clusters:
                    if cluster.eks is not None:
                        request = Request(region=cluster.eks.region, eks_cluster=cluster.eks.name)
                        yield body["metadata"]["namespace"], request


def _environment_request(environment: MwaaEnvironment) -> Request:
    spec, network = environment.spec, environment.spec.network_configuration
    return Request(
        region=spec.region,
        execution_role_arn=spec.execution_role_arn,
        source_bucket_arn=spec.source_bucket_arn,
        kms_key=spec.kms_key,
        subnet_ids=tuple(network.subnet_ids) if network else (),
        security_group_ids=tuple(network.security_group_ids) if network else (),
        environment_class=spec.environment_class,
        max_workers=spec.max_workers,
    )


def _workflow_request(workflow: ServerlessWorkflow) -> Request:
    spec, network = workflow.spec, workflow.spec.network
    return Request(
        region=spec.region,
        execution_role_arn=spec.role.arn if spec.role else None,
        kms_key=spec.encryption.kms_key_arn if spec.encryption else None,
        subnet_ids=tuple(network.subnet_ids) if network else (),
        security_group_ids=tuple(network.security_group_ids) if network else (),
    )
