from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mlops_infra.config import schema
from mlops_infra.config.fields import all_sections
from mlops_infra.config.model import Environment
from mlops_infra.config.node import plain
from mlops_infra.config.reader import read_layer
from mlops_infra.config.schema import text
from mlops_infra.resources import data_dir

VALIDATOR = Draft202012Validator(schema())


def test_the_shipped_schema_is_current() -> None:
    shipped = (data_dir("schema") / "stack.schema.json").read_text(encoding="utf-8")
    assert shipped == text(), "run `python -m mlops_infra.config.generate`"


def test_it_is_a_schema_of_the_declared_dialect() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("name", ["base", "dev", "staging", "prod"])
def test_it_accepts_the_shipped_layers_and_they_point_to_it(shipped_stacks: Path, name: str) -> None:
    file = shipped_stacks / f"{name}.yaml"
    assert list(VALIDATOR.iter_errors(plain(read_layer(file)))) == []
    assert file.read_text().startswith("# yaml-language-server: $schema=schema/stack.schema.json\n")


@pytest.mark.parametrize(
    "layer",
    [
        {"extends": ["base.yaml"]},
        {"teams": [{"name": "a", "$remove": True}, {"name": "b", "quota": {"cpu": "8"}}]},
        {"datasets": [{"name": "a", "retention": None}], "state": None},
        {"models": [{"name": "a", "slo": {"drift": 0.1}}]},
    ],
)
def test_it_accepts_what_only_a_layer_says(layer: dict[str, Any]) -> None:
    assert VALIDATOR.is_valid(layer)


@pytest.mark.parametrize(
    "layer",
    [
        {"extends": ["../base.yaml"]},
        {"tagz": {}},
        {"teams": [{"quota": {"cpu": "8"}}]},
        {"teams": [{"name": "a", "$remove": False}]},
        {"teams": [{"name": "a", "grants": [{"dataset": "x"}]}]},
        {"datasets": [{"name": "a", "classification": "secret"}]},
        {"team_buckets": 0},
        {"network": {"cidr": "ten"}},
    ],
)
def test_it_refuses_what_is_wrong_in_any_layer(layer: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(layer)


def test_every_key_has_its_description_and_examples_in_it() -> None:
    made = schema()
    for section in all_sections():
        definition = made if section is Environment else made["$defs"][section.__name__]
        for name in section.model_fields:
            assert definition["properties"][name]["description"]
            assert definition["properties"][name]["examples"]
