"""Files that are whole or as they were before, also after a crash: a temporary file, fsync, rename, fsync of the folder.

A rename is what file systems do at once (rename(2)); without the fsync of the folder it may be lost with the power.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

PRIVATE: Final = 0o600


def replace(file: Path, data: bytes) -> None:
    """Give a file new contents. An old one keeps its mode, a new one is private. Raises OSError where the folder cannot be written."""
    with replacing(file) as out:
        out.write(data)


@contextmanager
def replacing(file: Path, mode: int | None = None) -> Iterator[IO[bytes]]:
    """The same for what is written piece by piece; an exception inside leaves what was there. `mode`: of the new file."""
    if mode is None:
        mode = file.stat().st_mode & 0o7777 if file.exists() else PRIVATE
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        Path(name).chmod(mode)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync(file.parent)


def sync(folder: Path) -> None:
    """Have a folder's entries on the disk. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
