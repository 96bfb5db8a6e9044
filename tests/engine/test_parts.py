"""What is remembered of deployed parts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mlops_infra.engine.parts import PartRecord, PartRecords, given_record, program_digest, waves
from mlops_infra.graph import UNKNOWN, Resource, Secret
from mlops_infra.platform import Given

BUCKET = Resource(
    urn="urn:pulumi:dev-foundation::mlops-infra::aws:s3/bucket:Bucket::a",
    type="aws:s3/bucket:Bucket",
    name="a",
    part="foundation",
    inputs={"bucket": "a", "tags": {"owner": "x"}},
)


def test_a_record_is_kept_and_forgotten(tmp_path: Path) -> None:
    records = PartRecords(tmp_path, "dev")
    assert records.read("foundation") is None
    record = PartRecord("d", "c", "attached", {"vpc.id": {"urn": "u", "value": "vpc-1"}})
    records.write("foundation", record)
    records.write("teams-00", replace(record, marked="drift"))
    assert records.read("foundation") == record
    assert records.parts() == ["foundation", "teams-00"]
    assert record.taken() == {"vpc.id": Given("vpc-1", "u")}
    records.forget("foundation")
    assert records.read("foundation") is None


@pytest.mark.parametrize(("seen", "counts"), [(1000.0, True), (400.0, False), (0.0, False), (1001.0, False)])
def test_a_look_counts_for_a_while_and_not_from_the_future(seen: float, counts: bool) -> None:
    record = PartRecord("d", "c", "attached", seen=seen)
    assert record.seen_within(600.0, 1000.0) is counts
    assert not record.seen_within(0.0, 1000.0)


def test_a_damaged_record_means_that_the_part_is_looked_at(tmp_path: Path) -> None:
    records = PartRecords(tmp_path, "dev")
    records.write("foundation", PartRecord("d", "c", "attached"))
    (tmp_path / "dev-foundation.json").write_text('{"digest": "d"')
    assert records.read("foundation") is None


def test_one_environments_records_are_not_anothers(tmp_path: Path) -> None:
    PartRecords(tmp_path, "dev").write("foundation", PartRecord("d", "c", "attached"))
    assert PartRecords(tmp_path, "staging").parts() == []


@pytest.mark.parametrize(
    ("gave", "expected"),
    [
        ({"a"}, [["d", "c", "b"], ["a"]]),
        ({"a", "b"}, [["d", "c"], ["b"], ["a"]]),
        ({"a", "d"}, [["d", "c", "b"], ["a"]]),
        (set(), [["d", "c", "b", "a"]]),
    ],
)
def test_what_gave_is_deleted_after_all_that_may_have_taken(gave: set[str], expected: list[list[str]]) -> None:
    assert waves("abcd", gave.__contains__) == expected
    assert waves("", gave.__contains__) == []


@pytest.mark.parametrize(
    "changed",
    [
        replace(BUCKET, inputs={**BUCKET.inputs, "bucket": "b"}),
        replace(BUCKET, protect=True),
        replace(BUCKET, parent="urn:other"),
        replace(BUCKET, inputs={"bucket": UNKNOWN}),
        replace(BUCKET, inputs={"bucket": Secret("a")}),
    ],
)
def test_the_digest_follows_what_is_registered(changed: Resource) -> None:
    assert program_digest([BUCKET], {}) == program_digest([replace(BUCKET)], {})
    assert program_digest([changed], {}) != program_digest([BUCKET], {})


def test_the_digest_follows_what_is_taken() -> None:
    taken = {"vpc.id": Given("vpc-1", "u")}
    assert program_digest([BUCKET], taken) != program_digest([BUCKET], {"vpc.id": Given("vpc-2", "u")})


def test_a_secret_may_not_leave_the_encrypted_state() -> None:
    with pytest.raises(ValueError, match=r"database\.password is secret"):
        given_record({"database.password": Given(Secret("hunter2"), "u")})
