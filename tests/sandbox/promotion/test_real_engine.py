"""dev → staging → prod and back with nothing fake: two keys, an edit after the approval, a model that does not keep its SLO."""

from __future__ import annotations

import pytest
from real_team import NEW, OLD, PROMOTE, RealTeam

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(600)]


def test_an_edit_after_two_approvals_is_refused_by_name_and_an_edit_of_the_ledger_is_found(real_team: RealTeam) -> None:
    """The second version is in staging. (That it arrives in prod when all is well, and goes back, is seen in `test_killed`.)"""
    team = real_team
    if team.runs() == NEW:
        team.does(0, "rollback", "--env", "prod")
    team.approve()
    team.edit("prod", "cost_centre: CC-1", "cost_centre: CC-9")
    assert "configuration: cost_centre" in team.does(4, *PROMOTE)
    assert team.runs() == OLD
    team.edit("prod", "cost_centre: CC-9", "cost_centre: CC-1")

    team.does(0, "audit", "verify", "--env", "prod")
    ledger = team.project.ledger("prod")
    kept = ledger.read_bytes()
    ledger.write_bytes(kept.replace(b'"result":"succeeded"', b'"result":"succeedeD"', 1))
    told = team.run("audit", "verify", "--env", "prod")
    ledger.write_bytes(kept)
    assert told.code == 1
    assert "edited" in told.out


@pytest.mark.deep
def test_a_model_that_fails_its_slo_goes_back_by_itself(real_team: RealTeam) -> None:
    """Deep, because it depends on how much good traffic of the version Prometheus has seen lately: where that is more than nineteen
    twentieths of a window, the 95th percentile is still good when the promotion asks."""
    team = real_team
    if team.runs() == NEW:
        team.does(0, "rollback", "--env", "prod")
    team.approve()
    bad = ("--latency", "p95=900ms", "--ago", "10m", "--for", "4h")
    team.does(0, "sandbox", "simulate", "scorer", "--env", "prod", "--model-version", "2.0.0", *bad)
    failed = team.does(1, *PROMOTE)
    assert "was taken back: verification failed: scorer: latency p95 in seconds (fail: " in failed
    assert "is rejected" in failed
    assert team.runs() == team.said() == OLD
