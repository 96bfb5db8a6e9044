"""A rule or a finding explained: the clauses behind it, and what became of everything that the rule looked at.

A rule says in METADATA what it looks at (`subjects`); of these the ones without a finding pass. Values are those of the verdict: masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from mlops_infra.config import LoadedEnvironment
from mlops_infra.config.node import Origin
from mlops_infra.governance import frameworks
from mlops_infra.governance.judge import origin_of
from mlops_infra.governance.verdict import Finding, Rule, Verdict
from mlops_infra.graph import Graph, Resource

Status = Literal["fail", "unknown", "waived", "known", "pass"]
ORDER: Final[tuple[Status, ...]] = ("fail", "unknown", "waived", "known", "pass")
_MAKE_PODS: Final = frozenset(
    {
        "Pod",
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ReplicaSet",
        "ReplicationController",
        "Job",
        "CronJob",
        "PodTemplate",
    }
)


_FIRST: Final = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Served:
    """A clause that a rule serves; `title` is none for standards whose clauses are not listed in ``policies/frameworks``."""

    control: str
    title: str | None


@dataclass(frozen=True)
class Looked:
    """Something that a rule looked at: a resource, or the stack file (no `urn`), and what was found there."""

    urn: str | None
    type: str
    name: str
    status: Status
    origin: Origin | None
    findings: tuple[Finding, ...] = ()


def clauses(policies: Path, rule: Rule) -> tuple[Served, ...]:
    """The clauses that a rule serves with their titles, the most exact one of each."""
    titles: dict[str, str] = {}
    for framework in frameworks.frameworks(policies):
        for control in rule.controls:
            told = frameworks.titles(policies, framework, control)
            if told:
                titles[control] = max(told, key=lambda item: len(item[0]))[1]
    return tuple(Served(control, titles.get(control)) for control in rule.controls)


def looked_at(
    rule: Rule, verdict: Verdict, graph: Graph, loaded: LoadedEnvironment, only: Finding | None = None
) -> tuple[Looked, ...]:
    """Everything that a rule looked at in an environment, failures first.

    Arguments: `verdict`: on `graph`, which `loaded` asks for; `only`: a finding, of which alone shall be told.
    """
    by_resource: dict[str | None, list[tuple[Status, Finding]]] = {}
    for status, finding in _findings(verdict):
        if finding.rule.id == rule.id and only in (None, finding):
            by_resource.setdefault(finding.resource or None, []).append((status, finding))
    subjects = [] if only else [item for item in graph if _is_subject(item, rule.subjects)]
    urns: dict[str | None, None] = dict.fromkeys([*by_resource, *(item.urn for item in subjects)])
    if "stack" in rule.subjects and not only:
        urns[None] = None
    found = [_looked(urn, by_resource.get(urn, []), rule, graph, loaded) for urn in urns]
    return tuple(sorted(found, key=lambda item: (ORDER.index(item.status), item.type, item.name)))


def _findings(verdict: Verdict) -> Iterator[tuple[Status, Finding]]:
    for finding in verdict.findings:
        yield finding.status, finding
    for finding in verdict.waived:
        yield "waived", finding
    for finding in verdict.known:
        yield "known", finding


def _is_subject(resource: Resource, subjects: tuple[str, ...]) -> bool:
    if resource.type in subjects or "any" in subjects:
        return resource.custom
    kind = resource.type.rpartition(":")[2] if resource.plane == "kubernetes" else ""
    return bool(kind) and (kind in subjects or ("pods" in subjects and kind in _MAKE_PODS))


def _looked(
    urn: str | None, found: list[tuple[Status, Finding]], rule: Rule, graph: Graph, loaded: LoadedEnvironment
) -> Looked:
    passed: Status = "pass"
    status = min((status for status, _ in found), key=ORDER.index, default=passed)
    findings = tuple(finding for _, finding in found)
    resource = graph.resources.get(urn or "")
    if resource is not None:
        return Looked(urn, resource.type, resource.name, status, origin_of(resource, (), rule, loaded), findings)
    return Looked(
        None, "", "the stack file", status, loaded.origin(tuple(_FIRST.findall(rule.stack_key)[:1])), findings
    )
