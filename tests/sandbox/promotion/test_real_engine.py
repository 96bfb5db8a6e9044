"""dev → staging → prod with nothing fake: two keys, an edit after the approval, an edit of the ledger."""

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
