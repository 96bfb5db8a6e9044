"""Erasing a person from the ledgers of a project (GDPR Art. 17): who stands behind their pseudonym is forgotten, and no entry is touched.

One pseudonym stands for a person in all environments of a project. So whoever erases them must be allowed to in each environment whose
ledger holds it, and each of these ledgers tells that it was done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from mlops_infra.config import load_environment
from mlops_infra.errors import UsageError
from mlops_infra.identity.pseudonyms import Pseudonyms
from mlops_infra.operations.authorising import authorised
from mlops_infra.operations.deploy import DeclinedError
from mlops_infra.operations.places import open_ledger
from mlops_infra.operations.ports import Context
from mlops_infra.operations.record import Recorder

OPERATION: Final = "audit forget"


@dataclass(frozen=True)
class Forgotten:
    """A pseudonym that is nobody's any more on this machine, and the environments whose ledgers say so."""

    pseudonym: str
    environments: tuple[str, ...]


def forget(
    context: Context, name: str, environments: Sequence[str], *, confirm: Callable[[Forgotten], bool]
) -> Forgotten:
    """Erase who stands behind a person's pseudonym, on this machine. Their name is recorded nowhere.

    Arguments: `name` as they acted: the actor's in ``access.yaml``, or ``USER@HOST`` where nothing was proved; `environments`: at least
    all whose ledgers hold the pseudonym; `confirm` gets what would be done.
    Raises GateError where the actor may not in one of them, UsageError for a person without a pseudonym here and for environments that
    are missing, DeclinedError.
    """
    loaded = [load_environment(context.project.stacks, context.project.check(one)) for one in environments]
    with context.opa.scope():
        permitted = [authorised(context, one, OPERATION) for one in loaded]
    people = Pseudonyms(context.project.state_dir())
    pseudonym = people.known(name)
    if pseudonym is None:
        raise UsageError(
            "nobody of that name has a pseudonym on this machine",
            where=str(people.path),
            hint="name them as they acted: as in stacks/access.yaml, or USER@HOST without a proof (docs/audit.md)",
        )
    _must_be_all(context, pseudonym, environments)
    doomed = Forgotten(pseudonym, tuple(environments))
    if not confirm(doomed):
        raise DeclinedError(OPERATION)
    with ExitStack() as stack:
        for environment, who in zip(environments, permitted, strict=True):
            recorder = Recorder(open_ledger(context, environment), who.actor)
            stack.enter_context(recorder.change(OPERATION, {"pseudonym": pseudonym}))
        people.forget(name)
    return doomed


def _must_be_all(context: Context, pseudonym: str, environments: Sequence[str]) -> None:
    others = [name for name in context.project.environments() if name not in environments]
    held = [name for name in others if open_ledger(context, name).mentions(pseudonym)]
    if held:
        raise UsageError(
            f"{pseudonym} stands in the ledger of {', '.join(held)}, too",
            hint="say `--all`: a person is erased from all environments at once",
        )
