"""Files are whole or as they were."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlops_infra import durable


def mode(file: Path) -> int:
    return file.stat().st_mode & 0o777


def test_a_new_file_is_private_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "evidence.json"
    durable.replace(file, b"one")
    assert (file.read_bytes(), mode(file)) == (b"one", 0o600)
    file.chmod(0o644)
    durable.replace(file, b"two")
    assert (file.read_bytes(), mode(file)) == (b"two", 0o644)
    with durable.replacing(file, mode=0o640) as out:
        out.write(b"three")
    assert (file.read_bytes(), mode(file)) == (b"three", 0o640)


def test_what_goes_wrong_half_way_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "evidence.json"
    durable.replace(file, b"whole")

    def half_way() -> None:
        with durable.replacing(file) as out:
            out.write(b"ha")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half_way()
    assert [(entry.name, entry.read_bytes()) for entry in tmp_path.iterdir()] == [("evidence.json", b"whole")]
