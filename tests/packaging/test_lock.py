"""The lock file: complete, by hash, and without addresses."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = {"requirements.lock": ROOT / "requirements.lock", "go": ROOT / "tools" / "go" / "requirements.txt"}


def entries(lock: Path) -> dict[str, tuple[str, list[str]]]:
    text = re.sub(r"^\s*#.*\n", "", lock.read_text(encoding="utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    found = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        first, *hashes = line.split()
        name, version = first.split("==")
        found[canonicalize_name(name)] = (version, hashes)
    return found


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
