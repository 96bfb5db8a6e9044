"""A ledger that machines share: no entry is lost or written twice, and a mirror that is not the one of the bucket builds upon nothing."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fake_state_bucket import FakeStateBucket, nothing_happens
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_infra.audit import Actor, Entry, Ledger, LedgerError
from mlops_infra.audit.verify import verify
from mlops_infra.operations.shared_ledger import BucketEntries

WHO = Actor("ada", "workstation", 4711)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIRST = "ledger/prod/000000000001.json"


class Crash(BaseException):
    """The process dies."""


@dataclass
class Machine:
    """One machine's folder, and what it was told to be recorded."""

    folder: Path
    bucket: FakeStateBucket
    recorded: list[str] = field(default_factory=list)

    def ledger(self) -> Ledger:
        """The ledger as a new process opens it."""
        return Ledger(self.path, lambda: NOON, BucketEntries(self.bucket, "prod"))

    @property
    def path(self) -> Path:
        return self.folder / "ledger" / "prod.jsonl"

    def write(self, what: str, ledger: Ledger | None = None) -> Entry:
        entry = (ledger or self.ledger()).append("observed", {"what": what}, WHO)
        self.recorded.append(what)
        return entry

    def lines(self) -> list[bytes]:
        return self.path.read_bytes().splitlines() if self.path.exists() else []


@pytest.fixture
def machines(tmp_path: Path) -> tuple[Machine, Machine]:
    bucket = FakeStateBucket()
    return Machine(tmp_path / "one", bucket), Machine(tmp_path / "two", bucket)


def agree(*machines: Machine) -> list[str]:
    """What is recorded, once every mirror was found to be intact and the very same as the bucket."""
    for machine in machines:
        machine.ledger().refresh()
        assert verify(machine.path).intact
        assert machine.lines() == [data for _, data in sorted(machine.bucket.kept.items())]
    return [str(entry.data["what"]) for entry in machines[0].ledger().entries()]


def test_each_entry_is_an_object_with_the_lines_bytes(machines: tuple[Machine, Machine]) -> None:
    one, two = machines
    first, second = one.write("a"), two.write("b")
    assert (first.seq, second.seq, second.prev, second.ledger) == (1, 2, first.hash, first.ledger)
    assert list(one.bucket.kept) == [FIRST, "ledger/prod/000000000002.json"]
    assert one.lines() == [one.bucket.kept[FIRST]]
    assert agree(one, two) == ["a", "b"]


def test_a_process_asks_for_what_is_new_once_and_then_only_writes(machines: tuple[Machine, Machine]) -> None:
    one, two = machines
    for number in range(7):
        one.write(str(number))
    one.bucket.calls.clear()
    book = two.ledger()
    two.write("7", book)
    fetched = [call for call in one.bucket.calls if call.startswith("get")]
    assert len(fetched) == 7
    one.bucket.calls.clear()
    two.write("8", book)
    assert one.bucket.calls == ["put_new ledger/prod/000000000009.json"]
    assert one.ledger().refresh() == 2
    assert agree(one, two) == [str(number) for number in range(9)]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.lists(st.integers(0, 2), max_size=3)), max_size=5))
def test_two_writers_lose_nothing_however_they_meet(schedule: list[tuple[int, list[int]]]) -> None:
    """Each step: who writes, and how many entries the other one writes just before each of the attempts."""
    with TemporaryDirectory() as folder:
        bucket = FakeStateBucket()
        both = [Machine(Path(folder) / name, bucket) for name in "ab"]
        open_books = [machine.ledger() for machine in both]
        names = iter(range(10**6))
        for who, meetings in schedule:
            left, other = list(meetings), 1 - who

            def meet(moment: str, call: str, key: str, left: list[int] = left, other: int = other) -> None:
                if (moment, call) == ("before", "put_new") and left:
                    quicker = left.pop(0)
                    bucket.happens = nothing_happens
                    for _ in range(quicker):
                        both[other].write(f"{next(names)}", open_books[other])
                    bucket.happens = meet

            bucket.happens = meet
            both[who].write(f"{next(names)}", open_books[who])
            bucket.happens = nothing_happens
        recorded = [what for machine in both for what in machine.recorded]
        assert sorted(agree(*both)) == sorted(recorded)


