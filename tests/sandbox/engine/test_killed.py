"""What is killed or stopped in the middle of an `up`: the next one goes on, nothing is made twice, and the ledger tells.

The tests build on each other, in the order of the file: an environment that grows while one thing after another is killed.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from lab import ENVIRONMENT, Lab

pytestmark = pytest.mark.sandbox

STRUCK = Path(__file__).parents[2] / "fakes" / "struck.py"


def struck(lab: Lab, how: str, after: int) -> tuple[int, str]:
    """`up` of a command line that is struck; gives its exit code and what it said."""
    done = subprocess.run(
        [sys.executable, STRUCK, how, str(after), str(lab.project.root), "up", "--env", ENVIRONMENT, "--yes"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stderr


def left_running(lab: Lab) -> list[str]:
    """Engines and providers of this project that still run."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd"]):
        told = " ".join(process.info["cmdline"] or ())
        engine = str(lab.project.state / "engine")
        if ("--non-interactive" in told and process.info["cwd"] == engine) or f"serve {engine}" in told:
            found.append(told)
    return found


def is_locked(lab: Lab) -> bool:
    return any(lab.project.locks().glob("*.json"))


def grow(lab: Lab) -> None:
    """Ask for six more container repositories, which touches the team's part only."""
    (team,) = lab.stack["teams"]
    known = team.get("repositories", [])
    more = [{"name": f"image-{len(known) + number}"} for number in range(6)]
    lab.save(teams=[{**team, "repositories": [*known, *more]}])


def assert_nothing_twice(lab: Lab) -> None:
    there = lab.in_cloud()
    assert {token: lab.in_state(token) for token in there} == there


def test_a_killed_engine_loses_nothing_that_it_made(lab: Lab) -> None:
    code, told = struck(lab, "engine", 40)
    assert code == 1
    assert "foundation" in told
    assert lab.told()[-2:] == ["intent up", "result up failed"]
    assert not is_locked(lab)
    assert left_running(lab) == []
    made = lab.in_cloud()
    assert any(made.values())
    since = lab.entries
    assert lab.up().applied
    assert lab.told(since) == ["engine-lock-released", "intent up", "result up succeeded"]
    assert any(notice.startswith("took away the engine's lock left by") for notice in lab.notices)
    assert all(ids <= lab.in_state(token) for token, ids in made.items())
    assert_nothing_twice(lab)


def test_a_killed_tool_is_taken_over(lab: Lab) -> None:
    grow(lab)
    assert struck(lab, "tool", 2)[0] == -signal.SIGKILL
    assert is_locked(lab)
    since = lab.entries
    planned = lab.plan().plan
    assert [notice.split(" of ")[0] for notice in lab.notices][:2] == [
        "took over the lock",
        "the earlier `up` ended without a result; it is recorded as unknown",
    ]
    assert lab.told(since)[:2] == ["lock-taken-over", "result up unknown"]
    assert left_running(lab) == []
    assert planned.untouched == ("foundation", "platform")


@pytest.mark.deep
def test_a_killed_provider_fails_the_operation(lab: Lab) -> None:
    lab.up()
    grow(lab)
    code, told = struck(lab, "provider", 2)
    assert code == 1
    assert "teams-00" in told
    assert lab.told()[-2:] == ["intent up", "result up failed"]
    assert not is_locked(lab)
    assert left_running(lab) == []
    assert lab.up().applied
    assert lab.plan().plan.actual == ()


def test_ctrl_c_stops_in_order(lab: Lab) -> None:
    grow(lab)
    code, told = struck(lab, "interrupt", 2)
    assert code == 1
    assert "stopping in an orderly way" in told
    assert "interrupted" in told
    assert lab.told()[-2:] == ["intent up", "result up interrupted"]
    assert not is_locked(lab)
    assert left_running(lab) == []


def test_then_an_up_completes_it_all(lab: Lab) -> None:
    since = lab.entries
    assert lab.up().applied
    assert lab.told(since) == ["intent up", "result up succeeded"]
    again = lab.plan().plan
    assert (again.actual, again.untouched) == ((), ("foundation", "platform", "teams-00"))
    assert_nothing_twice(lab)
    there = {r["repositoryName"] for r in lab.boto("ecr").describe_repositories()["repositories"]}
    assert {f"research/{repository['name']}" for repository in lab.stack["teams"][0]["repositories"]} <= {
        name.split("/", 1)[1] for name in there
    }
