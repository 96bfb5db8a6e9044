"""On AWS the journal lies in the state's bucket: what one machine began and did not end, another one ends, forward or back."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_world import FakeWorld
from promotion_world import SOURCE, TARGET, Crashed, Fate, PromotionWorld, image, whole

from mlops_infra.errors import GateError, LockedError
from mlops_infra.operations.project import Project
from mlops_infra.promotion.journal import Journals, UnfinishedError
from mlops_infra.promotion.promote import MissingError
from mlops_infra.promotion.status import pipeline_status
from mlops_infra.promotion.steps import EditedError, TakenBackError

JOURNAL = f"promotions/{TARGET}.json"
ON_AWS = "aws\nstate: {backend: s3://meridian-state/pulumi, secrets_provider: awskms://alias/state}"
MOMENTS = (5, 9, 15, 17, 21, 24, 28, 33, 40, 45)
"""Places at which a promotion dies that goes back; they spread over its phases."""
APPLYING = 21


@pytest.fixture
def here(project: PromotionWorld) -> PromotionWorld:
    """A machine with an approved promotion, whose process may die around every change of the journal."""
    project.edit(TARGET, "target", ON_AWS)
    project.ready()
    with pytest.raises(MissingError):
        project.promote()
    project.gates.approve()

    def happens(moment: str, call: str, key: str) -> None:
        if key == JOURNAL and call != "get":
            project.fate.tick(f"{moment} {call} of the journal")

    project.world.state_bucket.happens = happens
    return project


def elsewhere(here: PromotionWorld, folder: Path) -> PromotionWorld:
    """Another machine: what git had before the promotion, the same cloud, bucket and evidence, and nothing else."""
    shutil.copytree(here.stacks, folder / "stacks", ignore=shutil.ignore_patterns("releases"))
    world = FakeWorld(
        Project.find(folder), cloud=here.cloud, state_bucket=here.world.state_bucket, time=here.world.time
    )
    return PromotionWorld(world, Fate(), here.gates)


def dies(here: PromotionWorld, moment: int, operation: Callable[[], object], *, verified: str = "pass") -> None:
    """Run the operation in a process that dies at its `moment`-th place; what is shared outlives it."""
    here.fate.restart(moment)
    here.gates.verified = verified
    with pytest.raises((Crashed, TakenBackError)):
        operation()
    here.fate.restart()
    here.gates.verified = "pass"


def ended_elsewhere(here: PromotionWorld, folder: Path, moment: int, way: str) -> None:
    there = elsewhere(here, folder)
    before = (there.stacks / "prod.yaml").read_text()
    dies(here, moment, here.promote, verified="fail" if moment > APPLYING else "pass")
    journal = there.journal
    if journal is not None:
        with pytest.raises(UnfinishedError):
            there.up(TARGET)
        ended = there.resume() if way == "resume" else there.abort()
        back = way == "abort" or journal.going_back
        assert ended.way == ("back" if back else "forward")
        assert there.deployed() == image(1 if back else 2)
        assert ((there.stacks / "prod.yaml").read_text() == before) == back
        assert there.releases(there.context()).load(journal.release).release.id == journal.release
    assert there.journal is here.journal is None
    assert whole(there.world.ledger(TARGET))


@pytest.mark.parametrize("moment", MOMENTS)
def test_ended_elsewhere(here: PromotionWorld, tmp_path: Path, moment: int) -> None:
    ended_elsewhere(here, tmp_path / "elsewhere", moment, "abort" if moment % 3 == 0 else "resume")


@pytest.mark.deep
@pytest.mark.parametrize("way", ["resume", "abort"])
@pytest.mark.parametrize("moment", range(1, 49))
def test_ended_elsewhere_from_anywhere(here: PromotionWorld, tmp_path: Path, moment: int, way: str) -> None:
    ended_elsewhere(here, tmp_path / "elsewhere", moment, way)


def test_these_moments_reach_from_the_first_write_to_the_last(here: PromotionWorld) -> None:
    here.gates.verified = "fail"
    here.fate.restart()
    with pytest.raises(TakenBackError):
        here.promote()
    assert here.fate.seen >= MOMENTS[-1]


def test_both_machines_are_told(here: PromotionWorld, tmp_path: Path) -> None:
    (here.stacks / "pipeline.yaml").write_text(
        "version: 1\nenvironments: [dev, prod]\nsteps: [{from: dev, to: prod, gates: {}}]\n"
    )
    there = elsewhere(here, tmp_path / "elsewhere")
    dies(here, APPLYING, here.promote)
    for machine in (here, there):
        prod = next(found for found in pipeline_status(machine.context()) if found.environment == TARGET)
        assert "an unfinished promotion of prod" in (prod.unfinished or "")
    assert not (there.world.project.state / "promotions" / "prod.json").exists()


def test_a_working_tree_that_says_something_else_is_refused(here: PromotionWorld, tmp_path: Path) -> None:
    there = elsewhere(here, tmp_path / "elsewhere")
    dies(here, APPLYING, here.promote)
    there.edit(TARGET, "cost_centre", "CC-9")
    with pytest.raises(EditedError):
        there.resume()
    assert there.abort().way == "back"
    assert there.deployed() == image(1)
    assert "CC-9" in (there.world.project.state / "promotions" / "prod.edited.yaml").read_text()


def test_who_lost_the_lock_writes_no_journal(here: PromotionWorld, tmp_path: Path) -> None:
    there = elsewhere(here, tmp_path / "elsewhere")
    dies(here, APPLYING, here.promote)
    ours, theirs = Journals(here.context()), Journals(there.context())
    journal = ours.read(TARGET)
    assert journal is not None
    assert theirs.read(TARGET) == journal
    theirs.reached(journal, "failing", reason="aborted")
    with pytest.raises(LockedError, match="another machine works on this promotion"):
        ours.reached(journal, "applied")
    with pytest.raises(LockedError):
        ours.clear(TARGET)
    theirs.clear(TARGET)
    with pytest.raises(LockedError):
        ours.write(journal)


def test_a_release_that_is_not_the_journals_is_refused(here: PromotionWorld) -> None:
    dies(here, APPLYING, here.promote)
    kept = here.world.state_bucket.kept
    kept[JOURNAL] = kept[JOURNAL].replace(here.release(SOURCE).encode(), b"0" * 64)
    with pytest.raises(GateError, match="not what its id says"):
        here.resume()
