"""Datasets and how long things are kept."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_infra.config.limits import LOG_RETENTION_FORMS, OBJECT_LOCK_DAYS, log_retention_days, partition_of
from mlops_infra.config.model import Environment
from mlops_infra.config.node import Path
from mlops_infra.config.problems import Problem
from mlops_infra.config.rules.registry import reads
from mlops_infra.config.units import duration_days, duration_seconds

_DAY = 24 * 60 * 60


@reads("datasets.*.classification", "datasets.*.retention", "datasets.*.legal_basis")
def personal(env: Environment) -> Iterator[Problem]:
    """Personal data has a storage limit (GDPR Art. 5(1)(e); 45 CFR 164.316(b)(2)) and a legal basis (GDPR Art. 6, 9)."""
    for index, dataset in enumerate(env.datasets):
        if dataset.classification not in {"pii", "phi"}:
            continue
        path: Path = ("datasets", index)
        if dataset.retention is None:
            message = f"a {dataset.classification} dataset needs a retention"
            yield Problem(message, (*path, "retention"), allowed="an ISO 8601 duration such as P6Y")
        if dataset.legal_basis is None:
            message = f"a {dataset.classification} dataset needs a legal basis"
            yield Problem(message, (*path, "legal_basis"), allowed="a text such as GDPR Art. 6(1)(b)")


def _whole_days(text: str, path: Path, most: int | None = None) -> Iterator[Problem]:
    seconds = duration_seconds(text)
    if seconds < _DAY or seconds % _DAY:
        yield Problem(f"{text} is not a number of whole days", path, allowed="P1D or longer, without hours")
    elif most is not None and duration_days(text) > most:
        yield Problem(f"{text} is too long", path, allowed=f"at most {most} days")


@reads("datasets.*.retention")
def retentions(env: Environment) -> Iterator[Problem]:
    """S3 lifecycles count whole days."""
    for index, dataset in enumerate(env.datasets):
        if dataset.retention is not None:
            yield from _whole_days(dataset.retention, ("datasets", index, "retention"))


@reads("storage.audit_retention", "storage.log_retention")
def storage(env: Environment) -> Iterator[Problem]:
    yield from _whole_days(env.storage.audit_retention, ("storage", "audit_retention"), OBJECT_LOCK_DAYS)
    yield from _whole_days(env.storage.log_retention, ("storage", "log_retention"))


@reads("network.flow_log_retention", "cluster.log_retention", "monitoring.log_retention")
def log_groups(env: Environment) -> Iterator[Problem]:
    """CloudWatch Logs keeps events for certain numbers of days only."""
    kept: tuple[tuple[str, Path], ...] = (
        (env.network.flow_log_retention, ("network", "flow_log_retention")),
        (env.cluster.log_retention, ("cluster", "log_retention")),
        (env.monitoring.log_retention, ("monitoring", "log_retention")),
    )
    for text, path in kept:
        try:
            log_retention_days(text)
        except ValueError:
            yield Problem(f"CloudWatch Logs cannot keep logs for {text}", path, allowed=LOG_RETENTION_FORMS)


@reads("datasets.*.transfer.to", "aws.region")
def transfers(env: Environment) -> Iterator[Problem]:
    """A transfer leaves the region, and copies cannot leave the partition (S3 replication)."""
    for index, dataset in enumerate(env.datasets):
        for place, region in enumerate(dataset.transfer.to if dataset.transfer else ()):
            path: Path = ("datasets", index, "transfer", "to", place)
            if region == env.aws.region:
                yield Problem(f"the data is in {region} already", path, allowed="other regions")
            elif partition_of(region) != partition_of(env.aws.region):
                yield Problem(f"{region} is in another partition", path, allowed=f"regions of {env.aws.partition}")