def test_many_machines_at_once_take_turns(tmp_path: Path) -> None:
    bucket = FakeStateBucket()
    machines = [Machine(tmp_path / str(number), bucket) for number in range(4)]

    def write(machine: Machine) -> None:
        for number in range(5):
            machine.write(f"{machine.folder.name}-{number}")

    threads = [threading.Thread(target=write, args=(machine,)) for machine in machines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(agree(*machines)) == sorted(what for machine in machines for what in machine.recorded)
    assert len(bucket.kept) == 20


def test_a_process_may_die_at_any_call(tmp_path: Path) -> None:
    """At every moment of two entries and a refresh, before and after each call to the bucket."""
    for at in count():
        bucket = FakeStateBucket()
        one, two = Machine(tmp_path / f"one{at}", bucket), Machine(tmp_path / f"two{at}", bucket)
        two.write("before")
        died = dies(one, at)
        two.write("meanwhile")
        one.write("after")
        found = agree(one, two)
        assert [what for what in found if what in one.recorded] == one.recorded
        assert len(found) == len(set(found))
        # What was put and not told was put all the same: it is an entry like any other.
        assert set(found) - {*one.recorded, *two.recorded} <= {"a", "b"}
        if not died:
            break
    assert at > 10


def dies(machine: Machine, at: int) -> bool:
    """Whether a process that writes twice dies at its moment number `at`."""
    left = at

    def die(moment: str, call: str, key: str) -> None:
        nonlocal left
        if left == 0:
            raise Crash
        left -= 1

    machine.bucket.happens = die
    try:
        book = machine.ledger()
        machine.write("a", book)
        machine.write("b", book)
        book.refresh()
    except Crash:
        return True
    finally:
        machine.bucket.happens = nothing_happens
    return False


@pytest.mark.parametrize("cut", [1, 40, 200])
def test_a_torn_line_of_the_mirror_is_set_aside_and_fetched_anew(machines: tuple[Machine, Machine], cut: int) -> None:
    one, two = machines
    one.write("a")
    one.write("b")
    whole = one.path.read_bytes()
    one.path.write_bytes(whole[:-cut])
    one.write("c")
    assert one.path.with_name("prod.jsonl.torn").exists()
    assert agree(one, two) == ["a", "b", "c"]


def test_a_write_whose_answer_was_lost_is_not_written_twice(tmp_path: Path) -> None:
    """The client sends it again, and is told that something is there."""

    class Deaf(BucketEntries):
        def put_new(self, seq: int, line: bytes) -> bool:
            super().put_new(seq, line)
            return False

    bucket = FakeStateBucket()
    entry = Ledger(tmp_path / "prod.jsonl", lambda: NOON, Deaf(bucket, "prod")).append("observed", {"what": "a"}, WHO)
    assert entry.seq == 1
    assert [*bucket.kept.values()] == (tmp_path / "prod.jsonl").read_bytes().splitlines()


def test_whoever_is_never_first_gives_up(machines: tuple[Machine, Machine]) -> None:
    one, two = machines

    def always(moment: str, call: str, key: str) -> None:
        if (moment, call) == ("before", "put_new"):
            one.bucket.happens = nothing_happens
            two.write("quicker")
            one.bucket.happens = always

    one.bucket.happens = always
    with pytest.raises(LedgerError, match="others were first 50 times"):
        one.write("slower")


def test_a_mirror_of_another_ledger_builds_upon_nothing(machines: tuple[Machine, Machine], tmp_path: Path) -> None:
    one, two = machines
    mine = one.write("a")
    foreign = Machine(tmp_path / "three", FakeStateBucket())
    theirs = foreign.write("b")
    two.path.parent.mkdir(parents=True)
    two.path.write_bytes(foreign.path.read_bytes())
    before = dict(two.bucket.kept)
    for attempt in (lambda: two.write("c"), two.ledger().refresh):
        with pytest.raises(LedgerError) as refused:
            attempt()
        for told in (mine.ledger, mine.hash, theirs.ledger, theirs.hash):
            assert told in refused.value.what
        assert refused.value.where == f"{two.path} and s3://meridian-state/pulumi/ledger/prod"
    assert two.bucket.kept == before
    assert two.lines() == foreign.lines()


def test_a_mirror_that_knows_more_than_the_bucket_builds_upon_nothing(machines: tuple[Machine, Machine]) -> None:
    one, _ = machines
    one.write("a")
    one.bucket.kept.clear()
    with pytest.raises(LedgerError, match=r"entry 1 of ledger \w+ here .* is not among the shared entries"):
        one.write("b")
    assert one.bucket.kept == {}
    assert len(one.lines()) == 1


@pytest.mark.parametrize("harm", ["edited", "gone", "swapped", "foreign key", "broken line"])
def test_shared_entries_that_were_changed_are_not_taken_over(machines: tuple[Machine, Machine], harm: str) -> None:
    one, two = machines
    for what in "abcd":
        one.write(what)
    kept, second, third = one.bucket.kept, FIRST.replace("1.", "2."), FIRST.replace("1.", "3.")
    match harm:
        case "edited":
            kept[third] = kept[third].replace(b'"c"', b'"x"')
        case "gone":
            del kept[third]
        case "swapped":
            kept[second], kept[third] = kept[third], kept[second]
        case "foreign key":
            kept["ledger/prod/note.txt"] = b"hello"
        case "broken line":
            kept[third] += b"\n{}"
    with pytest.raises(LedgerError) as refused:
        two.write("e")
    assert refused.value.where == "s3://meridian-state/pulumi/ledger/prod"
    assert "e" not in [str(entry.data["what"]) for entry in two.ledger().entries()]
    assert verify(two.path).intact


def test_nothing_is_recorded_here_while_the_bucket_does_not_answer(machines: tuple[Machine, Machine]) -> None:
    one, _ = machines
    one.write("a")
    before = one.path.read_bytes()
    one.bucket.unreachable()
    with pytest.raises(LedgerError, match="cannot be reached: the state's bucket refused: AccessDenied") as refused:
        one.write("b")
    assert refused.value.hint == "nothing is done that cannot be recorded; ask who may"
    assert one.path.read_bytes() == before
