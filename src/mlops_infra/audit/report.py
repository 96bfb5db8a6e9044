"""The compliance report as plain data, and as one HTML page without scripts or foreign parts. `operations.audit_report` fills it."""

from __future__ import annotations

from importlib import resources
from typing import Literal

from jinja2 import Environment, StrictUndefined
from pydantic import BaseModel, ConfigDict


class _Piece(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Access(_Piece):
    """A team's grant on a dataset, with the groups that act as the team."""

    dataset: str
    classification: str
    team: str
    access: str
    groups: tuple[str, ...]


class RoleHolders(_Piece):
    """Who holds a role, in the whole environment or in one team's namespace."""

    role: str
    team: str | None
    groups: tuple[str, ...]


class AccessPeriod(_Piece):
    """Who had access to what, from one deployment that changed it to the next; `until` None for what still holds."""

    since: str
    until: str | None
    entry: int
    grants: tuple[Access, ...]
    roles: tuple[RoleHolders, ...]


class Line(_Piece):
    """One entry of the ledger, shortly."""

    entry: int
    time: str
    who: str
    verified: bool
    what: str
    result: str


class OpenWaiver(_Piece):
    """An exception in force, or one that is written down and does not hold (`wrong` says why)."""

    rule: str
    resource: str
    environments: tuple[str, ...]
    reason: str
    owner: str
    approver: str
    ticket: str
    expires: str
    wrong: str | None


class ClauseServed(_Piece):
    """A clause of the framework and the rules that serve it."""

    id: str
    title: str
    rules: tuple[str, ...]


class EnvironmentReport(_Piece):
    """One environment in the period."""

    environment: str
    entries: int
    head: str | None
    """The hash of the last entry that is intact: what the report rests on."""
    intact: bool
    fault: str | None
    access: tuple[AccessPeriod, ...]
    changes: tuple[Line, ...]
    approvals: tuple[Line, ...]
    denials: tuple[Line, ...]
    interventions: tuple[Line, ...]
    """What went past the usual way: locks broken or taken over, state edited by hand, changes by other tools, a torn ledger; when other
    rules began to judge; and whose pseudonym was erased."""


class Report(_Piece):
    """All of it; ISO 8601 times, UTC."""

    version: Literal[1] = 1
    framework: str
    project: str
    since: str
    until: str
    made: str
    environments: tuple[EnvironmentReport, ...]
    waivers: tuple[OpenWaiver, ...]
    clauses: tuple[ClauseServed, ...]

    @property
    def intact(self) -> bool:
        """Whether every ledger that it rests on is what was written."""
        return all(environment.intact for environment in self.environments)


def to_html(report: Report) -> str:
    """The report as one page; everything from outside is escaped."""
    text = resources.files(__package__).joinpath("report.html.j2").read_text(encoding="utf-8")
    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True).from_string(
        text
    )
    return page.render(report=report)
