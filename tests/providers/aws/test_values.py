"""Names, templates, documents, and values to the API and back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.model import ListShape, Shape, ShapeResolver, StructureShape
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_infra.graph import UNKNOWN, Secret
from mlops_infra.providers.aws.difference import changes, same
from mlops_infra.providers.aws.documents import same_document
from mlops_infra.providers.aws.naming import camel, generated, matching
from mlops_infra.providers.aws.row import MISSING, Kind, Prop, TagForm
from mlops_infra.providers.aws.shapes import UnmatchedError, as_given, same_reference, to_api
from mlops_infra.providers.aws.table import row_of
from mlops_infra.providers.aws.tagging import formed, unformed
from mlops_infra.providers.aws.template import fill

SHAPES = ShapeResolver(
    {
        "Text": {"type": "string"},
        "Count": {"type": "integer"},
        "Flag": {"type": "boolean"},
        "Ratio": {"type": "double"},
        "Tag": {"type": "structure", "members": {"Key": {"shape": "Text"}, "Value": {"shape": "Text"}}},
        "Tags": {"type": "list", "member": {"shape": "Tag"}},
        "Texts": {"type": "list", "member": {"shape": "Text"}},
        "Inner": {
            "type": "structure",
            "members": {"KMSMasterKeyID": {"shape": "Text"}, "Days": {"shape": "Count"}, "On": {"shape": "Flag"}},
        },
        "Inners": {"type": "list", "member": {"shape": "Inner"}},
        "Outer": {
            "type": "structure",
            "members": {
                "Rules": {"shape": "Inners"},
                "One": {"shape": "Inner"},
                "Tags": {"shape": "Tags"},
                "SubnetIds": {"shape": "Texts"},
                "Ratio": {"shape": "Ratio"},
            },
        },
    }
)


def shape(name: str) -> Shape | ListShape | StructureShape:
    return SHAPES.get_shape_by_name(name)


@pytest.mark.parametrize(
    ("name", "candidates", "found"),
    [
        ("vpcId", ["VpcId", "VpcIds"], "VpcId"),
        ("clientIdLists", ["ClientIDList"], "ClientIDList"),
        ("startsWiths", ["Equals", "StartsWith"], "StartsWith"),
        ("encryptionConfigurations", ["encryptionConfiguration"], "encryptionConfiguration"),
        ("subnetId", ["SubnetIds"], "SubnetIds"),
        ("policies", ["Policy"], "Policy"),
        ("nothing", ["VpcId"], None),
    ],
)
def test_names_match_ignoring_case_and_number(name: str, candidates: list[str], found: str | None) -> None:
    assert matching(name, candidates) == found


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("VpcId", "vpcId"),
        ("KMSMasterKeyID", "kmsMasterKeyId"),
        ("DBInstanceIdentifier", "dbInstanceIdentifier"),
        ("arn", "arn"),
    ],
)
def test_names_of_the_api_in_our_spelling(name: str, ours: str) -> None:
    assert camel(name) == ours


def test_generated_names_are_stable_and_fit() -> None:
    made = generated("a" * 100, b"seed", 63)
    assert len(made) == 63
    assert made == generated("a" * 100, b"seed", 63)
    assert made != generated("a" * 100, b"other", 63)


def test_templates() -> None:
    context = {"a": 1, "s": Secret("x"), "u": UNKNOWN, "l": ["y"], "arn": "arn:aws:kms:::key/k"}
    assert fill("{a}", context) == 1
    assert fill("n-{a}-{s}", context) == "n-1-x"
    assert fill("{u}", context) is UNKNOWN
    assert fill("{no}", context) is MISSING
    assert fill({"A": "{a}", "B": "{no}", "C": [{"D": "{no!}", "E": "{a}"}]}, context) == {"A": 1, "C": []}
    assert fill("{arn|tail}", context) == "k"
    assert fill("{l}", context) == ["y"]


def test_values_take_the_form_of_the_shape() -> None:
    given_value = {
        "rule": {"kmsMasterKeyId": "k", "days": "3", "on": "true"},
        "one": [{"days": 1}],
        "tags": {"b": "2", "a": "1"},
        "subnetIds": "s",
        "ratio": 5,
    }
    assert to_api(shape("Outer"), given_value, "", "x") == {
        "Rules": [{"KMSMasterKeyID": "k", "Days": 3, "On": True}],
        "One": {"Days": 1},
        "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}],
        "SubnetIds": ["s"],
        "Ratio": 5.0,
    }


def test_what_the_shape_lacks_is_refused_with_its_path() -> None:
    with pytest.raises(UnmatchedError) as refused:
        to_api(shape("Outer"), {"rules": [{"days": 1}, {"weeks": 1}]}, "spec", "x")
    assert refused.value.path == "spec.rules[1].weeks"


RULES = st.fixed_dictionaries(
    {},
    optional={"kmsMasterKeyId": st.text("abc", min_size=1), "days": st.integers(1, 9), "on": st.booleans()},
)


@settings(max_examples=60, deadline=None)
@given(st.lists(RULES, max_size=4), st.dictionaries(st.text("abc", min_size=1), st.text(max_size=3), max_size=4))
def test_what_is_sent_comes_back_as_it_was_given(rules: list[dict[str, Any]], tags: dict[str, str]) -> None:
    sent = to_api(shape("Outer"), {"rules": rules, "tags": tags}, "", "x")
    assert as_given(rules, sent["Rules"]) == rules
    assert unformed(sent["Tags"]) == dict(sorted(tags.items()))


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.text("ab", min_size=1), st.text(max_size=3), max_size=4), st.sampled_from(list(TagForm)))
def test_tags_survive_every_form(tags: dict[str, str], form: TagForm) -> None:
    assert unformed(formed(tags, form)) == tags


def test_live_values_in_the_form_of_the_given_ones() -> None:
    assert as_given("3", 3) == "3"
    assert as_given(3, "3") == 3
    assert as_given(True, "false") is False
    assert as_given({"a": 1}, [{"A": 1, "B": 2}]) == {"a": 1}
    assert as_given(["b", "a"], ["a", "b"], Kind.SET) == ["b", "a"]
    assert as_given(["b"], ["a", "b"], Kind.SET) == ["b", "a"]
    assert as_given([{"name": "x", "n": 1}], [{"Name": "y", "N": 2}, {"Name": "x", "N": 1}]) == [
        {"name": "x", "n": 1},
        {"name": "y", "n": 2},
    ]
    assert as_given(Secret("a"), "a") == Secret("a")
    assert as_given(Secret("a"), "b") == Secret("b")
    assert as_given({"flag": False}, {}) == {"flag": False}


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("arn:aws:kms:r:1:key/abc", "abc", True),
        ("abc", "arn:aws:kms:r:1:key/abc", True),
        ("arn:aws:logs:r:1:log-group:g", "arn:aws:logs:r:1:log-group:h", False),
        ("arn:aws:kms:r:1:key/abc", "bc", False),
    ],
)
def test_references(one: str, other: str, equal: bool) -> None:
    assert same_reference(one, other) is equal


def test_documents_are_compared_by_meaning() -> None:
    one = '{"Version":"1","Statement":{"Effect":"Allow","Action":"a","Resource":["r","q"],"Principal":"*"}}'
    other = json.dumps(
        {
            "Statement": [{"Action": ["a"], "Resource": ["q", "r"], "Effect": "Allow", "Principal": {"AWS": ["*"]}}],
            "Version": "1",
        },
        indent=2,
    )
    assert same_document(one, other)
    assert same_document(json.loads(one), other)
    assert not same_document(one, other.replace("Allow", "Deny"))
    assert not same_document("not json", "other text")


def test_differences_name_paths_and_replacements() -> None:
    row = row_of("aws:ec2/subnet:Subnet")
    old = {
        "vpcId": "v",
        "cidrBlock": "10.0.0.0/24",
        "availabilityZone": "a",
        "tags": {"x": "1", "y": "2"},
        "mapPublicIpOnLaunch": False,
    }
    new = {"vpcId": "v", "cidrBlock": "10.0.1.0/24", "tags": {"x": "1", "y": "3", "z.z": "4"}}
    found = {change.name: change for change in changes(row, old, new)}
    assert set(found) == {"cidrBlock", "tags"}
    assert found["cidrBlock"].replace
    assert not found["tags"].replace
    assert found["tags"].paths == (("tags.y", "update"), ('tags["z.z"]', "add"))


def test_an_unknown_input_differs_from_every_value() -> None:
    assert not same(Prop("x"), "old", UNKNOWN)
    row = row_of("aws:ec2/subnet:Subnet")
    assert [change.name for change in changes(row, {"vpcId": "v"}, {"vpcId": UNKNOWN})] == ["vpcId"]


def test_taking_a_property_away_is_a_change_unless_the_cloud_chooses_it() -> None:
    row = row_of("aws:iam/role:Role")
    assert [change.how for change in changes(row, {"permissionsBoundary": "p"}, {})] == ["delete"]
    assert not changes(row_of("aws:kms/key:Key"), {"policy": "{}"}, {})
