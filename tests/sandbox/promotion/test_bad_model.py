"""A model version that keeps its SLO in staging and not in prod, with nothing fake: two keys approve it, and it goes back by itself."""

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
    assert "is rejected" in team.does(4, *PROMOTE)
