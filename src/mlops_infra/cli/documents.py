"""The JSON documents of ``--output json``: one versioned model per command (docs/json-output.md)."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from mlops_infra.governance.reports.json_report import VerdictPart

AS_CHECK: Final = "One of the `verdicts` of `check --format json`, as `policies/schema/report.json` describes them."


class Document(BaseModel):
    """What every document has: the format's version and which document it is."""

    model_config = ConfigDict(extra="forbid")
    version: Literal[1] = 1


class Part(BaseModel):
    """A piece of a document."""

    model_config = ConfigDict(extra="forbid")


class ErrorPart(Part):
    what: str = Field(description="What happened, in one sentence.")
    where: str | None = Field(description="File, line and column, a URN, or a path.")
    hint: str | None = Field(description="What to do next.")
    exit_code: int = Field(description="The exit code of the process.")
    problems: list[dict[str, Any]] = Field(
        default=[], description="Every mistake of the stack files, if it is about them."
    )
    policies: VerdictPart | None = Field(
        default=None, description=f"What the policies say, where they are the reason. {AS_CHECK}"
    )


class ErrorDocument(Document):
    """Any command that failed."""

    error: ErrorPart


class PropertyPart(Part):
    path: str = Field(description="The property, as the engine names it.")
    kind: str = Field(description="`add`, `update` or `delete`.")
    old: Any = Field(
        description='The value before; `{"secret": true}` and `{"unknown": true}` stand for what cannot be shown.'
    )
    new: Any = Field(description="The value after, with the same stand-ins.")
    forces_replacement: bool = Field(description="Whether this alone makes a replacement of the resource.")


class ChangePart(Part):
    urn: str
    type: str = Field(description="Pulumi's type token.")
    name: str
    part: str = Field(description="The part of the environment that it lives in.")
    component: str | None = Field(description="Name of the outermost component that contains it.")
    operation: str = Field(description="`create`, `update`, `replace`, `delete` or `import`.")
    loses_data: bool = Field(description="Whether the operation loses data.")
    properties: list[PropertyPart]


class PlanDocument(Document):
    """`plan`: what `up` would do."""

    environment: str
    counts: dict[str, int] = Field(description="Number of resources per operation, `same` included.")
    changes: list[ChangePart] = Field(description="Everything that would be done; unchanged resources are not listed.")
    drift: list[ChangePart] = Field(description="What was changed or deleted behind our back, which `up` mends.")
    recorded_only: list[str] = Field(description="Types that the sandbox lacks: recorded in the state only.")
    untouched: list[str] = Field(description="Parts that were not looked at because nothing of theirs changed.")
    changed_outside: list[str] = Field(description="Parts whose state somebody else wrote since the last operation.")
    warnings: list[str]
    verdict: str = Field(description="`pass`, `fail` or `unknown`.")
    policies: VerdictPart = Field(description=f"What the policies say of it. {AS_CHECK}")


class UpDocument(Document):
    """`up`: what was done."""

    environment: str
    target: str = Field(description="`sandbox` or `aws`.")
    applied: bool = Field(description="False where there was nothing to do.")
    counts: dict[str, int]
    changes: list[ChangePart]
    mended: list[ChangePart] = Field(description="Drift that was mended.")
    outputs: dict[str, Any]
    recorded_only: list[str]
    untouched: list[str]
    verdict: str = Field(description="`pass`, `fail` or `unknown`.")
    policies: VerdictPart = Field(description=f"What the policies say of what is deployed. {AS_CHECK}")
    seconds: float


class DestroyDocument(Document):
    """`destroy`: what was deleted and what is left."""

    environment: str
    applied: bool
    deleted: list[ChangePart]
    kept: list[str] = Field(description="URNs of what stays, because it holds data or is protected.")
    scheduled: list[str] = Field(description="URNs of KMS keys, which AWS deletes after a waiting period.")
    locked: list[str] = Field(description="URNs of deleted buckets with object lock.")
    seconds: float


class RefreshDocument(Document):
    """`refresh`: what was taken into the state."""

    environment: str
    drift: list[ChangePart]
    changed_outside: list[str]
    seconds: float


class DriftDocument(Document):
    """`drift`: what really is against what was deployed (exit code 6 where `drift` is not empty)."""

    environment: str
    drift: list[ChangePart]
    changed_outside: list[str]


class OutputsDocument(Document):
    """`outputs`."""

    environment: str
    outputs: dict[str, Any]


class LastPart(Part):
    operation: str
    result: str = Field(description="`succeeded`, `failed`, `interrupted`, `unknown`, or `running`.")
    time: str
    by: str


class EnvironmentPart(Part):
    environment: str
    target: str
    providers: str
    last: LastPart | None = Field(description="The newest change, from the ledger.")
    resources: dict[str, int] | None = Field(description="Number of deployed resources per part.")
    drifted: int | None = Field(
        description="What the last `drift` found; null where nobody looked since the last change."
    )
    recorded_only: list[str]
    locked_by: str | None
    sandbox: str = Field(description="`running`, `stopped`, `unhealthy` or `none`.")
    lost: list[str] = Field(description="What the sandbox could not restore after a restart.")
    problem: str | None


class StatusDocument(Document):
    """`status`."""

    environments: list[EnvironmentPart]


class EdgePart(Part):
    source: str
    target: str
    kind: str = Field(description="`parent`, `depends-on` or `property`.")
    path: list[str | int] = Field(description="The property, for kind `property`.")


