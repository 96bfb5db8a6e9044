"""data pin, verify: which contents of a dataset are meant, and whether they are still there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.text import Text

from mlops_infra.cli.app import command, group
from mlops_infra.cli.invocation import Invocation
from mlops_infra.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from mlops_infra.promotion.data import Manifest, Verification

data = group("data", "Datasets: which contents are meant, and whether they are still there.")

_UNITS: Final = {"": 1, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40}


@command(data, "pin", examples=["data pin claims-history --env staging", "data pin claims-history --env prod --set"])
def pin(
    invocation: Invocation,
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="Name of the dataset.")],
    save: Annotated[
        bool, typer.Option("--set", help="Write the version into the environment's stack file too.")
    ] = False,
    read_limit: Annotated[
        str, typer.Option("--read-limit", metavar="SIZE", help="Objects without a checksum are read up to this size.")
    ] = "1Gi",
) -> None:
    """Write a manifest of what a dataset's bucket holds now: keys, version ids, hashes. Its digest is the dataset's version."""
    from mlops_infra.cli.release_documents import pin_document  # noqa: PLC0415
    from mlops_infra.promotion import catalogue  # noqa: PLC0415

    limit, name = _size(read_limit), invocation.environment
    with invocation.operation(f"Pinning {dataset} of {name}") as context:
        found = catalogue.pin(context, name, dataset, read_limit=limit, save=save)
    invocation.output.result(lambda: pin_document(found), lambda console: _show_pin(console, found))
    if not save:
        invocation.output.note(
            f"next: `version: {found.digest}` for datasets.{dataset} in stacks/{name}.yaml (or `--set`)"
        )


@command(data, "verify", examples=["data verify --env prod", "data verify claims-history --env prod --output json"])
def verify(
    invocation: Invocation,
    datasets: Annotated[
        list[str] | None, typer.Argument(metavar="[DATASET]...", help="All that are pinned, where none is named.")
    ] = None,
    version: Annotated[
        str | None, typer.Option("--version", metavar="DIGEST", help="Another version than the stack file's.")
    ] = None,
) -> None:
    """Look whether every object of a pinned version is still there and unchanged. Exits with 6 where one is not."""
    from mlops_infra.cli.release_documents import verify_document  # noqa: PLC0415
    from mlops_infra.promotion import catalogue  # noqa: PLC0415

    name = invocation.environment
    with invocation.operation(f"Verifying the data of {name}") as context:
        found = catalogue.verify(context, name, datasets or [], version)
    invocation.output.result(lambda: verify_document(name, found), lambda console: _show_verified(console, found))
    if not all(one.intact for one in found):
        raise typer.Exit(int(ExitCode.DRIFT))


def _size(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,6})(Ki|Mi|Gi|Ti)?", text)
    if match is None:
        raise UsageError(f"--read-limit: {text!r} is no size", hint="say 0, 512Mi or 5Gi")
    return int(match[1]) * _UNITS[match[2] or ""]


def _show_pin(console: Console, found: Manifest) -> None:
    console.print(Text(f"{found.dataset} of {found.environment}: {found.objects} objects, {found.size} bytes"))
    console.print(Text.assemble("version ", (found.digest, "cyan")), soft_wrap=True)
    console.print(Text(f"manifest {found.file}"), soft_wrap=True)


def _show_verified(console: Console, found: Sequence[Verification]) -> None:
    for one in found:
        name = f"{one.manifest.dataset} {one.manifest.digest.removeprefix('sha256:')[:12]}"
        if one.intact:
            console.print(Text.assemble(f"{name}: ", ("intact", "green"), f", {one.checked} objects"))
            continue
        console.print(Text.assemble(f"{name}: ", (f"{one.wrong} of {one.checked} objects differ", "red")))
        for finding in one.findings:
            console.print(Text(f"  {finding.key}: {finding.trouble}: {finding.detail}"), soft_wrap=True)
