"""The store of evidence: written once, whole or not at all, in a folder and in a bucket."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto_aws import headers_to_s3, moto_bucket

from mlops_infra.errors import OperationError
from mlops_infra.operations.bucket import S3Bucket
from mlops_infra.promotion.store import FileStore, S3Store, Store, masking_key
from mlops_infra.providers.aws.clients import Clients

BACKEND = "s3://meridian-state/pulumi?region=eu-central-1"


@pytest.fixture(scope="module")
def clients() -> Iterator[Clients]:
    with moto_bucket("meridian-state") as made:
        yield made


@pytest.fixture(params=["files", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "files":
        return FileStore(tmp_path / "evidence")
    clients = request.getfixturevalue("clients")
    return S3Store(S3Bucket(clients, BACKEND.replace("/pulumi", f"/{tmp_path.name}")))


def test_what_is_there_is_never_changed(store: Store) -> None:
    assert store.get("receipts/prod/a") is None
    assert store.put_new("receipts/prod/a", "größer".encode())
    assert not store.put_new("receipts/prod/a", b"other")
    assert store.get("receipts/prod/a") == "größer".encode()


def test_keys_are_sorted_and_begin_with_what_was_asked_for(store: Store) -> None:
    for key in ("b/2", "b/10", "a/1", "bb/1"):
        assert store.put_new(key, b"x")
    assert store.keys("b/") == ("b/10", "b/2")
    assert store.keys("") == ("a/1", "b/10", "b/2", "bb/1")
    assert store.keys("c") == ()


def test_the_masking_key_is_made_once(store: Store) -> None:
    key = masking_key(store)
    assert len(key) == 32
    assert masking_key(store) == key


def test_a_damaged_masking_key_is_refused(store: Store) -> None:
    store.put_new("keys/masking", b"short")
    with pytest.raises(OperationError, match="damaged"):
        masking_key(store)


def test_one_of_many_writers_is_first(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "evidence")
    won: list[int] = []
    ready = threading.Barrier(8)

    def write(number: int) -> None:
        ready.wait()
        if store.put_new("spent/prod/a", str(number).encode()):
            won.append(number)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(won) == 1
    assert store.get("spent/prod/a") == str(won[0]).encode()
    assert store.keys("") == ("spent/prod/a",)


def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    FileStore(tmp_path / "evidence").put_new("receipts/prod/a", b"x")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "evidence").rglob("*")}
    assert modes == {"receipts": 0o700, "prod": 0o700, "a": 0o600}


def test_a_write_that_was_cut_off_leaves_no_evidence(tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    store = FileStore(folder)
    store.put_new("receipts/prod/a", b"x")
    (folder / "receipts" / "prod" / ".new-abc").write_bytes(b"half")
    assert store.keys("") == ("receipts/prod/a",)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("a file")
    with pytest.raises(OperationError, match="cannot be written"):
        FileStore(tmp_path / "evidence").put_new("a/b", b"x")


@given(st.text(max_size=40))
def test_no_key_leads_out_of_the_folder(key: str) -> None:
    folder = Path(os.devnull) / "evidence"
    if key in ("", ".", "..") or ".." in key.split("/") or key.startswith("/"):
        with pytest.raises(ValueError, match="no key"):
            FileStore(folder).get(key)


def test_the_bucket_is_asked_to_write_only_where_nothing_is(clients: Clients) -> None:
    """The request itself says so (S3 User Guide, "Conditional writes"), whatever an emulator makes of it."""
    with headers_to_s3(clients) as seen:
        S3Store(S3Bucket(clients, BACKEND)).put_new("receipts/prod/conditional", b"x")
    (put,) = seen
    assert put["if-none-match"] == "*"
    assert "x-amz-checksum-sha256" in put
