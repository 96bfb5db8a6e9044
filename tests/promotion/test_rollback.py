"""rollback: back to what ran before, under the same rules."""

from __future__ import annotations

from contextlib import suppress

import pytest
from promotion_world import TARGET, Crashed, PromotionWorld, image, whole

from mlops_infra.errors import UsageError
from mlops_infra.promotion.promote import MissingError


@pytest.fixture
def promoted(project: PromotionWorld) -> PromotionWorld:
    """The second image runs in the target."""
    project.ready()
    with pytest.raises(MissingError):
        project.promote()
    project.gates.approve()
    project.promote()
    return project


def test_back_to_what_ran_before(promoted: PromotionWorld) -> None:
    with pytest.raises(MissingError):
        promoted.rollback()
    promoted.gates.approve()
    done = promoted.rollback()
    assert done.kind == "rollback"
    assert promoted.deployed() == image(1)
    assert promoted.told()[-2:] == ["intent rollback", "result rollback succeeded"]
    assert promoted.release(TARGET) == done.release.id


def test_changes_of_configuration_stay(promoted: PromotionWorld) -> None:
    promoted.edit(TARGET, "cost_centre", "CC-9")
    promoted.up(TARGET)
    with pytest.raises(MissingError):
        promoted.rollback()
    promoted.gates.approve()
    promoted.rollback()
    assert "CC-9" in (promoted.stacks / "prod.yaml").read_text()
    assert promoted.deployed() == image(1)


def test_without_a_release_before_there_is_nothing_to_go_back_to(project: PromotionWorld) -> None:
    project.up(TARGET)
    with pytest.raises(UsageError, match="no earlier release"):
        project.rollback()


def test_a_rejected_release_is_not_gone_back_to(promoted: PromotionWorld) -> None:
    releases = promoted.releases(promoted.context())
    first = next(kept.release for kept in releases.listing() if kept.release.id != promoted.release(TARGET))
    releases.reject(first.short, "it was wrong", by="ada")
    with pytest.raises(UsageError, match="is rejected: it was wrong"):
        promoted.rollback()


def test_versions_come_back_under_the_policies_of_today(promoted: PromotionWorld) -> None:
    promoted.policies = "sha256:" + "2" * 64
    with pytest.raises(MissingError):
        promoted.rollback()
    promoted.gates.approve()
    done = promoted.rollback()
    assert promoted.deployed() == image(1)
    assert done.release.policies == promoted.policies
    assert promoted.release(TARGET) == done.release.id
    assert any(done.release.short in notice and "policies" in notice for notice in promoted.world.notices)


@pytest.mark.parametrize("moment", range(1, 60, 6))
def test_a_rollback_under_other_policies_has_a_way_out_wherever_it_dies(promoted: PromotionWorld, moment: int) -> None:
    promoted.policies = "sha256:" + "2" * 64
    with pytest.raises(MissingError):
        promoted.rollback()
    promoted.gates.approve()
    promoted.fate.restart(moment)
    with suppress(Crashed):
        promoted.rollback()
    promoted.fate.restart()
    if promoted.journal is not None:
        promoted.resume()
    assert promoted.journal is None
    assert promoted.deployed() in (image(1), image(2))
    assert whole(promoted.world.ledger(TARGET))
