"""The ledger: verifying a long one, and appending to it with fsync.

    python benchmarks/ledger.py [--entries 1000000] [--appends 300] [--json FILE]

Beside verification in the same run: reading the same file line by line with Python's JSON parser, which checks nothing. Beside appending:
writing and syncing the same bytes to a file of its own, which is what the disk asks for.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import table

from mlops_infra.audit import Actor, Ledger
from mlops_infra.audit.entry import GENESIS, line_of
from mlops_infra.audit.verify import verify

WHO = Actor("ada", "ci", 7, "ada", True, "ssh")
DATA = {
    "counts": {"create": 3, "same": 459},
    "intent": 1,
    "milliseconds": 12345,
    "operation": "up",
    "parts": {"foundation": 200, "platform": 120, "teams-00": 142},
    "result": "succeeded",
    "verdict": "pass",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--appends", type=int, default=300)
    parser.add_argument("--verify", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path)
    told = parser.parse_args()
    if told.verify:
        print(json.dumps(verified(told.verify)))
        return 0
    with tempfile.TemporaryDirectory(prefix="mlops-infra-bench-") as folder:
        book = Path(folder) / "ledger.jsonl"
        written(book, told.entries)
        # In a process of its own, whose peak of memory is that of verification.
        command = [sys.executable, __file__, "--verify", str(book)]
        figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        figures |= {
            "entries": told.entries,
            "MiB of file": round(book.stat().st_size / 2**20, 1),
            "json.loads, s": parsed(book),
        }
        figures |= appended(book, told.appends)
    print(table([("what", "figure"), *((name, str(value)) for name, value in figures.items())]))
    if told.json:
        told.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0


def written(path: Path, entries: int) -> None:
    """A genuine ledger, without its fsyncs."""
    before = GENESIS
    with path.open("wb") as file:
        for seq in range(1, entries + 1):
            line, entry = line_of(
                seq=seq,
                time="2026-03-01T12:00:00.000000Z",
                kind="result",
                actor=WHO,
                ledger="0" * 32,
                prev=before,
                data=DATA,
            )
            file.write(line + b"\n")
            before = entry.hash


def verified(path: Path) -> dict[str, float]:
    """Seconds and peak memory of one verification."""
    started = time.perf_counter()
    found = verify(path)
    seconds = time.perf_counter() - started
    if not found.intact:
        raise SystemExit(f"the benchmark's ledger is not intact: {found.fault}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"verify, s": round(seconds, 2), "verify, peak MiB": round(peak, 1)}


def parsed(path: Path) -> float:
    """Seconds to read every line as JSON."""
    started = time.perf_counter()
    with path.open("rb") as file:
        for line in file:
            json.loads(line)
    return round(time.perf_counter() - started, 2)


def appended(path: Path, times: int) -> dict[str, float]:
    """Milliseconds of one append to the long ledger, and of the disk alone."""
    book, plain = Ledger(path), path.with_name("plain")
    ours, disk = [], []
    line = path.open("rb").readline()
    for _ in range(times):
        started = time.perf_counter()
        book.append("result", DATA, WHO)
        ours.append(time.perf_counter() - started)
        started = time.perf_counter()
        with plain.open("ab", buffering=0) as file:
            file.write(line)
            os.fsync(file.fileno())
        disk.append(time.perf_counter() - started)
    both = {"append": ours, "write and fsync": disk}
    return {f"{name} {point}, ms": ms for name, found in both.items() for point, ms in points(found)}


def points(found: list[float]) -> list[tuple[str, float]]:
    """The median and the 99th percentile, in milliseconds."""
    both = (("p50", statistics.median(found)), ("p99", statistics.quantiles(found, n=100)[98]))
    return [(name, round(seconds * 1000, 2)) for name, seconds in both]


if __name__ == "__main__":
    sys.exit(main())
