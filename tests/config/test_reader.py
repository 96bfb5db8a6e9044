from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_infra.config.node import Node, nearest, plain
from mlops_infra.config.problems import ConfigError
from mlops_infra.config.reader import MAX_BYTES, MAX_DEPTH, Budget, read_bytes, read_layer


def read(text: str | bytes) -> Node:
    data = text.encode() if isinstance(text, str) else text
    return read_bytes(data, file="stacks/x.yaml", layer="x")


def refused(text: str | bytes) -> str:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ("True", True),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-7", -7),
        ("0o14", 12),
        ("0x1F", 31),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1:30", "1:30"),
        ("2026-11-24", "2026-11-24"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("3.4.1", "3.4.1"),
        ("=", "="),
    ],
)
def test_plain_values_mean_what_yaml_1_2_says(written: str, meant: object) -> None:
    value = plain(read(f"key: {written}\n"))
    assert value == {"key": meant}
    assert type(value["key"]) is type(meant)


def test_every_value_knows_its_place() -> None:
    tree = read("a:\n  - b: 1\n    c: [x, y]\n")
    node, _ = nearest(tree, ("a", 0, "c", 1))
    assert str(node.origin()) == "stacks/x.yaml:3:12"
    node, _ = nearest(tree, ("a", 0, "c"))
    assert str(node.key_origin()) == "stacks/x.yaml:3:5"


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: 1\na: 2\n", "2:1", "twice, first in line 1"),
        ("a: 012\n", "1:4", "starts with zero"),
        ("a: .nan\n", "1:4", "not-a-number"),
        ("a: -.inf\n", "1:4", "infinity"),
        ("a: 1e999\n", "1:4", "too large"),
        ("a: 99999999999999999999\n", "1:4", "64 bits"),
        ("a: !!python/object/apply:os.system ['true']\n", "1:4", "tags"),
        ("a: !!str 1\n", "1:4", "tags"),
        ("<<: {a: 1}\n", "1:1", "merge keys"),
        ("1: a\n", "1:1", "not a string"),
        ("[a]: b\n", "1:1", "collection"),
        ("- a\n", "1:1", "not a mapping"),
        ("", "1:1", "empty"),
        ("a: *nowhere\n", "1:4", "alias"),
        ("a: 1\n---\nb: 2\n", "2:1", "more than one document"),
        ("%YAML 1.1\n---\na: 1\n", "1:1", "directive"),
        ("a:\n\tb: 1\n", "2:1", "tab"),
        ("a: [1, 2\n", "2:1", "not valid YAML"),
        (b"\xef\xbb\xbfa: 1\n", "1:1", "byte-order mark"),
        ("a: 1\nb: x\ufeff\n", "2:5", "byte-order mark"),
        (b"\xff\xfea\x00", "1:1", "byte-order mark"),
        (b"a: 1\nb: caf\xe9\n", "2:7", "not UTF-8"),
        ("a: 1\nb: 'x\x00y'\n", "2:6", "not valid YAML"),
    ],
)
def test_what_is_not_read_is_refused_with_its_place(text: str | bytes, place: str, words: str) -> None:
    message = refused(text)
    assert message.startswith(f"stacks/x.yaml:{place}: "), message
    assert words in message


def test_an_alias_is_read_as_its_value_under_its_own_key() -> None:
    tree = read("a: &x {b: 1}\nc: *x\n")
    assert plain(tree) == {"a": {"b": 1}, "c": {"b": 1}}
    assert nearest(tree, ("c",))[0].key_origin().line == 2


def test_the_name_of_an_unknown_alias_is_not_echoed() -> None:
    assert "hunter2" not in refused("password: *hunter2\n")


def test_a_circle_of_aliases_is_refused() -> None:
    assert "alias" in refused("a: &x [1, *x]\n")


def test_alias_bombs_cost_nothing() -> None:
    lines = ["a0: &a0 [" + ", ".join(["1"] * 10) + "]"]
    lines += [f"a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * 10) + "]" for n in range(1, 30)]
    started = time.process_time()
    assert "expands to more than" in refused("\n".join(lines))
    assert time.process_time() - started < 5


def test_depth_is_bounded_also_through_aliases() -> None:
    deep = MAX_DEPTH // 2 + 2
    half = "[" * deep + "1" + "]" * deep
    assert "deep" in refused(f"a: &x {half}\nb: {'[' * deep}*x{']' * deep}\n")
    assert "deep" in refused("a: " + "[" * 5000)
    assert "deep" in refused("a: " + "{b: " * 5000)
    assert "deep" in refused("- " * 5000)
    chain = ["a0: &a0 [1]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 900)]
    assert "deep" in refused("\n".join(chain))


def test_large_files_are_refused_before_they_are_read(tmp_path: Path) -> None:
    file = tmp_path / "big.yaml"
    with file.open("wb") as out:
        out.truncate(10 * 1024 * 1024)
    with pytest.raises(ConfigError, match="larger than 8 MiB"):
        read_layer(file)
    assert "larger" in refused(b"a: " + b"x" * MAX_BYTES)


def test_many_values_and_long_texts_are_refused() -> None:
    with pytest.raises(ConfigError, match="files of the folder expand to more than"):
        read_bytes(b"a: [" + b"1," * 2_000 + b"1]", file="x", layer="x", budget=Budget(2_000))
    assert "longer than" in refused("a: " + "x" * 70_000)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(ConfigError, match="not a file"):
        read_layer(tmp_path / "folder.yaml")
    with pytest.raises(ConfigError, match="no file"):
        read_layer(tmp_path / "missing.yaml")


YAMLISH = st.text(alphabet="ab:-[]{}&*!|>%@`'\"#,? \n\t0.1~<=e\\\ufeff\x00é", max_size=60)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=80), YAMLISH.map(lambda text: text.encode())))
def test_any_bytes_are_a_tree_or_a_clear_error(data: bytes) -> None:
    error = None
    tree = None
    try:
        tree = read(data)
    except ConfigError as caught:
        error = caught
    assert isinstance(plain(tree), dict) if tree is not None else error is not None and error.problems[0].origin
