"""What all tests share: how they are spread over workers."""

from __future__ import annotations

import os

import pytest

# pytest-xdist tells its workers the width of a terminal; what is tested here has none.
os.environ.pop("COLUMNS", None)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep all sandbox tests on one worker, so that they share one embedded cloud, unless a test names its own group."""
    for item in items:
        if item.get_closest_marker("sandbox") and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group("sandbox"))
