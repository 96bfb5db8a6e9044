"""Mutation testing of the rules: are the tests beside them good enough to notice every small mistake?

Each rule is changed in every way that `rego_mutants` knows; a mutant is *killed* where a test fails. With ``--library`` so is what
rules share: what its own tests let live is tried against the tests of all rules. Mutants that OPA refuses to compile are no Rego and
not counted, nor are the ones in ``equivalent.yaml``, which a reader found to mean the same, each with the reason.

Guards like `is_string(x)` live on when they are dropped: to ``opa test`` a built-in function that fails is merely undefined, while the
judge takes it as an error. Those are proved by `tests/sandbox/governance/test_odd_values.py`.

    python tests/mutation [--only REGEX] [--library] [--json FILE] [--least PERCENT]
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from rego_mutants import Mutant, mutants

from mlops_infra import toolchain
from mlops_infra.resources import data_dir

FOLDER: Final = data_dir("policies")
LIBRARY: Final = FOLDER / "lib"
EQUIVALENT: Final = Path(__file__).with_name("equivalent.yaml")
WORKERS: Final = 2
LEAST: Final = 85.0
"""Percent of all mutants that must be killed."""

Fate = Literal["killed", "survived", "equivalent", "no rego"]


@dataclass(frozen=True)
class Judged:
    """A mutant and what became of it."""

    file: str
    line: int
    code: str
    change: str
    fate: Fate


class Tester:
    """Runs the tests of rules with one file changed."""

    def __init__(self, opa: Path) -> None:
        self._opa = opa
        self._every_test = sorted(FOLDER.rglob("*_test.rego"))
        self._every_rule = [file for file in sorted(FOLDER.rglob("*.rego")) if not file.name.endswith("_test.rego")]
        self._library = sorted(file for file in LIBRARY.glob("*.rego") if not file.name.endswith("_test.rego"))
        self._equivalent = {
            (item["file"], item["code"], item["change"])
            for item in yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8"))
        }

    def mutants_of(self, file: Path) -> list[Mutant]:
        """A rule's mutants. Raises RuntimeError where its tests fail without any."""
        if self._fails([*self._needed(file), file]):
            raise RuntimeError(f"the tests of {file} fail as they are")
        command = [str(self._opa), "parse", "--format", "json", "--json-include", "locations", str(file)]
        parsed = subprocess.run(command, capture_output=True, check=True).stdout
        return mutants(file.read_text(encoding="utf-8"), json.loads(parsed))

    def judge(self, file: Path, mutant: Mutant) -> Judged:
        """What becomes of a mutant."""
        name = file.relative_to(FOLDER).as_posix()
        with tempfile.TemporaryDirectory() as folder:
            changed = Path(folder) / file.name
            changed.write_text(mutant.text, encoding="utf-8")
            failed = self._fails([*self._needed(file), changed])
            if failed is False and file.parent == LIBRARY:
                failed = self._fails(
                    [*(other for other in self._every_rule if other != file), *self._every_test, changed]
                )
        fate: Fate = "no rego" if failed is None else "killed" if failed else "survived"
        if fate == "survived" and (name, mutant.code, mutant.change) in self._equivalent:
            fate = "equivalent"
        return Judged(name, mutant.line, mutant.code, mutant.change, fate)

    def _needed(self, file: Path) -> list[Path]:
        tests = LIBRARY / "lib_test.rego" if file.parent == LIBRARY else file.with_name(f"{file.stem}_test.rego")
        return [tests, *(other for other in self._library if other != file)]

    def _fails(self, files: Sequence[Path]) -> bool | None:
        """Whether a test fails; None where the files do not compile."""
        command = [str(self._opa), "test", "--timeout", "20s", "--format", "json", *map(str, files)]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode == 0:
            return False
        # OPA says 2 where a test failed, 1 where it could not begin.
        return True if done.returncode == 2 else None


def main(arguments: Sequence[str]) -> int:
    """Prints the score and the survivors; the result is the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--only", default="", metavar="REGEX", help="only files whose path matches")
    parser.add_argument(
        "--library", action="store_true", help="what rules share, too (long: all tests for each mutant)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything to FILE")
    parser.add_argument("--least", type=float, default=LEAST, metavar="PERCENT", help="the score that is enough")
    asked = parser.parse_args(arguments)
    began = time.monotonic()
    tester = Tester(toolchain.ensure(["opa"])["opa"].path)
    files = [
        file
        for file in sorted(FOLDER.rglob("*.rego"))
        if not file.name.endswith("_test.rego")
        and file.name not in ("main.rego", "testing.rego")
        and (asked.library or file.parent != LIBRARY)
        and re.search(asked.only, file.relative_to(FOLDER).as_posix())
    ]
    judged: list[Judged] = []
    with ThreadPoolExecutor(WORKERS) as pool:
        for done, file in enumerate(files, 1):
            found = list(pool.map(lambda mutant, file=file: tester.judge(file, mutant), tester.mutants_of(file)))
            judged += found
            _show_survivors(found)
            if sys.stderr.isatty():
                print(f"\r{done}/{len(files)} files, {len(judged)} mutants", end="", file=sys.stderr, flush=True)
    report = _report(judged, time.monotonic() - began)
    print(
        f"{report['score']} % killed: {report['killed']} of {report['killed'] + report['survived']} mutants;"
        f" {report['equivalent']} more mean the same, {report['no rego']} are no Rego ({report['seconds']:.0f} s)"
    )
    if asked.json:
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        asked.json.write_text(
            json.dumps(report | {"mutants": [asdict(one) for one in judged]}, indent=1) + "\n", encoding="utf-8"
        )
    return 0 if report["score"] >= asked.least else 1


def _report(judged: list[Judged], seconds: float) -> dict[str, Any]:
    counted = {
        fate: sum(one.fate == fate for one in judged) for fate in ("killed", "survived", "equivalent", "no rego")
    }
    tried = counted["killed"] + counted["survived"]
    return {**counted, "score": round(100 * counted["killed"] / max(tried, 1), 1), "seconds": round(seconds, 1)}


def _show_survivors(judged: list[Judged]) -> None:
    for one in judged:
        if one.fate == "survived":
            print(f"policies/{one.file}:{one.line}: {one.change}\n    {one.code}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
