"""Promotion as a state machine: providers fail, the process dies at any write, people edit, approve, resume and abort in any order.

What always holds: one promotion at a time; no release reaches the gated environment that nobody approved for it, unless it ran there
before; the ledger is whole; and from every state there is a way out.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from fake_engine import FakeEngine
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from promotion_world import IMAGE_KEY, SOURCE, TARGET, Crashed, PromotionWorld, image, whole

from mlops_infra.errors import GateError, LockedError, MlopsInfraError
from mlops_infra.promotion.running import previous, recorded
from mlops_infra.promotion.steps import Ended

PLACES = 60
"""More than a promotion that goes back has."""
deaths = st.one_of(st.none(), st.integers(1, PLACES))
outcomes = st.sampled_from(["pass", "pass", "fail", "unknown"])
chance = st.integers(0, 3).map(lambda number: number == 0)
FAILING = "urn:pulumi:prod-platform::mlops-infra::kubernetes:core/v1:Service::mlflow"


@cache
def ready() -> PromotionWorld:
    """Both environments are up, and the source has something new; each example begins with a copy."""
    made = PromotionWorld.make(Path(tempfile.mkdtemp(prefix="promotions-")) / "project")
    made.ready()
    return made


class Promotions(RuleBasedStateMachine):
    """Everything that may happen to two environments with a gated step between them."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="promotions-"))
        self.project = ready().copy(self.folder / "project")
        self.allowed = {self.project.release(TARGET)}
        self.before_step = self.project.cloud.before_step
        self.project.cloud.before_step = self.look

    def teardown(self) -> None:
        self.live()
        self.way_out()
        shutil.rmtree(self.folder)

    # What happens

    @rule(number=st.integers(1, 9), death=deaths)
    def another_image_in_the_source(self, number: int, death: int | None) -> None:
        self.project.edit(SOURCE, IMAGE_KEY, image(number))
        self.attempt(lambda: self.project.up(SOURCE), death)

    @rule(death=deaths)
    def up_of_the_target(self, death: int | None) -> None:
        self.attempt(lambda: self.project.up(TARGET), death)

    @rule(code=st.sampled_from(["CC-1", "CC-2"]))
    def an_edit_of_the_target(self, code: str) -> None:
        self.project.edit(TARGET, "cost_centre", code)

    @rule(number=st.integers(1, 3))
    def a_sly_edit_of_the_target(self, number: int) -> None:
        self.project.edit(TARGET, IMAGE_KEY, image(number))

    @rule(death=deaths, failing=chance, verified=outcomes)
    def promote(self, death: int | None, failing: bool, verified: str) -> None:
        self.attempt(self.project.promote, death, failing, verified)

    @rule(number=st.integers(2, 9), death=deaths, failing=chance, verified=outcomes, second=chance)
    def approved_promotion(self, number: int, death: int | None, failing: bool, verified: str, second: bool) -> None:
        self.another_image_in_the_source(number, None)
        self.attempt(self.project.promote, None)
        if self.project.gates.latest:
            self.project.gates.approve()
        self.attempt(self.project.promote, death, failing, verified, second=second)

    @precondition(lambda self: previous(self.project.world.ledger(TARGET).newest_first()) is not None)
    @rule(death=deaths, failing=chance)
    def approved_rollback(self, death: int | None, failing: bool) -> None:
        self.attempt(self.project.rollback, None)
        if self.project.gates.latest:
            self.project.gates.approve()
        self.attempt(self.project.rollback, death, failing)

    @precondition(lambda self: self.project.journal is not None)
    @rule(death=deaths, failing=chance)
    def resume(self, death: int | None, failing: bool) -> None:
        journal = self.project.journal
        assert journal is not None
        text = (self.project.stacks / "prod.yaml").read_text()
        edited = text not in ((journal.before, journal.after) if journal.phase == "decided" else (journal.after,))
        ended = self.attempt(self.project.resume, death, failing)
        if death is None and not failing and not edited and not journal.going_back:
            assert isinstance(ended, Ended)
            assert ended.way == "forward"

    @precondition(lambda self: self.project.journal is not None)
    @rule(death=deaths, failing=chance)
    def abort(self, death: int | None, failing: bool) -> None:
        self.attempt(self.project.abort, death, failing)

    @rule()
    def way_out(self) -> None:
        """From wherever it is: take back what is unfinished, bring the files in step, and `up` works again."""
        if self.project.journal is not None:
            self.project.abort()
        assert self.project.journal is None
        runs = recorded(self.project.world.ledger(TARGET).newest_first())
        if self.project.release(TARGET) == runs:
            self.project.up(TARGET)

    # What always holds

    @invariant()
    def the_ledgers_are_whole(self) -> None:
        assert whole(self.project.world.ledger(SOURCE))
        assert whole(self.project.world.ledger(TARGET))

    @invariant()
    def only_an_unfinished_promotion_says_that_it_is_unfinished(self) -> None:
        if self.project.journal is None and self.project.told()[-1:] == ["result promote succeeded"]:
            assert self.project.deployed() == self.image_of_the_file() or self.edited_since()

    def image_of_the_file(self) -> str:
        return next(
            line.split()[-1]
            for line in (self.project.stacks / "prod.yaml").read_text().splitlines()
            if "mlflow@" in line
        )

    def edited_since(self) -> bool:
        """Whether somebody edited the file since: then it says a release that is not the recorded one."""
        return self.project.release(TARGET) != recorded(self.project.world.ledger(TARGET).newest_first())

    # How it is done

    def look(self, engine: FakeEngine, urn: str) -> None:
        """Whenever the engine changes something of the target: was it approved, or did it run there before?"""
        if urn.startswith("urn:pulumi:prod-"):
            approved = {self.project.gates.releases[digest] for digest in self.project.gates.approved}
            assert self.project.of(engine) in self.allowed | approved
        self.before_step(engine, urn)

    def attempt(
        self,
        operation: Callable[[], object],
        death: int | None,
        failing: bool = False,
        verified: str = "pass",
        *,
        second: bool = False,
    ) -> object:
        """Run an operation in a new process, which may die, or be refused; returns what it gives."""
        self.project.fate.restart(death)
        self.project.gates.verified = verified
        self.project.cloud.fails = {FAILING} if failing else set()
        try:
            if second:
                with self.project.during(self.meddle):
                    return operation()
            return operation()
        except (MlopsInfraError, Crashed):
            return None
        finally:
            self.live()

    def live(self) -> None:
        self.project.fate.restart()
        self.project.gates.verified = "pass"
        self.project.cloud.fails = set()

    def meddle(self, engine: FakeEngine) -> None:
        """A second promotion while the first one is at work."""
        if engine.environment != TARGET:
            return
        for operation in (self.project.promote, self.project.rollback, self.project.resume, self.project.abort):
            with pytest.raises((LockedError, GateError)):
                operation()


def run(machine: type[Promotions], examples: int, steps: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_promotions() -> None:
    run(Promotions, 100, 4)


@pytest.mark.deep
@pytest.mark.parametrize("shard", range(10))
def test_promotions_deeply(shard: int) -> None:
    """10,000 runs in ten lots, each with examples of its own, so that several workers share them."""
    run(seed(shard)(type(f"Promotions{shard}", (Promotions,), {})), 1_000, 12)
