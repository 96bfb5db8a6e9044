"""Rules say the same of a stack file, of the engine's preview and of what really is; and what somebody did by hand is found.

One staging, deployed without a judge and with values that the policies refuse: findings are compared, not only silence. Its tests run
in the order of the file: what is done by hand comes after what is compared untouched.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import pytest
from broken_stacks import BREAKS
from cloud_tools import boto_client
from fake_access import FakeAccess
from fake_judge import FakeJudge
from graph_patch import patched

from mlops_infra.config import LoadedEnvironment, load_environment
from mlops_infra.governance.policyset import PolicySet
from mlops_infra.governance.server import OpaServer
from mlops_infra.governance.verdict import Finding, Verdict
from mlops_infra.graph import Graph
from mlops_infra.operations import deploy
from mlops_infra.operations.audit_state import Audited, audit_state
from mlops_infra.operations.deploy import Deployed, Planned
from mlops_infra.operations.ports import Context, Ports
from mlops_infra.operations.project import Project
from mlops_infra.operations.real import by_policies, real_ports
from mlops_infra.providers.connection import Connection
from mlops_infra.resources import data_dir
from mlops_infra.toolchain import ensure

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("three-points"), pytest.mark.timeout(600)]

NAME = "staging"
POINTS = {"synth", "preview", "live"}
ENFORCE = "pod-security.kubernetes.io/enforce"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}

DEPLOYED = {
    "MLI-AUDIT-004",
    "MLI-AUDIT-011",
    "MLI-COST-003",
    "MLI-COST-005",
    "MLI-ENCRYPTION-004",
    "MLI-MODEL-004",
    "MLI-NETWORK-010",
    "MLI-PII-005",
    "MLI-PII-006",
    "MLI-PII-008",
    "MLI-RESILIENCE-001",
    "MLI-RESILIENCE-002",
    "MLI-RESILIENCE-007",
    "MLI-RESILIENCE-008",
    "MLI-RESILIENCE-009",
    "MLI-WORKLOAD-026",
}
"""Rules that are broken in what is deployed."""


@dataclass(frozen=True)
class Hands:
    """What somebody has who works by hand: boto3, kubectl, and what is deployed."""

    boto: Callable[[str], Any]
    kubectl: Callable[..., str]
    deployed: Graph

    def id_of(self, token: str, name: str) -> str:
        (found,) = (item.id for item in self.deployed if item.type == token and item.name == name)
        return str(found)

    @property
    def bucket(self) -> str:
        return self.id_of("aws:s3/bucket:Bucket", "data-claims-history")

    @property
    def role(self) -> str:
        return self.id_of("aws:iam/role:Role", "claims-fraud")

    @property
    def key(self) -> str:
        return self.id_of("aws:kms/key:Key", "phi")

    def patch_container(self, name: str, change: Mapping[str, Any]) -> None:
        body = {"spec": {"template": {"spec": {"containers": [{"name": name, **change}]}}}}
        self.kubectl("patch", f"deployment/{name}", "-n", "claims-fraud", "-p", json.dumps(body))


@dataclass(frozen=True)
class ByHand:
    """A change by hand: the rule that must find it, and where the stack file asked for what was changed (no key: it did not).

    `patch` is the same change of a graph, as `graph_patch` writes it; None where the change brings along something new.
    """

    rule: str
    named: str
    do: Callable[[Hands], Any]
    key: tuple[str | int, ...] = ()
    patch: Mapping[str, Any] | None = None


def _removed(token: str, name: str) -> dict[str, Any]:
    return {"select": {"type": token, "name": name}, "remove": True}


def _set(token: str, name: str, **values: Any) -> dict[str, Any]:
    return {"select": {"type": token, "name": name}, "set": {key.replace("__", "."): v for key, v in values.items()}}


def _ingress(hands: Hands) -> None:
    group = hands.id_of("aws:ec2/securityGroup:SecurityGroup", "registry")
    anybody = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    hands.boto("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[anybody])


# The API server takes the first only with the second.
PRIVILEGED = {"privileged": True, "allowPrivilegeEscalation": True}
BY_HAND = (
    ByHand(
        "MLI-NETWORK-006",
        "data-claims-history",
        lambda hands: hands.boto("s3").delete_public_access_block(Bucket=hands.bucket),
        ("datasets", "claims-history"),
        _removed("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "data-claims-history"),
    ),
    ByHand(
        "MLI-RESILIENCE-004",
        "data-claims-history",
        lambda hands: hands.boto("s3").put_bucket_versioning(
            Bucket=hands.bucket, VersioningConfiguration={"Status": "Suspended"}
        ),
        ("datasets", "claims-history"),
        _set(
            "aws:s3/bucketVersioning:BucketVersioning",
            "data-claims-history",
            versioningConfiguration__status="Suspended",
        ),
    ),
    ByHand(
        "MLI-ENCRYPTION-003",
        "phi",
        lambda hands: hands.boto("kms").disable_key_rotation(KeyId=hands.key),
        ("classes", "phi"),
        _set("aws:kms/key:Key", "phi", enableKeyRotation=False),
    ),
    ByHand(
        "MLI-WORKLOAD-026",
        "claims-fraud",
        lambda hands: hands.kubectl("label", "namespace", "claims-fraud", f"{ENFORCE}=privileged", "--overwrite"),
        ("cluster", "pod_security"),
        {
            "select": {"type": "kubernetes:core/v1:Namespace", "name": "claims-fraud"},
            "set": {"metadata.labels": {ENFORCE: "privileged"}},
        },
    ),
    ByHand(
        "MLI-NETWORK-009",
        "claims-fraud",
        lambda hands: hands.kubectl("delete", "networkpolicy", "default-deny", "-n", "claims-fraud"),
        ("teams", "claims-fraud", "flows"),
        _removed("kubernetes:networking.k8s.io/v1:NetworkPolicy", "claims-fraud/default-deny"),
    ),
    ByHand(
        "MLI-WORKLOAD-002",
        "claims-fraud/fraud-scorer",
        lambda hands: hands.patch_container("fraud-scorer", {"securityContext": PRIVILEGED}),
        ("models", "fraud-scorer"),
        _set(
            "kubernetes:apps/v1:Deployment",
            "claims-fraud/fraud-scorer",
            spec__template__spec__containers__0__securityContext__privileged=True,
            spec__template__spec__containers__0__securityContext__allowPrivilegeEscalation=True,
        ),
    ),
    ByHand(
        "MLI-ACCESS-005",
        "claims-fraud",
        lambda hands: hands.boto("iam").delete_role_permissions_boundary(RoleName=hands.role),
        ("teams", "claims-fraud"),
        _set("aws:iam/role:Role", "claims-fraud", permissionsBoundary=None),
    ),
    ByHand(
        "MLI-ACCESS-001",
        ":by-hand",
        lambda hands: hands.boto("iam").put_role_policy(
            RoleName=hands.role, PolicyName="by-hand", PolicyDocument=json.dumps(EVERYTHING)
        ),
        ("teams", "claims-fraud"),
    ),
    ByHand(
        "MLI-ACCESS-001",
        "arn:aws:iam::aws:policy/AdministratorAccess",
        lambda hands: hands.boto("iam").attach_role_policy(
            RoleName=hands.role, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
        ),
    ),
    ByHand(
        "MLI-ACCESS-013",
        "by-hand-admin",
        lambda hands: hands.kubectl(
            "create", "clusterrolebinding", "by-hand-admin", "--clusterrole=cluster-admin", "--user=somebody"
        ),
    ),
    ByHand(
        "MLI-ACCESS-010",
        "by-hand-edit",
        lambda hands: hands.kubectl(
            "create", "clusterrolebinding", "by-hand-edit", "--clusterrole=edit", "--user=somebody"
        ),
    ),
    ByHand("MLI-NETWORK-001", "sgr-", _ingress, ("registry", "database")),
    ByHand(
        "MLI-NETWORK-006",
        "by-hand-bucket",
        lambda hands: hands.boto("s3").create_bucket(
            Bucket="by-hand-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        ),
    ),
    ByHand(
        "MLI-WORKLOAD-002",
        "default/by-hand",
        lambda hands: hands.kubectl("run", "by-hand", "-n", "default", "--image=busybox", "--privileged"),
    ),
)


@dataclass(frozen=True)
class Staging:
    """The project, and what its one `up` said."""

    project: Project
    ports: Ports
    loaded: LoadedEnvironment
    done: Deployed
    ask: Callable[..., Verdict]

    def audit(self) -> Audited:
        return audit_state(Context(self.project, self.ports), NAME)

    @property
    def connection(self) -> Connection:
        return Context(self.project, self.ports).sandbox.connection(NAME)


@pytest.fixture(scope="module")
def staging(
    tmp_path_factory: pytest.TempPathFactory, opa: OpaServer, shipped_rules: PolicySet, ask: Any
) -> Iterator[Staging]:
    """Staging, broken and deployed."""
    root = tmp_path_factory.mktemp("three-points")
    shutil.copytree(data_dir("stacks"), root / "stacks")
    for broken in BREAKS:
        if broken.rule in DEPLOYED:
            broken.apply(root / "stacks")
    project = Project(root, root / "stacks", shipped_rules.folder, root / ".mlops-infra")

    def shared(policies: PolicySet, programs: Any) -> AbstractContextManager[OpaServer]:
        assert policies.digest == shipped_rules.digest
        return nullcontext(opa)

    access = FakeAccess()
    ports = replace(real_ports(), identify=access.identify, authorise=access.authorise, opa=shared, judge=by_policies)
    unjudged = Context(project, replace(ports, judge=FakeJudge()))

    def confirm(planned: Planned) -> bool:
        return True

    try:
        done = deploy.up(unjudged, NAME, confirm=confirm)
        yield Staging(project, ports, load_environment(project.stacks, NAME), done, ask)
    finally:
        unjudged.sandbox.stop()


@pytest.fixture(scope="module")
def synthesized(staging: Staging) -> Graph:
    return staging.ports.synth(staging.loaded)


@pytest.fixture(scope="module")
def hands(staging: Staging) -> Iterator[Hands]:
    """Plain boto3 and kubectl."""
    connection = staging.connection
    program = ensure(["kubectl"])["kubectl"].path
    clients: dict[str, Any] = {}

    def boto(service: str) -> Any:
        return clients.setdefault(service, boto_client(connection, service))

    def kubectl(*args: str) -> str:
        call = [str(program), "--kubeconfig", str(connection.kubeconfig), *args]
        return str(subprocess.run(call, capture_output=True, text=True, check=True).stdout)

    yield Hands(boto, kubectl, staging.done.outcome.graph)
    for client in clients.values():
        client.close()


@pytest.fixture(scope="module")
def untouched(staging: Staging) -> Audited:
    """What `audit-state` says of what was deployed a moment ago."""
    return staging.audit()


@pytest.fixture(scope="module")
def tampered(staging: Staging, hands: Hands) -> Audited:
    """What `audit-state` says after everything in `BY_HAND`."""
    for change in BY_HAND:
        change.do(hands)
    return staging.audit()


def told(verdict: Verdict, without: tuple[str, ...] = ()) -> set[tuple[str, str | None, str]]:
    """Rule, resource and status of what the rules found that declare all three points."""
    assert verdict.problem is None, verdict.problem
    return {
        (finding.rule.id, finding.resource, finding.status)
        for finding in verdict.findings
        if set(finding.rule.points) >= POINTS and finding.resource not in without
    }


def test_the_three_points_agree(staging: Staging, synthesized: Graph, untouched: Audited) -> None:
    wanted = told(staging.ask(staging.loaded, synthesized))
    assert told(staging.ask(staging.loaded, staging.done.planned.plan.graph)) == wanted
    assert told(untouched.verdict) == wanted
    assert (untouched.gone, untouched.beside) == ((), ())
    assert len({rule for rule, _, _ in wanted}) >= 8


def test_live_findings_name_the_lines_that_checks_name(
    staging: Staging, synthesized: Graph, untouched: Audited
) -> None:
    def places(verdict: Verdict) -> set[tuple[str, str | None, str]]:
        return {(f.rule.id, f.resource, str(f.origin)) for f in verdict.failures if set(f.rule.points) >= POINTS}

    assert places(untouched.verdict) == places(staging.ask(staging.loaded, synthesized))


def test_rules_say_of_what_was_changed_by_hand_what_they_say_of_a_graph_that_asks_for_it(
    staging: Staging, synthesized: Graph, tampered: Audited
) -> None:
    asked = patched(synthesized, [dict(change.patch) for change in BY_HAND if change.patch])
    assert told(tampered.verdict, tampered.beside) == told(staging.ask(staging.loaded, asked))


@pytest.mark.parametrize("change", BY_HAND, ids=lambda change: f"{change.rule} {change.named}")
def test_what_was_done_by_hand_is_found(staging: Staging, tampered: Audited, change: ByHand) -> None:
    def about(finding: Finding) -> bool:
        return finding.rule.id == change.rule and change.named in finding.name

    found = [finding for finding in tampered.verdict.failures if about(finding)]
    assert found
    if change.key:
        assert {finding.origin for finding in found} == {staging.loaded.origin(change.key)}
    else:
        assert {finding.origin for finding in found} == {None}


def test_what_is_gone_and_what_is_new_is_told(tampered: Audited) -> None:
    assert {urn.rpartition("::")[2] for urn in tampered.gone} == {"data-claims-history", "claims-fraud/default-deny"}
    assert any("gone, though the state knows them" in note for note in tampered.verdict.notes)
    assert any("Bucket by-hand-bucket" in note for note in tampered.verdict.notes)
