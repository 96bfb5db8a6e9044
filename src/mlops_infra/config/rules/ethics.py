"""Ethical records of models: days that exist, datasets that exist, a basis for a class that needs one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from mlops_infra.config.model import Environment
from mlops_infra.config.node import Path
from mlops_infra.config.problems import Problem
from mlops_infra.config.rules.registry import reads
from mlops_infra.config.suggest import Known


@reads("models.*.record.bias.*.date", "models.*.record.bias.*.dataset", "datasets.*.name")
def evaluations(env: Environment) -> Iterator[Problem]:
    """A bias evaluation was on a day of the calendar, and on a dataset of the environment."""
    datasets = Known(dataset.name for dataset in env.datasets)
    for index, model in enumerate(env.models):
        for place, evaluation in enumerate(model.record.bias if model.record else ()):
            path: Path = ("models", index, "record", "bias", place)
            try:
                date.fromisoformat(evaluation.date)
            except ValueError:
                yield Problem(f"there is no day {evaluation.date}", (*path, "date"), allowed="YYYY-MM-DD")
            if evaluation.dataset not in datasets:
                message = f"there is no dataset {evaluation.dataset}"
                suggestion = datasets.closest(evaluation.dataset)
                yield Problem(message, (*path, "dataset"), None, datasets.listed(), suggestion)


@reads("models.*.record.risk_class", "models.*.record.basis")
def classes(env: Environment) -> Iterator[Problem]:
    """A high-risk model is one because a clause says so (Regulation (EU) 2024/1689, Art. 6)."""
    for index, model in enumerate(env.models):
        if model.record and model.record.risk_class == "high" and model.record.basis is None:
            path: Path = ("models", index, "record", "basis")
            yield Problem("a high-risk model needs a basis", path, allowed="a clause such as Annex III 5(c)")
