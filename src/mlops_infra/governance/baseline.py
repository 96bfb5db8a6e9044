"""A baseline: findings that were there before, so that only new ones fail. It is the JSON report of an earlier run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from mlops_infra.errors import UsageError
from mlops_infra.governance.judge import result_of
from mlops_infra.governance.reports.json_report import ReportDocument
from mlops_infra.governance.verdict import Verdict


def load_baseline(file: Path) -> dict[str, frozenset[str]]:
    """Fingerprints of failing findings by environment. Raises UsageError where the file is no report."""
    try:
        document = ReportDocument.model_validate_json(file.read_bytes())
    except OSError as error:
        raise UsageError(f"the baseline cannot be read: {error.strerror}", where=str(file)) from None
    except ValidationError:
        raise UsageError(
            "the baseline is no report of policies",
            where=str(file),
            hint="`mlops-infra check --all --format json > FILE` makes one",
        ) from None
    return {
        verdict.environment: frozenset(
            finding.fingerprint for finding in (*verdict.findings, *verdict.known) if finding.status == "fail"
        )
        for verdict in document.verdicts
    }


def without_known(verdict: Verdict, known: frozenset[str]) -> Verdict:
    """The verdict on new findings alone; a graph that could not be judged stays a failure."""
    if verdict.problem:
        return verdict
    old = tuple(finding for finding in verdict.failures if finding.fingerprint in known)
    new = tuple(finding for finding in verdict.findings if finding not in old)
    return replace(verdict, findings=new, known=old, result=result_of(new))
