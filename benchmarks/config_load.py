"""Loading a stack file of many teams: reading, validation with its rules, and asking for an origin per resource.

    python benchmarks/config_load.py [--teams 1000] [--json FILE]

Beside it in the same run: PyYAML's fast loader and ruamel.yaml on the same bytes, which give values without places or rules.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from measure import table

from mlops_infra.config import load_environment, show, validate
from mlops_infra.config.edit import read_alike
from mlops_infra.config.node import plain
from mlops_infra.config.reader import read_layer

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--teams", type=int, default=1000)
    parser.add_argument("--json", type=Path)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mlops-infra-bench-") as folder:
        stacks = Path(folder) / "stacks"
        base = write_stacks(stacks, told.teams)
        text = base.read_text()
        loaded = load_environment(stacks, "staging")
        paths = [("teams", team.name, "quota") for team in loaded.environment.teams]
        figures = {
            "load_environment": best(lambda: load_environment(stacks, "staging")),
            "validate, all environments": best(lambda: validate(stacks)),
            "our reader alone": best(lambda: read_layer(base)),
            "PyYAML CSafeLoader alone": best(lambda: yaml.load(text, Loader=yaml.CSafeLoader)),
            "ruamel.yaml alone": best(lambda: read_alike(text), times=1),
            "an origin for each team": best(lambda: [loaded.origin(path) for path in paths]),
            "show with origins": best(lambda: show(loaded, origins=True)),
        }
        size = base.stat().st_size
    print(f"{told.teams} teams, {told.teams} models, {size / 2**20:.2f} MiB; best of 3, process time")
    print(table([("what", "seconds"), *((name, f"{seconds:.3f}") for name, seconds in figures.items())]))
    if told.json:
        told.json.write_text(json.dumps({"teams": told.teams, "bytes": size, "seconds": figures}, indent=2) + "\n")
    return 0


LOT = 1_000


def write_stacks(stacks: Path, teams: int) -> Path:
    """The shipped files with the first team and model many times over, `LOT` of them in a layer (docs/configuration.md has the limits)."""
    stacks.mkdir()
    base: dict[str, Any] = plain(read_layer(ROOT / "stacks" / "base.yaml"))  # type: ignore[assignment]
    team, model = base["teams"][0], base["models"][0]
    team = {**team, "flows": [{"to": "mlflow/mlflow", "port": 5000}]}
    more = []
    for start in range(0, teams, LOT):
        numbers = range(start, min(teams, start + LOT))
        lot = {
            "teams": [{**team, "name": f"team-{n}"} for n in numbers],
            "models": [{**model, "name": f"model-{n}", "team": f"team-{n}"} for n in numbers],
        }
        if start == 0:
            base.update(lot)
        else:
            more.append(f"teams-{start}.yaml")
            (stacks / more[-1]).write_text(yaml.dump(lot, Dumper=Written, sort_keys=False))
    written = {"extends": more, **base} if more else base
    (stacks / "base.yaml").write_text(yaml.dump(written, Dumper=Written, sort_keys=False))
    for name in ("dev", "staging", "prod"):
        layer: dict[str, Any] = plain(read_layer(ROOT / "stacks" / f"{name}.yaml"))  # type: ignore[assignment]
        own = {key: value for key, value in layer.items() if key not in {"teams", "models"}}
        (stacks / f"{name}.yaml").write_text(yaml.dump(own, Dumper=Written, sort_keys=False))
    return stacks / "base.yaml"


class Written(yaml.SafeDumper):
    """Writes values out where they are shared, as people do."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the name is PyYAML's
        return True


def best(work: Callable[[], object], times: int = 3) -> float:
    """The shortest of several runs, seconds of process time."""
    found = []
    for _ in range(times):
        started = time.process_time()
        work()
        found.append(time.process_time() - started)
    return min(found)


if __name__ == "__main__":
    sys.exit(main())
