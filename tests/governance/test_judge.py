"""From OPA's answer to a verdict."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fake_opa import FakeOpa

from mlops_infra.config import LoadedEnvironment
from mlops_infra.governance import policyset
from mlops_infra.governance.judge import judge
from mlops_infra.governance.masking import masked, masked_text
from mlops_infra.governance.verdict import Verdict
from mlops_infra.governance.waivers import Waivers
from mlops_infra.graph import Graph

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def found(**more: Any) -> dict[str, Any]:
    return {
        "rule": "MLI-PII-001",
        "resource": "urn:a",
        "path": ["days"],
        "message": "kept too long",
        "value": 30,
        "status": "fail",
        **more,
    }


@pytest.fixture
def verdict_of(policies: Path, staging: LoadedEnvironment, small: Graph) -> Any:
    def ask(*findings: dict[str, Any], **more: Any) -> Verdict:
        opa = FakeOpa(list(findings))
        loaded = policyset.load(policies)
        opa.policies = loaded
        return judge(small, staging, loaded, opa, Waivers(), NOW, **more)

    return ask


def test_nothing_found_passes(verdict_of: Any) -> None:
    verdict = verdict_of()
    assert verdict.result == "pass"
    assert len(verdict.rules) == 3
    assert verdict.resources == 2


def test_a_finding_names_rule_resource_value_and_the_line_to_change(
    verdict_of: Any, staging: LoadedEnvironment
) -> None:
    verdict = verdict_of(found())
    (finding,) = verdict.findings
    assert verdict.result == "fail"
    assert finding.rule.id == "MLI-PII-001"
    assert finding.type == "aws:s3/bucket:Bucket"
    assert finding.value == "30"
    assert finding.origin == staging.origin(("datasets", "claims-history", "retention"))
    assert finding.origin.layer


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"key": ["classes", "phi", "key_rotation_days"]}, ("classes", "phi", "key_rotation_days")),
        ({"resource": None, "path": ["storage", "audit_retention"]}, ("storage", "audit_retention")),
        ({"resource": None, "path": []}, ("environment",)),
        ({"rule": "MLI-COST-001"}, ("datasets", "claims-history")),
    ],
)
def test_origins(verdict_of: Any, staging: LoadedEnvironment, more: dict[str, Any], path: tuple[str, ...]) -> None:
    assert verdict_of(found(**more)).findings[0].origin == staging.origin(path)


def test_an_unknown_defers_or_denies_as_its_rule_says(verdict_of: Any) -> None:
    assert verdict_of(found(status="unknown")).result == "unknown"
    assert verdict_of(found(status="unknown", rule="MLI-PII-002")).result == "fail"
    assert verdict_of(found(status="unknown"), found(rule="MLI-COST-001")).result == "fail"


def test_nothing_stays_unknown_after_the_deployment(verdict_of: Any) -> None:
    verdict = verdict_of(found(status="unknown"), moment="after")
    assert verdict.result == "fail"
    assert "still not known" in verdict.findings[0].message


def test_the_gravest_comes_first(verdict_of: Any) -> None:
    verdict = verdict_of(found(rule="MLI-COST-001"), found(), found(rule="MLI-PII-002"))
    assert [finding.rule.severity for finding in verdict.findings] == ["critical", "high", "low"]


def test_fingerprints_ignore_values_and_tell_paths_apart(verdict_of: Any) -> None:
    one, other, third = (
        verdict_of(found(**more)).findings[0] for more in ({}, {"value": 31, "message": "other"}, {"path": ["bucket"]})
    )
    assert one.fingerprint == other.fingerprint != third.fingerprint


@pytest.mark.parametrize(
    ("value", "path", "shown"),
    [
        ("hunter2", ("masterPassword",), "[secret]"),
        (True, ("automountServiceAccountToken",), "true"),
        ({"$secret": True}, ("x",), "[secret]"),
        ({"password": "hunter2", "user": "a"}, ("x",), '{"password": "[secret]", "user": "a"}'),
        ("arn:aws:kms:eu-central-1:111100000032:key/1", ("secretArn",), "arn:aws:kms:eu-central-1:111100000032:key/1"),
        ("ask jane.doe@example.org", ("description",), "ask [e-mail]"),
        ("078-05-1120", ("tags", "patient"), "[number]"),
        ("4111 1111 1111 1111", ("tags", "card"), "[number]"),
        ({"$unknown": True}, ("id",), "(known after up)"),
        ("x" * 500, ("description",), "x" * 119 + "…"),
    ],
)
def test_values_are_masked(value: Any, path: tuple[str, ...], shown: str) -> None:
    assert masked(value, path) == shown


def test_messages_are_masked_too(verdict_of: Any) -> None:
    finding = verdict_of(found(message="the tag holds jane@example.org", value="jane@example.org")).findings[0]
    assert "jane" not in finding.message + str(finding.value)
    assert masked_text("no person") == "no person"
