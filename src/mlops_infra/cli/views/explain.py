"""`policy explain` for people: what a rule asks, whom it serves, and what it found where, with the line to change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from mlops_infra.cli.views.policies import show_facts
from mlops_infra.config.node import dotted
from mlops_infra.governance.explain import Looked
from mlops_infra.governance.reports import lines
from mlops_infra.governance.verdict import Finding
from mlops_infra.operations.explain import Explanation

_STYLES: Final = {"fail": "bold red", "unknown": "yellow", "waived": "cyan", "known": "cyan", "pass": "green"}
_WORDS: Final = {"unknown": "not known before the deployment"}
MOST_PASSES: Final = 40
"""Passing resources that are listed one by one."""


def show_explanation(console: Console, told: Explanation, root: Path) -> None:
    """The whole page. `root` is the project's root, from which origins are named."""
    rule = told.rule
    console.print(Text.assemble((f"{rule.id} ", "bold"), (rule.title, "bold"), f"  ({rule.severity})"), soft_wrap=True)
    about = {
        "to do": rule.remediation,
        "key": rule.stack_key,
        "looks": ", ".join(rule.subjects),
        "asked": f"at {', '.join(rule.points)}; of {', '.join(rule.inputs)}",
        "serves": "\n".join(clause.control + (f"  {clause.title}" if clause.title else "") for clause in told.clauses),
    }
    show_facts(console, rule.description, about)
    if told.environment is None:
        return
    console.print()
    if told.problem is not None:
        console.print(Text(f"{told.environment}: nobody could judge: {told.problem.what}", style="red"), soft_wrap=True)
        return
    _looked(console, told, root)


def _looked(console: Console, told: Explanation, root: Path) -> None:
    passed = [item for item in told.looked if item.status == "pass"]
    for item in told.looked:
        if item.status != "pass":
            for line in _found(item, root):
                console.print(line, soft_wrap=True)
    for item in passed[:MOST_PASSES]:
        console.print(Text.assemble(("pass     ", "green"), _named(item), *_place(item)), soft_wrap=True)
    if len(passed) > MOST_PASSES:
        console.print(Text(f"         … and {len(passed) - MOST_PASSES} more pass", style="dim"))
    counts = {status: sum(item.status == status for item in told.looked) for status in _STYLES}
    summary = ", ".join(f"{count} {status}" for status, count in counts.items() if count) or "it looked at nothing"
    console.print(Text(f"{told.environment}: {summary}", style="dim"))


def _found(item: Looked, root: Path) -> Iterator[Text]:
    yield Text.assemble((f"{item.status:<9}", _STYLES[item.status]), (_named(item), "bold"))
    for finding in item.findings:
        yield from _reason(finding, root)


def _reason(finding: Finding, root: Path) -> Iterator[Text]:
    value = f" = {finding.value}" if finding.value is not None else ""
    yield Text(f"         {finding.message}" + (f" ({_WORDS[finding.status]})" if finding.status in _WORDS else ""))
    if finding.path:
        yield Text(f"         {dotted(finding.path)}{value}", style="dim")
    if finding.trail:
        yield Text(f"         by way of {lines.trail(finding)}")
    yield Text(f"         change {lines.place(finding)}", style="cyan")
    text = lines.source_line(root, finding.origin)
    if text is not None and finding.origin is not None:
        yield Text(f"         {finding.origin.line:>5} | {text}")
    if finding.waived_by:
        yield Text(f"         waived by {finding.waived_by}")
    if finding.not_waived:
        yield Text(f"         not waived: {finding.not_waived}")
    yield Text(f"         finding {finding.fingerprint[:8]}", style="dim")


def _named(item: Looked) -> str:
    return f"{item.type} {item.name}".strip()


def _place(item: Looked) -> tuple[tuple[str, str], ...]:
    return ((f"  {item.origin.file}:{item.origin.line}", "dim"),) if item.origin else ()
