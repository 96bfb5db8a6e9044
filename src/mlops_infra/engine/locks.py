"""The file backend's own locks: what a killed engine left is taken away, what a living one holds is respected.

Our environment's lock (`operations.lock`) keeps two of *us* apart; the engine's lock also keeps out somebody with the ordinary Pulumi
CLI. The engine never removes the lock of an engine that was killed, so the next one would refuse to start.
"""

from __future__ import annotations

import json
import socket
from datetime import datetime
from pathlib import Path

import psutil

from mlops_infra.errors import LockedError


def release_dead(folder: Path, stack: str) -> list[str]:
    """Remove the locks in `folder` whose engines are provably dead; returns who held them.

    Raises LockedError for any other: a living process, another host, or a file that cannot be read.
    """
    released = []
    for path in sorted(folder.glob("*.json")):
        try:
            told = json.loads(path.read_bytes())
            pid, host, since = int(told["pid"]), str(told["hostname"]), str(told["timestamp"])
            holder = f"{told['username']}@{host} (pid {pid})"
        except FileNotFoundError:
            continue
        except (OSError, ValueError, KeyError, TypeError):
            raise _held(stack, "an engine that wrote an unreadable lock", "an unknown time", path) from None
        if host != socket.gethostname() or _alive(pid, since):
            raise _held(stack, holder, since, path)
        path.unlink(missing_ok=True)
        released.append(holder)
    return released


def _alive(pid: int, since: str) -> bool:
    try:
        process = psutil.Process(pid)
        started = process.create_time()
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
    except psutil.NoSuchProcess:
        return False
    # A process that started after the lock was written has taken over the number of a dead one.
    return started <= datetime.fromisoformat(since).timestamp()


def _held(stack: str, holder: str, since: str, path: Path) -> LockedError:
    return LockedError(
        f"the engine's lock on {stack} is held by {holder} since {since}",
        where=str(path),
        hint="wait until that engine has ended; if it runs on another host and is gone, remove the lock with `mlops-infra unlock`",
    )
