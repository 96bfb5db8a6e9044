"""One real project for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from real_team import ENVIRONMENTS, RealTeam, image


@pytest.fixture(scope="session")
def real_team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealTeam]:
    """All three environments are up, a second version came as far as staging, and models answer well everywhere."""
    made = RealTeam.make(tmp_path_factory.mktemp("promotions") / "project")
    try:
        for environment in ENVIRONMENTS:
            made.does(0, "up", "--env", environment)
        made.edit("dev", image("mlflow", 1), image("mlflow", 2))
        made.edit("dev", "version: 1.0.0", "version: 2.0.0")
        made.does(0, "up", "--env", "dev")
        made.does(0, "promote", "--from", "dev", "--to", "staging")
        for environment, version in (("staging", "2.0.0"), ("prod", "1.0.0"), ("prod", "2.0.0")):
            answers = ("scorer", "--env", environment, "--model-version", version, "--ago", "10m", "--for", "4h")
            made.does(0, "sandbox", "simulate", *answers)
        yield made
    finally:
        made.does(0, "sandbox", "stop")
