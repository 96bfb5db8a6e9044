"""The journal of the AWS plane: nothing that was written whole is lost, nothing torn is believed."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_infra.errors import OperationError
from mlops_infra.sandbox.aws_plane.journal import Entry, Journal

ENTRIES = st.lists(
    st.builds(
        Entry,
        number=st.integers(1, 2**40),
        time=st.floats(0, 2**31),
        status=st.integers(200, 599),
        account=st.sampled_from(["", "111100000016", "111100000032"]),
        environ=st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3),
        body=st.binary(max_size=20),
    ),
    min_size=1,
    max_size=3,
)


def entry(number: int, account: str = "111100000016", body: bytes = b"<x/>") -> Entry:
    return Entry(number, 1.5, 200, account, {"PATH_INFO": "/ü", "REQUEST_METHOD": "PUT"}, body)


def test_entries_come_back_in_order_with_the_same_seed(tmp_path):
    path = tmp_path / "journal"
    with Journal(path) as journal:
        seed = journal.seed
        for number in (1, 2, 7):
            journal.append(entry(number))
        assert [one.number for one in journal.entries(after=1)] == [2, 7]
        journal.append(entry(8))
    with Journal(path) as journal:
        assert journal.seed == seed
        assert journal.dropped == 0
        assert list(journal.entries()) == [entry(1), entry(2), entry(7), entry(8)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_killed_writer_needs_no_close(tmp_path):
    path = tmp_path / "journal"
    writer = Journal(path)
    writer.append(entry(1))
    with Journal(path) as journal:
        assert list(journal.entries()) == [entry(1)]
    writer.__exit__(None, None, None)


@settings(max_examples=4, deadline=None)
@given(entries=ENTRIES)
def test_torn_at_every_offset_whole_entries_survive(tmp_path_factory, entries):
    path = tmp_path_factory.mktemp("torn") / "journal"
    ends = []
    with Journal(path) as journal:
        begin = path.stat().st_size
        for one in entries:
            journal.append(one)
            ends.append(path.stat().st_size)
    whole = path.read_bytes()
    for length in range(begin, len(whole)):
        path.write_bytes(whole[:length])
        with Journal(path) as journal:
            left = sum(end <= length for end in ends)
            assert list(journal.entries()) == entries[:left]
            assert journal.dropped == length - max([begin, *ends[:left]])
            journal.append(entry(1))
            assert list(journal.entries()) == [*entries[:left], entry(1)]


@settings(max_examples=25, deadline=None)
@given(entries=ENTRIES, data=st.data())
def test_a_changed_byte_ends_the_journal_there(tmp_path_factory, entries, data):
    path = tmp_path_factory.mktemp("rot") / "journal"
    with Journal(path) as journal:
        begin = path.stat().st_size
        for one in entries:
            journal.append(one)
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(begin, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    with Journal(path) as journal:
        found = list(journal.entries())
        assert found == entries[: len(found)]
        assert len(found) < len(entries)
        assert journal.dropped


@pytest.mark.parametrize("length", [0, 1, 10, 22, 30, 54])
def test_a_torn_header_starts_anew(tmp_path, length):
    path = tmp_path / "journal"
    with Journal(path):
        pass
    path.write_bytes(path.read_bytes()[:length])
    with Journal(path) as journal:
        journal.append(entry(1))
    with Journal(path) as journal:
        assert list(journal.entries()) == [entry(1)]


@pytest.mark.parametrize("content", [b"something else\n" * 10, b"GARBAGE", b"mlops-infra journal 9 " + b"0" * 33])
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "journal"
    path.write_bytes(content)
    with pytest.raises(OperationError, match="not one of this version"):
        Journal(path)
    assert path.read_bytes() == content


def test_unwanted_entries_can_be_left_out(tmp_path: Path):
    path = tmp_path / "journal"
    with Journal(path) as journal:
        seed = journal.seed
        for number in (1, 2, 3):
            journal.append(entry(number, account=f"11110000000{number}"))
        journal.keep(lambda one: one.number != 2)
        journal.append(entry(4))
        assert [one.number for one in journal.entries()] == [1, 3, 4]
    with Journal(path) as journal:
        assert journal.seed == seed
        assert [one.number for one in journal.entries()] == [1, 3, 4]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["journal"]


def test_bodies_stay_out_of_the_text_form():
    assert "secret" not in repr(entry(1, body=b"secret"))
