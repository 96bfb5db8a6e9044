"""Verdicts on the command line: the options that `check` and `audit-state` share, and what becomes of them.

verdicts → one report on stdout, others into files (``--report FORMAT=FILE``) → whether the command fails.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias, get_args

import typer

from mlops_infra.errors import ExitCode, OperationError, UsageError

if TYPE_CHECKING:
    from mlops_infra.cli.invocation import Invocation
    from mlops_infra.governance.verdict import Verdict

Format: TypeAlias = Literal["text", "json", "sarif", "junit", "github", "markdown"]
Severity: TypeAlias = Literal["critical", "high", "medium", "low"]

FailOn: TypeAlias = Annotated[Severity, typer.Option("--fail-on", help="The least severity that fails.")]
Baseline: TypeAlias = Annotated[
    Path | None,
    typer.Option("--baseline", metavar="FILE", help="An earlier JSON report; only new findings fail."),
]
Form: TypeAlias = Annotated[Format | None, typer.Option("--format", help="How to report on stdout.")]
Files: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--report", metavar="FORMAT=FILE", help="Write a report to a file too, in any of these formats; repeatable."
    ),
]


@dataclass(frozen=True)
class Reporting:
    """How to report: `form` on stdout, each of `files` in its own format; `fail_on` and `strict` say what fails."""

    invocation: Invocation
    form: Format
    files: tuple[tuple[Format, Path], ...]
    fail_on: Severity
    strict: bool

    @classmethod
    def of(
        cls, invocation: Invocation, form: Format | None, files: Sequence[str], fail_on: Severity, *, strict: bool
    ) -> Reporting:
        """From the options as they were given. Raises UsageError for a report that names no format, no file, or another one's file."""
        chosen = form or ("json" if invocation.output.json else "text")
        made = tuple(_file(told) for told in files)
        paths = [path.resolve() for _, path in made]
        for path in paths:
            if paths.count(path) > 1:
                raise UsageError(f"two reports would go to {path}", hint="give each `--report` a file of its own")
        return cls(invocation, chosen, made, fail_on, strict)

    def report(self, verdicts: Sequence[Verdict]) -> ExitCode:
        """Write all reports. Returns POLICY where a verdict fails. Raises OperationError for a file that cannot be written."""
        from mlops_infra.governance.reports import REPORTS  # noqa: PLC0415
        from mlops_infra.operations.check import fails  # noqa: PLC0415

        root = self.invocation.project.root
        console = self.invocation.output.results
        if self.form == "text" and console.is_terminal:
            from mlops_infra.cli.views.policies import show_report  # noqa: PLC0415

            show_report(console, verdicts, root)
        else:
            sys.stdout.write(REPORTS[self.form](verdicts, root))
        sys.stdout.flush()
        for form, path in self.files:
            _write(path, REPORTS[form](verdicts, root))
        self._tell_below(verdicts)
        failing = any(fails(verdict, fail_on=self.fail_on, strict=self.strict) for verdict in verdicts)
        return ExitCode.POLICY if failing else ExitCode.DONE

    def end(self, verdicts: Sequence[Verdict]) -> None:
        """`report`, as the last thing of a command: raises typer.Exit where a verdict fails."""
        code = self.report(verdicts)
        if code is not ExitCode.DONE:
            raise typer.Exit(int(code))

    def _tell_below(self, verdicts: Sequence[Verdict]) -> None:
        from mlops_infra.governance.verdict import at_least, many  # noqa: PLC0415

        found = [finding for verdict in verdicts for finding in verdict.failures]
        below = sum(not at_least(finding.rule.severity, self.fail_on) for finding in found)
        if below:
            not_failing = "is less grave than {} and does" if below == 1 else "are less grave than {} and do"
            self.invocation.output.note(f"{many(below, 'finding')} {not_failing.format(self.fail_on)} not fail")


def _file(told: str) -> tuple[Format, Path]:
    form, _, name = told.partition("=")
    for known in get_args(Format):
        if known == form and name and not Path(name).is_dir():
            return known, Path(name)
    raise UsageError(
        f"`--report {told}` is no report",
        hint=f"say FORMAT=FILE, as in `--report sarif=policies.sarif`; formats: {', '.join(get_args(Format))}",
    )


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OperationError(f"the report cannot be written: {error.strerror}", where=str(path)) from error
