"""stacks/access.yaml: who there is, and mistakes with their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlops_infra.config import ConfigError
from mlops_infra.identity.access_file import AccessFile, load_access
from mlops_infra.identity.generate import GENERATED, ROOT
from mlops_infra.resources import data_dir

FILE = """\
version: 1
actors:
  - name: ada
    ssh: [ada@example.org]
    roles:
      - {role: platform-admin, environments: [dev, staging]}
  - name: ci
    oidc: {issuer: "https://ci.example", subject: "repo:x", audience: mlops-infra}
    roles:
      - {role: ci-deployer, environments: ["*"]}
"""
ISSUER = "https://ci.example"
KEY = "SHA256:" + "a" * 43


def load(tmp_path: Path, text: str) -> AccessFile:
    stacks = tmp_path / "stacks"
    stacks.mkdir(exist_ok=True)
    (stacks / "access.yaml").write_text(text)
    return load_access(stacks)


def test_without_a_file_there_is_nobody(tmp_path: Path) -> None:
    assert load_access(tmp_path).actors == []


def test_the_shipped_file_names_nobody() -> None:
    assert load_access(data_dir("stacks")).actors == []


def test_the_example_of_the_shipped_file_is_right(tmp_path: Path) -> None:
    text = (data_dir("stacks") / "access.yaml").read_text()
    start = text.index("# - name: ada")
    end = text.index("# Roles:")
    example = text[start:end].replace("\n# ", "\n").removeprefix("# ")
    read = load(tmp_path, text.replace("actors: []\n", f"actors:\n{example}"))
    assert [actor.name for actor in read.actors] == ["ada", "grace", "deploy-staging"]


def test_actors_are_found_by_their_proofs(tmp_path: Path) -> None:
    access = load(tmp_path, FILE)
    ada = access.by_key("ada@example.org", KEY)
    assert ada is not None
    assert ada.name == "ada"
    assert access.by_key("eve@example.org", KEY) is None
    ci = access.by_token(ISSUER, "repo:x", "mlops-infra")
    assert ci is not None
    assert ci.name == "ci"
    assert access.by_token(ISSUER, "repo:y", "mlops-infra") is None
    assert access.by_token(ISSUER, "repo:x", "other") is None
    assert access.issuers() == {ISSUER: {"mlops-infra"}}


def test_a_key_that_two_could_have_is_nobodys(tmp_path: Path) -> None:
    eve = f"  - name: eve\n    ssh: ['{KEY}']\n    roles: [{{role: auditor, environments: [dev]}}]\n"
    access = load(tmp_path, FILE + eve)
    assert access.by_key("ada@example.org", KEY) is None
    assert access.by_key("ada@example.org", "SHA256:" + "b" * 43) is not None


@pytest.mark.parametrize(
    ("old", "new", "where", "told"),
    [
        ("role: ci-deployer", "role: king", 10, "platform-admin"),
        ("name: ci", "name: ADA", 7, "two actors of the name"),
        ('subject: "repo:x"', 'subject: "repo:*"', 8, "pattern"),
        ('"https://ci.example"', '"http://ci.example"', 8, "pattern"),
        ("    ssh: [ada@example.org]\n", "", 3, "neither an SSH key nor a token"),
        ("[dev, staging]", "[]", 6, "at least 1"),
        ("[dev, staging]", '["dev*"]', 6, "pattern"),
        ("version: 1", "version: 2", 1, "1"),
        ("    roles:\n      - {role: ci", "    admin: true\n    roles:\n      - {role: ci", 9, "not permitted"),
        ("- name: ci\n", "- name: ci\n    ssh: [ada@example.org]\n", 8, "ada has this key already"),
    ],
)
def test_mistakes_have_a_line(tmp_path: Path, old: str, new: str, where: int, told: str) -> None:
    assert old in FILE
    with pytest.raises(ConfigError, match=told) as caught:
        load(tmp_path, FILE.replace(old, new, 1))
    assert f"stacks/access.yaml:{where}:" in str(caught.value)


def test_a_token_is_one_actors(tmp_path: Path) -> None:
    again = FILE[FILE.index("  - name: ci") :].replace("name: ci", "name: ci-2")
    with pytest.raises(ConfigError, match="ci has this token already"):
        load(tmp_path, FILE + again)


@pytest.mark.parametrize("name", GENERATED)
def test_generated_files_are_current(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == GENERATED[name](), (
        "run `python -m mlops_infra.identity.generate`"
    )
