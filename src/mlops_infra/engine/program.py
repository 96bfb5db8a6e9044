"""The program that the ordinary Pulumi CLI runs (Pulumi.yaml): the part that the stack's name says, from the project's own files.

What earlier parts give is taken from their records, so they must have been deployed.
"""

from __future__ import annotations

from pathlib import Path

import pulumi

from mlops_infra.config import environments, find_stacks, load_environment
from mlops_infra.engine.parts import PartRecords
from mlops_infra.engine.workspace import EngineFolder, stack_name
from mlops_infra.errors import UsageError
from mlops_infra.platform import Given, part_names, part_program


def run(directory: Path | None = None) -> None:
    """Register the resources of the current Pulumi stack, which is called ``<environment>-<part>``.

    `directory` is where the search for ``stacks/`` starts (default: the working directory). Raises UsageError for a stack that is
    no part of an environment, or one whose earlier parts were never deployed.
    """
    stacks = find_stacks(directory or Path.cwd())
    stack = pulumi.get_stack()
    found = [
        (environment, part)
        for environment in environments(stacks)
        for part in part_names(load_environment(stacks, environment).environment)
    ]
    try:
        environment, part = next(pair for pair in found if stack_name(*pair) == stack)
    except StopIteration:
        raise UsageError(
            f"{stack} is no part of an environment",
            hint=f"choose one of: {', '.join(stack_name(*pair) for pair in found)}",
        ) from None
    env = load_environment(stacks, environment).environment
    parts = part_names(env)
    records = PartRecords(EngineFolder.of(stacks.parent / ".mlops-infra").root / "parts", environment)
    taken: dict[str, Given] = {}
    for earlier in parts[: parts.index(part)]:
        record = records.read(earlier)
        if record is not None and record.checkpoint:
            taken.update(record.taken())
        elif not earlier.startswith("teams-"):
            raise UsageError(
                f"part {earlier} was never deployed, and {part} takes values from it",
                hint=f"run `mlops-infra up --env {environment}` first",
            )
    part_program(env, part, taken)()
