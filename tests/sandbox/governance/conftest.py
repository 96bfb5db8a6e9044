from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
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
from mlops_infra.governance.server import OpaServer
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
class Made:
    """An environment, its graph and its verdict."""

    loaded: LoadedEnvironment
    graph: Graph
    verdict: Verdict


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory, ask: Any) -> Any:
    """Synthesizes and judges a shipped environment with a fragment of a stack file on top; the same fragment only once."""

    @cache
    def made(name: str, fragment: str) -> Made:
        stacks = tmp_path_factory.mktemp("example") / "stacks"
        shutil.copytree(data_dir("stacks"), stacks)
        own = stacks / f"{name}.yaml"
        (stacks / "shipped.yaml").write_text(own.read_text().replace(f"environment: {name}\n", ""))
        content = {"extends": ["shipped.yaml"], "environment": name, **yaml.safe_load(fragment)}
        own.write_text(yaml.safe_dump(content, sort_keys=False))
        loaded = load_environment(stacks, name)
        graph = synthesized(loaded)
        return Made(loaded, graph, ask(loaded, graph))

    def ask_for(stack: dict[str, Any], name: str = "staging") -> Made:
        return made(name, yaml.safe_dump(stack, sort_keys=True))

    return ask_for
