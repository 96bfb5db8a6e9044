"""The real OPA: what the fake of the unit tests must be like."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest
from fake_policies import ENTRIES, make_policies

from mlops_infra.config import load_environment
from mlops_infra.errors import OperationError, UsageError
from mlops_infra.governance import policyset
from mlops_infra.governance.policyset import PolicySet
from mlops_infra.governance.refusal import Refusal
from mlops_infra.governance.server import OpaServer, OpaTimeouts
from mlops_infra.operations.real import synthesized
from mlops_infra.resources import data_dir

pytestmark = pytest.mark.sandbox

DOCUMENT = {"version": 1}


def rules(folder: Path, **files: str) -> PolicySet:
    """The small policies with other texts: ``main``, or a rule's name."""
    make_policies(folder)
    for name, text in files.items():
        next(folder.rglob(f"{name}.rego")).write_text(text)
    policyset.write(folder, policyset.manifest_of(folder, ENTRIES))
    return policyset.load(folder)


def decision(program: Path, policies: PolicySet, **limits: float) -> Any:
    with OpaServer(program, policies, OpaTimeouts(**limits)) as opa:
        return opa.decide(DOCUMENT)


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_the_shipped_environments_pass(name: str, ask: Any, make: Any) -> None:
    if name == "staging":
        verdict = make({}).verdict  # The other tests have made it.
    else:
        loaded = load_environment(data_dir("stacks"), name)
        verdict = ask(loaded, synthesized(loaded))
    assert [(finding.rule.id, finding.name, finding.message) for finding in verdict.findings] == []


def test_the_manifest_is_current(opa_program: Path) -> None:
    assert policyset.load(data_dir("policies")).digest
    written = policyset.Manifest.model_validate_json((data_dir("policies") / policyset.MANIFEST).read_bytes())
    assert written == policyset.build(data_dir("policies"), opa_program), "run `mlops-infra policy manifest`"


def test_a_decision(opa_program: Path, tmp_path: Path) -> None:
    assert decision(opa_program, rules(tmp_path / "p")) == {"findings": []}


def test_a_rule_whose_function_fails_is_an_error(opa_program: Path, tmp_path: Path) -> None:
    broken = 'package mlops.pii.first\n\nfindings contains 1 if to_number("x") > 0\n'
    with pytest.raises(Refusal, match=r"first\.rego:3: to_number") as caught:
        decision(opa_program, rules(tmp_path / "p", first=broken))
    assert caught.value.code == "rule-error"


def test_rules_that_contradict_each_other_are_an_error(opa_program: Path, tmp_path: Path) -> None:
    broken = "package mlops.pii.first\n\nx := input.version\n\nx := 2\n\nfindings contains x\n"
    with pytest.raises(Refusal) as caught:
        decision(opa_program, rules(tmp_path / "p", first=broken))
    assert caught.value.code in ("rule-error", "opa-does-not-start")


def test_rego_that_does_not_parse(opa_program: Path, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="rego_parse_error") as caught:
        decision(opa_program, rules(tmp_path / "p", first="package mlops.pii.first\n\nfindings contains\n"))
    assert caught.value.code == "opa-does-not-start"


def test_another_package_leaves_the_decision_undefined(opa_program: Path, tmp_path: Path) -> None:
    assert decision(opa_program, rules(tmp_path / "p", main="package mlops.elsewhere\n\nfindings := set()\n")) is None


def test_a_rule_that_takes_too_long(opa_program: Path, tmp_path: Path) -> None:
    endless = (
        "package mlops.pii.first\n\nall := numbers.range(1, 3000)\n\n"
        "findings contains 1 if {\n\tsome x in all\n\tsome y in all\n\tx * y == -1\n}\n"
    )
    with pytest.raises(Refusal, match=r"did not decide within 0\.3 s"):
        decision(opa_program, rules(tmp_path / "p", first=endless), decision=0.3)


def test_opa_that_is_killed(opa_program: Path, tmp_path: Path) -> None:
    with OpaServer(opa_program, rules(tmp_path / "p")) as opa:
        opa.decide(DOCUMENT)
        assert opa.pid is not None
        os.kill(opa.pid, signal.SIGKILL)
        os.waitid(os.P_PID, opa.pid, os.WEXITED | os.WNOWAIT)
        with pytest.raises(Refusal, match="ended before it answered") as caught:
            opa.decide(DOCUMENT)
    assert caught.value.code == "opa-died"


def test_only_the_holder_of_the_token_gets_an_answer(opa_program: Path, tmp_path: Path) -> None:
    with OpaServer(opa_program, rules(tmp_path / "p")) as opa:
        opa.decide(DOCUMENT)
        command = Path(f"/proc/{opa.pid}/cmdline").read_text()
        address = command.split("--addr\0")[1].split("\0")[0]
        assert address.startswith("127.0.0.1:")
        assert httpx.post(f"http://{address}/v1/data/mlops/governance", json={}).status_code == 401
        wrong = {"Authorization": "Bearer guess"}
        assert httpx.put(f"http://{address}/v1/policies/x", content="package x", headers=wrong).status_code == 401


def test_metadata_is_read_and_must_be_complete(opa_program: Path, tmp_path: Path) -> None:
    folder = make_policies(tmp_path / "p")
    with pytest.raises(UsageError, match="no rule has METADATA"):
        policyset.build(folder, opa_program)
    rule = folder / "pii" / "first" / "first.rego"
    rule.write_text(
        "# METADATA\n# title: T\n# custom:\n#   id: MLI-PII-001\npackage mlops.pii.other\n\nfindings := set()\n"
    )
    with pytest.raises(UsageError, match="is not that of its folder") as caught:
        policyset.build(folder, opa_program)
    assert "severity" in str(caught.value)
    rule.write_text("package mlops.pii.first\n\nfindings contains\n")
    with pytest.raises(OperationError, match="does not accept"):
        policyset.build(folder, opa_program)
