"""The ledger: chained, durable against a torn tail, and never built upon a changed entry."""

from __future__ import annotations

import json
import stat
import threading
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_infra.audit import Actor, Ledger, LedgerError

WHO = Actor("ada", "workstation", 4711)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def ledger(path: Path) -> Ledger:
    return Ledger(path / "ledger" / "staging.jsonl", clock=lambda: NOON)


def check_chain(book: Ledger) -> None:
    """Verify the chain from the bytes alone, without the code under test."""
    before = "0" * 64
    for number, line in enumerate(book.path.read_bytes().splitlines(), 1):
        told = json.loads(line)
        own = told.pop("hash")
        assert told["seq"] == number
        assert told["prev"] == before
        assert sha256(rfc8785.dumps(told)).hexdigest() == own
        before = own


def test_entries_are_chained_from_the_first(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    first = book.append("intent", {"operation": "up"}, WHO)
    second = book.append("result", {"intent": first.seq, "ünï": ["cödé", 1, None, True]}, WHO)
    assert (first.seq, second.seq) == (1, 2)
    assert second.prev == first.hash
    assert first.time == "2026-03-01T12:00:00.000000Z"
    assert list(book.entries()) == [first, second]
    assert list(book.newest_first()) == [second, first]
    assert book.last("intent") == first
    assert book.last("nothing") is None
    check_chain(book)


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    book.append("intent", {}, WHO)
    assert stat.S_IMODE(book.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(book.path.parent.stat().st_mode) == 0o700


def test_an_empty_or_missing_ledger_has_no_entries(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    assert list(book.entries()) == []
    assert book.last("intent") is None
    book.path.parent.mkdir()
    book.path.touch()
    assert list(book.newest_first()) == []
    assert book.append("intent", {}, WHO).seq == 1


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_tail_torn_at_any_offset_is_set_aside(data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        book = ledger(Path(folder))
        book.append("intent", {"operation": "up"}, WHO)
        before = book.path.read_bytes()
        book.append("result", {"intent": 1, "result": "succeeded"}, WHO)
        whole = book.path.read_bytes()
        cut = data.draw(st.integers(len(before), len(whole) - 1))
        book.path.write_bytes(whole[:cut])

        assert [entry.seq for entry in book.entries()] == [1]
        after = book.append("intent", {"operation": "drift"}, WHO)

        torn = whole[len(before) : cut]
        kept = book.path.with_name("staging.jsonl.torn")
        if torn:
            assert [entry.kind for entry in book.entries()] == ["intent", "recovered", "intent"]
            assert kept.read_bytes() == torn + b"\n"
            note = list(book.entries())[1]
            assert note.data == {
                "bytes": len(torn),
                "sha256": sha256(torn).hexdigest(),
                "moved_to": "staging.jsonl.torn",
            }
        else:
            assert not kept.exists()
        assert after.kind == "intent"
        check_chain(book)


def test_a_changed_last_entry_is_not_built_upon(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    book.append("result", {"result": "failed"}, WHO)
    book.path.write_bytes(book.path.read_bytes().replace(b'"failed"', b'"passed"'))
    before = book.path.read_bytes()
    with pytest.raises(LedgerError, match="does not match its hash"):
        book.append("intent", {}, WHO)
    assert book.path.read_bytes() == before


def test_a_line_that_is_no_entry_is_an_error(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    book.append("intent", {}, WHO)
    with book.path.open("ab") as file:
        file.write(b"{}\n")
    with pytest.raises(LedgerError, match="no entry"):
        list(book.entries())
    with pytest.raises(LedgerError, match="no entry"):
        book.append("intent", {}, WHO)


def test_writers_take_turns(tmp_path: Path) -> None:
    def write() -> None:
        for _ in range(5):
            ledger(tmp_path).append("observed", {}, WHO)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [entry.seq for entry in ledger(tmp_path).entries()] == list(range(1, 21))
    check_chain(ledger(tmp_path))


def test_a_ledger_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text("in the way")
    with pytest.raises(LedgerError, match="cannot be written"):
        ledger(tmp_path).append("intent", {}, WHO)
