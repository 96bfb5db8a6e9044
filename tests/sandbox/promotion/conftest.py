"""One real project for the tests of this folder, in stations; the tests of the first one come first (`test_approved`)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from real_team import BAD, ENVIRONMENTS, NEW, OLD, RealTeam


@pytest.fixture(scope="session")
def bad_in_staging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealTeam]:
    """All three environments are up; in staging is a model version that answers well there and slowly in prod."""
    made = RealTeam.make(tmp_path_factory.mktemp("promotions") / "project")
    try:
        for environment in ENVIRONMENTS:
            made.does(0, "up", "--env", environment)
        made.simulate("staging", BAD)
        made.simulate("prod", OLD)
        made.simulate("prod", BAD, "--latency", "p95=900ms")
        yield made
    finally:
        made.does(0, "sandbox", "stop")


@pytest.fixture(scope="session")
def real_team(bad_in_staging: RealTeam) -> RealTeam:
    """The release after it came as far as staging, and its model answers well everywhere."""
    made = bad_in_staging
    for old, new in zip(BAD, NEW, strict=True):
        made.edit("dev", old, new)
    made.does(0, "up", "--env", "dev")
    made.does(0, "promote", "--from", "dev", "--to", "staging")
    for environment in ("staging", "prod"):
        made.simulate(environment, NEW)
    return made


@pytest.fixture(scope="session")
def approved(real_team: RealTeam) -> RealTeam:
    """Two people let that release go to prod."""
    real_team.approve()
    return real_team
