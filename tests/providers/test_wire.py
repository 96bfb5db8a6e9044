"""Values across the wire."""

from __future__ import annotations

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.provider.experimental.property_value import PropertyValue, ResourceReference
from pulumi.runtime import rpc

from mlops_infra.graph import UNKNOWN, Secret
from mlops_infra.providers import structs
from mlops_infra.providers.structs import UNKNOWN_SENTINELS
from mlops_infra.providers.wire import from_struct, plain_map, to_struct, wired_map

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not number.is_integer())
    | st.text()
    | st.just(UNKNOWN)
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8
)


@given(st.dictionaries(st.text(), VALUES | VALUES.map(Secret), max_size=4))
def test_plain_values_survive_both_conversions(values):
    assert structs.from_struct(structs.to_struct(values)) == values
    assert plain_map(from_struct(to_struct(wired_map(values)))) == values


@pytest.mark.parametrize("sentinel", sorted(UNKNOWN_SENTINELS))
def test_every_sentinel_of_the_engine_is_unknown(sentinel):
    assert plain_map({"value": PropertyValue(sentinel)}) == {"value": UNKNOWN}
    struct = to_struct({"value": PropertyValue(sentinel)})
    assert plain_map(from_struct(struct)) == {"value": UNKNOWN}


def test_output_values_and_references_are_understood():
    struct = structs.to_struct({"known": "here"})
    struct["output"] = {rpc._special_sig_key: rpc._special_output_value_sig, "secret": True, "value": "seen"}
    struct["later"] = {rpc._special_sig_key: rpc._special_output_value_sig}
    struct["other"] = {rpc._special_sig_key: rpc._special_resource_sig, "urn": "urn:x"}
    wanted = {"known": "here", "output": Secret("seen"), "later": UNKNOWN, "other": "urn:x"}
    assert structs.from_struct(struct) == plain_map(from_struct(struct)) == wanted
    assert plain_map({"other": PropertyValue(ResourceReference("urn:x"))}) == {"other": "urn:x"}


def test_whole_numbers_come_back_as_integers():
    read = structs.from_struct(structs.to_struct({"replicas": 3, "ratio": 0.5}))
    assert read == {"replicas": 3, "ratio": 0.5}
    assert isinstance(read["replicas"], int)


def test_files_do_not_cross():
    with pytest.raises(TypeError, match="StringAsset"):
        to_struct({"asset": PropertyValue(pulumi.StringAsset("text"))})
