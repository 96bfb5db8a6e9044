"""Waits for what another process does to files: the kernel tells of each change (inotify(7)) and of the process's end (pidfd_open(2)).

Nothing is asked by the clock, so that whoever waits for a moment that lasts a millisecond meets it.
"""

from __future__ import annotations

import ctypes
import os
import select
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_MODIFIED, _MOVED_TO, _CREATED, _DELETED = 0x2, 0x80, 0x100, 0x200
_LIBC = ctypes.CDLL(None, use_errno=True)


class Changes:
    """Changes below folders that are there already (not below folders of theirs)."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def until(self, reached: Callable[[], bool], pid: int, seconds: float) -> bool:
        """Wait for a change after which something is `reached`; False where the process `pid` ended before.

        The process is a child that nobody waits for meanwhile. Raises TimeoutError where nothing changes for so many `seconds`.
        """
        end = os.pidfd_open(pid)
        try:
            poll = select.poll()
            poll.register(self._handle, select.POLLIN)
            poll.register(end, select.POLLIN)
            while True:
                if reached():
                    return True
                told = poll.poll(seconds * 1000)
                if not told:
                    raise TimeoutError(f"nothing happened for {seconds} s")
                if any(handle == end for handle, _ in told):
                    return False
                os.read(self._handle, 65536)
        finally:
            os.close(end)


@contextmanager
def watching(folders: Sequence[Path]) -> Iterator[Changes]:
    """Watch folders from now on. Raises OSError where one is missing."""
    handle = _LIBC.inotify_init1(os.O_CLOEXEC)
    if handle < 0:
        raise OSError(ctypes.get_errno(), "inotify_init1")
    try:
        for folder in folders:
            if _LIBC.inotify_add_watch(handle, os.fsencode(folder), _MODIFIED | _MOVED_TO | _CREATED | _DELETED) < 0:
                raise OSError(ctypes.get_errno(), "inotify_add_watch", str(folder))
        yield Changes(handle)
    finally:
        os.close(handle)
