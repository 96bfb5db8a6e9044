from __future__ import annotations

from pathlib import Path

import pytest

from mlops_infra.config import find_stacks, load_environment, validate
from mlops_infra.config.scaffold import PULUMI_YAML, SIDE_FILES, scaffold
from mlops_infra.errors import UsageError


def test_a_new_project_is_valid_and_carries_its_name(tmp_path: Path) -> None:
    files = scaffold(tmp_path / "new", "acme-ml")
    assert all(file.is_file() for file in files)
    stacks = find_stacks(tmp_path / "new")
    assert validate(stacks) == []
    for name in ("dev", "staging", "prod"):
        assert load_environment(stacks, name).environment.project == "acme-ml"
    assert not any("meridian" in file.read_text().lower() for file in files if file.suffix == ".yaml")
    assert (tmp_path / "new" / "policies" / "main.rego").is_file()
    assert ".mlops-infra/" in (tmp_path / "new" / ".gitignore").read_text()
    assert "acme-ml" in (tmp_path / "new" / "README.md").read_text()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "dev.yaml").write_text("mine\n")
    with pytest.raises(UsageError, match=r"stacks/dev\.yaml"):
        scaffold(tmp_path, "acme")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["dev.yaml"]
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="a file of this name"):
        scaffold(tmp_path / "file", "acme")


@pytest.mark.parametrize("name", ["", "Acme", "1a", "a_b", "a" * 31, "a\n", "../x"])
def test_a_name_that_is_not_fit_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="not fit"):
        scaffold(tmp_path / "new", name)
    assert not (tmp_path / "new").exists()


def test_its_pulumi_file_is_the_shipped_one(shipped_stacks: Path) -> None:
    assert (shipped_stacks.parent / "Pulumi.yaml").read_text() == PULUMI_YAML


def test_a_new_project_has_the_files_of_access(tmp_path: Path) -> None:
    scaffold(tmp_path / "new", "acme")
    stacks = tmp_path / "new" / "stacks"
    for name in SIDE_FILES:
        assert (stacks / name).is_file()
    assert (stacks / "schema" / "access.schema.json").is_file()
    assert "acme" in (stacks / "access.yaml").read_text()
    assert "meridian" not in (stacks / "access.yaml").read_text()
