"""Manifests and plans of others, judged by the real OPA."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from graph_patch import patched

from mlops_infra.governance.foreign import Foreign, read_manifests, read_terraform
from mlops_infra.governance.foreign.terraform_types import TYPES
from mlops_infra.governance.judge import judge_foreign
from mlops_infra.governance.policyset import PolicySet
from mlops_infra.governance.reports import REPORTS
from mlops_infra.governance.server import OpaServer
from mlops_infra.governance.verdict import Verdict
from mlops_infra.governance.waivers import Waivers
from mlops_infra.graph import Graph, Resource

pytestmark = pytest.mark.sandbox

FIXTURES = Path(__file__).parents[2] / "governance" / "fixtures"
SERVER = {"type": "kubernetes:apps/v1:Deployment", "name": "claims-fraud/fraud-scorer"}
BREAKS: list[dict[str, Any]] = [
    {
        "select": SERVER,
        "set": {
            "spec.template.spec.hostNetwork": True,
            "spec.template.spec.containers.0.image": "nginx:latest",
            "spec.template.spec.containers.0.securityContext.privileged": True,
            "spec.template.spec.automountServiceAccountToken": True,
            "metadata.annotations": None,
        },
    },
    {
        "select": {"type": "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "name": "mlops-infra-auditor"},
        "set": {"rules.0.verbs": ["*"]},
    },
    {
        "select": {"type": "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding", "name": "mlops-infra-auditor"},
        "set": {"subjects.0.name": "system:anonymous"},
    },
]
READ_THE_STACK_FILE = {"MLI-ACCESS-010", "MLI-ACCESS-012"}
"""Rules that know exceptions from the stack file, which manifests lack."""


@pytest.fixture(scope="session")
def ask_foreign(opa: OpaServer, shipped_rules: PolicySet, make: Any) -> Callable[[Foreign], Verdict]:
    """Judges somebody else's graph as part of staging."""

    def verdict(given: Foreign) -> Verdict:
        found = judge_foreign(given, make({}).loaded, shipped_rules, opa, Waivers(), datetime.now(UTC))
        assert found.problem is None, found.problem
        return found

    return verdict


def written(graph: Graph, folder: Path) -> list[Resource]:
    """The Kubernetes objects of a graph as manifests, a file each."""
    objects = [item for item in graph if item.plane == "kubernetes" and item.custom and not item.unknowns]
    for number, item in enumerate(objects):
        (folder / f"{number:03d}.yaml").write_text(yaml.safe_dump(dict(item.inputs), sort_keys=False))
    return objects


def test_manifests_of_our_own_objects_get_the_same_findings(
    make: Any, ask: Any, ask_foreign: Any, shipped_rules: PolicySet, tmp_path: Path
) -> None:
    made = make({})
    broken = patched(made.graph, BREAKS)
    objects = written(broken, tmp_path)
    assert len(objects) > 100
    foreign = ask_foreign(read_manifests(tmp_path, tmp_path))
    asked = {rule.id for rule in shipped_rules.rules.values() if "manifests" in rule.inputs}

    def told(verdict: Verdict) -> set[tuple[str, str, str, str]]:
        return {
            (item.rule.id, item.type, item.name, str(item.path))
            for item in verdict.findings
            if item.rule.id in asked - READ_THE_STACK_FILE and item.type.startswith("kubernetes:")
        }

    ours = told(ask(made.loaded, broken))
    assert {"MLI-WORKLOAD-001", "MLI-WORKLOAD-002", "MLI-ACCESS-009", "MLI-MODEL-019"} <= {item[0] for item in ours}
    assert told(foreign) == ours
    lines = {item.rule.id: (tmp_path / item.origin.file).read_text().splitlines()[item.origin.line - 1].strip()
             for item in foreign.findings if item.origin}  # fmt: skip
    assert lines["MLI-WORKLOAD-001"] == "hostNetwork: true"
    assert lines["MLI-WORKLOAD-002"] == "privileged: true"


def test_a_plan_gets_findings_with_addresses_and_lines_and_no_secret(ask_foreign: Any) -> None:
    verdict = ask_foreign(read_terraform(FIXTURES / "plan.json", FIXTURES))
    found = {(item.rule.id, item.name) for item in verdict.failures}
    assert {
        ("MLI-ACCESS-006", "aws_iam_role.loader"),
        ("MLI-NETWORK-001", "aws_security_group.web"),
        ("MLI-NETWORK-003", "aws_db_instance.registry"),
        ("MLI-NETWORK-006", "aws_s3_bucket_public_access_block.claims"),
        ("MLI-RESILIENCE-004", "aws_s3_bucket_versioning.claims"),
        ("MLI-ENCRYPTION-003", "module.keys.aws_kms_key.data[0]"),
    } <= found
    assert ("MLI-ACCESS-001", "aws_iam_role_policy.loader") in {(item.rule.id, item.name) for item in verdict.unknowns}
    assert not any(item.rule.id == "MLI-ENCRYPTION-001" for item in verdict.findings), "the reference was not followed"
    for report in REPORTS.values():
        assert "hunter2" not in report((verdict,), FIXTURES)
    sarif = json.loads(REPORTS["sarif"]((verdict,), FIXTURES))
    place = sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "plan.json"
    assert place["region"]["startLine"] > 1


def test_passwords_in_manifests_are_not_repeated(ask_foreign: Any, tmp_path: Path) -> None:
    pod = {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "x"},
        "spec": {"containers": [{"name": "c", "env": [{"name": "DB_PASSWORD", "value": "hunter2"}]}]},
    }  # fmt: skip
    (tmp_path / "pod.yaml").write_text(yaml.safe_dump(pod))
    verdict = ask_foreign(read_manifests(tmp_path, tmp_path))
    assert "MLI-WORKLOAD-025" in {item.rule.id for item in verdict.findings}
    for report in REPORTS.values():
        assert "hunter2" not in report((verdict,), tmp_path)


def test_every_type_that_the_platform_makes_has_a_name_in_terraform(make: Any) -> None:
    made = {item.type for item in make({}).graph if item.plane == "aws" and item.custom}
    assert made - set(TYPES.values()) <= {"aws:s3/bucketObjectv2:BucketObjectv2"}


def test_rules_that_need_no_stack_file_leave_good_manifests_alone(make: Any, ask_foreign: Any, tmp_path: Path) -> None:
    written(make({}).graph, tmp_path)
    verdict = ask_foreign(read_manifests(tmp_path, tmp_path))
    assert {item.rule.id for item in verdict.findings} <= READ_THE_STACK_FILE
