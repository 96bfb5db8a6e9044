"""The lock in the bucket: one machine at a time, named to the others; what only a name proves is not taken over."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from fake_state_bucket import FakeStateBucket, nothing_happens

from mlops_infra.audit import Actor
from mlops_infra.errors import ExitCode, LockedError, OperationError
from mlops_infra.operations.lock import EnvironmentLock
from mlops_infra.operations.lock_places import BucketLockPlace
from mlops_infra.operations.ports import this_actor

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = "locks/prod.json"


@pytest.fixture
def bucket() -> FakeStateBucket:
    return FakeStateBucket()


def make(bucket: FakeStateBucket) -> EnvironmentLock:
    return EnvironmentLock(BucketLockPlace(bucket, "prod"), "prod", lambda: NOON)


def grace() -> Actor:
    """Somebody on another machine."""
    return Actor("grace", "elsewhere", this_actor().pid)


def ended(bucket: FakeStateBucket) -> Actor:
    """Somebody whose process took the lock and is gone."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        me = this_actor()
        actor = Actor(me.user, me.host, child.pid)
        make(bucket).acquire(actor, "up")
        child.kill()
    return actor


def edited(bucket: FakeStateBucket, edit: Callable[[dict[str, str]], dict[str, str]]) -> None:
    bucket.kept[KEY] = json.dumps(edit(json.loads(bucket.kept[KEY]))).encode()


def test_the_other_machine_is_told_who_holds_it(bucket: FakeStateBucket) -> None:
    theirs, mine = make(bucket), make(bucket)
    assert theirs.acquire(grace(), "promote") is None
    with pytest.raises(LockedError, match=r"locked by grace on elsewhere .* with `promote` since 2026-03-01") as held:
        mine.acquire(this_actor(), "up")
    assert held.value.exit_code is ExitCode.LOCKED
    assert held.value.where == f"s3://meridian-state/pulumi/{KEY}"
    theirs.check()
    theirs.release()
    assert bucket.kept == {}
    assert mine.acquire(this_actor(), "up") is None
    mine.check()


def test_a_dead_process_of_this_machine_is_taken_over(bucket: FakeStateBucket) -> None:
    dead = ended(bucket)
    mine = make(bucket)
    before = mine.acquire(this_actor(), "up")
    assert before is not None
    assert before.pid == dead.pid
    mine.check()


@pytest.mark.parametrize(
    "change",
    [
        {"birth": "0b1c:77"},  # this host was restarted, or is another one of the same name
        {"host": "elsewhere"},
        {"namespace": "pid:[1]"},
    ],
)
def test_where_only_a_name_says_that_it_was_here_nothing_is_taken_over(
    bucket: FakeStateBucket, change: dict[str, str]
) -> None:
    ended(bucket)
    edited(bucket, lambda holder: {**holder, **change})
    before = dict(bucket.kept)
    with pytest.raises(LockedError):
        make(bucket).acquire(this_actor(), "up")
    assert bucket.kept == before


def test_of_two_who_take_over_one_is_first(bucket: FakeStateBucket) -> None:
    ended(bucket)

    def quicker(moment: str, call: str, key: str) -> None:
        if (moment, call) == ("before", "replace"):
            bucket.happens = nothing_happens
            make(bucket).acquire(this_actor(), "destroy")

    bucket.happens = quicker
    with pytest.raises(LockedError, match="with `destroy`"):
        make(bucket).acquire(this_actor(), "up")


def test_who_is_taken_the_lock_from_notices_and_leaves_the_next_one_alone(bucket: FakeStateBucket) -> None:
    mine, theirs = make(bucket), make(bucket)
    mine.acquire(this_actor(), "up")
    found = theirs.force()
    assert found is not None
    assert found.operation == "up"
    with pytest.raises(LockedError, match="was taken from this operation"):
        mine.check()
    theirs.acquire(grace(), "destroy")
    with pytest.raises(LockedError, match="now it is held by grace on elsewhere"):
        mine.check()
    mine.release()
    theirs.check()


def test_what_comes_between_look_and_removal_stays(bucket: FakeStateBucket) -> None:
    mine = make(bucket)
    mine.acquire(this_actor(), "up")

    def unlocked(moment: str, call: str, key: str) -> None:
        if (moment, call) == ("before", "remove"):
            bucket.happens = nothing_happens
            make(bucket).force()
            make(bucket).acquire(grace(), "destroy")

    bucket.happens = unlocked
    mine.release()
    holder = make(bucket).holder()
    assert holder is not None
    assert holder.user == "grace"


def test_a_lock_whose_answer_was_lost_is_ours(bucket: FakeStateBucket) -> None:
    class Deaf(FakeStateBucket):
        def put_new(self, key: str, data: bytes) -> bool:
            super().put_new(key, data)
            return False

    mine = make(Deaf())
    assert mine.acquire(this_actor(), "up") is None
    mine.check()


def test_a_holder_that_cannot_be_read_is_taken_away_by_unlock_only(bucket: FakeStateBucket) -> None:
    bucket.kept[KEY] = b"{"
    with pytest.raises(LockedError, match="cannot be read"):
        make(bucket).acquire(this_actor(), "up")
    assert make(bucket).force() is None
    assert make(bucket).acquire(this_actor(), "up") is None


def test_machines_never_hold_it_together(bucket: FakeStateBucket) -> None:
    inside: list[int] = []
    met: list[bool] = []

    def work(number: int) -> None:
        done = 0
        while done < 10:
            lock = make(bucket)
            try:
                lock.acquire(grace(), "up")
            except LockedError:
                continue
            inside.append(number)
            met.append(inside != [number])
            inside.remove(number)
            lock.release()
            done += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert met == [False] * 30


def test_without_the_bucket_nobody_holds_it(bucket: FakeStateBucket) -> None:
    bucket.unreachable()
    with pytest.raises(OperationError, match="AccessDenied"):
        make(bucket).acquire(this_actor(), "up")
