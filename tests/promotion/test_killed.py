"""kill -9 during a promotion, at every kind of moment: the next process takes over the lock and finds a way out, forward or back."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from fake_engine import FakeEngine
from promotion_world import SOURCE, TARGET, PromotionWorld, image, whole

from mlops_infra.promotion.promote import MissingError
from mlops_infra.promotion.steps import TakenBackError

MOMENTS = (1, 5, 9, 13, 17, 19, 21, 23, 27, 33)
"""Places at which a promotion that goes back dies (`Fate.tick`); they spread over its phases."""


def strike(project: PromotionWorld, moment: int, operation: Callable[[], object]) -> bool:
    """Run the operation in a process of its own that is killed at its `moment`-th place; whether it came that far.

    What the cloud holds outlasts the process, as a real one would.
    """
    cloud = project.world.project.root / "cloud.pickle"
    child = os.fork()
    if child == 0:
        _die_at(project, moment, cloud, operation)
    _, status = os.waitpid(child, 0)
    if cloud.exists():
        project.cloud.state, project.cloud.real = pickle.loads(cloud.read_bytes())  # noqa: S301 - our own
        cloud.unlink()
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def _die_at(project: PromotionWorld, moment: int, cloud: Path, operation: Callable[[], object]) -> None:
    tick, before = project.fate.tick, project.cloud.before_step

    def keep() -> None:
        cloud.write_bytes(pickle.dumps((project.cloud.state, project.cloud.real)))

    def fatal(place: str) -> None:
        if project.fate.seen + 1 == moment:
            keep()
            os.kill(os.getpid(), signal.SIGKILL)
        tick(place)

    def step(engine: FakeEngine, urn: str) -> None:
        before(engine, urn)

    project.fate.restart()
    project.fate.tick = fatal  # type: ignore[method-assign]
    project.cloud.before_step = step
    try:
        with suppress(BaseException):
            operation()
    finally:
        keep()
        os._exit(0)


def approved(project: PromotionWorld) -> None:
    project.ready()
    with pytest.raises(MissingError):
        project.promote()
    project.gates.approve()


def killed(project: PromotionWorld, moment: int, verified: str, way: str) -> None:
    approved(project)
    before = (project.stacks / "prod.yaml").read_text()
    digest = project.gates.latest
    project.gates.verified = verified
    strike(project, moment, project.promote)
    project.gates.latest = digest
    project.gates.verified = "pass"
    journal = project.journal
    if journal is None:
        assert project.deployed() in (image(1), image(2))
    else:
        ended = project.resume() if way == "resume" else project.abort()
        assert ended.way == ("back" if way == "abort" or journal.going_back else "forward")
        assert any("took over the lock" in notice for notice in project.world.notices)
        back = ended.way == "back"
        assert project.deployed() == image(1 if back else 2)
        assert ((project.stacks / "prod.yaml").read_text() == before) == back
    assert project.journal is None
    assert whole(project.world.ledger(TARGET))
    assert not project.up(SOURCE).applied


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at(project: PromotionWorld, moment: int) -> None:
    killed(project, moment, "fail" if moment > 20 else "pass", "abort" if moment % 4 == 1 else "resume")


@pytest.mark.deep
@pytest.mark.parametrize("way", ["resume", "abort"])
@pytest.mark.parametrize("moment", range(1, 51))
def test_killed_anywhere(project: PromotionWorld, moment: int, way: str) -> None:
    killed(project, moment, "fail" if moment > 20 else "pass", way)


def test_a_failing_promotion_has_these_moments(project: PromotionWorld) -> None:
    """The list above reaches from the first write to the last ones."""
    approved(project)
    project.gates.verified = "fail"
    project.fate.restart()
    with pytest.raises(TakenBackError):
        project.promote()
    assert project.fate.seen >= MOMENTS[-1]
