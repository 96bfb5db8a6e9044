"""The trust files (who may approve, with which keys, and what must be approved) and their recorded versions.

Whoever can edit these files could otherwise make themselves an approver. The store therefore keeps the version that the last promotion was
judged by; a promotion is judged by that one, and where the files differ from it, so many of *its* people as its own quorum asks for must
approve the receipt, which covers the new files. After the promotion the new version is recorded. The first promotion records what it finds.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import rfc8785

from mlops_infra.errors import GateError, LockedError
from mlops_infra.identity import access_file, signers
from mlops_infra.promotion import pipeline

if TYPE_CHECKING:
    from mlops_infra.identity.access_file import AccessFile
    from mlops_infra.identity.signers import AllowedSigners
    from mlops_infra.promotion.pipeline import Pipeline
    from mlops_infra.promotion.store import Store

FILES: Final = (access_file.FILE, signers.SIGNERS_FILE, signers.REVOKED_FILE, pipeline.FILE)


@dataclass(frozen=True)
class Trust:
    """One version of the trust files. `files`: text by name, without those that are not there; `number` in the store, None if not in it."""

    files: Mapping[str, str]
    access: AccessFile
    signers: AllowedSigners
    pipeline: Pipeline | None
    number: int | None = None

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 of each file."""
        return {name: sha256(text.encode()).hexdigest() for name, text in sorted(self.files.items())}

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all of them."""
        return sha256(rfc8785.dumps(self.digests)).hexdigest()

    def changed_since(self, older: Trust) -> tuple[str, ...]:
        """Names of the files that differ."""
        names = sorted(self.files.keys() | older.files.keys())
        return tuple(name for name in names if self.files.get(name) != older.files.get(name))


def read(stacks: Path) -> Trust:
    """The trust files of a folder of stack files. Raises ConfigError or UsageError with the place of a mistake."""
    files = {name: (stacks / name).read_text(encoding="utf-8") for name in FILES if (stacks / name).exists()}
    return _parsed(stacks, files, None)


def recorded(store: Store) -> Trust | None:
    """The version that the next promotion is judged by; None before the first. Raises GateError where it is damaged."""
    keys = store.keys("trust/")
    if not keys:
        return None
    data = store.get(keys[-1])
    try:
        told = json.loads(data or b"")
        files = {name: str(told["files"][name]) for name in FILES if name in told["files"]}
        with tempfile.TemporaryDirectory() as folder:
            stacks = Path(folder) / "recorded"
            for name, text in files.items():
                (stacks / name).parent.mkdir(parents=True, exist_ok=True)
                (stacks / name).write_text(text, encoding="utf-8")
            stacks.mkdir(exist_ok=True)
            found = _parsed(stacks, files, int(keys[-1].rpartition("/")[2]))
        if found.digest != told["digest"]:
            raise ValueError("digest")
    except (ValueError, KeyError, TypeError) as error:
        raise GateError("the recorded version of the trust files is damaged", where=keys[-1]) from error
    return found


def record(store: Store, trust: Trust, receipt: str) -> Trust:
    """Make `trust` the version by which the next promotion is judged; one that is so already stays.

    Arguments: `receipt`: digest of the receipt whose promotion brought it. Raises LockedError where somebody else recorded one meanwhile.
    """
    latest = recorded(store)
    if latest is not None and latest.digest == trust.digest:
        return latest
    number = (latest.number or 0) + 1 if latest else 1
    told: dict[str, Any] = {"files": dict(trust.files), "digest": trust.digest, "receipt": receipt}
    if not store.put_new(f"trust/{number:06d}", rfc8785.dumps(told)):
        raise LockedError(
            "another promotion recorded the trust files meanwhile", where="trust", hint="look at it, then run again"
        )
    return Trust(trust.files, trust.access, trust.signers, trust.pipeline, number)


def _parsed(stacks: Path, files: Mapping[str, str], number: int | None) -> Trust:
    return Trust(
        files, access_file.load_access(stacks), signers.load_signers(stacks), pipeline.load_pipeline(stacks), number
    )
