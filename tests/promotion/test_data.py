"""Pinned data against a bucket in memory: what a live bucket of the sandbox cannot be brought to do."""

from __future__ import annotations

import base64
import shutil
import tracemalloc
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from mlops_infra.config import load_environment
from mlops_infra.config.edit import set_value
from mlops_infra.errors import OperationError, UsageError
from mlops_infra.promotion.data import Bucket, Pinned, load, pin, pin_bucket, verify
from mlops_infra.providers.aws.clients import CallError
from mlops_infra.providers.connection import AwsConnection, Connection

STACKS = Path(__file__).parents[2] / "stacks"
SHA = sha256(b"content")
PINNED = Pinned("a.csv", "v1", 7, f"sha256:{SHA.hexdigest()}", "tag")
HEAD = {"ContentLength": 7, "ETag": '"tag"', "ChecksumSHA256": base64.b64encode(SHA.digest()).decode()}


@dataclass
class FakeClients:
    """Implements as much of `Clients` as a bucket needs: objects with one version each, listed in pages."""

    heads: Mapping[str, Any] = field(default_factory=dict)
    count: int = 0
    page: int = 1000
    backwards: bool = False

    def call(self, service: str, region: str, operation: str, params: Mapping[str, Any]) -> Any:
        if operation == "list_object_versions":
            return self._listed(int(params.get("KeyMarker", 0)))
        found = self.heads.get(params.get("VersionId", "latest"), HEAD)
        if isinstance(found, str):
            raise CallError(found, "refused")
        return found

    def _listed(self, start: int) -> dict[str, Any]:
        end = min(start + self.page, self.count)
        numbers = range(start, end)[:: -1 if self.backwards else 1]
        versions = [
            {"Key": f"{number:08}", "VersionId": version, "IsLatest": version == "v1"}
            for number in numbers
            for version in ("v1", "v0")
        ]
        markers = {"NextKeyMarker": str(end), "NextVersionIdMarker": "v0"}
        return {"Versions": versions, "IsTruncated": end < self.count, **markers}


def bucket(**more: Any) -> Bucket:
    return Bucket(FakeClients(**more), "eu-central-1", "bucket")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("heads", "trouble", "detail"),
    [
        ({}, None, ""),
        ({"v1": {**HEAD, "ContentLength": 8}}, "content changed", "8 bytes"),
        ({"v1": {**HEAD, "ChecksumSHA256": base64.b64encode(bytes(32)).decode()}}, "content changed", "SHA-256"),
        # Equal contents under another ETag (encrypted anew) are no change where there is a checksum.
        ({"v1": {**HEAD, "ETag": "other"}}, None, ""),
        ({"v1": {"ContentLength": 7, "ETag": "other"}}, "content changed", "ETag"),
        ({"v1": {**HEAD, "ChecksumType": "COMPOSITE", "ETag": "other"}}, "content changed", "ETag"),
        ({"v1": "404"}, "version deleted", "v1"),
        ({"v1": "403"}, "unreadable", "403"),
        ({"latest": "404"}, "deleted since", "still there"),
        ({"latest": "403"}, "unreadable", "403"),
    ],
)
def test_what_became_of_a_pinned_object_is_named(heads: Mapping[str, Any], trouble: str | None, detail: str):
    found = bucket(heads=heads).trouble(PINNED)
    assert (found.trouble if found else None) == trouble
    assert found is None or detail in found.detail


@pytest.fixture
def stacks(tmp_path: Path) -> Path:
    return Path(shutil.copytree(STACKS, tmp_path / "stacks"))


def test_memory_does_not_grow_with_the_number_of_objects(stacks: Path):
    loaded = load_environment(stacks, "dev")
    pin_bucket(loaded, bucket(count=1000), "members")  # whatever is made once

    def peak(count: int) -> int:
        tracemalloc.start()
        assert pin_bucket(loaded, bucket(count=count, page=200), "members").objects == count
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(2400) < peak(600) + 200_000


def test_a_listing_out_of_order_is_refused_and_leaves_nothing(stacks: Path):
    loaded = load_environment(stacks, "dev")
    with pytest.raises(OperationError, match="order"):
        pin_bucket(loaded, bucket(count=3, backwards=True), "members")
    assert list((stacks / "data" / "members").iterdir()) == []


def test_an_empty_bucket_has_a_version_too(stacks: Path):
    loaded = load_environment(stacks, "dev")
    found = pin_bucket(loaded, bucket(), "members")
    assert (found.objects, found.digest) == (0, f"sha256:{sha256().hexdigest()}")
    assert load(loaded, "members", found.digest) == found


def test_what_is_not_pinned_is_said(stacks: Path):
    loaded, nowhere = load_environment(stacks, "dev"), Connection("dev", AwsConnection("1", "eu-central-1"), None)
    with pytest.raises(UsageError, match="names no version"):
        verify(loaded, nowhere, "members")
    with pytest.raises(UsageError, match="is not pinned in dev"):
        verify(loaded, nowhere, "members", version="sha256:" + "0" * 64)
    with pytest.raises(UsageError, match="no dataset"):
        pin(loaded, nowhere, "nope")
    set_value(stacks / "dev.yaml", ("datasets", "members", "version"), "sha256:" + "1" * 64)
    with pytest.raises(UsageError, match="is not pinned in dev"):
        verify(load_environment(stacks, "dev"), nowhere, "members")
