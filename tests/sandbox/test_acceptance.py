"""What a new user does, in order: the shipped staging environment from nothing to nothing, seen through kubectl and boto3.

The tests of this module run in the order of the file and build on each other, as the user's day does.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from mlops_infra.toolchain import ensure

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(600)]

SHIPPED = Path(__file__).parents[2]
TOOL = Path(sys.executable).parent / "mlops-infra"
ENVIRONMENT = "staging"

Run = Callable[..., tuple[int, Any]]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A fresh project with the shipped stack files and policies; its sandbox is stopped at the end."""
    root = tmp_path_factory.mktemp("project")
    for folder in ("stacks", "policies"):
        shutil.copytree(SHIPPED / folder, root / folder)
    yield root
    subprocess.run([TOOL, "sandbox", "stop"], cwd=root, check=True, capture_output=True)


@pytest.fixture(scope="module")
def run(project: Path) -> Run:
    """Runs a command with ``--output json``; gives its exit code and its document."""

    def call(*args: str, expect: int = 0) -> Any:
        done = subprocess.run(
            [TOOL, "--output", "json", *args], cwd=project, capture_output=True, text=True, check=False
        )
        assert done.returncode == expect, f"exit {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return json.loads(done.stdout)

    return call


@pytest.fixture(scope="module")
def up(run: Run) -> Any:
    """The first `up`, from nothing."""
    return run("up", "--env", ENVIRONMENT, "--yes")


@pytest.fixture(scope="module")
def variables(run: Run, up: Any) -> dict[str, str]:
    """What `sandbox env` gives to other tools."""
    found: dict[str, str] = run("sandbox", "env", "--env", ENVIRONMENT)["variables"]
    return found


@pytest.fixture(scope="module")
def kubectl(variables: dict[str, str]) -> Callable[..., str]:
    """Plain kubectl with the variables of `sandbox env`; gives what it printed, whatever its exit code."""
    program = ensure(["kubectl"])["kubectl"].path

    def call(*args: str) -> str:
        done = subprocess.run(
            [program, *args], env={**os.environ, **variables}, capture_output=True, text=True, check=False
        )
        return done.stdout.strip() or done.stderr.strip()

    return call


@pytest.fixture
def aws(variables: dict[str, str]) -> Iterator[Callable[[str], Any]]:
    """Plain boto3 with the variables of `sandbox env`."""
    made: list[Any] = []

    def client(service: str) -> Any:
        made.append(
            boto3.client(
                service,
                endpoint_url=variables["AWS_ENDPOINT_URL"],
                region_name=variables["AWS_REGION"],
                aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
            )
        )
        return made[-1]

    yield client
    for one in made:
        one.close()


def test_up_provisions_both_planes(up: Any) -> None:
    assert up["applied"] is True
    assert up["counts"]["create"] >= 120
    assert up["policies"]["result"] == "pass"
    assert up["policies"]["resources"] >= 120
    assert {change["type"].split(":")[0] for change in up["changes"]} >= {"aws", "kubernetes"}
    assert "aws:eks/addon:Addon" in up["recorded_only"]


