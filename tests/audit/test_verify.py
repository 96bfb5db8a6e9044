"""Tampering with a ledger, in every way that there is: all of it is found, named, and placed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_infra.audit import Actor, Ledger
from mlops_infra.audit.checkpoint import Checkpoint
from mlops_infra.audit.entry import GENESIS, Entry, line_of, parse
from mlops_infra.audit.verify import Verified, verify

WHO = Actor("ada", "workstation", 4711, "ada", True, "ssh")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENTRIES = 7


def written(folder: Path, count: int = ENTRIES) -> list[bytes]:
    """The lines of a genuine ledger; some hold what looks like the end of a line."""
    book = Ledger(folder / "staging.jsonl", clock=lambda: NOON)
    for number in range(1, count + 1):
        book.append("result", {"operation": "up", "n": number, "odd": ',"hash":"' + "0" * 64 + '","kind":"x"}\n'}, WHO)
    return book.path.read_bytes().splitlines(keepends=True)


@cache
def genuine(ledger: int = 0) -> tuple[bytes, ...]:
    """`written`, once; another number is another ledger."""
    with TemporaryDirectory() as folder:
        return tuple(written(Path(folder), ENTRIES + ledger))[:ENTRIES]


def checked(lines: list[bytes] | bytes, *points: Checkpoint) -> Verified:
    """What `verify` says of a file with this content."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.jsonl"
        file.write_bytes(lines if isinstance(lines, bytes) else b"".join(lines))
        return verify(file, points)


def fault(lines: list[bytes] | bytes, *points: Checkpoint) -> tuple[str, int]:
    found = checked(lines, *points).fault
    assert found is not None
    return found.tampering, found.seq


def point(seq: int, minutes: int = 0) -> Checkpoint:
    return Checkpoint.at("staging", parse(genuine()[seq - 1]), NOON + timedelta(minutes=minutes))


def rewritten(lines: tuple[bytes, ...], change: Callable[[Entry], dict[str, object]], start: int = 0) -> list[bytes]:
    """The ledger written anew from entry number `start` on, with true hashes: what only a checkpoint shows."""
    found = list(lines[:start])
    before = parse(lines[start - 1]).hash if start else GENESIS
    for line in lines[start:]:
        told = {**asdict(parse(line)), "actor": WHO, "prev": before, "data": change(parse(line))}
        del told["hash"]
        new, entry = line_of(**told)
        found.append(new + b"\n")
        before = entry.hash
    return found


def test_a_genuine_ledger_is_intact() -> None:
    found = checked(list(genuine()), point(4), point(ENTRIES))
    assert (found.intact, found.entries, found.checkpoints) == (True, ENTRIES, 2)
    assert found.head == parse(genuine()[-1]).hash


def test_a_ledger_that_is_not_there_has_no_entries(tmp_path: Path) -> None:
    assert verify(tmp_path / "none.jsonl") == Verified(0, None, None, 0, None)


@pytest.mark.parametrize("at", range(ENTRIES))
def test_any_flipped_bit_is_an_edit_of_its_entry(at: int) -> None:
    line = genuine()[at]
    for offset in range(len(line) - 1):
        changed = bytearray(line)
        changed[offset] ^= 1 << offset % 8
        found = fault([*genuine()[:at], bytes(changed), *genuine()[at + 1 :]])
        assert found == ("edited", at + 1) or b"\n" in changed[:-1]


def test_a_truncation_at_every_offset_is_found() -> None:
    lines = genuine()[:4]
    whole = b"".join(lines)
    ends = {sum(map(len, lines[:count])): count for count in range(4)}
    for offset in range(len(whole)):
        # Cut between two entries, the chain alone cannot know.
        assert checked(whole[:offset]).intact == (offset in ends)
        kind, seq = fault(whole[:offset], point(4))
        assert (kind, seq) == ("truncated", 1 + max(count for end, count in ends.items() if end <= offset))


