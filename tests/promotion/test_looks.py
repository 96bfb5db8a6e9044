"""What a promotion looks at: parts that it does not change, and that somebody looked at a moment ago, are not looked at again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from promotion_world import SOURCE, TARGET, PromotionWorld, image

from mlops_infra.audit import Actor, Entry
from mlops_infra.operations.record import INTENT, OBSERVED, RESULT
from mlops_infra.operations.session import open_ledger
from mlops_infra.promotion.binding import observe_source
from mlops_infra.promotion.promote import MissingError
from mlops_infra.promotion.running import looks_count

ACTOR = Actor("ada", "host", 1)
DEPLOYMENT = "urn:pulumi:prod-platform::mlops-infra::kubernetes:apps/v1:Deployment::mlflow"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PIPELINE = "version: 1\nenvironments: [dev, prod]\nsteps: [{from: dev, to: prod, gates: {}}]\n"


@pytest.fixture
def two_parts(project: PromotionWorld) -> PromotionWorld:
    """Both environments have a part that no release changes, and the source has a newer image."""
    project.add_bucket()
    project.ready()
    return project


def finds_drift(world: PromotionWorld) -> bool:
    """Whether the target is found to have drifted; nothing is approved, so that nothing happens."""
    with pytest.raises(MissingError) as waits:
        world.promote()
    return "the target drifted" in waits.value.assessment.missing


def test_an_unchanged_part_that_was_looked_at_is_not_looked_at_again(two_parts: PromotionWorld) -> None:
    two_parts.cloud.tamper(two_parts.bucket(TARGET), bucket="other")
    assert finds_drift(two_parts)
    two_parts.cloud.seen["prod/foundation"] = 30
    assert not finds_drift(two_parts)


def test_a_part_that_the_release_changes_is_always_looked_at(two_parts: PromotionWorld) -> None:
    two_parts.cloud.seen |= {"prod/foundation": 30, "prod/platform": 30}
    two_parts.cloud.tamper(DEPLOYMENT, image=image(9))
    assert finds_drift(two_parts)


def test_no_look_counts_from_before_data_was_taken_away(two_parts: PromotionWorld) -> None:
    two_parts.cloud.seen["prod/foundation"] = 30
    two_parts.cloud.tamper(two_parts.bucket(TARGET), bucket="other")
    open_ledger(two_parts.context(), TARGET).append(RESULT, {"operation": "sandbox reset"}, ACTOR)
    assert finds_drift(two_parts)


def test_the_source_is_opened_only_for_what_nobody_looked_at(two_parts: PromotionWorld) -> None:
    (two_parts.stacks / "pipeline.yaml").write_text(PIPELINE)
    two_parts.cloud.tamper(two_parts.bucket(SOURCE), bucket="other")

    def observed() -> tuple[int | None, int]:
        found = observe_source(two_parts.context(), SOURCE, TARGET)
        return found.drifted, two_parts.cloud.calls.count("drift")

    assert observed() == (1, 1)
    two_parts.cloud.seen["dev/foundation"] = 30
    assert observed() == (0, 2)
    two_parts.cloud.seen["dev/platform"] = 30
    assert observed() == (0, 2)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ([], 600),
        ([(1, RESULT, "up"), (2, INTENT, "up")], 600),
        ([(1, OBSERVED, "drift"), (60, RESULT, "sandbox reset")], 60),
        ([(60, INTENT, "state restore"), (90, RESULT, "destroy")], 60),
        ([(60, OBSERVED, "destroy")], 600),
        ([(0, RESULT, "destroy")], 0),
        ([(601, RESULT, "destroy")], 600),
    ],
)
def test_how_long_a_look_counts(told: list[tuple[int, str, str]], seconds: float) -> None:
    entries = [
        Entry(1, (NOW - timedelta(seconds=ago)).isoformat(), kind, ACTOR, "", "", "", {"operation": operation})
        for ago, kind, operation in told
    ]
    assert looks_count(entries, NOW) == seconds
