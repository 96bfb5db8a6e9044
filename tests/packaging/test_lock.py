"""The lock file: complete, by hash, and without addresses."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = {"requirements.lock": ROOT / "requirements.lock", "go": ROOT / "tools" / "go" / "requirements.txt"}


def requirements(lock: Path) -> list[tuple[Requirement, list[str]]]:
    """Every line of a lock: what is locked, and its hashes."""
    text = re.sub(r"^\s*#.*\n", "", lock.read_text(encoding="utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    lines = [line.split() for line in filter(None, map(str.strip, text.splitlines()))]
    return [(Requirement(first), hashes) for first, *hashes in lines]


def entries(lock: Path) -> dict[str, tuple[str, list[str]]]:
    """Version and hashes by name."""
    return {
        canonicalize_name(locked.name): (str(locked.specifier).removeprefix("=="), hashes)
        for locked, hashes in requirements(lock)
    }


@pytest.mark.parametrize("lock", LOCKS.values(), ids=list(LOCKS))
def test_every_package_has_a_version_and_hashes(lock: Path) -> None:
    packages = entries(lock)
    assert packages
    for version, hashes in packages.values():
        assert re.fullmatch(r"[\w.+!-]+", version)
        assert hashes
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", one) for one in hashes)


@pytest.mark.parametrize("lock", LOCKS.values(), ids=list(LOCKS))
def test_no_address_and_no_path_is_in_it(lock: Path) -> None:
    assert re.search(r"://|--(?:extra-)?index-url|--find-links|--trusted-host|(?:^|\s)-r /", lock.read_text()) is None


def test_it_has_all_that_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = entries(LOCKS["requirements.lock"])
    asked = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    for requirement in map(Requirement, asked):
        name = canonicalize_name(requirement.name)
        assert name in locked, f"{name} is not in requirements.lock: run `make lock`"
        assert requirement.specifier.contains(locked[name][0]), f"{requirement} is not what is locked: run `make lock`"


def test_a_package_is_locked_with_the_extras_that_others_ask_for() -> None:
    # pip takes `coverage[toml]` for another requirement than a locked `coverage`, and refuses it once there is a newer release.
    extras = {canonicalize_name(locked.name): locked.extras for locked, _ in requirements(LOCKS["requirements.lock"])}
    for name in extras:
        for asked in map(Requirement, distribution(name).requires or ()):
            needed = asked.marker is None or asked.marker.evaluate({"extra": ""})
            if needed and asked.extras:
                assert asked.extras <= extras[canonicalize_name(asked.name)], (
                    f"{name} asks for {asked}: run `make lock`"
                )
