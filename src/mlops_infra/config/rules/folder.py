"""What the environments of one folder owe each other. Works on merged trees, so that a mistake elsewhere in one of them
does not hide what is wrong between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from mlops_infra.config.node import Node, Path, nearest
from mlops_infra.config.problems import Problem
from mlops_infra.config.rules.network import block

_ACCOUNT: Path = ("aws", "account")
_BLOCK: Path = ("network", "cidr")
_PROJECT: Path = ("project",)

COMPARED = frozenset({"aws", "network", "project"})
"""The keys of the top level that `between` looks at."""


def between(trees: Mapping[str, Node]) -> Iterator[tuple[str, Problem]]:
    """What is wrong between environments: the name of the later one of each pair, and the problem with its place there.

    `trees` are the merged trees of the environments by name, in a fixed order.
    """
    for (one, first), (other, second) in combinations(trees.items(), 2):
        yield from ((other, problem) for problem in _pair(one, first, second))


def _pair(one: str, first: Node, second: Node) -> Iterator[Problem]:
    here, there = _text(first, _ACCOUNT), _text(second, _ACCOUNT)
    if here and there and here.value == there.value:
        yield Problem(
            f"environment {one} ({here.origin()}) has the same account",
            _ACCOUNT,
            there.origin(),
            "an account of its own",
        )
    here, there = _text(first, _PROJECT), _text(second, _PROJECT)
    if here and there and here.value != there.value:
        message = f"environment {one} ({here.origin()}) has another project"
        yield Problem(message, _PROJECT, there.origin(), str(here.value))
    here, there = _text(first, _BLOCK), _text(second, _BLOCK)
    if here and there:
        mine, its = block(str(there.value)), block(str(here.value))
        if mine and its and mine.overlaps(its):
            message = f"{mine} overlaps {its} of environment {one} ({here.origin()})"
            yield Problem(message, _BLOCK, there.origin(), "blocks that do not overlap another environment's")


def _text(tree: Node, path: Path) -> Node | None:
    node, reached = nearest(tree, path)
    return node if reached == path and isinstance(node.value, str) else None
