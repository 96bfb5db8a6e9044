"""`check` on the shipped staging environment and on many teams, beside conftest and checkov on the same Kubernetes objects.

    python benchmarks/governance.py [--teams 300 3000] [--whole] [--saves N] [--peers] [--json FILE]

``check`` runs as a whole process: first (nothing remembered), and again; ``cpu`` is the processor time of all of it, which a busy machine
hardly changes. ``check --watch`` is told from the moment in which a stack file with one other value is saved until its verdict stands on
stdout: the median of some saves. Its parts are told apart in this process: synth, the input document, and OPA's decision (processor time
of the server). Many teams are judged as a whole process only where ``--whole`` asks for it. With ``--peers`` conftest (``go install``) and
checkov (a virtual environment of its own) are fetched into a temporary folder unless they are on the PATH; what cannot be had is said.
conftest judges by one rule (limits are set), checkov by all that it has for Kubernetes: they bound what the same objects cost elsewhere,
and are not the same question.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import psutil
import yaml
from config_load import write_stacks
from measure import Figure, measure, table

from mlops_infra.config import LoadedEnvironment, load_environment
from mlops_infra.engine.synth import synthesize
from mlops_infra.governance import policyset
from mlops_infra.governance.document import input_document, plain
from mlops_infra.governance.server import OpaServer, OpaTimeouts
from mlops_infra.graph import Graph
from mlops_infra.toolchain import ensure

ROOT = Path(__file__).resolve().parent.parent
TOOL = Path(sys.executable).parent / "mlops-infra"
CONFTEST = "github.com/open-policy-agent/conftest@v0.71.1"
PATIENCE = OpaTimeouts(decision=600.0)
LIMITS = """package main

