"""The state's bucket: what is expected is what is changed, in memory as in S3."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_state_bucket import FakeStateBucket
from moto_aws import headers_to_s3, moto_bucket

from mlops_infra.errors import OperationError
from mlops_infra.operations.bucket import S3Bucket, StateBucket
from mlops_infra.providers.aws.clients import Clients

BACKEND = "s3://meridian-shared/pulumi?region=eu-central-1"


@pytest.fixture(scope="module")
def clients() -> Iterator[Clients]:
    with moto_bucket("meridian-shared") as made:
        yield made


@pytest.fixture(params=["memory", "s3"])
def bucket(request: pytest.FixtureRequest, tmp_path: Path) -> StateBucket:
    if request.param == "memory":
        return FakeStateBucket(page=2)
    return S3Bucket(request.getfixturevalue("clients"), BACKEND.replace("/pulumi", f"/{tmp_path.name}"), page=2)


def test_one_is_first(bucket: StateBucket) -> None:
    assert bucket.get("a") is None
    assert bucket.put_new("a", "größer".encode())
    assert not bucket.put_new("a", b"other")
    found = bucket.get("a")
    assert found is not None
    assert found.data == "größer".encode()


def test_only_what_was_seen_is_replaced_or_removed(bucket: StateBucket) -> None:
    assert not bucket.replace("a", b"x", '"0b1c"')
    assert not bucket.remove("a", '"0b1c"')
    bucket.put_new("a", b"1")
    seen = bucket.get("a")
    assert seen is not None
    assert bucket.replace("a", b"2", seen.version)
    assert not bucket.replace("a", b"3", seen.version)
    assert not bucket.remove("a", seen.version)
    now = bucket.get("a")
    assert now is not None
    assert now.data == b"2"
    assert bucket.remove("a", now.version)
    assert bucket.get("a") is None
    assert bucket.put_new("a", b"4")


def test_keys_come_in_order_from_anywhere_on(bucket: StateBucket) -> None:
    for key in ("b/2", "b/10", "b/1", "a/1", "bb/1", "b/3"):
        bucket.put_new(key, b"x")
    assert list(bucket.keys("b/")) == ["b/1", "b/10", "b/2", "b/3"]
    assert list(bucket.keys("b/", "b/10")) == ["b/2", "b/3"]
    assert list(bucket.keys("b/", "b/3")) == []
    assert list(bucket.keys("c/")) == []


def test_requests_say_what_they_expect(clients: Clients) -> None:
    """The requests themselves (S3 User Guide, "Conditional writes", "Conditional deletes"), whatever an emulator makes of them."""
    bucket = S3Bucket(clients, BACKEND)
    with headers_to_s3(clients) as seen:
        bucket.put_new("lock", b"x")
        found = bucket.get("lock")
        assert found is not None
        bucket.replace("lock", b"y", found.version)
        bucket.remove("lock", found.version)
    put, _, replaced, removed = seen
    assert put["if-none-match"] == "*"
    assert replaced["if-match"] == removed["if-match"] == found.version
    assert "x-amz-checksum-sha256" in put
    assert "x-amz-checksum-sha256" in replaced


def test_a_bucket_that_is_not_there_says_who_makes_it(clients: Clients) -> None:
    missing = S3Bucket(clients, "s3://nobodys-state")
    for attempt in (
        lambda: missing.get("a"),
        lambda: missing.put_new("a", b"x"),
        lambda: missing.remove("a", "1"),
        lambda: list(missing.keys("a")),
    ):
        with pytest.raises(OperationError, match="the state's bucket does not exist") as refused:
            attempt()
        assert refused.value.where == "s3://nobodys-state"
        assert "bootstrap" in (refused.value.hint or "")
