"""An oracle that nobody of us wrote: the API server's own PodSecurity admission judges pods, and our rules must agree on every one.

Hypothesis makes pods; a dry run in a namespace that enforces a level says whether the server would take it. The same pods are judged by
the shipped policies, in one question, as pods and as templates of what makes pods.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pod_specs import GOOD_POD, pods, single_changes

from mlops_infra.config import LoadedEnvironment, load_environment
from mlops_infra.governance import answer
from mlops_infra.governance.document import input_document
from mlops_infra.governance.policyset import PolicySet
from mlops_infra.governance.server import OpaServer
from mlops_infra.graph import Graph, Resource
from mlops_infra.providers.connection import Connection
from mlops_infra.providers.kubernetes.access import access
from mlops_infra.providers.kubernetes.client import ApiError, KubeClient
from mlops_infra.resources import data_dir

pytestmark = pytest.mark.sandbox

LEVELS = ("baseline", "restricted")
BATCH = 250
MAKERS = ("core/v1:Pod", "apps/v1:Deployment", "batch/v1:Job", "batch/v1:CronJob")
"""Kinds that the rules see the pods as, in turn."""

NEVER = {"workload/namespace_pod_security", "workload/proc_mount"}
"""Rules that no pod of ours breaks: the one is about namespaces; what the other forbids is no valid pod (`procMount`)."""

Pod = dict[str, Any]
Taken = tuple[bool, ...]
"""Whether a pod is taken at each of the levels."""


class Oracle:
    """The API server's opinion."""

    def __init__(self, connection: Connection) -> None:
        self._client = KubeClient(access(connection))
        self._runner = asyncio.Runner()
        self._runner.run(self._prepare())

    def close(self) -> None:
        """Close its connections."""
        self._runner.run(self._client.close())
        self._runner.close()

    def taken(self, made: Sequence[Pod]) -> list[Taken | None]:
        """What the server says to pods; None to what is no valid pod at all."""
        return self._runner.run(self._all(made))

    async def _prepare(self) -> None:
        """A namespace per level, and in each a pod that may get ephemeral containers (which no pod may have from the first)."""
        for level in LEVELS:
            enforced = {
                "pod-security.kubernetes.io/enforce": level,
                "pod-security.kubernetes.io/enforce-version": "latest",
            }
            here = f"/api/v1/namespaces/oracle-{level}"
            await self._apply(here, "Namespace", {"metadata": {"name": f"oracle-{level}", "labels": enforced}})
            # Its controller would make it too, but later.
            await self._apply(f"{here}/serviceaccounts/default", "ServiceAccount", {"metadata": {"name": "default"}})
            await self._apply(f"{here}/pods/ephemeral", "Pod", _named(GOOD_POD, "ephemeral"))

    async def _all(self, made: Sequence[Pod]) -> list[Taken | None]:
        said = await asyncio.gather(*(self._one(pod, f"pod-{index}") for index, pod in enumerate(made)))
        return [None if None in one else tuple(bool(level) for level in one) for one in said]

    async def _one(self, pod: Pod, name: str) -> list[bool | None]:
        return await asyncio.gather(*(self._at(level, pod, name) for level in LEVELS))

    async def _at(self, level: str, pod: Pod, name: str) -> bool | None:
        here = f"/api/v1/namespaces/oracle-{level}/pods"
        try:
            if "ephemeralContainers" in pod["spec"]:
                only = {"spec": {"ephemeralContainers": pod["spec"]["ephemeralContainers"]}}
                await self._apply(
                    f"{here}/ephemeral/ephemeralcontainers", "Pod", _named(only, "ephemeral"), dry_run=True
                )
            else:
                await self._apply(f"{here}/{name}", "Pod", _named(pod, name), dry_run=True)
        except ApiError as error:
            if error.code == 403 and f'violates PodSecurity "{level}:latest"' in error.what:
                return False
            if error.code == 422:
                return None
            raise
        return True

    async def _apply(self, path: str, kind: str, body: Pod, *, dry_run: bool = False) -> None:
        whole = {"apiVersion": "v1", "kind": kind, **body}
        await self._client.apply(path, whole, manager="oracle", dry_run=dry_run)


def _named(pod: Mapping[str, Any], name: str) -> Pod:
    return {**pod, "metadata": {**pod.get("metadata", {}), "name": name}}


