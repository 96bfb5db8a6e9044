"""The examples beside the rules: really synthesized, really judged by OPA."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from graph_patch import patched

from mlops_infra.governance.policyset import PolicySet
from mlops_infra.resources import data_dir

pytestmark = pytest.mark.sandbox

FOLDER = data_dir("policies")
EXAMPLES = [
    pytest.param(
        file,
        kind,
        example,
        id=f"{file.parent.name}-{kind}-{number}",
        # One synthesis per rule is enough for every day.
        marks=[pytest.mark.deep] if number and "stack" in example else [],
    )
    for file in sorted(FOLDER.glob("*/*/examples.yaml"))
    for kind, examples in yaml.safe_load(file.read_text(encoding="utf-8")).items()
    for number, example in enumerate(examples)
]


@pytest.mark.parametrize(("file", "kind", "example"), EXAMPLES)
def test_a_rule_fires_on_bad_examples_alone(
    file: Path, kind: str, example: dict[str, Any], make: Any, ask: Any, shipped_rules: PolicySet
) -> None:
    package = f"mlops.{file.parent.parent.name}.{file.parent.name}"
    (rule,) = [rule for rule in shipped_rules.rules.values() if rule.package == package]
    made = make(example.get("stack", {}), example.get("env", "staging"))
    verdict = ask(made.loaded, patched(made.graph, example["patch"])) if "patch" in example else made.verdict
    fired = [finding for finding in verdict.failures if finding.rule.id == rule.id]
    assert bool(fired) == (kind == "bad"), example
    assert all(finding.origin is not None for finding in fired)


def test_every_rule_has_good_and_bad_examples(shipped_rules: PolicySet) -> None:
    for rule in shipped_rules.rules.values():
        examples = yaml.safe_load((FOLDER / rule.file).with_name("examples.yaml").read_text(encoding="utf-8"))
        assert examples["good"], rule.id
        assert examples["bad"], rule.id
