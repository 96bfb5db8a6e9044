"""Values survive Pulumi's wire form."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mlops_infra.engine.wire import from_struct, to_struct
from mlops_infra.graph import UNKNOWN, Secret
from mlops_infra.providers.wire import UNKNOWN_SENTINELS

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(max_size=12).filter(lambda text: text not in UNKNOWN_SENTINELS)
)
values = st.recursive(
    scalars | st.just(UNKNOWN) | scalars.map(Secret),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1, max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(min_size=1, max_size=8), values, max_size=5))
def test_round_trip(properties: dict[str, object]) -> None:
    assert from_struct(to_struct(properties)) == properties


def test_whole_numbers_come_back_as_integers() -> None:
    read = from_struct(to_struct({"replicas": 3, "ratio": 0.5}))
    assert read == {"replicas": 3, "ratio": 0.5}
    assert isinstance(read["replicas"], int)
