"""The promotion delta: what going back would cost, three views, and nothing secret in any."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from evidence_world import BUCKET, RELEASE, base, finding, plan
from rich.console import Console

from mlops_infra.cli.views.delta import show_delta
from mlops_infra.engine.plan import Change, PropertyChange
from mlops_infra.errors import GateError
from mlops_infra.governance.verdict import Verdict
from mlops_infra.graph import Graph
from mlops_infra.graph.model import DATA_TYPES
from mlops_infra.promotion import delta
from mlops_infra.promotion.delta import Delta, Line
from mlops_infra.promotion.release import Difference
from mlops_infra.promotion.reversibility import reversibility, worst
from mlops_infra.promotion.store import FileStore

BUCKET_TYPE, ROLE_TYPE = "aws:s3/bucket:Bucket", "aws:iam/role:Role"
DATABASE, KEY, SECRET = "aws:rds/instance:Instance", "aws:kms/key:Key", "aws:secretsmanager/secret:Secret"
VOLUME, CLAIM = "kubernetes:core/v1:PersistentVolume", "kubernetes:core/v1:PersistentVolumeClaim"


def change(kind: str, operation: str, *paths: str) -> Change:
    properties = tuple(PropertyChange(path, "update", 1, 2) for path in paths)
    return Change("urn:x", kind, "x", "foundation", operation, properties=properties)  # type: ignore[arg-type]


def made(**told: Any) -> Delta:
    values: dict[str, Any] = {
        "environment": "prod",
        "source": "staging",
        "release": RELEASE,
        "previous": "b" * 64,
        "versions": [Difference("models.fraud-scorer.version", "1.4.0", "1.5.0")],
        "configuration": [Line("teams.claims.quota.cpu", "4", "8")],
        "plan": plan(),
        "base": base(),
        "verdict": Verdict("prod", "fail", (finding(),), (finding(waived_by="SEC-1"),)),
        **told,
    }
    return delta.of(**values)


@pytest.mark.parametrize(
    ("kind", "operation", "paths", "deployed", "label", "reason"),
    [
        (ROLE_TYPE, "create", (), {}, "reversible", ""),
        (ROLE_TYPE, "update", ("policy",), {}, "reversible", ""),
        (ROLE_TYPE, "delete", (), {}, "reversible", ""),
        (ROLE_TYPE, "replace", (), {}, "reversible", ""),
        (BUCKET_TYPE, "same", (), {}, "reversible", ""),
        (BUCKET_TYPE, "import", (), {}, "reversible", ""),
        (BUCKET_TYPE, "create", (), {}, "lossy", "written to it since"),
        (BUCKET_TYPE, "update", ("tags.a",), {}, "reversible", ""),
        (BUCKET_TYPE, "delete", (), {}, "irreversible", "all their versions"),
        (BUCKET_TYPE, "replace", (), {"versioning": {"enabled": True}}, "irreversible", "all their versions"),
        (DATABASE, "delete", (), {"skipFinalSnapshot": False}, "lossy", "final snapshot"),
        (DATABASE, "delete", (), {}, "irreversible", "without a final snapshot"),
        (DATABASE, "update", ("allocatedStorage",), {}, "irreversible", "never makes storage smaller"),
        (DATABASE, "update", ("engineVersion",), {}, "irreversible", "no way back"),
        (KEY, "delete", (), {"deletionWindowInDays": 7.0}, "lossy", "for 7 days"),
        (KEY, "delete", (), {}, "lossy", "for 30 days"),
        (SECRET, "delete", (), {"recoveryWindowInDays": 0}, "irreversible", "without a recovery window"),
        (SECRET, "replace", (), {}, "lossy", "for 30 days"),
        (VOLUME, "delete", (), {"spec": {"persistentVolumeReclaimPolicy": "Retain"}}, "lossy", "is kept"),
        (
            VOLUME,
            "delete",
            (),
            {"spec": {"persistentVolumeReclaimPolicy": "Delete"}},
            "irreversible",
            "deleted with it",
        ),
        (CLAIM, "delete", (), {}, "irreversible", "deleted with it"),
        (CLAIM, "update", ('spec.resources.requests["storage"]',), {}, "irreversible", "never makes a volume smaller"),
        (CLAIM, "update", ("spec.resourcesX",), {}, "reversible", ""),
        ("aws:ecr/repository:Repository", "delete", (), {}, "irreversible", "deleted with it"),
        ("aws:eks/cluster:Cluster", "update", ("version",), {}, "irreversible", "older Kubernetes"),
        ("aws:ecr/lifecyclePolicy:LifecyclePolicy", "update", ("policy",), {}, "lossy", "expire meanwhile"),
    ],
)
def test_what_going_back_costs(
    kind: str, operation: str, paths: tuple[str, ...], deployed: dict[str, Any], label: str, reason: str
) -> None:
    found = reversibility(change(kind, operation, *paths), deployed)
    assert found.label == label
    assert reason in found.reason
    assert bool(found.reason) == (label != "reversible")


@pytest.mark.parametrize("kind", sorted(DATA_TYPES))
@pytest.mark.parametrize("operation", ["create", "delete", "replace"])
def test_nothing_that_holds_data_is_let_go_as_reversible(kind: str, operation: str) -> None:
    assert reversibility(change(kind, operation), {}).label != "reversible"


def test_the_worst_label_counts() -> None:
    assert worst([]) == "reversible"
    assert worst(["lossy", "irreversible", "reversible"]) == "irreversible"


def test_a_delta_tells_everything() -> None:
    found = made()
    (step,) = found.steps
    assert (step.urn, step.operation, step.reversibility, step.loses_data) == (BUCKET, "update", "reversible", False)
    assert found.losses == ()
    assert found.findings == ("MLI-PII-001 high claims: is public",)
    assert found.waived == ("MLI-PII-001 claims: waived by SEC-1",)
    replaced = made(plan=plan(operation="replace"))
    assert replaced.label == "irreversible"
    assert [step.urn for step in replaced.losses] == [BUCKET]


def test_no_view_shows_a_secret() -> None:
    found = made()
    console = Console(width=160, record=True, file=StringIO())
    show_delta(console, found)
    views = (json.dumps(found.document()), delta.markdown(found), console.export_text())
    for text in views:
        assert "hunter" not in text
        assert "fraud-scorer" in text
        assert "is public" in text


def test_a_pull_request_cannot_be_broken_by_a_name() -> None:
    text = delta.markdown(made(configuration=[Line("a|b`c", None, "<img src=x>|\n")]))
    (row,) = [line for line in text.splitlines() if "a&#124;bc" in line]
    assert row == "| `a&#124;bc` |  | `<img src=x>&#124; ` |"


def test_a_delta_is_kept_and_found_unchanged(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "evidence")
    found = made()
    assert delta.load(store, delta.keep(store, found)) == found


def test_a_delta_that_was_changed_or_is_missing_is_refused(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "evidence")
    found = made()
    delta.keep(store, found)
    file = tmp_path / "evidence" / "deltas" / found.digest
    file.write_bytes(file.read_bytes().replace(b"1.5.0", b"1.6.0"))
    with pytest.raises(GateError, match="was changed"):
        delta.load(store, found.digest)
    for text in (b"{}", b"", b'{"version": 1}'):
        file.write_bytes(text)
        with pytest.raises(GateError, match="missing or damaged"):
            delta.load(store, found.digest)
    with pytest.raises(GateError, match="missing or damaged"):
        delta.load(store, "0" * 64)


def test_long_lists_of_properties_are_cut() -> None:
    many = change(ROLE_TYPE, "update", *(f"p{number}" for number in range(30)))
    found = made(plan=plan().__class__("prod", (many,), Graph("prod", {})))
    assert len(found.steps[0].properties) == 21
    assert found.steps[0].properties[-1].new == "10 more"
