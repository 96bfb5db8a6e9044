"""Terraform's plans and states as a graph."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlops_infra.errors import UsageError
from mlops_infra.governance.foreign import Foreign, read_terraform
from mlops_infra.graph import UNKNOWN, Resource, Secret

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture(scope="module")
def plan() -> Foreign:
    return read_terraform(FIXTURES / "plan.json", FIXTURES.parent)


def resource(given: Foreign, address: str) -> Resource:
    (found,) = [item for item in given.graph if item.name == address]
    return found


def test_types_and_properties_are_in_our_own_terms(plan: Foreign) -> None:
    bucket = resource(plan, "aws_s3_bucket.claims")
    assert bucket.type == "aws:s3/bucket:Bucket"
    assert bucket.inputs["forceDestroy"] is False
    assert bucket.inputs["tags"]["data-classification"] == "phi"
    assert bucket.inputs["tags"]["cost-centre"] == "CC-1"  # a default tag of the provider
    versioning = resource(plan, "aws_s3_bucket_versioning.claims").inputs["versioningConfiguration"]
    assert versioning == {"status": "Suspended", "mfaDelete": UNKNOWN}
    rules = resource(plan, "aws_s3_bucket_server_side_encryption_configuration.claims").inputs["rules"]
    assert rules[0]["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": UNKNOWN}
    assert resource(plan, "aws_security_group.web").inputs["ingress"][0]["cidrBlocks"] == ["0.0.0.0/0"]


def test_what_is_deleted_or_only_read_is_not_there(plan: Foreign) -> None:
    names = {item.name for item in plan.graph}
    assert "aws_s3_bucket.old" not in names
    assert not any(name.startswith("data.") for name in names)


def test_unknown_and_sensitive_values(plan: Foreign) -> None:
    database = resource(plan, "aws_db_instance.registry").inputs
    assert database["kmsKeyId"] is UNKNOWN
    assert isinstance(database["password"], Secret)
    assert "hunter2" not in repr(plan.graph)


def test_references_are_edges_through_modules_too(plan: Foreign) -> None:
    edges = {(edge.source.split("::")[2], edge.target.split("::")[2], edge.path) for edge in plan.graph.edges}
    assert ("aws_s3_bucket_versioning.claims", "aws_s3_bucket.claims", ("bucket",)) in edges
    assert ("aws_iam_role_policy.loader", "aws_iam_role.loader", ("role",)) in edges
    encryption = "aws_s3_bucket_server_side_encryption_configuration.claims"
    assert (encryption, "module.keys.aws_kms_key.data[0]", ("rules",)) in edges
    assert ("module.keys.aws_kms_key.data[0]", "aws_iam_role.loader", ("policy",)) in edges


def test_states_have_edges_by_value() -> None:
    state = read_terraform(FIXTURES / "state.json", FIXTURES)
    (edge,) = state.graph.edges
    assert edge.source.endswith("aws_s3_bucket_versioning.claims")
    assert edge.target.endswith("aws_s3_bucket.claims")
    assert edge.path == ("bucket",)
    assert resource(state, "aws_s3_bucket.claims").outputs["arn"] == "arn:aws:s3:::meridian-claims"


def test_places_are_lines_of_addresses(plan: Foreign) -> None:
    lines = (FIXTURES / "plan.json").read_text().splitlines()
    for item in plan.graph:
        origin = plan.origin(item.urn, ("tags",))
        assert origin is not None
        assert origin.file == "fixtures/plan.json"
        assert f'"address": "{item.name}"' in lines[origin.line - 1]
    assert plan.origin("of nothing", ()) is None


def test_types_without_rules_are_told_apart(plan: Foreign) -> None:
    assert resource(plan, "aws_sqs_queue.jobs").type == "terraform:aws/aws_sqs_queue:aws_sqs_queue"


def instances(address: str, kind: str, index: object, after: dict[str, object]) -> dict[str, object]:
    told = f"{address}[{json.dumps(index)}]"
    return {"address": told, "mode": "managed", "type": kind, "change": {"actions": ["create"], "after": after}}


def test_instances_belong_together_by_their_index(tmp_path: Path) -> None:
    expressions = {"bucket": {"references": ["aws_s3_bucket.b", "each.key"]}}
    document = {
        "format_version": "1.2",
        "resource_changes": [
            instances(f"aws_s3_bucket{kind}.b", f"aws_s3_bucket{kind}", key, {})
            for kind in ("", "_policy")
            for key in ("x", "y.z")
        ],
        "configuration": {
            "root_module": {
                "resources": [
                    {"address": "aws_s3_bucket.b"},
                    {"address": "aws_s3_bucket_policy.b", "expressions": expressions},
                ]
            }
        },
    }
    (tmp_path / "p.json").write_text(json.dumps(document))
    edges = read_terraform(tmp_path / "p.json", tmp_path).graph.edges
    assert {(edge.source.split("[")[1], edge.target.split("[")[1]) for edge in edges} == {
        ('"x"]', '"x"]'),
        ('"y.z"]', '"y.z"]'),
    }


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "not JSON"),
        ("[]", "no plan or state"),
        ('{"version": 4, "resources": []}', "no plan or state"),
        ('{"format_version": "1.2"}', "no managed resource"),
        ('{"format_version": "1.2", "errored": true}', "the plan failed"),
        ('{"format_version": "1.2", "resource_changes": [{"mode": "managed"}]}', "no plan or state"),
        ('{"format_version": "1.2", "resource_changes": 3}', "no plan or state"),
        ('{"format_version": "1.2", "values": {}}', "no plan or state"),
    ],
)
def test_what_is_no_plan_is_an_error(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "p.json").write_text(content)
    with pytest.raises(UsageError, match=told):
        read_terraform(tmp_path / "p.json", tmp_path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_terraform(tmp_path / "p.json", tmp_path)
