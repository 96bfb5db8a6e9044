"""policy list, show, explain, test, docs, controls, new, manifest: the rules themselves."""

from __future__ import annotations

import sys
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.text import Text

from mlops_infra.cli.app import command, group
from mlops_infra.cli.invocation import Invocation
from mlops_infra.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from mlops_infra.governance.frameworks import Clause
    from mlops_infra.governance.verdict import Rule

policy = group("policy", "The rules: what they ask for, whom they serve, and new ones.")


@command(policy, "list", examples=["policy list", "policy list --family pii"])
def listing(
    invocation: Invocation,
    family: Annotated[str | None, typer.Option("--family", metavar="NAME", help="One family only.")] = None,
) -> None:
    """List the rules with their severity."""
    from mlops_infra.cli.policy_documents import rules_document  # noqa: PLC0415
    from mlops_infra.operations.policies import rules  # noqa: PLC0415

    found = [rule for rule in rules(invocation.project) if family in (None, rule.family)]
    if family and not found:
        raise UsageError(f"there is no family {family!r}")
    invocation.output.result(lambda: rules_document(found), lambda console: _show_list(console, found))


@command(policy, "show", examples=["policy show MLI-ENCRYPTION-004"])
def show(
    invocation: Invocation, rule_id: Annotated[str, typer.Argument(metavar="RULE", help="The rule's id.")]
) -> None:
    """Show one rule: why, what to do, and which clauses it serves."""
    from mlops_infra.cli.policy_documents import rules_document  # noqa: PLC0415
    from mlops_infra.operations.policies import rule_named  # noqa: PLC0415

    found = rule_named(invocation.project, rule_id)
    invocation.output.result(lambda: rules_document([found]), lambda console: _show_rule(console, found))


@command(
    policy,
    "explain",
    examples=[
        "policy explain MLI-PII-005",
        "policy explain MLI-PII-005 --env staging",
        "policy explain 1f0c9a3b --env staging",
    ],
)
def explain(
    invocation: Invocation,
    what: Annotated[
        str, typer.Argument(metavar="RULE_OR_FINDING", help="A rule's id, or a finding's fingerprint (its beginning).")
    ],
) -> None:
    """Explain a rule: what it asks and why; with `--env`, what it found at each resource, and where to change that."""
    from mlops_infra.cli.policy_documents import explanation_document  # noqa: PLC0415
    from mlops_infra.cli.views.explain import show_explanation  # noqa: PLC0415
    from mlops_infra.operations.explain import explain as operation  # noqa: PLC0415

    name = invocation.environment if invocation.options.env else None
    told = operation(invocation.quiet_context(), what, name)
    invocation.output.result(
        lambda: explanation_document(told), lambda console: show_explanation(console, told, invocation.project.root)
    )


@command(policy, "docs", examples=["policy docs > docs/reference/policies.md"])
def docs(invocation: Invocation) -> None:
    """Print the reference of all rules as Markdown."""
    from mlops_infra.operations.policies import reference  # noqa: PLC0415

    sys.stdout.write(reference(invocation.project))


@command(policy, "controls", examples=["policy controls --framework gdpr"])
def controls(
    invocation: Invocation,
    framework: Annotated[str, typer.Option("--framework", metavar="NAME", help="gdpr, hipaa or eu-ai-act.")],
) -> None:
    """Show which rules serve which clause of a framework, and which clauses none does."""
    from mlops_infra.cli.policy_documents import controls_document  # noqa: PLC0415
    from mlops_infra.operations.policies import clauses  # noqa: PLC0415

    found = clauses(invocation.project, framework)
    invocation.output.result(
        lambda: controls_document(framework, found), lambda console: _show_controls(console, framework, found)
    )


@command(policy, "test", examples=["policy test"])
def test(invocation: Invocation) -> None:
    """Run the rules' own tests with OPA."""
    from mlops_infra.cli.documents import DoneDocument  # noqa: PLC0415
    from mlops_infra.operations.policies import test as operation  # noqa: PLC0415

    told = operation(invocation.quiet_context())
    invocation.output.result(lambda: DoneDocument(done=told), lambda console: console.print(Text(told)))


