from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_infra.config import ConfigError
from mlops_infra.config.edit import edited, read_alike, set_value, set_values
from mlops_infra.config.node import plain
from mlops_infra.config.reader import read_bytes, read_layer


def after(text: str, changes: dict[tuple[str | int, ...], Any]) -> str:
    return edited(text.encode(), changes, file="stacks/x.yaml").decode()


def changed_lines(before: str, after_: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after_.splitlines(), n=0, lineterm="")
    return [line for line in list(lines)[2:] if not line.startswith("@@")]


@pytest.mark.parametrize("name", ["base", "dev", "staging", "prod"])
def test_a_change_of_nothing_changes_no_byte(shipped_stacks: Path, name: str) -> None:
    text = (shipped_stacks / f"{name}.yaml").read_text()
    project = read_layer(shipped_stacks / f"{name}.yaml").value
    assert isinstance(project, dict)
    key = "version" if name == "base" else "environment"
    assert after(text, {(key,): plain(project[key])}) == text


def test_one_value_is_one_line_of_the_difference(shipped_stacks: Path) -> None:
    text = (shipped_stacks / "base.yaml").read_text()
    changes = {("models", "fraud-scorer", "version"): "3.5.0", ("datasets", "members", "retention"): "P11Y"}
    assert changed_lines(text, after(text, changes)) == [
        "-    retention: P10Y",
        "+    retention: P11Y",
        "-    version: 3.4.1",
        "+    version: 3.5.0",
    ]


def test_flow_style_and_comments_beside_values_stay(shipped_stacks: Path) -> None:
    text = (shipped_stacks / "dev.yaml").read_text()
    result = after(text, {("teams", "claims-fraud", "quota", "cpu"): "16", ("target",): "aws"})
    assert '    quota: {cpu: "16", memory: 32Gi, pods: 30}' in result
    assert re.search(r"^target: aws +# `target: aws` here", result, re.MULTILINE)
    assert len(changed_lines(text, result)) == 4


def test_new_keys_stand_before_the_comment_of_the_next_one(shipped_stacks: Path) -> None:
    text = (shipped_stacks / "base.yaml").read_text()
    result = after(text, {("tags", "wave"): "two"})
    assert "  business-unit: health-insurance\n  wave: two\n\n# Groups of the identity" in result
    text = (shipped_stacks / "dev.yaml").read_text()
    result = after(text, {("monitoring", "alert_emails"): ["a@b.de"]})
    assert "  log_retention: P90D\n  alert_emails: [a@b.de]\n\n# Development gets" in result


def test_comments_behind_a_replaced_list_stay() -> None:
    text = "monitoring:\n  alert_emails:\n    - a@b.de\n\n# The teams.\nteams: []\n"
    result = after(text, {("monitoring", "alert_emails"): ["c@d.de"]})
    assert result == "monitoring:\n  alert_emails: [c@d.de]\n\n# The teams.\nteams: []\n"


def test_an_overlay_gets_entries_and_mappings_that_it_lacks() -> None:
    text = "models:\n  - name: a\n    version: '1'\n"
    changes = {
        ("models", "b", "version"): "1.10",
        ("network", "cidr"): "10.0.0.0/16",
        ("datasets", "d", "retention"): "P1Y",
    }
    assert after(text, changes) == (
        "models:\n  - name: a\n    version: '1'\n  - name: b\n    version: \"1.10\"\n"
        "network:\n  cidr: 10.0.0.0/16\ndatasets:\n  - name: d\n    retention: P1Y\n"
    )


def test_the_indentation_of_the_file_is_kept() -> None:
    text = "teams:\n- name: a\n  quota:\n    cpu: '8'\n- name: b\n"
    assert after(text, {("teams", "a", "quota", "cpu"): "9"}) == text.replace("'8'", '"9"')