class ResourcePart(Part):
    urn: str
    type: str
    name: str
    part: str
    parent: str | None
    component: bool = Field(description="Whether it is a component, which groups others.")
    protect: bool
    id: str | None
    inputs: dict[str, Any]
    config_path: list[str | int] = Field(description="The stack-file key that caused it.")
    origin: str | None = Field(description="file:line:column where that key was set.")


class GraphDocument(Document):
    """`graph`: every resource and edge."""

    environment: str
    source: str = Field(description="`wanted` (what the stack file asks for) or `deployed`.")
    resources: list[ResourcePart]
    edges: list[EdgePart]


class UnlockDocument(Document):
    """`unlock`."""

    environment: str
    holder: str | None = Field(description="Who held the lock; null where nobody did.")


class DoneDocument(Document):
    """Commands that have nothing to tell but that they were done."""

    done: str = Field(description="What was done, in one sentence.")


class InitDocument(Document):
    """`init`."""

    directory: str
    files: list[str]


class BootstrapDocument(Document):
    """`bootstrap`."""

    environment: str
    bucket: str
    key: str = Field(description="ARN of the state's KMS key.")
    alias: str
    role: str | None = Field(description="ARN of the CI role; null where the stack file trusts no CI.")
    made: list[str]
    found: list[str] = Field(description="What was there already.")


class ProgramPart(Part):
    name: str
    wanted: str
    version: str | None
    path: str | None
    source: str | None = Field(description="`setting`, `path`, `cache`, `release` or `source`.")
    verdict: str
    optional: bool
    hint: str
    purpose: str


class DoctorDocument(Document):
    """`doctor`."""

    healthy: bool
    programs: list[ProgramPart]


class SetupDocument(Document):
    """`setup`."""

    programs: dict[str, str] = Field(description="Path of each program.")


class ValidateDocument(Document):
    """`config validate`."""

    valid: bool
    environments: list[str]
    problems: list[dict[str, Any]]


class ShowDocument(Document):
    """`config show`."""

    environment: str
    layers: list[str] = Field(description="Files that were merged, lowest first.")
    values: Any = Field(description="The merged values, defaults included.")
    origins: list[dict[str, Any]] | None = Field(
        default=None, description="With `--origins`: `path`, `value` and `origin` of every value; null for a default."
    )


class DiffDocument(Document):
    """`config diff`."""

    old: str
    new: str
    differences: list[dict[str, Any]] = Field(
        description="`path`, `from` and `to`; these are null where an environment says nothing, else `value` and `origin`."
    )


class ProcessPart(Part):
    name: str
    healthy: bool
    pid: int | None
    port: int | None
    memory: int | None = Field(description="Resident bytes.")
    since: float | None = Field(description="Seconds since the epoch.")
    log: str


class SandboxPart(Part):
    environment: str
    account: str
    region: str
    endpoint: str | None
    kubeconfig: str
    running: bool
    processes: list[ProcessPart]
    lost: list[str]


class SandboxDocument(Document):
    """`sandbox status`."""

    environments: list[SandboxPart]


class VariablesDocument(Document):
    """`sandbox env`."""

    environment: str
    variables: dict[str, str]


class BackupDocument(Document):
    """`state backup`."""

    environment: str
    file: str


class RestoreDocument(Document):
    """`state restore`."""

    environment: str
    parts: list[str]


def reference() -> str:
    """The page docs/json-output.md, from the models here and in the modules beside this one."""
    for found in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if found.name.endswith("_documents"):
            importlib.import_module(f"mlops_infra.cli.{found.name}")

    lines = [
        "# JSON output",
        "",
        "Generated by `python -m mlops_infra.cli.documents`; do not edit.",
        "",
        "With `--output json` a command prints exactly one JSON document to stdout, errors included, and everything else to stderr.",
        "Every document has `version`, now 1: fields may be added within a version, but none is renamed, removed or given another",
        'meaning. Values that cannot be shown are `{"secret": true}`, values that only the cloud can give `{"unknown": true}`.',
        "`config schema` prints the JSON Schema itself; `check` and `audit-state` print a report, which",
        "`policies/schema/report.json` describes.",
        "",
    ]
    for model in sorted(Document.__subclasses__(), key=lambda found: found.__name__):
        lines += _section(model, f"## {model.__name__.removesuffix('Document')}")
    lines += ["# Parts of documents", ""]
    for piece in sorted(Part.__subclasses__(), key=lambda found: found.__name__):
        lines += _section(piece, f"## {piece.__name__.removesuffix('Part')}")
    return "\n".join(lines)


def _section(model: type[BaseModel], title: str) -> list[str]:
    lines = [title, ""]
    if model.__doc__:
        lines += [model.__doc__, ""]
    lines += ["| field | type | |", "|---|---|---|"]
    for name, field in model.model_fields.items():
        if name != "version":
            lines.append(f"| `{name}` | {_type_text(field.annotation)} | {field.description or ''} |")
    return [*lines, ""]


def _type_text(annotation: Any) -> str:
    text = (
        annotation.__name__ if isinstance(annotation, type) and not hasattr(annotation, "__args__") else str(annotation)
    )
    text = re.sub(r"mlops_infra\.cli\.\w+\.", "", text).replace("typing.", "").replace("Part", "")
    return text.replace("NoneType", "null").replace("None", "null").replace("|", "or").replace("Any", "any")


if __name__ == "__main__":
    import sys

    # The module under the name that others import it by: here it is `__main__`, and its classes are not those that they build upon.
    sys.stdout.write(importlib.import_module("mlops_infra.cli.documents").reference())