@pytest.mark.parametrize("team", ["claims-fraud", "clinical-nlp", "underwriting"])
def test_each_team_has_its_namespace_and_quota(kubectl: Callable[..., str], team: str) -> None:
    space = json.loads(kubectl("get", "namespace", team, "-o", "json"))
    assert space["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    (quota,) = json.loads(kubectl("get", "resourcequota", "-n", team, "-o", "json"))["items"]
    assert {"requests.cpu", "requests.memory", "pods"} <= set(quota["spec"]["hard"])


@pytest.mark.parametrize(
    ("group", "namespace", "what", "answer"),
    [
        ("claims-fraud-engineers", "claims-fraud", ("create", "jobs"), "yes"),
        ("claims-fraud-engineers", "claims-fraud", ("create", "deployments"), "no"),
        ("claims-fraud-engineers", "clinical-nlp", ("create", "jobs"), "no"),
        ("claims-fraud-scientists", "claims-fraud", ("get", "secrets"), "no"),
        ("claims-fraud-scientists", "claims-fraud", ("get", "pods"), "yes"),
        ("compliance-office", "underwriting", ("list", "rolebindings"), "yes"),
        ("compliance-office", "underwriting", ("delete", "pods"), "no"),
        ("nobody-in-particular", "claims-fraud", ("get", "pods"), "no"),
    ],
)
def test_rbac_says_what_the_stack_file_says(
    kubectl: Callable[..., str], group: str, namespace: str, what: tuple[str, str], answer: str
) -> None:
    told = kubectl("auth", "can-i", *what, "-n", namespace, "--as", "someone", "--as-group", group)
    assert told.splitlines()[-1].split()[0] == answer


def test_pods_of_the_platform_run(kubectl: Callable[..., str]) -> None:
    for namespace, name in (("mlflow", "mlflow"), ("claims-fraud", "fraud-scorer")):
        told = kubectl("rollout", "status", f"deployment/{name}", "-n", namespace, "--timeout=60s")
        assert "successfully rolled out" in told


def test_dataset_buckets_are_versioned_encrypted_and_private(
    aws: Callable[[str], Any], variables: dict[str, str]
) -> None:
    s3 = aws("s3")
    buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"] if "-data-" in bucket["Name"]]
    assert len(buckets) == 8
    for bucket in buckets:
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
        assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
        assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
        assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=bucket)["Policy"]


def test_a_second_up_changes_nothing(run: Run, up: Any) -> None:
    again = run("up", "--env", ENVIRONMENT, "--yes")
    assert again["applied"] is False
    assert set(again["counts"]) == {"same"}
    assert again["counts"]["same"] == up["counts"]["create"]


def test_what_really_is_holds_too(run: Run, up: Any) -> None:
    (verdict,) = run("audit-state", "--env", ENVIRONMENT)["verdicts"]
    assert (verdict["result"], verdict["notes"]) == ("pass", [])
    assert verdict["resources"] == up["counts"]["create"]


def test_one_edited_value_is_one_change(run: Run, project: Path, kubectl: Callable[..., str]) -> None:
    stack = project / "stacks" / "staging.yaml"
    stack.write_text(stack.read_text().replace("scale: {min: 2, max: 4}", "scale: {min: 2, max: 5}"))
    (planned,) = run("plan", "--env", ENVIRONMENT)["changes"]
    assert (planned["name"].split("/")[-1], planned["operation"]) == ("fraud-scorer", "update")
    (difference,) = planned["properties"]
    assert (difference["path"], difference["old"], difference["new"]) == ("spec.maxReplicas", 4, 5)
    (made,) = run("up", "--env", ENVIRONMENT, "--yes")["changes"]
    assert made["urn"] == planned["urn"]
    assert kubectl("get", "hpa", "fraud-scorer", "-n", "claims-fraud", "-o", "jsonpath={.spec.maxReplicas}") == "5"


def test_what_the_policies_forbid_is_refused_with_its_line_and_nothing_changes(run: Run, project: Path) -> None:
    # In the environment's own file: what all environments share is part of the release, which `up` does not change here.
    stack = project / "stacks/staging.yaml"
    before = stack.read_text()
    stack.write_text(f"{before}\nregistry:\n  database:\n    backup_days: 1\n    multi_az: false\n")
    lines = {
        name: stack.read_text().partition(name)[0].count("\n") + 1 for name in ("backup_days: 1", "multi_az: false")
    }
    refused = run("up", "--env", ENVIRONMENT, "--yes", expect=3)["error"]["policies"]
    found = {finding["rule"]: (finding["origin"]["file"], finding["origin"]["line"]) for finding in refused["findings"]}
    assert found == {
        "MLI-RESILIENCE-002": ("stacks/staging.yaml", lines["backup_days: 1"]),
        "MLI-RESILIENCE-001": ("stacks/staging.yaml", lines["multi_az: false"]),
    }
    planned = run("plan", "--env", ENVIRONMENT, expect=3)
    assert planned["verdict"] == "fail"
    assert [change["type"] for change in planned["changes"]] == ["aws:rds/instance:Instance"]
    last = json.loads((project / ".mlops-infra/ledger/staging.jsonl").read_text().splitlines()[-1])
    assert last["data"]["findings"] == sorted(found)
    stack.write_text(before)


