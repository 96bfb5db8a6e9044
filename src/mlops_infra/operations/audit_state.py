"""audit-state: what the rules say of what is really there, read from the live APIs.

Steps: load → deployed state → synth (which stack-file key caused what) → live values in their place → judge → record. Reads only: no
lock, no engine process, and the sandbox is not started. What cannot be read ends the operation, for nobody may take it for absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mlops_infra.config import LoadedEnvironment, load_environment
from mlops_infra.errors import OperationError
from mlops_infra.governance import baseline as baselines
from mlops_infra.governance.judge import result_of
from mlops_infra.governance.verdict import Verdict
from mlops_infra.graph import Graph, Resource
from mlops_infra.operations.authorising import authorised
from mlops_infra.operations.places import open_ledger
from mlops_infra.operations.ports import Context
from mlops_infra.operations.record import Recorder, judged
from mlops_infra.operations.session import connect, looking
from mlops_infra.providers.connection import Connection

if TYPE_CHECKING:
    from mlops_infra.providers.live import Live

OPERATION: Final = "audit-state"
POINT: Final = "live"
"""What rules say in METADATA of being enforced here."""


@dataclass(frozen=True)
class Audited:
    """What was found. `graph` is the live one; `gone` are URNs that only the state knows any more, `beside` those that it does not know."""

    verdict: Verdict
    graph: Graph
    gone: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


def audit_state(context: Context, environment: str, *, baseline: Path | None = None) -> Audited:
    """The verdict on what is really there, where nothing may stay unknown.

    `baseline` is an earlier report whose findings do not count. Raises ConfigError or UsageError for the stack file and the baseline,
    OperationError where nothing is deployed or anything cannot be read, GateError where the actor may not.
    """
    loaded = load_environment(context.project.stacks, environment)
    known = baselines.load_baseline(baseline).get(environment, frozenset()) if baseline else frozenset()
    with context.opa.scope(), ExitStack() as stack:
        permitted = authorised(context, loaded, OPERATION)
        judgement = stack.enter_context(context.ports.judge(context, loaded))
        deployed = _deployed(context, loaded)
        siblings = frozenset(context.project.environments()) - {environment}
        with ThreadPoolExecutor(1, thread_name_prefix="live") as thread:
            reading = thread.submit(context.ports.live, _connection(context, loaded), deployed, siblings)
            wanted = context.ports.synth(loaded)
            live = reading.result()
        graph = located(live, wanted)
        verdict = baselines.without_known(enforced_live(judgement(graph, "after")), known)
    told = replace(verdict, notes=(*verdict.notes, *_notes(live, deployed)))
    ledger = open_ledger(context, environment)
    seen: dict[str, Any] = {**judged(verdict), "gone": list(live.gone), "beside": len(live.found)}
    Recorder(ledger, permitted.actor).observed(OPERATION, seen)
    return Audited(told, graph, live.gone, live.found)


def enforced_live(verdict: Verdict) -> Verdict:
    """The verdict of the rules that are about what is really there; the others are about stack files, and `check` asks them."""
    if verdict.problem:
        return verdict
    kept = tuple(finding for finding in verdict.findings if POINT in finding.rule.points)
    return replace(
        verdict,
        findings=kept,
        waived=tuple(finding for finding in verdict.waived if POINT in finding.rule.points),
        rules=tuple(rule for rule in verdict.rules if POINT in rule.points),
        result=result_of(kept),
    )


def located(live: Live, wanted: Graph) -> Graph:
    """The live graph with the stack-file keys of the `wanted` one; what somebody hung on a resource of ours has that resource's key."""
    by_urn: dict[str, Resource] = {}
    beside = frozenset(live.found)
    for resource in live.graph:
        owners = (urn for urns in resource.property_dependencies.values() for urn in urns)
        owner = by_urn.get(next(owners, "")) if resource.urn in beside else None
        source = wanted.resources.get(resource.urn) or owner
        by_urn[resource.urn] = (
            replace(resource, config_path=source.config_path, origin=source.origin) if source is not None else resource
        )
    return Graph.of(live.graph.environment, by_urn.values())


def _deployed(context: Context, loaded: LoadedEnvironment) -> Graph:
    with looking(context, loaded) as engine:
        found = engine.deployed()
    if found is None:
        name = loaded.environment.environment
        raise OperationError(
            f"nothing is deployed in environment {name}", hint=f"`mlops-infra up --env {name}` deploys it"
        )
    return found


def _connection(context: Context, loaded: LoadedEnvironment) -> Connection:
    """Both planes as they are: a sandbox that does not run is not started for a look."""
    if loaded.environment.target == "sandbox":
        return context.sandbox.connection(loaded.environment.environment)
    return connect(context, loaded)


def _notes(live: Live, deployed: Graph) -> Iterator[str]:
    if live.gone:
        yield f"gone, though the state knows them: {_named([deployed[urn] for urn in live.gone])}"
    if live.found:
        yield f"there, though the state does not know them: {_named([live.graph[urn] for urn in live.found])}"


def _named(resources: Sequence[Resource], shown: int = 10) -> str:
    names = [f"{resource.type.rsplit(':', 1)[-1]} {resource.name}" for resource in resources]
    rest = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + rest
