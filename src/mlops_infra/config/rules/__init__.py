"""What the fields of an environment owe each other, beyond the shape of each.

Every check yields `Problem`s with key paths; `broken` runs all of them and adds the places. A check whose fields
already have the wrong shape is left out: its answer would be about a stand-in. `folder` compares environments.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from mlops_infra.config.model import Environment
from mlops_infra.config.node import Node, Path, nearest
from mlops_infra.config.problems import Problem
from mlops_infra.config.rules import account, capacity, data, ethics, lists, names, network, policies, services, teams
from mlops_infra.config.rules.registry import CHECKS

__all__ = [
    "account",
    "broken",
    "capacity",
    "data",
    "ethics",
    "lists",
    "names",
    "network",
    "placed",
    "policies",
    "services",
    "teams",
]


def broken(environment: Environment, name: str, tree: Node, stand_ins: Collection[Path] = ()) -> list[Problem]:
    """What the environment's fields owe each other and do not keep, with the places in `tree`.

    `name` is the stack file's, without its ending; `stand_ins` are the key paths of fields whose values the user did not
    write (see `shape`).
    """
    path: Path = ("environment",)
    found = []
    if environment.environment != name and path not in stand_ins:
        message = f"{environment.environment} is not the name of the file"
        found.append(placed(Problem(message, path, allowed=f"{name}, or rename the file"), tree))
    return found + [
        placed(problem, tree)
        for entry in CHECKS
        if not any(entry.depends_on(path) for path in stand_ins)
        for problem in entry.check(environment)
    ]


def placed(problem: Problem, tree: Node) -> Problem:
    """The problem with the place of its value, or of the closest written key around it."""
    node, reached = nearest(tree, problem.path)
    scalar = reached == problem.path and not isinstance(node.value, dict | list)
    return replace(problem, origin=node.origin() if scalar else node.key_origin())
