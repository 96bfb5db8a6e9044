"""Checkpoints of a ledger: made and signed, stored in the environment's audit bucket under object lock, and read back.

The bucket's default retention keeps every checkpoint (compliance mode: nobody deletes it earlier), and its key holds the number of
entries, so that one is never written over another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlops_infra.audit.checkpoint import Checkpoint, SignedCheckpoint
from mlops_infra.audit.verify import verify
from mlops_infra.config import LoadedEnvironment, load_environment
from mlops_infra.errors import MlopsInfraError, OperationError, UsageError
from mlops_infra.operations.places import open_ledger
from mlops_infra.operations.ports import AuditBucketPort, Context
from mlops_infra.operations.record import Recorder
from mlops_infra.operations.session import connect, locked

if TYPE_CHECKING:
    from mlops_infra.audit import Entry, Ledger
    from mlops_infra.identity.signatures import Signer

NAMESPACE: Final = "mlops-infra-checkpoint@v1"
"""What the signatures are for: one made for something else is refused (OpenSSH, PROTOCOL.sshsig)."""
OPERATION: Final = "audit checkpoint"
_FOLDER: Final = "ledger-checkpoints"


@dataclass(frozen=True)
class Stored:
    """A checkpoint and where it lies: ``s3://bucket/key`` or a file."""

    signed: SignedCheckpoint
    where: str


@dataclass(frozen=True)
class Seen:
    """A checkpoint that was read, and who signed it; None for one without a signature."""

    stored: Stored
    signer: Signer | None


def make(context: Context, environment: str) -> Stored:
    """Write a checkpoint of the ledger as it is now into the audit bucket, signed with the actor's key where there is one.

    Raises OperationError where the ledger is empty or not intact, or where the bucket does not take it (no `up` yet).
    """
    loaded = load_environment(context.project.stacks, environment)
    with locked(context, loaded, OPERATION) as (_, recorder, _):
        return _made(context, loaded, recorder)


def after(context: Context, environment: str, recorder: Recorder) -> None:
    """What a deployment ends with on AWS: a checkpoint, made by who holds the environment's lock.

    Failing to write it is a notice: the deployment is done all the same. In the sandbox none is written, because a locked object keeps its
    bucket, and with it the environment, from being destroyed.
    """
    try:
        loaded = load_environment(context.project.stacks, environment)
        if loaded.environment.target == "aws":
            _made(context, loaded, recorder)
    except MlopsInfraError as error:
        what = error.what.splitlines()[0] if error.what else type(error).__name__
        context.notice(
            f"no checkpoint of the ledger was written: {what}; `mlops-infra audit checkpoint --env {environment}` tries again"
        )


def from_bucket(context: Context, environment: str) -> tuple[Stored, ...]:
    """All checkpoints of an environment in its audit bucket. Raises OperationError where it cannot be read."""
    loaded = load_environment(context.project.stacks, environment)
    found = _bucket(context, loaded).all(f"{_FOLDER}/{environment}/")
    return tuple(Stored(SignedCheckpoint.parse(data, where), where) for where, data in found)


def from_files(files: Sequence[Path]) -> tuple[Stored, ...]:
    """Checkpoints from files that were taken out of the bucket; offline. Raises UsageError."""
    found = []
    for file in files:
        try:
            data = file.read_bytes()
        except OSError as error:
            raise UsageError(f"the checkpoint cannot be read: {error.strerror}", where=str(file)) from None
        found.append(Stored(SignedCheckpoint.parse(data, str(file)), str(file)))
    return tuple(found)


def seen(stacks: Path, environment: str, stored: Sequence[Stored]) -> tuple[Seen, ...]:
    """Whose the checkpoints are. Raises UsageError for one of another environment, SignatureRefused for a signature that proves nothing."""
    from mlops_infra.identity import signatures  # noqa: PLC0415 - brings cryptography
    from mlops_infra.identity.signers import load_signers  # noqa: PLC0415

    found = []
    for one in stored:
        checkpoint, signature = one.signed.checkpoint, one.signed.signature
        if checkpoint.environment != environment:
            raise UsageError(f"this checkpoint is of {checkpoint.environment}, not of {environment}", where=one.where)
        signer = None
        if signature is not None:
            at = datetime.fromisoformat(checkpoint.time)
            signer = signatures.verify(checkpoint.statement(), signature, NAMESPACE, load_signers(stacks), at)
        found.append(Seen(one, signer))
    return tuple(found)


def _made(context: Context, loaded: LoadedEnvironment, recorder: Recorder) -> Stored:
    environment = loaded.environment.environment
    last = _intact(open_ledger(context, environment))
    checkpoint = Checkpoint.at(environment, last, context.ports.clock())
    signed = SignedCheckpoint(checkpoint=checkpoint, signature=_signature(context, checkpoint))
    key = f"{_FOLDER}/{environment}/{last.ledger}/{last.seq:012d}.json"
    where = _bucket(context, loaded).put(key, signed.to_bytes())
    recorder.observed(OPERATION, {"count": last.seq, "head": last.hash, "where": where})
    return Stored(signed, where)


def _bucket(context: Context, loaded: LoadedEnvironment) -> AuditBucketPort:
    return context.ports.audit_bucket(connect(context, loaded), loaded)


def _intact(ledger: Ledger) -> Entry:
    found = verify(ledger.path)
    if found.fault is not None:
        raise OperationError(
            f"the ledger is not intact: {found.fault.what}",
            where=str(ledger.path),
            hint="keep the file as evidence; `mlops-infra audit verify` tells more",
        )
    last = next(ledger.newest_first(), None)
    if last is None:
        raise OperationError("the ledger has no entries yet", where=str(ledger.path), hint="run `mlops-infra up` first")
    return last


def _signature(context: Context, checkpoint: Checkpoint) -> str | None:
    if context.identity is None:
        return None
    from mlops_infra.identity.signatures import sign  # noqa: PLC0415 - brings cryptography

    return sign(checkpoint.statement(), context.identity, NAMESPACE)
