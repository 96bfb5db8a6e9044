"""The judge: asks OPA about a graph and turns the answer into a verdict.

Steps: 1. the rules are all there (`policyset.load`, by the caller) 2. OPA decides 3. the answer is whole 4. each finding gets its
rule, its origin and a value that may be shown 5. waivers 6. the result.
A step that cannot be done gives the verdict ``fail`` with its reason.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Final, Literal, TypeAlias

from mlops_infra.config import LoadedEnvironment
from mlops_infra.config.node import Origin
from mlops_infra.governance import answer, waivers
from mlops_infra.governance.document import input_document
from mlops_infra.governance.foreign.given import Foreign
from mlops_infra.governance.masking import HIDDEN, masked, masked_text
from mlops_infra.governance.policyset import PolicySet
from mlops_infra.governance.refusal import Refusal
from mlops_infra.governance.server import Opa
from mlops_infra.governance.verdict import SEVERITIES, Finding, Problem, Result, Rule, Verdict
from mlops_infra.governance.waivers import Waivers
from mlops_infra.graph import Graph, Resource

Moment: TypeAlias = Literal["before", "after"]


def judge(
    graph: Graph,
    loaded: LoadedEnvironment,
    policies: PolicySet,
    opa: Opa,
    given: Waivers,
    now: datetime,
    *,
    moment: Moment = "before",
    judged_as: LoadedEnvironment | None = None,
) -> Verdict:
    """The verdict on `graph`, which `loaded` asks for.

    Arguments: `policies`: the rules that `opa` was started with; `given`: the waivers; `now`: the present moment with its zone, for their
    expiry, and for rules about dates; `moment`: ``after`` for what is deployed, where nothing may stay unknown; `judged_as`: another
    environment whose parameters and waivers shall hold. Never raises for what OPA does: see `refused`.
    """
    name = (judged_as or loaded).environment.environment
    try:
        decided = opa.decide(input_document(loaded, graph, now.date(), judged_as=judged_as))
        raw = answer.read(decided, policies.rules)
    except Refusal as refusal:
        return refused(loaded.environment.environment, refusal, policies)
    found = [_finding(item, policies.rules[item.rule], graph, loaded, moment) for item in raw]
    applied = waivers.apply(given, found, policies.rules, name, now.date())
    whole = _verdict(applied, policies, graph, loaded)
    return replace(whole, judged_as=name, notes=applied.notes, rules=tuple(policies.rules.values()))


def judge_foreign(
    given: Foreign, loaded: LoadedEnvironment, policies: PolicySet, opa: Opa, waived: Waivers, now: datetime
) -> Verdict:
    """The verdict on somebody else's graph, by the rules that can judge one of its kind.

    Arguments as in `judge`; `loaded` is the environment whose parameters, account, region and waivers hold. Findings about a stack file
    do not count, for there is none, and waivers that excuse nothing are not told: they may excuse something elsewhere.
    """
    name = loaded.environment.environment
    try:
        decided = opa.decide(input_document(loaded, given.graph, now.date(), foreign=True))
        raw = answer.read(decided, policies.rules)
    except Refusal as refusal:
        return refused(name, refusal, policies)
    rules = {rule.id: rule for rule in policies.rules.values() if given.kind in rule.inputs}
    found = [
        _foreign_finding(_finding(item, rules[item.rule], given.graph, loaded, "before"), given)
        for item in raw
        if item.rule in rules and item.resource
    ]
    applied = waivers.apply(waived, found, policies.rules, name, now.date())
    return replace(_verdict(applied, policies, given.graph, loaded), rules=tuple(rules.values()), source=given.kind)


def _foreign_finding(finding: Finding, given: Foreign) -> Finding:
    # Where a value may not be shown, its line may not either: the resource's own place is told.
    path = () if any(mark in (finding.value or "") for mark in HIDDEN) else finding.path
    return replace(finding, origin=given.origin(finding.resource or "", path))


def _verdict(applied: waivers.Applied, policies: PolicySet, graph: Graph, loaded: LoadedEnvironment) -> Verdict:
    ordered = tuple(sorted(applied.findings, key=_order))
    name = loaded.environment.environment
    return Verdict(
        environment=name,
        result=result_of(ordered),
        findings=ordered,
        waived=tuple(sorted(applied.waived, key=_order)),
        resources=len(graph),
        judged_as=name,
        policies=str(policies.folder),
        digest=policies.digest,
    )


def refused(environment: str, refusal: Refusal, policies: PolicySet | None = None) -> Verdict:
    """The verdict where nobody could judge: ``fail``, with the reason."""
    return Verdict(
        environment=environment,
        result="fail",
        problem=Problem(refusal.code, refusal.what, refusal.where, refusal.hint),
        rules=tuple(policies.rules.values()) if policies else (),
        judged_as=environment,
        policies=str(policies.folder) if policies else "",
        digest=policies.digest if policies else "",
    )


def result_of(findings: tuple[Finding, ...]) -> Result:
    """fail if any finding fails, unknown if any cannot be decided, pass otherwise."""
    if any(finding.status == "fail" for finding in findings):
        return "fail"
    return "unknown" if findings else "pass"


def _order(finding: Finding) -> tuple[int, str, str, int, str, str]:
    place = finding.origin
    return (
        SEVERITIES.index(finding.rule.severity),
        finding.rule.id,
        place.file if place else "",
        place.line if place else 0,
        finding.name,
        str(finding.path),
    )


def _finding(raw: answer.RawFinding, rule: Rule, graph: Graph, loaded: LoadedEnvironment, moment: Moment) -> Finding:
    resource = graph.resources.get(raw.resource or "")
    path = tuple(raw.path)
    unknown = raw.status == "unknown" and rule.on_unknown == "defer" and moment == "before"
    message = masked_text(raw.message)
    if raw.status == "unknown" and not unknown:
        message += " (not known, and this rule does not wait)" if moment == "before" else " (still not known)"
    return Finding(
        rule=rule,
        status="unknown" if unknown else "fail",
        resource=raw.resource,
        type=resource.type if resource else "",
        name=resource.name if resource else _config_name(path, raw.resource),
        path=path,
        message=message,
        value=masked(raw.value, path, personal=rule.family == "pii" and _is_personal(raw.value)),
        origin=loaded.origin(tuple(raw.key)) if raw.key else origin_of(resource, path, rule, loaded),
        trail=tuple(raw.trail),
    )


def origin_of(
    resource: Resource | None, path: tuple[str | int, ...], rule: Rule, loaded: LoadedEnvironment
) -> Origin | None:
    """The place in the stack files to change: the rule's key below the key that caused the resource, as close as it is written.

    A finding about the stack file itself names its key path.
    """
    if resource is None:
        return loaded.origin(path) if path else loaded.origin(("environment",))
    key = resource.config_path
    if not key:
        return resource.origin
    return loaded.origin(_extended(key, rule.stack_key))


_WORD: Final = re.compile(r"[A-Za-z0-9_-]+|\[[^\]]*\]|<[^>]*>|\{[^}]*\}|\*")


def _extended(key: tuple[str | int, ...], stack_key: str) -> tuple[str | int, ...]:
    """``("datasets", "claims")`` and ``datasets[].retention`` give ``("datasets", "claims", "retention")``.

    Where the two part, the rule's key wins if it names one place; the resource's otherwise.
    """
    words = _WORD.findall(next(iter(re.split(r"[ ,;]", stack_key))))
    found: list[str | int] = []
    for index, word in enumerate(words):
        named = re.match(r"[A-Za-z0-9_-]", word) is not None
        if index < len(key) and (not named or word == key[index]):
            found.append(key[index])
        elif not named:
            break
        elif index == 0:
            return key
        else:
            rest = words[index:]
            plain_words = all(re.match(r"[A-Za-z0-9_-]", item) for item in rest)
            return (*found, *rest) if plain_words else key
    return tuple(found) if len(found) > len(key) else key


def _is_personal(value: object) -> bool:
    return isinstance(value, str) and masked_text(value) != value


def _config_name(path: tuple[str | int, ...], resource: str | None) -> str:
    if resource:
        return resource.rpartition("::")[2]
    return ".".join(map(str, path)) or "stack file"