@pytest.mark.parametrize("value", ["no", "1.10", "true", "", " x", "a: b", "#", "2026-01-01", "*x", "é\n\u2028"])
def test_texts_stay_texts(value: str) -> None:
    result = after("tags: {a: b}\n", {("tags", "a"): value})
    assert plain(read_bytes(result.encode(), file="x", layer="x")) == {"tags": {"a": value}}
    assert yaml.safe_load(result) == {"tags": {"a": value}}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (("tagz",), "did you mean 'tags'"),
        (("teams", "a", "qota", "cpu"), "did you mean 'quota'"),
        ((), "as a whole"),
        (("teams", 7, "owner"), "no such entry"),
        (("teams", "new"), "no such entry"),
        (("teams", "a", "flows", 3, "port"), "no such entry"),
        (("project", "x"), "no key"),
        (("aws", "region"), "single value"),
    ],
)
def test_what_cannot_be_set_is_refused(path: tuple[str | int, ...], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        after("teams:\n  - name: a\naws: x\n", {path: 1})


def test_values_that_an_anchor_shares_are_not_changed_unawares() -> None:
    text = "teams:\n  - name: a\n    quota: &q {cpu: '8'}\n  - name: b\n    quota: *q\n"
    with pytest.raises(ConfigError, match="without changing other values"):
        after(text, {("teams", "a", "quota", "cpu"): "9"})


def test_files_that_do_not_read_are_not_edited(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    for text in ("a: [\n", "a: 012\n", ""):
        file.write_text(text)
        with pytest.raises(ConfigError):
            set_value(file, ("project",), "x")
        assert file.read_text() == text
    with pytest.raises(ConfigError, match="cannot be read"):
        set_value(tmp_path / "gone.yaml", ("project",), "x")


def test_the_file_is_replaced_with_its_mode_and_nothing_stays_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("project: a\n")
    file.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(file)
    set_values(link, {("project",): "b"})
    assert file.read_text() == "project: b\n"
    assert link.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.yaml", "x.yaml"]


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\ufeff"), max_size=12),
    st.sampled_from(
        ["no", "1_000", "0b11", "0o14", "0x1f", "1:30", "2026-11-24", "=", "<<", "1e3", "~", "null", ".5", "+1"]
    ),
)
KEYS = st.text(alphabet="abcdefg-_", min_size=1, max_size=6)
DATA = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=80, deadline=None)
@given(DATA, st.booleans())
def test_ruamel_and_our_reader_read_generated_yaml_alike(data: dict[str, Any], flow: bool) -> None:
    text = yaml.safe_dump(data, default_flow_style=flow, allow_unicode=True)
    try:
        ours = plain(read_bytes(text.encode(), file="x", layer="x"))
    except ConfigError:
        return
    assert same(read_alike(text), ours)


PLAIN = st.text(alphabet="0123456789abefoxnulTRE_-+.:~=", min_size=1, max_size=8)


@settings(max_examples=300, deadline=None)
@given(PLAIN)
def test_ruamel_and_our_reader_read_plain_scalars_alike(text: str) -> None:
    line = f"a: {text}\n"
    try:
        ours = plain(read_bytes(line.encode(), file="x", layer="x"))
    except ConfigError:
        return
    assert same(read_alike(line), ours)


@pytest.mark.parametrize("name", ["base", "dev", "staging", "prod"])
def test_ruamel_and_our_reader_read_the_shipped_files_alike(shipped_stacks: Path, name: str) -> None:
    file = shipped_stacks / f"{name}.yaml"
    assert same(read_alike(file.read_text()), plain(read_layer(file)))


def same(one: Any, two: Any) -> bool:
    """Equal, and no number or truth value taken for another kind; ruamel's values are subclasses of the plain ones."""
    if isinstance(two, dict):
        return isinstance(one, dict) and one.keys() == two.keys() and all(same(one[key], two[key]) for key in two)
    if isinstance(two, list):
        return isinstance(one, list) and len(one) == len(two) and all(map(same, one, two))
    return isinstance(one, type(two)) and isinstance(one, bool) == isinstance(two, bool) and one == two
