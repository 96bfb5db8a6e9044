from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlops_infra import toolchain
from mlops_infra.config import LoadedEnvironment, load_environment
from mlops_infra.governance import policyset
from mlops_infra.governance.judge import judge
from mlops_infra.governance.policyset import PolicySet
from mlops_infra.governance.server import DECISION, OpaServer
from mlops_infra.governance.verdict import Verdict
from mlops_infra.governance.waivers import Waivers
from mlops_infra.graph import Graph
from mlops_infra.operations.real import synthesized
from mlops_infra.resources import data_dir


@pytest.fixture(scope="session")
def opa_program() -> Path:
    """The real OPA."""
    return toolchain.ensure(["opa"])["opa"].path


@pytest.fixture(scope="session")
def shipped_rules(opa_program: Path, tmp_path_factory: pytest.TempPathFactory) -> PolicySet:
    """The shipped policies, with a manifest made now."""
    folder = tmp_path_factory.mktemp("shipped") / "policies"
    shutil.copytree(data_dir("policies"), folder)
    policyset.write(folder, policyset.build(folder, opa_program))
    return policyset.load(folder)


@pytest.fixture(scope="session")
def opa(opa_program: Path, shipped_rules: PolicySet) -> Iterator[OpaServer]:
    """One OPA with the shipped policies for all tests."""
    with OpaServer(opa_program, shipped_rules) as server:
        yield server


@pytest.fixture(scope="session")
def ask(opa: OpaServer, shipped_rules: PolicySet) -> Any:
    """Judges a graph by the shipped policies."""

    def verdict(loaded: LoadedEnvironment, graph: Graph, **more: Any) -> Verdict:
        found = judge(graph, loaded, shipped_rules, opa, Waivers(), datetime.now(UTC), **more)
        assert found.problem is None, found.problem
        return found

    return verdict


@dataclass(frozen=True)
class OneRule:
    """Implements `Opa`: asks for one rule, where ``main.rego`` knows of `only`."""

    opa: OpaServer
    package: str

    def decide(self, document: Mapping[str, Any], decision: str = DECISION) -> Any:
        _, family, name = self.package.split(".")
        return self.opa.decide({**document, "only": {"family": family, "name": name}}, decision)


@pytest.fixture(scope="session")
def ask_one(opa_program: Path, shipped_rules: PolicySet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Judges a graph by one of the shipped rules: OPA looks at no other, and those are most of its work."""
    folder = tmp_path_factory.mktemp("one") / "policies"
    shutil.copytree(shipped_rules.folder, folder)
    main = folder / "main.rego"
    one = 'if {\n\tinput.only.family == "\\1"\n\trule := data.mlops.\\1[input.only.name]\n}'
    text, families = re.subn(r"if some rule in data\.mlops\.(\w+)", one, main.read_text())
    assert families == len({rule.family for rule in shipped_rules.rules.values()})
    main.write_text(text)
    policyset.write(folder, policyset.build(folder, opa_program))
    rules = policyset.load(folder)
    with OpaServer(opa_program, rules) as server:

        def verdict(rule: str, loaded: LoadedEnvironment, graph: Graph) -> Verdict:
            asked = rules.rules[rule]
            alone = replace(rules, rules={rule: asked})
            found = judge(graph, loaded, alone, OneRule(server, asked.package), Waivers(), datetime.now(UTC))
            assert found.problem is None, found.problem
            return found

        yield verdict


@dataclass(frozen=True)
class Made:
    """An environment, its graph and its verdict."""

    loaded: LoadedEnvironment
    graph: Graph
    verdict: Verdict


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory, ask: Any) -> Any:
    """Synthesizes and judges a shipped environment with fragments of a stack file on top, each a layer of its own; the same ones only once.

    Findings name the layer that set what they are about: ``layer-0.yaml`` is the first fragment.
    """

    @cache
    def made(name: str, *fragments: str) -> Made:
        stacks = tmp_path_factory.mktemp("example") / "stacks"
        shutil.copytree(data_dir("stacks"), stacks)
        own = stacks / f"{name}.yaml"
        (stacks / "shipped.yaml").write_text(own.read_text().replace(f"environment: {name}\n", ""))
        layers = ["shipped.yaml"]
        for number, fragment in enumerate(fragments):
            layers.append(f"layer-{number}.yaml")
            (stacks / layers[-1]).write_text(fragment)
        own.write_text(yaml.safe_dump({"extends": layers, "environment": name}))
        loaded = load_environment(stacks, name)
        graph = synthesized(loaded)
        return Made(loaded, graph, ask(loaded, graph))

    def ask_for(*stacks: dict[str, Any], name: str = "staging") -> Made:
        return made(name, *(yaml.safe_dump(stack, sort_keys=False) for stack in stacks if stack))

    return ask_for
