"""kill -9 of a real promotion or rollback, with a real engine at work: what there is then, what is said of it, and both ways out.

The tests share one project and go on from what the one before left: from the first release to prod they promote, from the second one they
roll back.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Final, Literal, TypeAlias

import psutil
import pytest
from file_events import watching
from real_team import NEW, OLD, PROMOTE, RealTeam

from mlops_infra.engine.workspace import EngineFolder
from mlops_infra.promotion.journal import Journal

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(600)]

Victim: TypeAlias = Literal["tool", "all", "engine"]
"""Who is killed: the command alone, the command with its engine and providers, or its engine alone."""
Way: TypeAlias = Literal["resume", "abort"]

ROLLBACK: Final = ("rollback", "--env", "prod")
END: Final = ("promote", "--to", "prod")
ORDER: Final = ("decided", "written", "applying", "applied", "verified")
PATIENCE: Final = 120.0
"""Seconds in which the next change must come."""


@dataclass(frozen=True)
class Sight:
    """What can be seen of a promotion of prod from outside while it runs; `since` is where its ledger ended before."""

    team: RealTeam
    since: int

    @property
    def looks(self) -> bool:
        """It has its copy of the stack files and looks what would change."""
        return (self.team.project.state / "promotions" / "prod").is_dir()

    @property
    def phase(self) -> str | None:
        journal = self.team.journal
        return journal.phase if journal else None

    def reached(self, phase: str) -> bool:
        """The phase, or a later one."""
        return self.phase in ORDER[ORDER.index(phase) :] or self.told("result")

    def told(self, kind: str) -> bool:
        """Whether the ledger has an entry of this kind about changes since."""
        file = self.team.project.ledger("prod")
        with file.open("rb") as ledger:
            ledger.seek(self.since)
            entries = [json.loads(line) for line in ledger if line.endswith(b"\n")]
        return any(entry["kind"] == kind and entry["data"].get("by") is None for entry in entries)

    def works(self, part: str) -> bool:
        """The engine changes a part."""
        at_work = self.phase in ("applying", "restored")
        return at_work and any(EngineFolder.of(self.team.project.state).locks(f"prod-{part}").glob("*.json"))


MOMENTS: Final[Mapping[str, Callable[[Sight], bool]]] = {
    "looks": lambda sight: sight.looks,
    "decided": lambda sight: sight.reached("decided"),
    "intent": lambda sight: sight.told("intent"),
    "written": lambda sight: sight.reached("written"),
    "applying": lambda sight: sight.reached("applying"),
    "platform changes": lambda sight: sight.works("platform"),
    "teams change": lambda sight: sight.works("teams-00"),
    "applied": lambda sight: sight.reached("applied"),
    "verified": lambda sight: sight.reached("verified"),
    "recorded": lambda sight: sight.told("result"),
}
"""By name: what is seen when it has come. Some last only a few milliseconds; the kill may then meet what comes next, or come too late."""
LATE: Final = ("verified", "recorded")


def strike(team: RealTeam, words: tuple[str, ...], moment: str, victim: Victim) -> tuple[int, str]:
    """Run a command and kill at a moment; returns how the command ended, and what it said."""
    project = team.project
    engine = EngineFolder.of(project.state_dir())
    folders = [
        *(project.state / "promotions", project.ledger("prod").parent),
        *(engine.locks(f"prod-{part}") for part in ("platform", "teams-00")),
    ]
    for folder in folders:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    sight = Sight(team, project.ledger("prod").stat().st_size)
    with tempfile.TemporaryFile("w+") as said, watching(folders) as changes:
        with team.start(*words, said=said) as process:
            if changes.until(lambda: MOMENTS[moment](sight), process.pid, PATIENCE):
                kill(process, victim)
        said.seek(0)
        return process.returncode, said.read()


def kill(process: subprocess.Popen[str], victim: Victim) -> None:
    if victim == "tool":
        os.kill(process.pid, signal.SIGKILL)
        return
    children = psutil.Process(process.pid).children(recursive=True)
    if victim == "all":
        os.killpg(process.pid, signal.SIGKILL)
        doomed = children
    else:
        doomed = [child for child in children if any(word.endswith("/pulumi") for word in child.cmdline()[:1])]
    for child in doomed:
        child.kill()


def begun(team: RealTeam) -> tuple[str, ...]:
    """What brings prod to the other release, ready to be run: a promotion is approved."""
    if team.runs() == NEW:
        return ROLLBACK
    team.approve()
    return PROMOTE


def standing(team: RealTeam) -> Any:
    """What `status --pipeline` says of prod."""
    return team.document("status", "--pipeline")["environments"][2]


def told_unfinished(team: RealTeam, journal: Journal) -> None:
    """Everybody is told what is unfinished, and it must end before anything else begins."""
    assert standing(team)["unfinished"] == str(journal)
    assert f"there is {journal}" in team.does(4, "up", "--env", "prod")


def ended(team: RealTeam, way: Way, result: str) -> None:
    assert team.document(*END, f"--{way}")["result"] == result


def nothing_unfinished(team: RealTeam, way: Way) -> None:
    assert "nothing is unfinished in prod" in team.does(2, *END, f"--{way}")


def killed(team: RealTeam, moment: str, victim: Victim, way: Way) -> None:
    """A promotion or rollback that is killed, and its end."""
    before = team.runs()
    after = NEW if before == OLD else OLD
    code, said = strike(team, begun(team), moment, victim)
    journal = team.journal
    if journal is not None:
        assert code == -signal.SIGKILL, said
        told_unfinished(team, journal)
        ended(team, way, "back" if way == "abort" else "done")
        settled(team, before if way == "abort" else after)
    else:
        # It was not decided yet, or it had come to its end, or its engine died and it went back by itself.
        assert code in ((1,) if victim == "engine" else (-signal.SIGKILL, 0)), said
        nothing_unfinished(team, way)
        settled(team, after if moment in LATE else before)


def settled(team: RealTeam, release: tuple[str, str]) -> None:
    """One release runs everywhere in prod and is said to; nothing is left over, and the ledger is whole."""
    assert team.runs() == release
    assert team.said() == release
    assert team.journal is None
    told = standing(team)
    assert (told["unfinished"], told["held_by"]) == (None, None)
    waits = "of staging: `mlops-infra promote --from staging --to prod`"
    assert any(waits in sentence for sentence in told["waits"]) == (release == OLD)
    team.does(0, "audit", "verify", "--env", "prod")


CHAIN: Final = (
    (PROMOTE, "looks", "tool", "nothing", OLD),
    (PROMOTE, "decided", "all", "abort", OLD),
    (PROMOTE, "platform changes", "tool", None, None),
    ((*END, "--resume"), "applied", "all", None, None),
    ((*END, "--resume"), "verified", "tool", "resume", NEW),
    (ROLLBACK, "intent", "tool", "abort", NEW),
    (ROLLBACK, "written", "all", "abort", NEW),
    (ROLLBACK, "teams change", "all", None, None),
    ((*END, "--abort"), "platform changes", "tool", None, None),
    ((*END, "--abort"), "recorded", "all", "resume", NEW),
)
"""What is killed, when, who; then the way out that is taken, and what runs at its end. Without one the next line is the way out."""


@pytest.mark.parametrize("number", range(len(CHAIN)), ids=lambda number: f"{number + 1} {CHAIN[number][1]}")
def test_killed_again_and_again(approved: RealTeam, number: int) -> None:
    words, moment, victim, way, release = CHAIN[number]
    if words == PROMOTE and number > 0 and CHAIN[number - 1][3] == "abort":
        approved.approve()  # What was decided used its approvals up, if the kill came after that.
    code, said = strike(approved, words, moment, victim)
    assert code in (-signal.SIGKILL, 0), said
    journal = approved.journal
    if journal is not None:
        told_unfinished(approved, journal)
        if way in ("resume", "abort"):
            ended(approved, way, "back" if way == "abort" or journal.going_back else "done")
    else:
        assert moment == "looks" or moment in LATE
        nothing_unfinished(approved, "resume")
    if release is not None:
        settled(approved, release)


@pytest.mark.deep
@pytest.mark.parametrize(
    ("moment", "victim", "way"),
    [
        *product(MOMENTS, ("tool", "all"), ("resume", "abort")),
        *product(("platform changes", "teams change"), ("engine",), ("resume", "abort")),
    ],
)
def test_killed_anywhere(real_team: RealTeam, moment: str, victim: Victim, way: Way) -> None:
    killed(real_team, moment, victim, way)
    real_team.does(0, "drift", "--env", "prod")


@pytest.mark.deep
@pytest.mark.parametrize(
    ("moment", "victim"), [*product(("platform changes", "teams change", "recorded"), ("tool", "all"))]
)
def test_killed_while_it_is_taken_back(real_team: RealTeam, moment: str, victim: Victim) -> None:
    """With the tests above these are 50 moments."""
    before = real_team.runs()
    strike(real_team, begun(real_team), "applied", "tool")
    code, said = strike(real_team, (*END, "--abort"), moment, victim)
    assert code in (-signal.SIGKILL, 0), said
    journal = real_team.journal
    if journal is not None:
        assert journal.going_back
        ended(real_team, "resume", "back")
    settled(real_team, before)
