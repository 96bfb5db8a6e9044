"""Plain results of operations → the JSON documents of ``documents``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mlops_infra.cli.documents import (
    ChangePart,
    DestroyDocument,
    DoctorDocument,
    DriftDocument,
    EdgePart,
    EnvironmentPart,
    ErrorDocument,
    ErrorPart,
    GraphDocument,
    LastPart,
    OutputsDocument,
    PlanDocument,
    ProcessPart,
    ProgramPart,
    PropertyPart,
    RefreshDocument,
    ResourcePart,
    SandboxDocument,
    SandboxPart,
    StatusDocument,
    UpDocument,
)
from mlops_infra.cli.views.values import jsonable
from mlops_infra.engine.plan import Change, Outcome, Plan
from mlops_infra.errors import MlopsInfraError
from mlops_infra.governance.reports.json_report import verdict_part
from mlops_infra.graph import Edge, Graph, Resource
from mlops_infra.operations.deploy import Deployed, Destroyed, Planned
from mlops_infra.operations.judging import VerdictError
from mlops_infra.operations.look import EnvironmentStatus


def error_document(error: MlopsInfraError) -> ErrorDocument:
    """An error."""
    problems = [problem.as_json() for problem in getattr(error, "problems", ())]
    return ErrorDocument(
        error=ErrorPart(
            what=error.what,
            where=error.where,
            hint=error.hint,
            exit_code=int(error.exit_code),
            problems=problems,
            policies=verdict_part(error.verdict, error.root) if isinstance(error, VerdictError) else None,
        )
    )


def changes(found: Iterable[Change], graph: Graph) -> list[ChangePart]:
    """Changes, each with the component that it belongs to."""
    return [_change(change, graph) for change in found]


def _change(change: Change, graph: Graph) -> ChangePart:
    component = graph.component_of(change.urn) if change.urn in graph.resources else None
    return ChangePart(
        urn=change.urn,
        type=change.type,
        name=change.name,
        part=change.part,
        component=component.name if component else None,
        operation=change.operation,
        loses_data=change.loses_data,
        properties=[
            PropertyPart(
                path=prop.path,
                kind=prop.kind,
                old=jsonable(prop.old),
                new=jsonable(prop.new),
                forces_replacement=prop.forces_replacement,
            )
            for prop in change.properties
        ],
    )


def plan_document(planned: Planned, root: Path) -> PlanDocument:
    """A plan. `root` is the project's root."""
    plan = planned.plan
    return PlanDocument(
        environment=plan.environment,
        counts=plan.counts(),
        changes=changes(plan.actual, plan.graph),
        drift=changes(plan.drift, plan.graph),
        recorded_only=list(plan.recorded_only),
        untouched=list(plan.untouched),
        changed_outside=list(plan.changed_outside),
        warnings=list(plan.warnings),
        verdict=planned.verdict.result,
        policies=verdict_part(planned.verdict, root),
    )


def up_document(done: Deployed, root: Path) -> UpDocument:
    """What `up` did. `root` is the project's root."""
    outcome = done.outcome
    return UpDocument(
        environment=outcome.environment,
        target=done.target,
        applied=done.applied,
        counts=outcome.counts(),
        changes=changes(_actual(outcome), outcome.graph),
        mended=changes(outcome.drift, outcome.graph),
        outputs=jsonable(outcome.outputs),
        recorded_only=list(outcome.recorded_only),
        untouched=list(outcome.untouched),
        verdict=done.verdict.result,
        policies=verdict_part(done.verdict, root),
        seconds=round(outcome.seconds, 3),
    )


def destroy_document(done: Destroyed) -> DestroyDocument:
    """What `destroy` did."""
    outcome = done.outcome
    return DestroyDocument(
        environment=outcome.environment,
        applied=done.applied,
        deleted=changes(_actual(outcome), done.doomed.plan.graph),
        kept=list(outcome.kept),
        scheduled=list(done.doomed.schedules),
        locked=list(done.doomed.locked),
        seconds=round(outcome.seconds, 3),
    )


def refresh_document(outcome: Outcome) -> RefreshDocument:
    """What `refresh` did."""
    return RefreshDocument(
        environment=outcome.environment,
        drift=changes(outcome.drift, outcome.graph),
        changed_outside=list(outcome.changed_outside),
        seconds=round(outcome.seconds, 3),
    )


def drift_document(found: Plan) -> DriftDocument:
    """What `drift` found."""
    return DriftDocument(
        environment=found.environment,
        drift=changes(found.drift, found.graph),
        changed_outside=list(found.changed_outside),
    )


def status_document(found: Iterable[EnvironmentStatus]) -> StatusDocument:
    """The status of environments."""
    return StatusDocument(environments=[_environment(item) for item in found])


def _environment(found: EnvironmentStatus) -> EnvironmentPart:
    last = found.last
    return EnvironmentPart(
        environment=found.environment,
        target=found.target,
        providers=found.providers,
        last=LastPart(operation=last.operation, result=last.result, time=last.time, by=last.by) if last else None,
        resources=dict(found.resources) if found.resources is not None else None,
        drifted=found.drifted,
        recorded_only=list(found.recorded_only),
        locked_by=found.locked_by,
        sandbox=found.sandbox,
        lost=list(found.lost),
        problem=found.problem,
    )


def graph_document(graph: Graph, source: str) -> GraphDocument:
    """A graph."""
    return GraphDocument(
        environment=graph.environment,
        source=source,
        resources=[_resource(resource) for resource in graph],
        edges=[_edge(edge) for edge in graph.edges],
    )


def _resource(resource: Resource) -> ResourcePart:
    return ResourcePart(
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        part=resource.part,
        parent=resource.parent,
        component=not resource.custom,
        protect=resource.protect,
        id=resource.id,
        inputs=jsonable(resource.inputs),
        config_path=list(resource.config_path),
        origin=str(resource.origin) if resource.origin else None,
    )


def _edge(edge: Edge) -> EdgePart:
    return EdgePart(source=edge.source, target=edge.target, kind=edge.kind, path=list(edge.path))


def doctor_document(found: Iterable[Any], healthy: bool) -> DoctorDocument:
    """What `doctor` found."""
    return DoctorDocument(
        healthy=healthy,
        programs=[
            ProgramPart(
                name=item.name,
                wanted=item.wanted,
                version=item.found.version if item.found else None,
                path=str(item.found.path) if item.found else None,
                source=item.found.source if item.found else None,
                verdict=item.verdict,
                optional=item.optional,
                hint=item.hint,
                purpose=item.purpose,
            )
            for item in found
        ],
    )


def sandbox_document(found: Iterable[Any]) -> SandboxDocument:
    """What of the embedded cloud runs."""
    return SandboxDocument(
        environments=[
            SandboxPart(
                environment=item.environment,
                account=item.account,
                region=item.region,
                endpoint=item.endpoint,
                kubeconfig=str(item.kubeconfig),
                running=item.running,
                processes=[
                    ProcessPart(
                        name=process.name,
                        healthy=process.healthy,
                        pid=process.pid,
                        port=process.port,
                        memory=process.memory,
                        since=process.since,
                        log=str(process.log),
                    )
                    for process in item.processes
                ],
                lost=list(item.lost),
            )
            for item in found
        ]
    )


def outputs_document(environment: str, outputs: Mapping[str, Any]) -> OutputsDocument:
    """Outputs."""
    return OutputsDocument(environment=environment, outputs=jsonable(outputs))


def _actual(outcome: Outcome) -> list[Change]:
    return [change for change in outcome.changes if change.operation not in ("same", "read", "refresh")]
