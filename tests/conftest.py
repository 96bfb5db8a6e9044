"""What all tests share: how they are spread over workers."""

from __future__ import annotations

import os

import pytest
from collected import COLLECTED
from xdist.scheduler import LoadScopeScheduling

# pytest-xdist tells its workers the width of a terminal; what is tested here has none.
os.environ.pop("COLUMNS", None)

_SANDBOX = "tests/sandbox/"
_LONGEST = ("promotion/", "test_acceptance.py", "engine/", "governance/", "sandbox/")
"""Of the sandbox tests; the others take less."""
_DEEP_SECONDS = 3600
"""How long one of the long tests may take, in place of the limit of all others (pyproject.toml)."""


class ByRoom(LoadScopeScheduling):
    """Gives a folder of sandbox tests to one worker, as its tests build on each other, and any other file to whichever is free.

    Marks (``--dist loadgroup``) would say it too, but pytest-xdist 3.8 writes them into node ids, which pytest 9 keeps to itself.
    """

    def _split_scope(self, nodeid: str) -> str:
        file: str = nodeid.split("::", 1)[0]
        return file.rsplit("/", 1)[0] if file.startswith(_SANDBOX) and file.count("/") > _SANDBOX.count("/") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByRoom:
    """Take our own scheduler, whatever ``--dist`` says, and keep the order of `pytest_collection_modifyitems`."""
    config.option.loadscopereorder = False
    return ByRoom(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no worker idles at the end while the other brings up an environment."""
    config.stash[COLLECTED] = frozenset(item.nodeid.split("[")[0] for item in items)
    for item in items:
        if item.get_closest_marker("deep") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(_DEEP_SECONDS))
    items.sort(key=lambda item: _turn(item.nodeid))


def _turn(nodeid: str) -> int:
    """What comes earlier: the sandbox tests, of those what takes longest."""
    if not nodeid.startswith(_SANDBOX):
        return len(_LONGEST) + 1
    inside = nodeid.removeprefix(_SANDBOX)
    return next((turn for turn, place in enumerate(_LONGEST) if inside.startswith(place)), len(_LONGEST))
