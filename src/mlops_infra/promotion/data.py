"""Versions of datasets: what exactly lies in a bucket, pinned as a manifest, and whether it still does.

``stacks/data/<dataset>/<digest12>.<environment>.jsonl`` is JSON Lines: a header, then one line per object, in the order of their keys. The
dataset's version is a digest over keys, sizes and hashes of contents only, so that equal contents have equal versions in every
environment; version ids, which differ from bucket to bucket, stand in the file beside them. Nothing holds more than a page of
objects in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mlops_infra.config import LoadedEnvironment
from mlops_infra.providers.connection import Connection

Trouble = Literal["version deleted", "content changed", "deleted since", "unreadable"]


@dataclass(frozen=True)
class Manifest:
    """A pinned version of a dataset. `digest`: ``sha256:…``, what `datasets[].version` says; `size` in bytes."""

    dataset: str
    environment: str
    bucket: str
    digest: str
    objects: int
    size: int
    file: Path


@dataclass(frozen=True)
class Finding:
    """One object that is not as it was pinned."""

    key: str
    trouble: Trouble
    detail: str


@dataclass(frozen=True)
class Verification:
    """Whether a pinned version is still there and unchanged: `checked` objects, and what is wrong with which."""

    manifest: Manifest
    checked: int
    findings: tuple[Finding, ...]

    @property
    def intact(self) -> bool:
        return not self.findings


def pin(
    loaded: LoadedEnvironment, connection: Connection, dataset: str, *, progress: Callable[[int], None] | None = None
) -> Manifest:
    """Write the manifest of what the dataset's bucket holds now. The stack file is not touched.

    Arguments: `connection` of the environment; `progress` is told the number of objects so far.
    Raises `UsageError` for an unknown dataset, `OperationError` where the bucket cannot be read.
    """
    raise NotImplementedError


def verify(
    loaded: LoadedEnvironment, connection: Connection, dataset: str, *, version: str | None = None
) -> Verification:
    """Look at every pinned object of a version (default: the one that the stack file names).

    Raises `UsageError` where there is no such version or no manifest of it for this environment, or where the file is not what its
    digest says.
    """
    raise NotImplementedError