@pytest.mark.parametrize("at", range(1, ENTRIES))
def test_a_dropped_entry_is_deleted(at: int) -> None:
    lines = [*genuine()[: at - 1], *genuine()[at:]]
    assert fault(lines) == ("deleted", at)


def test_several_dropped_entries_are_named() -> None:
    found = checked([*genuine()[:2], *genuine()[5:]]).fault
    assert found is not None
    assert found.what == "entries 3 to 5 are gone: line 3 is entry 6"
    found = checked([*genuine()[:2], *genuine()[3:]]).fault
    assert found is not None
    assert found.what == "entry 3 is gone: line 3 is entry 4"


@pytest.mark.parametrize("at", range(ENTRIES - 1))
def test_swapped_entries_are_reordered(at: int) -> None:
    lines = list(genuine())
    lines[at], lines[at + 1] = lines[at + 1], lines[at]
    assert fault(lines) == ("reordered", at + 1)


@pytest.mark.parametrize("at", range(ENTRIES))
def test_a_duplicate_is_a_repetition(at: int) -> None:
    lines = [*genuine()[: at + 1], genuine()[at], *genuine()[at + 1 :]]
    assert fault(lines) == ("repeated", at + 1)


@pytest.mark.parametrize("at", range(1, ENTRIES))
def test_a_genuine_entry_of_another_ledger_is_foreign(at: int) -> None:
    theirs = genuine(1)[at]
    assert fault([*genuine()[:at], theirs, *genuine()[at + 1 :]]) == ("foreign", at + 1)
    assert fault([*genuine()[:at], theirs]) == ("foreign", at + 1)


def test_another_ledger_as_a_whole_is_foreign_to_the_checkpoint() -> None:
    assert checked(list(genuine(1))).intact
    assert fault(list(genuine(1)), point(4)) == ("foreign", 1)


@pytest.mark.parametrize("at", range(ENTRIES - 1))
def test_an_edit_with_a_new_hash_breaks_the_chain_behind_it(at: int) -> None:
    lines = list(genuine())
    lines[at] = rewritten(genuine(), lambda _: {"operation": "nothing"}, at)[at]
    assert fault(lines) == ("edited", at + 1)


@pytest.mark.parametrize("start", range(ENTRIES))
def test_a_rewriting_is_found_by_a_checkpoint(start: int) -> None:
    lines = rewritten(genuine(), lambda entry: {**entry.data, "operation": "nothing"}, start)
    assert checked(lines).intact
    kind, since = fault(lines, point(4, 1), point(ENTRIES, 2))
    assert kind == "rewritten"
    assert since == (1 if start < 4 else 5)


def test_a_first_entry_that_follows_another_is_an_edit() -> None:
    told = {**asdict(parse(genuine()[0])), "actor": WHO, "prev": "1" * 64}
    del told["hash"]
    assert fault([line_of(**told)[0] + b"\n"]) == ("edited", 1)


@given(data=st.data())
def test_no_mixture_of_genuine_lines_passes_for_the_ledger(data: st.DataObject) -> None:
    lines = data.draw(st.lists(st.sampled_from(genuine()), min_size=1, max_size=ENTRIES + 2))
    start_of_it = tuple(lines) == genuine()[: len(lines)]
    assert checked(lines).intact == start_of_it
    assert checked(lines, point(ENTRIES)).intact == (tuple(lines) == genuine())


@settings(max_examples=25)
@given(
    st.lists(st.dictionaries(st.text(), st.none() | st.booleans() | st.text() | st.integers(0, 2**53 - 1)), max_size=6)
)
def test_whatever_an_entry_says_it_verifies(said: list[dict[str, object]]) -> None:
    with TemporaryDirectory() as folder:
        book = Ledger(Path(folder) / "ledger.jsonl", clock=lambda: NOON)
        entries = [book.append("observed", about, WHO) for about in said]
        found = verify(book.path, [Checkpoint.at("staging", entry, NOON) for entry in entries])
        assert (found.intact, found.entries, found.checkpoints) == (True, len(said), len(said))
        assert all(later.prev == earlier.hash for earlier, later in pairwise(entries))
