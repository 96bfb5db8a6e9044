"""Judges in memory, for tests whose business the policies are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from mlops_infra.config import LoadedEnvironment
from mlops_infra.config.node import Origin
from mlops_infra.governance.verdict import Finding, Rule, Verdict
from mlops_infra.graph import Graph
from mlops_infra.operations.judging import Judgement, Moment
from mlops_infra.operations.ports import Context


@dataclass
class FakeJudge:
    """Implements `operations.judging.Judge`: says what `verdicts` holds for the moment, and ``pass`` otherwise.

    `seen` is what it was asked.
    """

    verdicts: Mapping[Moment, Verdict] = field(default_factory=dict)
    seen: list[tuple[Moment, Graph]] = field(default_factory=list)

    @contextmanager
    def __call__(self, context: Context, loaded: LoadedEnvironment) -> Iterator[Judgement]:
        fine = Verdict(loaded.environment.environment, "pass")

        def judgement(graph: Graph, moment: Moment) -> Verdict:
            self.seen.append((moment, graph))
            return self.verdicts.get(moment, fine)

        yield judgement


def failing(rule: Rule, message: str, *, status: str = "fail", environment: str = "staging") -> Verdict:
    """A verdict with one finding, in line 3 of the environment's stack file."""
    place = Origin(f"stacks/{environment}.yaml", 3, 1, environment)
    found = Finding(rule, status, None, "", "teams", ("teams",), message, "hidden-value", place)  # type: ignore[arg-type]
    return Verdict(environment, status, (found,), rules=(rule,), resources=1, judged_as=environment, digest="sha256:1")  # type: ignore[arg-type]
