"""policy and waiver: the rules of a project, its manifest, their tests, and the exceptions from them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Final

from mlops_infra.config import load_environment
from mlops_infra.errors import OperationError, UsageError
from mlops_infra.governance import frameworks, policyset, waiver_edit
from mlops_infra.governance.reference import page
from mlops_infra.governance.verdict import Rule
from mlops_infra.governance.waivers import Entry, Waiver, load_waivers, why_not
from mlops_infra.operations.authorising import authorised
from mlops_infra.operations.places import open_ledger
from mlops_infra.operations.ports import Context
from mlops_infra.operations.project import Project
from mlops_infra.operations.record import Recorder

TEST_SECONDS: Final = 300.0
_TOLD_LINES: Final = 40


def rules(project: Project) -> list[Rule]:
    """All rules by id. Raises Refusal where they are not all there."""
    return list(policyset.load(project.policies).rules.values())


def rule_named(project: Project, rule_id: str) -> Rule:
    """One rule. Raises UsageError where there is none of this id."""
    for rule in rules(project):
        if rule.id == rule_id.upper():
            return rule
    raise UsageError(f"there is no rule {rule_id!r}", hint="`mlops-infra policy list` shows them")


def clauses(project: Project, framework: str) -> list[frameworks.Clause]:
    """A framework's clauses with the rules that serve them."""
    return frameworks.controls(project.policies, framework, rules(project))


def reference(project: Project) -> str:
    """The reference of all rules as Markdown."""
    return page(rules(project))


def manifest(context: Context) -> policyset.Manifest:
    """Write the manifest of the project's policies anew; returns it. Raises UsageError for incomplete METADATA."""
    made = policyset.build(context.project.policies, context.programs(["opa"])["opa"])
    policyset.write(context.project.policies, made)
    return made


def test(context: Context) -> str:
    """Run the rules' own tests; returns a summary. Raises OperationError where one fails, or where a line of a rule is covered by none."""
    folder = context.project.policies
    command = [str(context.programs(["opa"])["opa"]), "test", "--coverage", "--ignore", "*.yaml", "--ignore", "*.json"]
    try:
        done = subprocess.run(
            [*command, "--timeout", f"{TEST_SECONDS:.0f}s", "."],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=TEST_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OperationError(f"OPA cannot test the policies: {type(error).__name__}", where=str(folder)) from None
    if done.returncode:
        told = (done.stdout.strip() or done.stderr.strip()).splitlines()
        raise OperationError(f"the policies' tests fail:{_lines(told)}", where=str(folder))
    covered = json.loads(done.stdout)
    missed = [
        f"{file}:{part['start']['row']}"
        for file, told in covered["files"].items()
        for part in told.get("not_covered", ())
    ]
    if missed or not covered["files"]:
        why = f"no test covers these lines:{_lines(missed)}" if missed else "there are no tests"
        raise OperationError(why, where=str(folder), hint="test what the line decides, both ways")
    return f"the tests of {len(covered['files'])} files pass and cover every line"


def _lines(told: Sequence[str]) -> str:
    return "".join(f"\n  {line}" for line in told[-_TOLD_LINES:])


def waivers(context: Context) -> list[tuple[Entry, str | None]]:
    """Every waiver, and why it does not hold today (None if it does)."""
    known = policyset.load(context.project.policies).rules
    today = _today(context)
    return [
        (entry, why_not(entry.waiver, known.get(entry.rule), today) if entry.waiver else entry.wrong)
        for entry in load_waivers(context.project.stacks).entries
    ]


def add_waiver(context: Context, waiver: Waiver) -> Path:
    """Add a waiver; returns the file. It is asked for and recorded in each of its environments.

    Raises UsageError where it would not hold, GateError where the actor may not.
    """
    with _recorded(context, "waiver add", waiver):
        return waiver_edit.add(context.project.stacks, waiver, policyset.load(context.project.policies).rules)


def renew_waiver(context: Context, number: int, expires: date, approver: str) -> Path:
    """Give a waiver a new term from today on; returns the file. It is asked for and recorded in each of its environments.

    Raises UsageError where it would not hold, GateError where the actor may not.
    """
    _, before = waiver_edit.numbered(context.project.stacks, number)
    with _recorded(context, "waiver renew", before.model_copy(update={"expires": expires})):
        known = policyset.load(context.project.policies).rules
        return waiver_edit.renew(context.project.stacks, number, expires, approver, _today(context), known)


def today(context: Context) -> date:
    """The present day in UTC, on which waivers are looked at."""
    return _today(context)


@contextmanager
def _recorded(context: Context, operation: str, waiver: Waiver) -> Iterator[None]:
    """Ask in every environment, then record intent and result there. Who owns and who approves is in git, not in the ledger."""
    loaded = [load_environment(context.project.stacks, context.project.check(name)) for name in waiver.environments]
    with context.opa.scope():
        permitted = [(authorised(context, one, operation), one.environment.environment) for one in loaded]
    selector = {"type": waiver.resource.type, "name": waiver.resource.name}
    asked = {"rule": waiver.rule, "resource": selector, "ticket": waiver.ticket, "expires": str(waiver.expires)}
    with ExitStack() as stack:
        for who, name in permitted:
            stack.enter_context(Recorder(open_ledger(context, name), who.actor).change(operation, asked))
        yield


def _today(context: Context) -> date:
    return context.ports.clock().date()
