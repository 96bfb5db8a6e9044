"""No rule stumbles: whatever kind of value stands where, OPA gives a whole decision.

A built-in function that is handed a value of another kind is an error of the whole decision (`strict-builtin-errors`), and live APIs,
foreign manifests and hand-written policies hold values of every kind. So the shipped graph is sent with odd values in random places.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from mlops_infra.governance import answer
from mlops_infra.governance.document import input_document
from mlops_infra.governance.policyset import PolicySet
from mlops_infra.governance.server import OpaServer

pytestmark = pytest.mark.sandbox

ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    "",
    "*",
    ":",
    "arn:",
    "ä[(",
    [],
    [None],
    [[]],
    ["", 0, {}],
    {},
    {"": None},
    {"Statement": 1},
    {"a": {"b": []}},
    {"$unknown": True},
    {"$secret": True},
)
JUDGED = ("inputs", "outputs", "documents")
"""What the cloud or somebody else may have written; the rest of the document is the tool's own."""


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place inside of a value, leaves and branches, as its holder and key."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)


def disturb(document: dict[str, Any], seed: int) -> None:
    """Puts odd values into a random share of all places, and takes some properties away."""
    chance = random.Random(seed)  # noqa: S311 - to be the same every time
    share = chance.choice((0.02, 0.1))
    for resource in document["resources"].values():
        for part in JUDGED:
            for holder, key in list(places(resource[part])):
                if chance.random() < share:
                    holder[key] = deepcopy(chance.choice(ODD))
            if resource[part] and chance.random() < share:
                del resource[part][chance.choice(list(resource[part]))]
    if seed % 5 == 4:
        # Manifests of somebody else come without a stack file.
        document["config"] = {}


@pytest.mark.parametrize(
    "seeds", [pytest.param(range(4), id="4"), pytest.param(range(4, 1000), id="1000", marks=pytest.mark.deep)]
)
def test_odd_values_never_break_a_rule(seeds: range, shipped_rules: PolicySet, make: Any, opa: OpaServer) -> None:
    made = make({})
    for seed in seeds:
        document = input_document(made.loaded, made.graph, date(2026, 11, 24))
        disturb(document, seed)
        found = answer.read(opa.decide(document), shipped_rules.rules)
        assert found, f"seed {seed}: so much that is wrong, and nobody says so"
