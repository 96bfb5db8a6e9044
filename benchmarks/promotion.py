"""`promote` beyond bare `up`: the same change of a release by `up` in dev and by `promote` from dev to staging, and where the time goes.

    python benchmarks/promotion.py [--rounds 2] [--json FILE]

Works in a copy of stack files and policies, with the sandbox. The step's gates are the policies, drift and the approvals' machinery; no
check waits for traffic, because that would measure patience. Each round promotes twice as far as people see it: the first time, where
nobody looked for drift for long (looks at both environments are forgotten before), is a dry run; the one that deploys comes within ten
minutes, when looks at what the release does not change still count.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from measure import measure, table

ROOT = Path(__file__).resolve().parent.parent
PHASES = "MLOPS_INFRA_BENCH_PHASES"
PIPELINE = """version: 1
environments: [dev, staging]
steps:
  - {from: dev, to: staging, gates: {policies: {fail_on: high}}}
"""
MODEL = """models:
  - name: fraud-scorer
    version: 3.5.{number}
    digest: sha256:{number:064x}
    image: registry.meridian-health.example/claims-fraud/fraud-scorer@sha256:{number:064x}
"""
AIM = 3.0
"""Seconds that `promote` may take beyond `up`."""


class Clock:
    """Seconds by phase of one command."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)

    def timed(self, phase: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, whose time counts for the phase."""

        def call(*args: Any, **options: Any) -> Any:
            started = time.monotonic()
            try:
                return function(*args, **options)
            finally:
                self.spent[phase] += time.monotonic() - started

        return call

    def proxy(self, inner: Any, phases: Mapping[str, str]) -> Any:
        """`inner`, some methods of which count for a phase."""
        clock = self

        class Proxy:
            def __getattr__(self, name: str) -> Any:
                found = getattr(inner, name)
                return clock.timed(phases[name], found) if name in phases else found

        return Proxy()


def command(words: list[str]) -> int:
    """Run one command of the tool in this process, and write its phases to the file that `PHASES` names."""
    from mlops_infra.cli import main as tool  # noqa: PLC0415 - the benchmark itself needs none of it
    from mlops_infra.cli.invocation import Invocation  # noqa: PLC0415

    clock = Clock()
    plain = Invocation()
    ports = plain.ports

    @contextmanager
    def engine(*args: Any, **options: Any) -> Iterator[Any]:
        with ports.engine(*args, **options) as made:
            yield clock.proxy(made, {"drift": "drift of the source", "preview": "preview", "up": "deploy"})

    @contextmanager
    def judge(context: Any, loaded: Any) -> Iterator[Any]:
        with ports.judge(context, loaded) as judgement:
            yield clock.timed("policies", judgement)

    timed_ports = replace(
        ports,
        engine=engine,
        judge=judge,
        authorise=clock.timed("access", ports.authorise),
        sandbox=lambda *args: clock.proxy(ports.sandbox(*args), {"start": "sandbox"}),
    )

    def rooms() -> Any:
        made = plain.rooms
        return replace(
            made, assess=clock.timed("receipt and gates", made.assess), verify=clock.timed("verify", made.verify)
        )

    started = time.monotonic()
    code = tool(words, Invocation(ports=lambda: timed_ports, rooms=rooms))
    clock.spent["other"] = time.monotonic() - started - sum(clock.spent.values())
    Path(os.environ[PHASES]).write_text(json.dumps(clock.spent))
    return code


class Bench:
    """A project, and what was measured in it."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.processor: dict[str, list[float]] = defaultdict(list)
        self.phases: dict[str, list[dict[str, float]]] = defaultdict(list)

    def run(self, name: str, *words: str) -> None:
        """Run a command in a process of its own; its time counts for `name`."""
        log, phases = self.project / "log", self.project / "phases"
        ours = [sys.executable, __file__, "--command", "--", *words]
        figure = measure(name, ours, cwd=self.project, log=log, env={**os.environ, PHASES: str(phases)})
        print(f"{name}: {figure.seconds:.1f} s, of processors {figure.cpu_seconds:.1f} s", file=sys.stderr)
        if figure.exit_code != 0:
            raise SystemExit(log.read_text(errors="replace")[-4000:])
        self.seconds[name].append(figure.seconds)
        self.processor[name].append(figure.cpu_seconds)
        self.phases[name].append(json.loads(phases.read_text()))

    def middle(self, name: str) -> float:
        """The median of a command's seconds."""
        return statistics.median(self.seconds[name])

    def work(self, name: str) -> float:
        """The median of a command's processor time, with all that it starts but the sandbox, in seconds."""
        return statistics.median(self.processor[name])

    def forget_looks(self) -> None:
        """Nobody has looked for drift for long."""
        for file in (self.project / ".mlops-infra" / "engine" / "parts").glob("*.json"):
            file.write_text(json.dumps({**json.loads(file.read_text()), "seen": 0.0}))

    def spent(self, name: str) -> dict[str, float]:
        """The medians of a command's phases."""
        keys = sorted({phase for found in self.phases[name] for phase in found})
        return {key: statistics.median(found.get(key, 0.0) for found in self.phases[name]) for key in keys}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--json", type=Path)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mlops-infra-bench-") as folder:
        bench = Bench(Path(folder))
        for copied in ("stacks", "policies"):
            shutil.copytree(ROOT / copied, bench.project / copied)
        (bench.project / "stacks" / "pipeline.yaml").write_text(PIPELINE)
        (bench.project / "stacks" / "prod.yaml").unlink()
        try:
            _rounds(bench, told.rounds)
        finally:
            bench.run("sandbox stop", "sandbox", "stop")
    beyond = bench.middle("promote") - bench.middle("up")
    commands = ("up", "promote --dry-run", "promote")
    names = sorted({phase for name in commands for phase in bench.spent(name)})
    whole = ("whole command", *(f"{bench.middle(name):.2f}" for name in commands))
    work = ("processor time", *(f"{bench.work(name):.2f}" for name in commands))
    print(table([("seconds", *commands), *((phase, *_cells(bench, commands, phase)) for phase in names), whole, work]))
    print(f"promote beyond bare up: {beyond:.2f} s (aim: at most {AIM:.0f} s)")
    if told.json:
        figures = {
            name: {
                "seconds": bench.seconds[name],
                "cpu_seconds": bench.processor[name],
                "phases": bench.spent(name),
            }
            for name in commands
        }
        told.json.write_text(json.dumps({"beyond_seconds": round(beyond, 2), **figures}, indent=2) + "\n")
    return 0


def _rounds(bench: Bench, rounds: int) -> None:
    for environment in ("dev", "staging"):
        bench.run("up, empty sandbox", "up", "--env", environment, "--yes")
    dev = bench.project / "stacks" / "dev.yaml"
    shipped = dev.read_text()
    step = ("promote", "--from", "dev", "--to", "staging", "--yes")
    for number in range(1, rounds + 1):
        dev.write_text(shipped.replace("models:\n  - name: fraud-scorer\n", MODEL.format(number=number)))
        bench.run("up", "up", "--env", "dev", "--yes")
        bench.forget_looks()
        bench.run("promote --dry-run", *step, "--dry-run")
        bench.run("promote", *step)


def _cells(bench: Bench, commands: tuple[str, ...], phase: str) -> list[str]:
    return [f"{bench.spent(name).get(phase, 0.0):.2f}" for name in commands]


if __name__ == "__main__":
    if "--command" in sys.argv:
        sys.exit(command(sys.argv[sys.argv.index("--command") + 2 :]))
    sys.exit(main())
