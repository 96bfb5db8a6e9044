"""The writes of promotion, as a port: each of them is whole or not there at all, so that a crash between two leaves a state with a name.

Tests bring a disk that crashes at a chosen write.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from mlops_infra import durable


class Disk(Protocol):
    """What promotion does to files."""

    def replace(self, file: Path, data: bytes) -> None:
        """Give a file new contents; after a crash it has the old ones or the new ones."""

    def remove(self, file: Path) -> None:
        """Remove a file, if there is one."""


class RealDisk:
    """Implements `Disk` by `durable`. A new file is 0600, an old one keeps its mode."""

    def replace(self, file: Path, data: bytes) -> None:
        """Raises OSError where the folder cannot be written."""
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        durable.replace(file, data)

    def remove(self, file: Path) -> None:
        """Raises OSError where the folder cannot be written."""
        file.unlink(missing_ok=True)
        durable.sync(file.parent)