deny contains message if {
	some container in input.spec.template.spec.containers
	not container.resources.limits.memory
	message := sprintf("%s has no memory limit", [container.name])
}
"""

Row = dict[str, object]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--teams", type=int, nargs="*", default=[300])
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--saves", type=int, default=10)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--json", type=Path)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mlops-infra-bench-") as folder:
        rows = list(whole(Path(folder) / "whole", ROOT / "stacks", "staging"))
        rows += watched(Path(folder) / "whole", told.saves)
        loaded = load_environment(ROOT / "stacks", "staging")
        graph, row = parts("staging", loaded)
        rows.append(row)
        for teams in told.teams:
            stacks = Path(folder) / f"teams-{teams}"
            write_stacks(stacks, teams)
            rows.append(parts(f"{teams} teams", load_environment(stacks, "staging"))[1])
            if told.whole:
                rows += whole(Path(folder) / f"whole-{teams}", stacks, f"{teams} teams")
        rows += peers(graph, Path(folder), fetch=told.peers)
    columns = list(dict.fromkeys(key for row in rows for key in row))
    print(table([tuple(columns), *(tuple(str(row.get(key, "")) for key in columns) for row in rows)]))
    if told.json:
        told.json.write_text(json.dumps(rows, indent=2) + "\n")
    return 0


def whole(project: Path, stacks: Path, of: str) -> Iterator[Row]:
    """The command as people run it."""
    shutil.copytree(stacks, project / "stacks")
    shutil.copytree(ROOT / "policies", project / "policies")
    command = [str(TOOL), "check", "--env", "staging"]
    for name in (f"check of {of}, first", f"check of {of}, again"):
        found = measure(name, command, cwd=project, log=project / "log")
        yield figures(name, found)


EDITS = {
    "a team's budget": ("base.yaml", "    budget: 9000\n", "    budget: 90{:02}\n"),
    "a model's version": ("base.yaml", "    version: 3.4.1\n", "    version: 3.5.{}\n"),
    "a dataset's retention": ("base.yaml", "    retention: P7Y\n", "    retention: P{}Y\n"),
    "the database's storage": ("base.yaml", "    storage: 50\n", "    storage: 1{:02}\n"),
}
"""What somebody edits: the file, a line of it, and the line that stands there then, with another number at each save."""


def watched(project: Path, saves: int) -> Iterator[Row]:
    """From a saved stack file to the verdict, by one watch for all of `EDITS`."""
    command = [str(TOOL), "check", "--env", "staging", "--watch"]
    with (
        (project / "log").open("ab") as log,
        subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        told = iter(process.stdout or ())
        verdict(told)
        for name, (file, line, other) in EDITS.items():
            path = project / "stacks" / file
            text = path.read_text()
            seconds, cpu = [], []
            for save in range(saves):
                before = tree_time(process.pid)
                started = time.monotonic()
                path.write_text(text.replace(line, other.format(save + 8), 1))
                verdict(told)
                seconds.append(time.monotonic() - started)
                cpu.append(tree_time(process.pid) - before)
            what = f"check --watch, {name}"
            yield {"what": what, "seconds": round(median(seconds), 2), "cpu": round(median(cpu), 2)}
        process.send_signal(signal.SIGINT)


def verdict(lines: Iterator[str]) -> None:
    """Wait for the line that says it."""
    for line in lines:
        if line.startswith("staging: "):
            return
    raise RuntimeError("the watch ended; see its log")


def tree_time(pid: int) -> float:
    """Processor time of a process and of those that it started, seconds."""
    parent = psutil.Process(pid)
    return sum(sum(process.cpu_times()[:2]) for process in (parent, *parent.children(recursive=True)))


def figures(name: str, found: Figure) -> Row:
    """A measured command as a row."""
    return {
        "what": name,
        "seconds": round(found.seconds, 2),
        "cpu": round(found.cpu_seconds, 2),
        "peak MiB": found.peak_bytes // 2**20,
    }


def parts(name: str, loaded: LoadedEnvironment) -> tuple[Graph, Row]:
    """Synth, document and decision of one environment, with modules imported and OPA ready."""
    policies = policyset.load(ROOT / "policies")
    if name == "staging":
        synthesize(loaded.environment, loaded.origin)  # Imports the provider SDKs.
    with processor_time() as synth:
        graph = synthesize(loaded.environment, loaded.origin)
    with processor_time() as made:
        document = input_document(loaded, graph, datetime.now(UTC).date())
    with OpaServer(ensure(["opa"])["opa"].path, policies, PATIENCE) as opa:
        opa.decide({**document, "resources": {}, "edges": {}, "by_type": {}})
        server = psutil.Process(opa.pid)
        before = server.cpu_times()
        opa.decide(document)
        after = server.cpu_times()
    return graph, {
        "what": f"{name}, in one process",
        "resources": len(graph),
        "synth": round(synth[0], 2),
        "document": round(made[0], 3),
        "decision": round(after.user + after.system - before.user - before.system, 3),
    }


def peers(graph: Graph, folder: Path, *, fetch: bool) -> Iterator[Row]:
    """conftest and checkov on the graph's Kubernetes objects."""
    manifests = folder / "manifests"
    manifests.mkdir()
    count = 0
    for count, resource in enumerate((r for r in graph if r.plane == "kubernetes"), start=1):
        group, kind = resource.type.removeprefix("kubernetes:").split(":")
        api = group.removeprefix("core/")
        body: dict[str, Any] = {"apiVersion": api, "kind": kind, **plain(resource.inputs)}
        (manifests / f"{count:05d}.yaml").write_text(yaml.safe_dump(body))
    (folder / "rules").mkdir()
    (folder / "rules" / "limits.rego").write_text(LIMITS)
    asked: dict[str, tuple[Path | None, Sequence[str]]] = {
        "conftest": (conftest(folder, fetch), ("test", "--policy", str(folder / "rules"), str(manifests))),
        "checkov": (
            checkov(folder, fetch),
            ("--framework", "kubernetes", "--quiet", "--compact", "-d", str(manifests)),
        ),
    }
    for name, (program, args) in asked.items():
        if program is None:
            yield {"what": f"{name}: not to be had here"}
            continue
        found = measure(name, [str(program), *args], cwd=folder, log=folder / "log")
        yield figures(f"{name} on {count} manifests", found)


def conftest(folder: Path, fetch: bool) -> Path | None:
    """conftest on the PATH, or built by Go."""
    if found := shutil.which("conftest"):
        return Path(found)
    go = shutil.which("go") or shutil.which("go", path=str(Path(sys.executable).parent))
    if not fetch or go is None:
        return None
    environment = {**os.environ, "GOBIN": str(folder / "bin"), "GOFLAGS": "-trimpath"}
    done = subprocess.run([go, "install", CONFTEST], env=environment, capture_output=True, check=False)
    return folder / "bin" / "conftest" if done.returncode == 0 else None


def checkov(folder: Path, fetch: bool) -> Path | None:
    """checkov on the PATH, or installed into a virtual environment of its own."""
    if found := shutil.which("checkov"):
        return Path(found)
    if not fetch:
        return None
    home = folder / "checkov"
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    done = subprocess.run(
        [str(home / "bin" / "pip"), "install", "--quiet", "checkov"], capture_output=True, check=False
    )
    return home / "bin" / "checkov" if done.returncode == 0 else None


@contextmanager
def processor_time() -> Iterator[list[float]]:
    """A list that holds the processor time of this process inside, afterwards."""
    took: list[float] = []
    started = time.process_time()
    yield took
    took.append(time.process_time() - started)


if __name__ == "__main__":
    sys.exit(main())
