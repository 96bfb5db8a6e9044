"""Frameworks (GDPR, HIPAA, EU AI Act): their clauses, and which rules serve which.

``policies/frameworks/<name>.yaml`` lists clauses with id and title. A control of a rule serves a clause where it names the clause's id or a
part of it: ``GDPR Art. 32(1)(a)`` serves ``Art. 32`` and ``Art. 32(1)(a)``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mlops_infra.errors import UsageError
from mlops_infra.governance.verdict import Rule


@dataclass(frozen=True)
class Clause:
    """One clause of a framework, and the rules that serve it."""

    id: str
    title: str
    rules: tuple[Rule, ...]


def frameworks(policies: Path) -> list[str]:
    """Names of the frameworks."""
    return sorted(file.stem for file in (policies / "frameworks").glob("*.yaml"))


def controls(policies: Path, framework: str, rules: Iterable[Rule]) -> list[Clause]:
    """Every clause of a framework in its order. Raises UsageError for a framework that there is not."""
    prefix, clauses = _content(policies, framework)
    # Articles of two laws have the same numbers, so only this framework's controls are compared.
    own = [(rule, [control for control in rule.controls if control.startswith(f"{prefix} ")]) for rule in rules]
    return [
        Clause(clause, title, tuple(rule for rule, told in own if any(serves(control, clause) for control in told)))
        for clause, title in clauses
    ]


def titles(policies: Path, framework: str, control: str) -> list[tuple[str, str]]:
    """Id and title of the clauses of a framework that a rule's control lies in."""
    prefix, clauses = _content(policies, framework)
    return [item for item in clauses if control.startswith(f"{prefix} ") and serves(control, item[0])]


def _content(policies: Path, framework: str) -> tuple[str, list[tuple[str, str]]]:
    known = frameworks(policies)
    if framework not in known:
        raise UsageError(
            f"there is no framework {framework!r}", hint=f"choose one of: {', '.join(known) or 'none in this folder'}"
        )
    file = policies / "frameworks" / f"{framework}.yaml"
    try:
        content: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
        prefix = str(content["prefix"])
        clauses = [(str(item["id"]), str(item["title"])) for item in content["clauses"]]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError) as error:
        raise UsageError(f"the framework cannot be read: {type(error).__name__}", where=str(file)) from None
    return prefix, clauses


def serves(control: str, clause: str) -> bool:
    """Whether a rule's control lies in a clause."""
    told, wanted = _bare(control), _bare(clause)
    return told == wanted or (told.startswith(wanted) and told[len(wanted)] == "(")


def _bare(text: str) -> str:
    """``HIPAA 45 CFR 164.312(a)(1)`` and ``164.312(a)(1)`` alike."""
    text = re.sub(r"^(GDPR|HIPAA|EU AI Act)[:\s]+", "", text.strip(), flags=re.IGNORECASE)
    text = re.sub(r"^(45 CFR|Article|Art\.?)\s*(§\s*)?", "", text, flags=re.IGNORECASE)
    return re.sub(r"\s+", "", text).lower()