class Rules:
    """The shipped policies' opinion."""

    def __init__(self, loaded: LoadedEnvironment, policies: PolicySet, opa: OpaServer) -> None:
        self._loaded = loaded
        self._policies = policies
        self._opa = opa
        self._of_level = {
            level: {rule.id for rule in policies.rules.values() if f"PSS {level}" in rule.controls} for level in LEVELS
        }
        self.fired: set[str] = set()

    @property
    def silent(self) -> set[str]:
        """Rules of the levels that have not fired yet, by folder."""
        silent = set().union(*self._of_level.values()) - self.fired
        return {str(Path(self._policies.rules[rule].file).parent) for rule in silent}

    def taken(self, made: Sequence[Pod]) -> list[Taken]:
        """What the rules say to pods. What is restricted is baseline too."""
        graph = Graph.of("oracle", [_maker(pod, index) for index, pod in enumerate(made)])
        decision = self._opa.decide(input_document(self._loaded, graph, date(2026, 1, 1)))
        broken: dict[str, set[str]] = {}
        for finding in answer.read(decision, self._policies.rules):
            broken.setdefault(finding.resource or "", set()).add(finding.rule)
        self.fired.update(*broken.values())
        baseline, restricted = (self._of_level[level] for level in LEVELS)
        return [
            (not broken.get(urn, set()) & baseline, not broken.get(urn, set()) & (baseline | restricted))
            for urn in graph.resources
        ]


def _maker(pod: Pod, index: int) -> Resource:
    kind = MAKERS[index % len(MAKERS)]
    inputs = pod
    if kind != MAKERS[0]:
        inputs = {"spec": {"template": pod}}
    if kind == MAKERS[-1]:
        inputs = {"spec": {"jobTemplate": inputs}}
    return Resource(urn=f"urn:{index}", type=f"kubernetes:{kind}", name=f"pod-{index}", part="platform", inputs=inputs)


@pytest.fixture
def rules(shipped_rules: PolicySet, opa: OpaServer) -> Rules:
    """The shipped policies."""
    return Rules(load_environment(data_dir("stacks"), "staging"), shipped_rules, opa)


@pytest.fixture(scope="module")
def oracle(cloud: Connection) -> Iterator[Oracle]:
    """The session's API server."""
    found = Oracle(cloud)
    yield found
    found.close()


def test_rules_and_admission_agree_on_every_change(oracle: Oracle, rules: Rules) -> None:
    assert len(compared(single_changes(), oracle, rules)) > 500
    assert rules.silent == NEVER


@pytest.mark.parametrize(
    ("amount", "made"),
    [
        pytest.param(1_000, 1_500, id="1000"),
        # Of 75,000 only 45,588 were different and valid: the more there are, the more Hypothesis repeats itself.
        pytest.param(50_000, 110_000, id="50000", marks=pytest.mark.deep),
    ],
)
def test_rules_and_admission_agree(amount: int, made: int, oracle: Oracle, rules: Rules) -> None:
    said = compared(different_pods(made), oracle, rules, amount)
    assert len(said) == amount, "too many of the pods are not valid"
    for opinion in ((True, True), (True, False), (False, False)):
        assert said.count(opinion) > amount / 20, f"hardly any pod is {opinion}"


def compared(made: Sequence[Pod], oracle: Oracle, rules: Rules, most: int | None = None) -> list[Taken]:
    """What the server says to the pods that are valid, at most so many; the rules must say the same."""
    said: list[Taken] = []
    disagreements: list[tuple[Pod, Taken, Taken]] = []
    for start in range(0, len(made), BATCH):
        batch = made[start : start + BATCH]
        valid = [(pod, theirs) for pod, theirs in zip(batch, oracle.taken(batch), strict=True) if theirs is not None]
        ours = rules.taken([pod for pod, _ in valid])
        disagreements += [(pod, theirs, own) for (pod, theirs), own in zip(valid, ours, strict=True) if own != theirs]
        said += [theirs for _, theirs in valid]
        if most and len(said) >= most:
            break
    assert not disagreements, min(disagreements, key=lambda found: len(str(found[0])))
    return said[:most]


def different_pods(amount: int) -> list[Pod]:
    """So many pods, no two of them alike. (Hypothesis repeats itself, and lists of pods are mostly copies of one.)"""
    made: dict[str, Pod] = {}

    @settings(
        max_examples=amount * 2,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(pods(), pods(), pods(), pods(ephemeral=True)))
    def make(pod: Pod) -> None:
        if len(made) < amount:
            made[json.dumps(pod)] = pod

    make()
    return list(made.values())
