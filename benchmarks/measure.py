"""Runs a command and tells what it took: time by the clock and of the processors, and the peak memory of its whole process tree."""

from __future__ import annotations

import resource
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

SAMPLE_SECONDS = 0.05


@dataclass(frozen=True)
class Figure:
    """One measured command: wall time and processor time in seconds, peak resident memory in bytes; of it and its children."""

    name: str
    seconds: float
    peak_bytes: int
    exit_code: int
    cpu_seconds: float

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "seconds": round(self.seconds, 2),
            "cpu_seconds": round(self.cpu_seconds, 2),
            "peak_mib": round(self.peak_bytes / 2**20),
            "exit_code": self.exit_code,
        }


def measure(name: str, command: Sequence[str], *, cwd: Path, log: Path, env: Mapping[str, str] | None = None) -> Figure:
    """Run `command` to its end; what it prints goes to `log`. The sandbox's processes live on their own and do not count."""
    started = time.monotonic()
    before = _processor_time()
    with log.open("ab") as out, subprocess.Popen(command, cwd=cwd, env=env, stdout=out, stderr=out) as process:
        done = threading.Event()
        peak = [0]

        def sample() -> None:
            while not done.wait(SAMPLE_SECONDS):
                peak[0] = max(peak[0], _resident(process.pid))

        sampler = threading.Thread(target=sample)
        sampler.start()
        code = process.wait()
        seconds = time.monotonic() - started
        done.set()
        sampler.join()
    return Figure(name, seconds, peak[0], code, _processor_time() - before)


def _processor_time() -> float:
    """Seconds of all children that ended, user and system, with theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _resident(pid: int) -> int:
    total = 0
    try:
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            try:
                total += process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
    except psutil.NoSuchProcess:
        return 0
    return total


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows (the first is the head) as aligned text."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)
