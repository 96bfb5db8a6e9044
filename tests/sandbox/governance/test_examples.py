"""The examples beside the rules: really synthesized, really judged by OPA."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml
from graph_patch import patched

from mlops_infra.governance.policyset import PolicySet
from mlops_infra.governance.verdict import Finding, Verdict
from mlops_infra.resources import data_dir

pytestmark = pytest.mark.sandbox

FOLDER = data_dir("policies")
LAYERS = 24
"""Fragments in one environment, which has some layers of its own; a stack file may have 32 (`config.layers`)."""


@dataclass(frozen=True)
class Example:
    """One example of the rule in `package`: a fragment of a stack file, or a patch of the graph where no stack file can say it."""

    package: str
    kind: str
    number: int
    environment: str
    stack: dict[str, Any]
    patch: list[dict[str, Any]] | None

    @property
    def called(self) -> str:
        return f"{self.package.removeprefix('mlops.')}-{self.kind}-{self.number}"


EXAMPLES = [
    Example(
        f"mlops.{file.parent.parent.name}.{file.parent.name}",
        kind,
        number,
        told.get("env", "staging"),
        told.get("stack", {}),
        told.get("patch"),
    )
    for file in sorted(FOLDER.glob("*/*/examples.yaml"))
    for kind, examples in yaml.safe_load(file.read_text(encoding="utf-8")).items()
    for number, told in enumerate(examples)
]


def together(example: Example) -> bool:
    """Whether it can be judged with others: a finding names the layer that it comes from."""
    return example.kind == "bad" and example.patch is None


def leaves(stack: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The key paths of values; entries of lists that merge by name stand for themselves."""
    if isinstance(stack, dict):
        for key, value in stack.items():
            yield from leaves(value, (*path, key))
    elif stack and isinstance(stack, list) and all(isinstance(entry, dict) and "name" in entry for entry in stack):
        for entry in stack:
            yield from leaves({key: value for key, value in entry.items() if key != "name"}, (*path, entry["name"]))
    else:
        yield path


@dataclass
class Batch:
    """Examples that set nothing of each other, so that one environment can hold them all: a synthesis for many."""

    environment: str
    examples: list[Example] = field(default_factory=list)
    taken: set[tuple[str, ...]] = field(default_factory=set)

    def takes(self, example: Example) -> bool:
        """Put the example in, if there is room for it."""
        own = set(leaves(example.stack))
        free = not any(a[: len(b)] == b[: len(a)] for a in own for b in self.taken)
        if not free or len(self.examples) == LAYERS or example.environment != self.environment:
            return False
        self.examples.append(example)
        self.taken |= own
        return True


def batches() -> list[Batch]:
    made: list[Batch] = []
    for example in filter(together, EXAMPLES):
        if not any(batch.takes(example) for batch in made):
            made.append(Batch(example.environment))
            assert made[-1].takes(example)
    return made


@pytest.fixture
def rule_of(shipped_rules: PolicySet) -> Callable[[Example], str]:
    """The id of the rule that an example is of."""
    ids = {rule.package: rule.id for rule in shipped_rules.rules.values()}
    return lambda example: ids[example.package]


def fired(verdict: Verdict, rule: str) -> list[Finding]:
    return [finding for finding in verdict.failures if finding.rule.id == rule]


@pytest.mark.parametrize(
    "example",
    [
        pytest.param(example, id=example.called, marks=[pytest.mark.deep] if together(example) else [])
        for example in EXAMPLES
    ],
)
def test_a_rule_fires_on_bad_examples_alone(
    example: Example, make: Any, ask_one: Any, rule_of: Callable[[Example], str]
) -> None:
    made = make(example.stack, name=example.environment)
    rule = rule_of(example)
    verdict = ask_one(rule, made.loaded, patched(made.graph, example.patch)) if example.patch else made.verdict
    found = fired(verdict, rule)
    assert bool(found) == (example.kind == "bad")
    assert all(finding.origin is not None for finding in found)


@pytest.mark.parametrize("batch", batches(), ids=lambda batch: str(len(batch.examples)))
def test_rules_fire_on_the_layers_of_bad_examples(batch: Batch, make: Any, rule_of: Callable[[Example], str]) -> None:
    verdict = make(*(example.stack for example in batch.examples), name=batch.environment).verdict
    for number, example in enumerate(batch.examples):
        rule = rule_of(example)
        origins = {finding.origin.file for finding in fired(verdict, rule) if finding.origin}
        if f"stacks/layer-{number}.yaml" not in origins:  # Another layer is to blame: alone it has to be this one.
            assert fired(make(example.stack, name=example.environment).verdict, rule), example.called


def test_every_rule_has_good_and_bad_examples(shipped_rules: PolicySet) -> None:
    for rule in shipped_rules.rules.values():
        examples = yaml.safe_load((FOLDER / rule.file).with_name("examples.yaml").read_text(encoding="utf-8"))
        assert examples["good"], rule.id
        assert examples["bad"], rule.id
