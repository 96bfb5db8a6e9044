"""Use cases around releases and data: make, list, hold, reject a release; pin and verify a dataset.

Each asks first whether the actor may, and records what it did in the ledger of the environment that it was done for.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal

from mlops_infra.config import LoadedEnvironment, load_environment
from mlops_infra.config.edit import set_value
from mlops_infra.errors import UsageError
from mlops_infra.operations.ports import Context
from mlops_infra.operations.session import connect, locked
from mlops_infra.progress import Step
from mlops_infra.promotion.release import Difference, of
from mlops_infra.promotion.releases import Kept, Releases
from mlops_infra.providers.connection import Connection

if TYPE_CHECKING:
    from mlops_infra.promotion.data import Manifest, Verification

_EVERY = 1000
"""Objects between two signs of life."""


def releases(context: Context) -> Releases:
    """The releases of the project."""
    return Releases(context.project.stacks, context.project.locks(), context.ports.clock)


def create(context: Context, environment: str) -> Kept:
    """Make a release of what an environment's stack file says; the same content is the same release.

    Raises ConfigError or UsageError for the stack file, Refusal for policies that are not whole, GateError, LockedError.
    """
    from mlops_infra.governance import policyset  # noqa: PLC0415 - starts quicker without

    loaded = load_environment(context.project.stacks, environment)
    with locked(context, loaded, "release create") as (_, recorder, permitted):
        release = of(loaded, policyset.load(context.project.policies).digest)
        with recorder.change("release create", {"release": release.id}):
            return releases(context).create(release, environment=environment, by=permitted.name)


def listing(context: Context) -> tuple[Kept, ...]:
    """All releases, newest first."""
    return releases(context).listing()


def show(context: Context, name: str) -> Kept:
    """One release by its id or the start of it."""
    return releases(context).load(name)


def diff(context: Context, old: str, new: str) -> tuple[Difference, ...]:
    """What two releases say differently."""
    return releases(context).diff(old, new)


def judge(
    context: Context, word: Literal["hold", "unhold", "reject"], name: str, reason: str, environment: str | None
) -> Kept:
    """Hold a release, let it go again, or reject it for good.

    Arguments: `environment` whose role allows it; default: the one that the release was made from.
    Raises UsageError where the release is in no state for it, GateError, LockedError.
    """
    kept = releases(context).load(name)
    environment = environment or (kept.created.environment if kept.created else None)
    if environment is None:
        raise UsageError("which environment?", hint="say `--env NAME`: the environment in which you may do that")
    loaded = load_environment(context.project.stacks, environment)
    operation = f"release {word}"
    with locked(context, loaded, operation) as (_, recorder, permitted):
        found = releases(context)
        act = {"hold": found.hold, "unhold": found.unhold, "reject": found.reject}[word]
        with recorder.change(operation, {"release": kept.release.id, "reason": reason}):
            return act(kept.release.id, reason, by=permitted.name)


def pin(
    context: Context, environment: str, dataset: str, *, read_limit: int | None = None, save: bool = False
) -> Manifest:
    """Pin what a dataset's bucket holds now.

    Arguments: `read_limit`: bytes up to which objects without a checksum are read (default `data.READ_LIMIT`); `save`: write the
    version into the environment's own stack file too. Raises UsageError, OperationError, GateError, LockedError.
    """
    from mlops_infra.promotion import data  # noqa: PLC0415 - brings botocore

    loaded = load_environment(context.project.stacks, environment)
    with locked(context, loaded, "data pin") as (_, recorder, _permitted):
        with recorder.change("data pin", {"dataset": dataset}) as running:
            found = data.pin(
                loaded,
                data.as_reader(loaded, _reached(context, loaded), dataset),
                dataset,
                read_limit=data.READ_LIMIT if read_limit is None else read_limit,
                progress=partial(_tell, context, dataset, "pinning"),
            )
            running.data.update(version=found.digest, objects=found.objects)
            if save:
                set_value(
                    context.project.stacks / f"{environment}.yaml", ("datasets", dataset, "version"), found.digest
                )
        return found


def verify(
    context: Context, environment: str, datasets: Sequence[str], version: str | None = None
) -> tuple[Verification, ...]:
    """Whether pinned versions are still there and unchanged: of the named datasets, or of all whose version the stack file names.

    Changes nothing. Raises UsageError where nothing is pinned, OperationError where AWS does not answer.
    """
    from mlops_infra.promotion import data  # noqa: PLC0415 - brings botocore

    loaded = load_environment(context.project.stacks, environment)
    wanted = list(datasets) or [dataset.name for dataset in loaded.environment.datasets if dataset.version]
    if not wanted:
        raise UsageError(
            f"{environment} names no version of any dataset",
            where=f"stacks/{environment}.yaml: datasets",
            hint=f"`mlops-infra data pin DATASET --env {environment} --set` pins what is there",
        )
    connection = _reached(context, loaded)
    return tuple(
        data.verify(
            loaded,
            data.as_reader(loaded, connection, dataset),
            dataset,
            version=version,
            progress=partial(_tell, context, dataset, "verifying"),
        )
        for dataset in wanted
    )


def _reached(context: Context, loaded: LoadedEnvironment) -> Connection:
    """Both planes; a sandbox that does not run is not started, because it would have no data."""
    if loaded.environment.target == "sandbox":
        return context.sandbox.connection(loaded.environment.environment)
    return connect(context, loaded)


def _tell(context: Context, dataset: str, word: str, number: int) -> None:
    context.interruption.check()
    if number % _EVERY == 0:
        context.progress(Step(f"data {dataset}", f"{word} {dataset}: {number} objects"))
