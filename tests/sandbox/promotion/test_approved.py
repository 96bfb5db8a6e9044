"""What two people approved, with nothing fake: a model that does not keep its SLO goes back by itself, and an edit afterwards is refused.

The tests come in the order of the file, before those of `test_killed`, which go on with what was approved here.
"""

from __future__ import annotations

import pytest
from real_team import BAD, OLD, PROMOTE, RealTeam

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(600)]


def test_a_model_that_fails_its_slo_goes_back_by_itself(bad_in_staging: RealTeam) -> None:
    team = bad_in_staging
    assert team.runs("staging") == BAD
    team.approve()
    failed = team.does(1, *PROMOTE)
    assert "was taken back: verification failed: scorer: latency p95 in seconds (fail: " in failed
    assert "is rejected" in failed
    assert team.runs() == team.said() == OLD


def test_an_edit_after_two_approvals_is_refused_by_name(approved: RealTeam) -> None:
    """That it arrives when all is as it was approved, and goes back, is seen in `test_killed`."""
    team = approved
    team.edit("prod", "cost_centre: CC-1", "cost_centre: CC-9")
    assert "configuration: cost_centre" in team.does(4, *PROMOTE)
    assert team.runs() == OLD
    team.edit("prod", "cost_centre: CC-9", "cost_centre: CC-1")


def test_one_edited_character_of_the_ledger_is_found(real_team: RealTeam) -> None:
    team = real_team
    team.does(0, "audit", "verify", "--env", "prod")
    ledger = team.project.ledger("prod")
    kept = ledger.read_bytes()
    ledger.write_bytes(kept.replace(b'"result":"succeeded"', b'"result":"succeedeD"', 1))
    told = team.run("audit", "verify", "--env", "prod")
    ledger.write_bytes(kept)
    assert told.code == 1
    assert "edited" in told.out
