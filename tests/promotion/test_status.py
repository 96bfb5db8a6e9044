"""What runs where, what each environment waits for, and what was done; and that an unfinished promotion is told whatever one asks."""

from __future__ import annotations

import pytest
from promotion_world import SOURCE, TARGET, PromotionWorld

from mlops_infra.cli import main
from mlops_infra.cli.invocation import Invocation
from mlops_infra.errors import OperationError, UsageError
from mlops_infra.promotion import status
from mlops_infra.promotion.promote import MissingError
from mlops_infra.promotion.steps import TakenBackError

PIPELINE = "version: 1\nenvironments: [dev, prod]\nsteps: [{from: dev, to: prod}]\n"
FAILING = "urn:pulumi:prod-platform::mlops-infra::kubernetes:core/v1:Service::mlflow"


@pytest.fixture
def piped(project: PromotionWorld) -> PromotionWorld:
    (project.stacks / "pipeline.yaml").write_text(PIPELINE)
    return project


def test_without_a_pipeline_there_is_nothing_to_tell(project: PromotionWorld) -> None:
    with pytest.raises(UsageError, match="there is no pipeline"):
        status.pipeline_status(project.context())


def test_what_each_environment_waits_for(piped: PromotionWorld) -> None:
    dev, prod = status.pipeline_status(piped.context())
    assert dev.running is None
    assert prod.waits == ("its baseline: `mlops-infra up --env prod`",)
    piped.ready()
    with pytest.raises(MissingError):
        piped.promote()
    dev, prod = status.pipeline_status(piped.context())
    assert dev.running is not None
    assert dev.running.release == piped.release(SOURCE)
    assert dev.waits == ()
    assert prod.source == SOURCE
    assert prod.waits == (
        f"release {dev.running.release[:12]} of dev: `mlops-infra promote --from dev --to prod` "
        "(last time approvals were missing)",
    )
    piped.gates.approve()
    piped.promote()
    dev, prod = status.pipeline_status(piped.context())
    assert prod.running is not None
    assert (prod.running.release, prod.running.operation, prod.waits) == (piped.release(SOURCE), "promote", ())


def test_a_release_that_was_rejected_or_is_held_does_not_come_by_a_promotion(piped: PromotionWorld) -> None:
    piped.ready()
    release = piped.release(SOURCE)
    with pytest.raises(MissingError):
        piped.promote()
    releases = piped.releases(piped.context())
    releases.hold(release, "the weekend", by="ada")
    (_, prod) = status.pipeline_status(piped.context())
    assert prod.waits == (
        f"release {release[:12]} of dev, which is held: `mlops-infra release unhold {release[:12]} --reason …`",
    )
    releases.unhold(release, "it is over", by="ada")
    piped.gates.approve()
    piped.gates.verified = "fail"
    with pytest.raises(TakenBackError):
        piped.promote()
    (_, prod) = status.pipeline_status(piped.context())
    (waits,) = prod.waits
    assert waits.startswith(
        f"another release than {release[:12]} of dev, which is rejected: verification failed: latency"
    )


def test_history_tells_one_line_per_operation(piped: PromotionWorld) -> None:
    piped.ready()
    with pytest.raises(MissingError):
        piped.promote()
    told = status.history(piped.context(), TARGET)
    assert [(entry.what, entry.result, entry.detail) for entry in told] == [
        ("promote", "observed", "missing: approvals"),
        ("up", "succeeded", "4 create"),
    ]
    assert status.history(piped.context(), TARGET, 1) == told[:1]


def test_an_unfinished_promotion_is_told_by_every_command(
    piped: PromotionWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    piped.ready()
    with pytest.raises(MissingError):
        piped.promote()
    piped.gates.approve()
    piped.cloud.fails.add(FAILING)
    with pytest.raises(OperationError):
        piped.promote()
    (_, prod) = status.pipeline_status(piped.context())
    assert prod.unfinished is not None
    assert "going back" in prod.unfinished
    assert prod.running is None
    assert prod.waits == ()
    invocation = Invocation(piped.world.project.root, lambda: piped.context().ports, rooms=lambda: piped.rooms)
    assert main(["outputs", "--env", TARGET], invocation) == 0
    assert "promote --env prod --resume" in capsys.readouterr().err
    piped.cloud.fails.clear()
    invocation = Invocation(piped.world.project.root, lambda: piped.context().ports, rooms=lambda: piped.rooms)
    assert main(["promote", "--to", TARGET, "--abort"], invocation) == 0
    assert "runs release" in capsys.readouterr().out
    assert piped.journal is None
