"""The main commands on the shipped staging environment: time and peak memory of each.

    python benchmarks/environment.py [--env staging] [--json FILE] [--make]

Works in a copy of stack files and policies, so that nobody's environment is touched. ``--make`` adds the warm ``make up`` of the
checkout itself; the cold one is a matter of an empty home: ``HOME=$(mktemp -d) make up``.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from measure import Figure, measure, table

ROOT = Path(__file__).resolve().parent.parent
TOOL = Path(sys.executable).parent / "mlops-infra"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--env", default="staging")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--make", action="store_true")
    told = parser.parse_args()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="mlops-infra-bench-") as folder:
        project = Path(folder)
        for copied in ("stacks", "policies"):
            shutil.copytree(ROOT / copied, project / copied)
        log = project / "log"

        def run(name: str, *args: str) -> None:
            figure = measure(name, [str(TOOL), *args], cwd=project, log=log)
            figures.append(figure)
            print(f"{figure.name}: {figure.seconds:.1f} s, {figure.peak_bytes / 2**20:.0f} MiB", file=sys.stderr)
            if figure.exit_code != 0:
                print(log.read_text(errors="replace")[-4000:], file=sys.stderr)

        env = ("--env", told.env)
        try:
            run("up, empty sandbox", "up", *env, "--yes")
            run("up, no changes", "up", *env, "--yes")
            run("up --all, no changes", "up", *env, "--yes", "--all")
            run("plan, no changes", "plan", *env)
            run("drift", "drift", *env)
            _edit(project / "stacks" / f"{told.env}.yaml")
            run("plan, one value changed", "plan", *env)
            run("up, one value changed", "up", *env, "--yes")
            run("destroy --include-data", "destroy", *env, "--include-data", "--yes")
        finally:
            run("sandbox stop", "sandbox", "stop")
    if told.make:
        figures.append(measure("make up, warm", ["make", "up"], cwd=ROOT, log=Path("/dev/null")))
    rows = [("command", "seconds", "peak MiB", "exit")]
    rows += [(f.name, f"{f.seconds:.1f}", f"{f.peak_bytes / 2**20:.0f}", str(f.exit_code)) for f in figures]
    print(table(rows))
    if told.json:
        told.json.write_text(json.dumps([figure.as_json() for figure in figures], indent=2) + "\n")
    return 0 if all(figure.exit_code == 0 for figure in figures) else 1


def _edit(stack_file: Path) -> None:
    """One value that one resource depends on: the largest number of pods of a model."""
    text = stack_file.read_text()
    changed = text.replace("scale: {min: 2, max: 4}", "scale: {min: 2, max: 5}")
    if changed == text:
        raise SystemExit(f"{stack_file.name} has no `scale: {{min: 2, max: 4}}` to change")
    stack_file.write_text(changed)


if __name__ == "__main__":
    sys.exit(main())
