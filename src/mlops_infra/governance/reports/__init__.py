"""A verdict for people and machines. Every report is a pure function from verdicts to text.

`text` for a terminal, `json` (schema in ``policies/schema/report.json``), `sarif` (SARIF 2.1.0), `junit`, `github` (workflow commands),
`markdown` (a pull request).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from mlops_infra.governance.reports.github import github
from mlops_infra.governance.reports.json_report import json_report
from mlops_infra.governance.reports.junit import junit
from mlops_infra.governance.reports.markdown import markdown
from mlops_infra.governance.reports.text import text
from mlops_infra.governance.verdict import Verdict

Format: TypeAlias = Literal["text", "json", "sarif", "junit", "github", "markdown"]
Report: TypeAlias = Callable[[Sequence[Verdict], Path], str]


def sarif(verdicts: Sequence[Verdict], root: Path) -> str:
    """See `sarif.sarif`, whose models take longer to import than most reports to write."""
    from mlops_infra.governance.reports.sarif import sarif as report  # noqa: PLC0415

    return report(verdicts, root)


REPORTS: Final[Mapping[Format, Report]] = MappingProxyType(
    {"text": text, "json": json_report, "sarif": sarif, "junit": junit, "github": github, "markdown": markdown}
)
"""Each takes the verdicts and the project's root, from which the files of origins are named."""

__all__ = ["REPORTS", "Format", "Report"]
