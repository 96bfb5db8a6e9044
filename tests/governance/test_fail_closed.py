"""Everything that keeps the rules from being asked, or from answering in full, is a failure with a message of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from fake_opa import whole
from fake_policies import ENTRIES, make_policies
from fake_world import FakeWorld

from mlops_infra.errors import OperationError
from mlops_infra.governance import policyset
from mlops_infra.governance.policyset import PolicySet
from mlops_infra.governance.refusal import Code
from mlops_infra.governance.server import OpaServer, OpaTimeouts
from mlops_infra.governance.verdict import Verdict
from mlops_infra.operations.check import check, fails

PROGRAM = '''#!{python}
"""Stands for OPA: answers on its address as `mode` says."""
import json, os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
mode = {mode!r}
if mode == "broken":
    sys.exit("1 error occurred: main.rego:3: rego_parse_error: unexpected token")
host, port = sys.argv[sys.argv.index("--addr") + 1].split(":")
class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args): pass
    def do_GET(self):
        if mode == "mute":
            os.read(os.open(os.devnull, os.O_RDONLY), 0)
            self.send_response(503)
        else:
            self.send_response(200)
        self.end_headers()
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if mode == "slow":
            import time
            time.sleep(600)
        if mode == "dies":
            os._exit(1)
        body = json.dumps({{"code": "internal_error", "message": "error(s) occurred while evaluating query", "errors": [
            {{"message": "object keys must be unique", "location": {{"file": "/p/pii/first/first.rego", "row": 7}}}}]}}).encode()
        if mode == "short":
            body = b'{{"result": {{"findings": [], "rul'
        self.send_response(500 if mode == "errors" else 200)
        self.send_header("Content-Length", str(len(body) + (1000 if mode == "cut" else 0)))
        self.end_headers()
        self.wfile.write(body)
HTTPServer((host, int(port)), Handler).serve_forever()
'''

Arrange = Callable[[FakeWorld, Path], None]


def remove(name: str) -> Arrange:
    return lambda world, folder: (folder / name).unlink()


def renamed(world: FakeWorld, folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))


def emptied(world: FakeWorld, folder: Path) -> None:
    for file in folder.rglob("*.rego"):
        file.unlink()


def shrunk_manifest(world: FakeWorld, folder: Path) -> None:
    manifest = policyset.manifest_of(folder, ENTRIES)
    policyset.write(folder, manifest.model_copy(update={"rules": manifest.rules[1:]}))


def write(name: str, text: str) -> Arrange:
    return lambda world, folder: (folder / name).write_text(text) and None


def absent(world: FakeWorld, folder: Path) -> None:
    world.opa.absent = OperationError("no release for this machine", hint="install it")


def not_runnable(world: FakeWorld, folder: Path) -> None:
    world.opa = lambda policies, programs: OpaServer(Path(folder, "no-such-opa"), policies)  # type: ignore[assignment]


def answers(answer: Callable[[PolicySet], Any]) -> Arrange:
    def arrange(world: FakeWorld, folder: Path) -> None:
        world.opa.answer = answer

    return arrange


def program(mode: str) -> Arrange:
    """A real process in the place of OPA, which misbehaves."""

    def arrange(world: FakeWorld, folder: Path) -> None:
        file = folder.parent / "opa"
        file.write_text(PROGRAM.format(python=sys.executable, mode=mode))
        file.chmod(0o700)
        limits = OpaTimeouts(start=0.5 if mode == "mute" else 20, decision=0.5 if mode == "slow" else 20, resource=0)
        world.opa = lambda policies, programs: OpaServer(file, policies, limits)  # type: ignore[assignment]

    return arrange


def without(rule_id: str) -> Callable[[PolicySet], Any]:
    def answer(policies: PolicySet) -> Any:
        made = whole([], policies)
        del made["rules"][rule_id]
        return made

    return answer


FINDING = {"rule": "MLI-PII-001", "resource": "urn:a", "path": [], "message": "m", "status": "fail"}

CASES: dict[str, tuple[Arrange, Code, str]] = {
    "policies renamed": (renamed, "no-policies", "the folder does not exist"),
    "policies empty": (emptied, "no-rules", "holds no rule"),
    "no manifest": (remove("manifest.json"), "no-manifest", "have no manifest"),
    "manifest cut": (write("manifest.json", '{"version": 1, '), "bad-manifest", "cannot be read"),
    "a rule's file removed": (remove("pii/first/first.rego"), "missing-policies", "has shrunk: 1 missing"),
    "a rule taken from the manifest": (shrunk_manifest, "missing-policies", "has shrunk: 1 missing"),
    "a rule changed": (
        write("pii/first/first.rego", "package mlops.pii.first\n"),
        "changed-policies",
        "differ from their manifest: pii/first/first.rego",
    ),
    "a file added": (write("pii/extra.rego", "package x\n"), "changed-policies", "pii/extra.rego"),
    "OPA absent": (absent, "opa-missing", "OPA cannot be had: no release"),
    "OPA not to be run": (not_runnable, "opa-does-not-start", "OPA does not start"),
    "OPA does not start": (program("broken"), "opa-does-not-start", "rego_parse_error"),
    "OPA mute": (program("mute"), "opa-too-slow", "did not answer within 0.5 s"),
    "OPA slow": (program("slow"), "opa-too-slow", "did not decide within 0.5 s"),
    "OPA dies": (program("dies"), "opa-died", "ended before it answered"),
    "a rule errors": (program("errors"), "rule-error", "first.rego:7: object keys must be unique"),
    "answer cut off": (program("cut"), "bad-answer", "truncated"),
    "answer is half a document": (program("short"), "bad-answer", "truncated"),
    "decision undefined": (answers(lambda policies: None), "undefined", "is undefined"),
    "decision empty": (answers(lambda policies: {}), "undefined", "is undefined"),
    "no findings told": (answers(lambda policies: {"rules": {}}), "bad-answer", "malformed: findings"),
    "no rules told": (answers(lambda policies: {"findings": []}), "bad-answer", "malformed: rules"),
    "answer is another type": (answers(lambda policies: True), "bad-answer", "malformed"),
    "finding of another form": (
        answers(lambda policies: whole([{**FINDING, "status": "pass"}], policies)),
        "bad-answer",
        "findings.0.status",
    ),
    "finding without a message": (
        answers(lambda policies: whole([{**FINDING, "message": ""}], policies)),
        "bad-answer",
        "findings.0.message",
    ),
    "wrong package": (answers(without("MLI-PII-002")), "missing-rules", "1 rules of the manifest were not asked: MLI-PII-002"),
    "no rule asked": (answers(lambda policies: {"findings": [], "rules": {}}), "missing-rules", "3 rules"),
    "unknown rule": (
        answers(lambda policies: whole([{**FINDING, "rule": "MLI-PII-999"}], policies)),
        "unknown-rule",
        "MLI-PII-999",
    ),
    "waivers unreadable": (
        lambda world, folder: (world.project.stacks / "waivers.yaml").write_text("waivers: [") and None,
        "bad-waivers",
        "cannot be read",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_it_fails_closed(name: str, tmp_path: Path) -> None:
    arrange, code, message = CASES[name]
    world = FakeWorld.make(tmp_path / "project")
    folder = make_policies(world.project.policies)
    arrange(world, folder)
    (verdict,) = check(world.context(), ["staging"])
    assert verdict.result == "fail"
    assert verdict.problem is not None
    assert (verdict.problem.code, message in verdict.problem.what) == (code, True), verdict.problem
    assert fails(verdict, fail_on="critical")


def test_every_reason_is_listed_above() -> None:
    assert {code for _, code, _ in CASES.values()} == set(get_args(Code))


def test_all_is_well_otherwise(tmp_path: Path) -> None:
    world = FakeWorld.make(tmp_path / "project")
    make_policies(world.project.policies)
    (verdict,) = check(world.context(), ["staging"])
    assert (verdict.result, verdict.problem) == ("pass", None)
    assert isinstance(verdict, Verdict)


def test_opa_has_time_for_each_resource() -> None:
    limits = OpaTimeouts()
    assert limits.of({}) == limits.decision
    assert limits.of({"resources": dict.fromkeys(range(20_000))}) == pytest.approx(130.0)
