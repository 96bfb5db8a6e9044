"""The writes of promotion, as a port: each of them is whole or not there at all, so that a crash between two leaves a state with a name.

Tests bring a disk that crashes at a chosen write.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final, Protocol

_PRIVATE: Final = 0o600


class Disk(Protocol):
    """What promotion does to files."""

    def replace(self, file: Path, data: bytes) -> None:
        """Give a file new contents; after a crash it has the old ones or the new ones."""

    def remove(self, file: Path) -> None:
        """Remove a file, if there is one."""


class RealDisk:
    """Implements `Disk`: temporary file, fsync, rename, fsync of the folder. A new file is 0600, an old one keeps its mode."""

    def replace(self, file: Path, data: bytes) -> None:
        """Raises OSError where the folder cannot be written."""
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = file.stat().st_mode & 0o7777 if file.exists() else _PRIVATE
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            Path(name).chmod(mode)
            Path(name).replace(file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync(file.parent)

    def remove(self, file: Path) -> None:
        """Raises OSError where the folder cannot be written."""
        file.unlink(missing_ok=True)
        _sync(file.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
