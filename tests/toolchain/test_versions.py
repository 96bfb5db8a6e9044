from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from fake_toolchain import ANSWERS, put, script
from hypothesis import given
from hypothesis import strategies as st

from mlops_infra.toolchain import MANIFEST, Places, Timeouts
from mlops_infra.toolchain.versions import Version, Versions, ask_version, judge, read_version

NUMBER = st.integers(min_value=0, max_value=999)
NUMBERS = st.tuples(NUMBER, NUMBER, NUMBER)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.35.4", Version(1, 35, 4)),
        ("v3.250.0", Version(3, 250, 0)),
        ("1.35.4+k3s1", Version(1, 35, 4)),
        ("v1.32.4-dispatcher", Version(1, 32, 4)),
        ("1.26", Version(1, 26, 0)),
        ("1.22.2-rc.1", Version(1, 22, 2, finished=False)),
        ("3.250.0-alpha.x1", Version(3, 250, 0, finished=False)),
        ("unknown", None),
        ("", None),
    ],
)
def test_versions_are_read(text: str, expected: Version | None) -> None:
    assert Version.parse(text) == expected


@given(first=NUMBERS, second=NUMBERS)
def test_versions_are_ordered_by_their_numbers(first: tuple[int, int, int], second: tuple[int, int, int]) -> None:
    versions = [Version.parse(".".join(map(str, numbers))) for numbers in (first, second)]
    assert None not in versions
    assert (versions[0] < versions[1]) == (first < second)  # type: ignore[operator]  (checked in the line above)


@given(numbers=NUMBERS)
def test_a_release_candidate_comes_before_its_release(numbers: tuple[int, int, int]) -> None:
    text = ".".join(map(str, numbers))
    candidate, release = Version.parse(f"{text}-rc.1"), Version.parse(text)
    assert candidate is not None
    assert release is not None
    assert candidate < release


@pytest.mark.parametrize("name", list(MANIFEST))
def test_every_programs_answer_is_understood(name: str) -> None:
    tool = MANIFEST[name]
    assert read_version(tool, ANSWERS[name].format(tool.version)) == tool.version
    assert read_version(tool, "command not found") is None


@pytest.mark.parametrize(
    ("version", "verdict"),
    [
        ("1.34.9", "too old"),
        ("1.35.0-rc.1", "too old"),
        ("1.35.0", "ok"),
        ("1.35.99", "ok"),
        ("1.36.0-rc.0", "too new"),
        ("1.36.0", "too new"),
        ("none", "broken"),
    ],
)
def test_only_the_control_planes_own_minor_version_will_do(version: str, verdict: str) -> None:
    assert judge(MANIFEST["kube-apiserver"], version) == verdict


def test_an_answer_is_remembered_until_the_file_changes(toolchain_places: Places, tmp_path: Path) -> None:
    tool = MANIFEST["etcd"]
    asked = tmp_path / "asked"
    program = put(tmp_path, "etcd", f"#!/bin/sh\necho x >> {asked}\necho 'etcd Version: 3.6.5'\n")

    assert Versions(toolchain_places).of(tool, program) == "3.6.5"
    assert Versions(toolchain_places).of(tool, program) == "3.6.5"
    assert asked.read_text() == "x\n"

    put(tmp_path, "etcd", f"#!/bin/sh\necho x >> {asked}\necho 'etcd Version: 3.6.50'\n")
    assert Versions(toolchain_places).of(tool, program) == "3.6.50"


@pytest.mark.parametrize("content", ["", "[]", "{", '{"etcd": 1}', "\xff"])
def test_a_damaged_memory_is_forgotten(toolchain_places: Places, tmp_path: Path, content: str) -> None:
    toolchain_places.cache.mkdir()
    (toolchain_places.cache / "versions.json").write_bytes(content.encode("latin-1"))
    program = put(tmp_path, "etcd", script(MANIFEST["etcd"]))
    assert Versions(toolchain_places).of(MANIFEST["etcd"], program) == "3.6.5"


def test_a_program_that_hangs_has_no_version(toolchain_places: Places, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "never")
    program = put(tmp_path, "etcd", f"#!/bin/sh\nread line < {tmp_path / 'never'}\n")
    places = replace(toolchain_places, timeouts=Timeouts(version=0.1))
    assert ask_version(MANIFEST["etcd"], program, places) is None


def test_a_file_that_is_no_program_has_no_version(toolchain_places: Places, tmp_path: Path) -> None:
    assert ask_version(MANIFEST["etcd"], put(tmp_path, "etcd", "\x7fELF nonsense"), toolchain_places) is None
    assert Versions(toolchain_places).of(MANIFEST["etcd"], tmp_path / "nothing") is None
