"""Pinned versions of datasets, against a live bucket: what is pinned, and every way in which it can be gone."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aws_round_trip import World

from mlops_infra.config import LoadedEnvironment, load_environment
from mlops_infra.config.edit import set_value
from mlops_infra.errors import OperationError, UsageError
from mlops_infra.platform.names import Names
from mlops_infra.promotion.data import load, pin, verify
from mlops_infra.providers.connection import Connection

pytestmark = pytest.mark.sandbox

STACKS = Path(__file__).parents[3] / "stacks"
DATASET = "members"


@dataclass
class Data:
    """A dataset's bucket with a project around it."""

    stacks: Path
    connection: Connection
    s3: Any
    bucket: str

    @property
    def loaded(self) -> LoadedEnvironment:
        return load_environment(self.stacks, "dev")

    def put(self, key: str, body: bytes, **more: str) -> str:
        found: str = self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, **more).get("VersionId", "null")
        return found

    def pin(self) -> str:
        """Pin, and name the version in the stack file."""
        digest = pin(self.loaded, self.connection, DATASET).digest
        set_value(self.stacks / "dev.yaml", ("datasets", DATASET, "version"), digest)
        return digest

    def troubles(self) -> list[tuple[str, str]]:
        return [(finding.key, finding.trouble) for finding in verify(self.loaded, self.connection, DATASET).findings]


@pytest.fixture
def data(aws_connection: Connection, aws_world: World, tmp_path: Path) -> Data:
    stacks = Path(shutil.copytree(STACKS, tmp_path / "stacks"))
    # A bucket of its own for each test.
    set_value(stacks / "base.yaml", ("project",), f"t{sha256(str(tmp_path).encode()).hexdigest()[:10]}")
    env = load_environment(stacks, "dev").environment
    s3, bucket = aws_world.boto("s3"), Names(env).dataset_bucket(DATASET)
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": env.aws.region})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    found = Data(stacks, aws_connection, s3, bucket)
    found.put("a/with space+ü.csv", b"one")
    found.put("a/checked.csv", b"two", ChecksumAlgorithm="SHA256")
    found.put("b.csv", b"old")
    found.put("b.csv", b"new and longer")
    found.put("gone.csv", b"no longer meant")
    s3.delete_object(Bucket=bucket, Key="gone.csv")
    return found


def test_what_is_there_is_pinned(data: Data):
    manifest = pin(data.loaded, data.connection, DATASET)
    assert (manifest.objects, manifest.size) == (3, 3 + 3 + 14)
    assert manifest.file.parent == data.stacks / "data" / DATASET
    assert manifest.file.name == f"{manifest.digest[7:19]}.dev.jsonl"
    text = manifest.file.read_text()
    assert f'"hash":"sha256:{sha256(b"new and longer").hexdigest()}"' in text
    assert "gone.csv" not in text
    assert load(data.loaded, DATASET, manifest.digest) == manifest
    by_etag = pin(data.loaded, data.connection, DATASET, read_limit=3)
    assert by_etag.file.read_text().count('"hash":"etag:') == 1
    assert verify(data.loaded, data.connection, DATASET, version=by_etag.digest).intact


def test_equal_contents_have_equal_versions_and_others_do_not(data: Data):
    first = pin(data.loaded, data.connection, DATASET)
    data.put("b.csv", b"something else")
    other = pin(data.loaded, data.connection, DATASET)
    data.put("b.csv", b"new and longer", ChecksumAlgorithm="SHA256")
    again = pin(data.loaded, data.connection, DATASET)
    assert other.digest != first.digest
    assert again.digest == first.digest
    assert verify(data.loaded, data.connection, DATASET, version=again.digest).intact


def test_many_objects_come_in_pages(data: Data):
    for number in range(12):
        data.put(f"many/{number:03}", b"y")
    seen: list[int] = []
    found = pin(data.loaded, data.connection, DATASET, progress=seen.append)
    assert found.objects == 15
    assert seen == list(range(1, 16))


def test_what_became_of_a_pinned_object_is_named(data: Data):
    for key in ("newer", "marked", "deleted"):
        data.put(key, b"as pinned")
    data.pin()
    assert data.troubles() == []
    data.put("newer", b"newer")
    data.s3.delete_object(Bucket=data.bucket, Key="marked")
    version = data.s3.head_object(Bucket=data.bucket, Key="deleted")["VersionId"]
    data.s3.delete_object(Bucket=data.bucket, Key="deleted", VersionId=version)
    assert data.troubles() == [("deleted", "version deleted"), ("marked", "deleted since")]


def test_a_manifest_that_was_edited_is_refused(data: Data):
    digest = data.pin()
    file = load(data.loaded, DATASET).file
    whole = file.read_text()
    lines = whole.splitlines(keepends=True)
    for text in (
        whole.replace('"size":14', '"size":15'),
        "".join(lines[:-1]),
        "".join([lines[0], *reversed(lines[1:])]),
        "".join([*lines, lines[-1]]),
        whole.replace('"objects":3', '"objects":2'),
        "nonsense",
        "",
    ):
        file.write_text(text)
        with pytest.raises(UsageError, match="was changed"):
            verify(data.loaded, data.connection, DATASET)
    file.write_text(whole)
    assert verify(data.loaded, data.connection, DATASET).manifest.digest == digest


def test_a_bucket_that_is_not_there_is_an_error_and_no_empty_dataset(data: Data):
    with pytest.raises(OperationError, match="NoSuchBucket"):
        pin(data.loaded, data.connection, "icd10-codes")
    assert not list((data.stacks / "data" / "icd10-codes").iterdir())
