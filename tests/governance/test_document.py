"""What rules see as input."""

from __future__ import annotations

import json
import re
from datetime import date

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from mlops_infra.config import LoadedEnvironment
from mlops_infra.config.model import Policies
from mlops_infra.governance.document import input_document, plain
from mlops_infra.graph import UNKNOWN, Graph, Secret
from mlops_infra.resources import data_dir

DAY = date(2026, 11, 24)


def test_resources_edges_and_types(staging: LoadedEnvironment, small: Graph) -> None:
    made = input_document(staging, small, DAY)
    assert made["version"] == 1
    assert made["today"] == "2026-11-24"
    assert made["environment"]["name"] == "staging"
    assert made["by_type"]["aws:s3/bucket:Bucket"] == ["urn:a"]
    assert made["edges"] == {"urn:b": [{"to": "urn:a", "kind": "property", "path": ["bucket"]}]}
    assert made["resources"]["urn:a"]["inputs"]["days"] == 30
    policy = made["resources"]["urn:b"]
    assert policy["inputs"]["bucket"] == {"$unknown": True}
    assert policy["unknown"] == [["bucket"]]
    assert policy["documents"] == {"policy": {"Statement": [{"Effect": "Allow"}]}}
    assert policy["config_path"] == ["datasets", "claims-history"]
    assert made["config"]["datasets"][0]["name"] == staging.environment.datasets[0].name


def test_no_secret_leaves(staging: LoadedEnvironment, small: Graph) -> None:
    made = input_document(staging, small, DAY)
    assert made["resources"]["urn:b"]["inputs"]["masterPassword"] == {"$secret": True}
    assert "hunter2" not in json.dumps(made)


def test_it_keeps_its_schema(staging: LoadedEnvironment, prod: LoadedEnvironment, small: Graph) -> None:
    schema = json.loads((data_dir("policies") / "schema" / "input.json").read_text())
    jsonschema.validate(input_document(staging, small, DAY, judged_as=prod), schema)


def test_look_ahead_takes_the_name_and_the_parameters_of_the_other_environment(
    staging: LoadedEnvironment, prod: LoadedEnvironment, small: Graph
) -> None:
    own, other = (input_document(staging, small, DAY, judged_as=env)["environment"] for env in (None, prod))
    assert (own["name"], own["parameters"]["gpu_replicas"]) == ("staging", 1)
    assert (other["name"], other["parameters"]["gpu_replicas"]) == ("prod", 2)


def test_the_schema_knows_every_parameter_and_its_bounds() -> None:
    known = json.loads((data_dir("policies") / "schema" / "input.json").read_text())
    asked = known["properties"]["environment"]["properties"]["parameters"]
    assert asked["properties"].keys() == Policies.model_fields.keys()
    assert asked["additionalProperties"] is False


def test_rules_ask_for_parameters_that_there_are_with_the_same_defaults() -> None:
    text = "".join(file.read_text() for file in data_dir("policies").glob("*/*/*.rego") if "_test" not in file.name)
    asked = dict(re.findall(r'lib\.parameter\("(\w+)", (.+?)\)(?: if .*)?$', text, re.MULTILINE))
    assert asked.keys() == Policies.model_fields.keys()
    for name, usual in asked.items():
        default = getattr(Policies(), name)
        assert default is None or float(usual) == default, name


_leaves = st.none() | st.booleans() | st.integers() | st.text() | st.just(UNKNOWN) | st.builds(Secret, st.text())
_values = st.recursive(_leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(_values)
def test_every_value_is_json(value: object) -> None:
    assert json.loads(json.dumps(plain(value))) == plain(value)
