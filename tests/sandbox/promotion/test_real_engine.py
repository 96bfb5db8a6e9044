"""dev → staging → prod and back with nothing fake: two keys, an edit after the approval, a model that does not keep its SLO."""

from __future__ import annotations

import pytest
from real_team import PROMOTE, RealTeam, image

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(600)]

OLD = (image("mlflow", 1), "1.0.0")
NEW = (image("mlflow", 2), "2.0.0")


def test_two_keys_an_edit_after_them_and_a_bad_model(real_team: RealTeam) -> None:
    """The second version is in staging. (That it arrives in prod when all is well, and goes back, is seen in `test_killed`.)"""
    team = real_team
    if team.runs() == NEW:
        team.does(0, "rollback", "--env", "prod")
    team.approve()
    team.edit("prod", "cost_centre: CC-1", "cost_centre: CC-9")
    assert "configuration: cost_centre" in team.does(4, *PROMOTE)
    assert team.runs() == OLD
    team.edit("prod", "cost_centre: CC-9", "cost_centre: CC-1")

    bad = ("--latency", "p95=900ms", "--ago", "10m", "--for", "4h")
    team.does(0, "sandbox", "simulate", "scorer", "--env", "prod", "--model-version", "2.0.0", *bad)
    failed = team.does(1, *PROMOTE)
    assert "was taken back: verification failed: scorer: latency p95 in seconds (fail: " in failed
    assert "is rejected" in failed
    assert team.runs() == team.said() == OLD

    team.does(0, "audit", "verify", "--env", "prod")
    ledger = team.project.ledger("prod")
    kept = ledger.read_bytes()
    ledger.write_bytes(kept.replace(b'"result":"succeeded"', b'"result":"succeedeD"', 1))
    told = team.run("audit", "verify", "--env", "prod")
    ledger.write_bytes(kept)
    assert told.code == 1
    assert "edited" in told.out