def test_without_policies_nothing_is_allowed(run: Run, project: Path) -> None:
    (project / "policies").rename(project / "elsewhere")
    (verdict,) = run("check", "--env", ENVIRONMENT, expect=3)["verdicts"]
    assert (verdict["result"], verdict["problem"]["code"]) == ("fail", "no-policies")
    # Who may do what is decided by policies too.
    for command in (("plan",), ("up", "--yes")):
        assert "there are no policies" in run(*command, "--env", ENVIRONMENT, expect=4)["error"]["what"]
    (project / "elsewhere").rename(project / "policies")


def test_what_was_changed_by_hand_is_found_and_mended(
    run: Run, kubectl: Callable[..., str], aws: Callable[[str], Any]
) -> None:
    label = "pod-security.kubernetes.io/enforce"
    kubectl("label", "namespace", "underwriting", f"{label}=privileged", "--overwrite")
    s3 = aws("s3")
    bucket = next(b["Name"] for b in s3.list_buckets()["Buckets"] if "-data-members-" in b["Name"])
    s3.delete_public_access_block(Bucket=bucket)
    found = {change["type"]: change for change in run("drift", "--env", ENVIRONMENT, expect=6)["drift"]}
    assert set(found) == {
        "kubernetes:core/v1:Namespace",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    }
    assert any(label in difference["path"] for difference in found["kubernetes:core/v1:Namespace"]["properties"])
    again = run("up", "--env", ENVIRONMENT, "--yes")
    assert {change["urn"] for change in again["mended"]} == {change["urn"] for change in found.values()}
    space = json.loads(kubectl("get", "namespace", "underwriting", "-o", "json"))
    assert space["metadata"]["labels"][label] == "restricted"
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())


def test_a_restarted_sandbox_has_not_drifted(run: Run) -> None:
    run("sandbox", "stop")
    run("sandbox", "start", "--env", ENVIRONMENT)
    looked = run("up", "--env", ENVIRONMENT, "--yes", "--all")
    assert (looked["applied"], looked["changes"], looked["mended"]) == (False, [], [])


def test_the_ledger_has_intent_and_result_of_everything(project: Path) -> None:
    ledger = project / ".mlops-infra" / "ledger" / "staging.jsonl"
    entries = [json.loads(line) for line in ledger.read_text().splitlines()]
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    assert all(later["prev"] == earlier["hash"] for earlier, later in itertools.pairwise(entries))
    assert ledger.stat().st_mode & 0o077 == 0


def test_without_include_data_what_holds_data_stays_with_its_fences(run: Run, aws: Callable[[str], Any]) -> None:
    gone = run("destroy", "--env", ENVIRONMENT, "--yes")
    kept = {urn.split("::")[2].split("$")[-1] for urn in gone["kept"]}
    assert {"aws:s3/bucket:Bucket", "aws:kms/key:Key", "aws:rds/instance:Instance"} <= kept
    s3 = aws("s3")
    for bucket in (b["Name"] for b in s3.list_buckets()["Buckets"] if "-data-" in b["Name"]):
        assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=bucket)["Policy"]
        assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())


def test_with_include_data_nothing_is_left_but_what_it_lists(
    run: Run, aws: Callable[[str], Any], kubectl: Callable[..., str]
) -> None:
    gone = run("destroy", "--env", ENVIRONMENT, "--include-data", "--yes")
    assert gone["kept"] == []
    assert aws("s3").list_buckets()["Buckets"] == []
    assert aws("rds").describe_db_instances()["DBInstances"] == []
    assert [v for v in aws("ec2").describe_vpcs()["Vpcs"] if not v["IsDefault"]] == []
    keys = aws("kms")
    left = [keys.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in keys.list_keys()["Keys"]]
    ours = [key for key in left if key["KeyManager"] == "CUSTOMER"]
    assert {key["KeyState"] for key in ours} == {"PendingDeletion"}
    assert len(ours) == len(gone["scheduled"])
    spaces = json.loads(kubectl("get", "namespaces", "-o", "json"))["items"]
    assert {s["metadata"]["name"] for s in spaces} == {"default", "kube-node-lease", "kube-public", "kube-system"}
