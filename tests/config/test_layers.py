from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mlops_infra.config.layers import MAX_LAYERS, Folder
from mlops_infra.config.node import nearest, plain
from mlops_infra.config.problems import ConfigError


def merged(stacks: Path, name: str) -> Any:
    found = Folder(stacks).merged(name)
    assert not found.problems
    return plain(found.tree)


def refused(stacks: Path, name: str) -> str:
    with pytest.raises(ConfigError) as caught:
        Folder(stacks).merged(name)
    return str(caught.value)


def test_mappings_merge_deeply_and_scalars_replace(write_stacks: Any) -> None:
    stacks = write_stacks(base="a: {x: 1, y: {z: 1}}\nb: 1\n", dev="extends: [base.yaml]\na: {y: {w: 2}}\nb: 2\n")
    assert merged(stacks, "dev") == {"a": {"x": 1, "y": {"z": 1, "w": 2}}, "b": 2}


def test_null_takes_away_what_lower_layers_said(write_stacks: Any) -> None:
    stacks = write_stacks(base="a: {x: 1, y: 2}\n", dev="extends: [base.yaml]\na: {x: null}\n")
    assert merged(stacks, "dev") == {"a": {"y": 2}}


def test_lists_with_names_merge_by_name_and_others_replace(write_stacks: Any) -> None:
    stacks = write_stacks(
        base="t: [{name: a, x: 1}, {name: b, x: 1}]\nl: [1, 2]\n",
        dev="extends: [base.yaml]\nt: [{name: c}, {name: b, y: 2}]\nl: [3]\n",
    )
    assert merged(stacks, "dev") == {
        "t": [{"name": "a", "x": 1}, {"name": "b", "x": 1, "y": 2}, {"name": "c"}],
        "l": [3],
    }


def test_remove_takes_an_entry_away(write_stacks: Any) -> None:
    stacks = write_stacks(
        base="t: [{name: a}, {name: b}]\n", dev="extends: [base.yaml]\nt: [{name: a, $remove: true}]\n"
    )
    assert merged(stacks, "dev") == {"t": [{"name": "b"}]}


@pytest.mark.parametrize(
    "entry", ["{name: z, $remove: true}", "{name: a, $remove: false}", "{name: a, x: 1, $remove: true}"]
)
def test_remove_that_removes_nothing_is_a_mistake(write_stacks: Any, entry: str) -> None:
    stacks = write_stacks(base="t: [{name: a}]\n", dev=f"extends: [base.yaml]\nt: [{entry}]\n")
    (problem,) = Folder(stacks).merged("dev").problems
    assert "removes nothing" in problem.message
    assert str(problem.origin).startswith("stacks/dev.yaml:2:")


def test_a_name_twice_in_one_list_is_a_mistake(write_stacks: Any) -> None:
    stacks = write_stacks(dev="t: [{name: a}, {name: a}]\n")
    (problem,) = Folder(stacks).merged("dev").problems
    assert "twice" in problem.message


def test_later_layers_win_and_a_layer_counts_once(write_stacks: Any) -> None:
    stacks = write_stacks(
        root="a: root\nb: root\nc: root\n",
        one="extends: [root.yaml]\na: one\nb: one\n",
        two="extends: [root.yaml]\na: two\n",
        dev="extends: [one.yaml, two.yaml]\n",
    )
    assert merged(stacks, "dev") == {"a": "two", "b": "one", "c": "root"}
    assert Folder(stacks).merged("dev").layers == ("root.yaml", "one.yaml", "two.yaml", "dev.yaml")


def test_values_keep_the_place_of_the_layer_that_set_them(write_stacks: Any) -> None:
    stacks = write_stacks(base="a: {x: 1, y: 2}\n", dev="extends: [base.yaml]\na:\n  y: 3\n")
    tree = Folder(stacks).merged("dev").tree
    assert str(nearest(tree, ("a", "x"))[0].origin()) == "stacks/base.yaml:1:8"
    assert str(nearest(tree, ("a", "y"))[0].origin()) == "stacks/dev.yaml:3:6"


def test_circles_and_unknown_layers_are_refused(write_stacks: Any) -> None:
    stacks = write_stacks(
        one="extends: [two.yaml]\na: 1\n", two="extends: [one.yaml]\na: 1\n", dev="extends: [tow.yaml]\na: 1\n"
    )
    assert "circle: one.yaml → two.yaml → one.yaml" in refused(stacks, "one")
    assert "did you mean 'two.yaml'" in refused(stacks, "dev")


@pytest.mark.parametrize("extends", ["base.yaml", "[../base.yaml]", "[1]", "[base]", "{a: 1}", "[/etc/hosts.yaml]"])
def test_layers_are_files_of_the_same_folder(write_stacks: Any, extends: str) -> None:
    stacks = write_stacks(base="a: 1\n", dev=f"extends: {extends}\na: 1\n")
    assert "stacks/dev.yaml:1:" in refused(stacks, "dev")


def test_the_number_of_layers_is_bounded(write_stacks: Any) -> None:
    files = {f"l{n}": f"extends: [l{n + 1}.yaml]\na: 1\n" for n in range(MAX_LAYERS + 3)}
    assert "more than" in refused(write_stacks(**files), "l0")


def test_mistakes_in_several_unreadable_layers_are_told_at_once(write_stacks: Any) -> None:
    stacks = write_stacks(base="a: [\n", dev="extends: [base.yaml, gone.yaml]\na: 1\n")
    message = refused(stacks, "dev")
    assert "stacks/base.yaml:2:1" in message
    assert "gone.yaml" in message
