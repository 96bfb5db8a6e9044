"""What somebody else's files ask for: a graph, and where its resources stand in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mlops_infra.config.node import Origin
from mlops_infra.governance.verdict import Input
from mlops_infra.graph import Graph
from mlops_infra.graph.model import PropertyPath


@dataclass(frozen=True)
class Foreign:
    """A graph that no stack file asked for.

    `kind` decides which rules apply; `origin` gives the place of a property of a resource (URN, path), as close as the files tell: with an
    empty path the resource itself.
    """

    kind: Input
    graph: Graph
    origin: Callable[[str, PropertyPath], Origin | None] = field(repr=False, compare=False)
