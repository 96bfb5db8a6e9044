"""The mutator makes the mistakes that it should, and nothing else of a module."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from rego_mutants import mutants

from mlops_infra import toolchain

pytestmark = pytest.mark.sandbox

SOURCE = """# METADATA
# title: none of this changes
package mlops.cost.it

about := rego.metadata.chain()[1].annotations

most := 3

findings contains {"message": "too much of it", "path": ["a", "b"]} if {
	some found in input.resources
	found.size > most
	not found.kind in {"big"}
	found["kind"] != "small"
}

allowed(x) := true if {
	every y in x { y == 1 }
} else := false
"""


def changes(tmp_path: Path) -> dict[int, set[str]]:
    file = tmp_path / "it.rego"
    file.write_text(SOURCE)
    opa = toolchain.ensure(["opa"])["opa"].path
    parsed = subprocess.run(
        [opa, "parse", "--format", "json", "--json-include", "locations", file], capture_output=True, check=True
    )
    found: dict[int, set[str]] = {}
    for mutant in mutants(SOURCE, json.loads(parsed.stdout)):
        before, after = SOURCE.splitlines(), mutant.text.splitlines()
        different = [number for number, pair in enumerate(zip(before, after, strict=True), 1) if pair[0] != pair[1]]
        assert different == [mutant.line], mutant
        assert before[mutant.line - 1].strip() == mutant.code
        found.setdefault(mutant.line, set()).add(after[mutant.line - 1].strip())
    return found


def test_every_part_of_a_rule_is_changed_once(tmp_path: Path) -> None:
    assert changes(tmp_path) == {
        7: {"most := 4"},
        9: {
            'findings contains {"~message": "too much of it", "path": ["a", "b"]} if {',
            'findings contains {"message": "too much of it", "~path": ["a", "b"]} if {',
            'findings contains {"message": "too much of it", "path": ["~a", "b"]} if {',
            'findings contains {"message": "too much of it", "path": ["a", "~b"]} if {',
        },
        10: {"true"},
        11: {"true", "not found.size > most", "found.size >= most", "found.size <= most"},
        12: {"true", 'found.kind in {"big"}', 'not found.kind in {"~big"}'},
        13: {"true", 'not found["kind"] != "small"', 'found["kind"] == "small"', 'found["kind"] != "~small"'},
        16: {"allowed(x) := false if {"},
        17: {
            "true",
            "every y in x { true }",
            "every y in x { not y == 1 }",
            "every y in x { y != 1 }",
            "every y in x { y == 2 }",
        },
        18: {"} else := true"},
    }