@command(policy, "manifest", examples=["policy manifest"])
def manifest(invocation: Invocation) -> None:
    """Write down which rules there are, after a change of the policies; what differs from it is refused."""
    from mlops_infra.cli.documents import DoneDocument  # noqa: PLC0415
    from mlops_infra.operations.policies import manifest as operation  # noqa: PLC0415

    made = operation(invocation.quiet_context())
    told = f"the manifest names {made.count} rules, {made.digest}"
    invocation.output.result(lambda: DoneDocument(done=told), lambda console: console.print(Text(told), soft_wrap=True))


@command(policy, "new", examples=['policy new encryption queue_key --title "Queues are encrypted" --severity high'])
def new(
    invocation: Invocation,
    family: Annotated[str, typer.Argument(metavar="FAMILY", help="The family, such as encryption.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="The rule's package, such as queue_key.")],
    title: Annotated[str, typer.Option("--title", metavar="TEXT", help="What the rule asks for.")],
    severity: Annotated[
        Literal["critical", "high", "medium", "low"], typer.Option("--severity", help="How grave a breach is.")
    ] = "medium",
) -> None:
    """Make a new rule, its test and its examples, with the next free number of the family."""
    from mlops_infra.cli.documents import DoneDocument  # noqa: PLC0415
    from mlops_infra.cli.views.live import near  # noqa: PLC0415
    from mlops_infra.governance.scaffold import new_rule  # noqa: PLC0415

    files = new_rule(invocation.project.policies, family, name, title, severity)
    told = "\n".join(f"made {near(file)}" for file in files)
    invocation.output.result(lambda: DoneDocument(done=told), lambda console: console.print(Text(told), soft_wrap=True))
    invocation.output.note("next: edit them, then `mlops-infra policy test` and `mlops-infra policy manifest`")


def _show_list(console: Console, rules: Sequence[Rule]) -> None:
    from rich.table import Table  # noqa: PLC0415

    from mlops_infra.cli.views.policies import SEVERITIES  # noqa: PLC0415
    from mlops_infra.governance.verdict import many  # noqa: PLC0415

    table = Table("rule", "severity", "what it asks for", box=None, pad_edge=False)
    for rule in rules:
        table.add_row(rule.id, Text(rule.severity, style=SEVERITIES[rule.severity]), rule.title)
    console.print(table)
    console.print(Text(many(len(rules), "rule"), style="dim"))


def _show_rule(console: Console, rule: Rule) -> None:
    from mlops_infra.cli.views.policies import SEVERITIES, show_facts  # noqa: PLC0415

    title = Text.assemble((f"{rule.id} {rule.title}", "bold"), "  ", (f"({rule.severity})", SEVERITIES[rule.severity]))
    console.print(title, soft_wrap=True)
    facts = {
        "to do": rule.remediation,
        "key": rule.stack_key,
        "serves": ", ".join(rule.controls),
        "asked": f"at {', '.join(rule.points)}; of {', '.join(rule.inputs)}",
        "unknown": "judged again after the deployment" if rule.on_unknown == "defer" else "fails",
        "rule": rule.file,
    }
    show_facts(console, rule.description, facts)


def _show_controls(console: Console, framework: str, clauses: Sequence[Clause]) -> None:
    from rich.table import Table  # noqa: PLC0415

    table = Table("clause", "about", "rules", box=None, pad_edge=False)
    for clause in clauses:
        style = "" if clause.rules else "dim"
        table.add_row(
            Text(clause.id, style=style), Text(clause.title, style=style), Text(_ids(clause.rules), style=style)
        )
    console.print(table)
    served = sum(bool(clause.rules) for clause in clauses)
    told = f"{framework}: rules serve {served} of {len(clauses)} clauses; a rule's whole id is MLI-FAMILY-NUMBER"
    console.print(Text(told, style="dim"), soft_wrap=True)


def _ids(rules: Sequence[Rule]) -> str:
    """``ACCESS 002-005 012, PII 001``: the ids of rules, shortly."""
    families: dict[str, list[int]] = {}
    for rule in sorted(rules, key=lambda rule: rule.id):
        _, family, number = rule.id.split("-")
        families.setdefault(family, []).append(int(number))
    return (
        ", ".join(f"{family}\N{NO-BREAK SPACE}{' '.join(_runs(numbers))}" for family, numbers in families.items())
        or "none"
    )


def _runs(numbers: Sequence[int]) -> Iterator[str]:
    for _, run in groupby(enumerate(numbers), key=lambda item: item[1] - item[0]):
        first, *rest = [number for _, number in run]
        last = rest[-1] if rest else first
        yield f"{first:03}" if first == last else f"{first:03}-{last:03}"
