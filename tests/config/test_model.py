"""Every key that a stack file may have is described, has an example that is right, and says in words what it allows."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mlops_infra.config.fields import all_sections, places, type_at
from mlops_infra.config.forms import field_form
from mlops_infra.config.limits import LOG_RETENTION_DAYS, log_retention_days
from mlops_infra.config.model import Environment
from mlops_infra.config.model.types import FORMS, Section
from mlops_infra.config.rules.registry import CHECKS

FIELDS = [(section, name) for section in all_sections() for name in section.model_fields]
IDS = [f"{section.__name__}.{name}" for section, name in FIELDS]


@pytest.mark.parametrize(("section", "name"), FIELDS, ids=IDS)
def test_every_field_is_described_and_has_right_examples(section: type[Section], name: str) -> None:
    field = section.model_fields[name]
    assert field.description
    assert field.description.strip().endswith((".", ")"))
    assert field.examples
    for example in field.examples:
        section.__pydantic_validator__.validate_assignment(section.model_construct(), name, example)
    assert "text of the form" not in field_form(field), "add the pattern to FORMS"


@pytest.mark.parametrize("section", all_sections())
def test_every_section_is_described_and_strict(section: type[Section]) -> None:
    assert section.__doc__
    assert section.model_config["extra"] == "forbid"
    assert section.model_config["strict"] is True


@pytest.mark.parametrize("pattern", FORMS)
def test_patterns_are_anchored_and_ascii(pattern: str) -> None:
    assert pattern.startswith("^")
    assert pattern.endswith("$")
    assert r"\d" not in pattern
    assert r"\w" not in pattern
    re.compile(pattern)


def test_the_model_answers_for_key_paths() -> None:
    assert type_at(("teams", "x", "quota", "cpu")) is str
    assert type_at(("teams", 0, "qota")) is None
    assert type_at(("tags", "anything")) is str
    assert type_at(("project", "x")) is None
    assert [place.name for place in places(("teams", 0, "quota", "cpu"))] == ["teams", "quota", "cpu"]
    assert type_at(()) is Environment


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.check.__name__)
def test_what_cross_checks_say_that_they_read_exists(check: Any) -> None:
    for pattern in check.reads:
        assert type_at(tuple(0 if word == "*" else word for word in pattern)) is not None, pattern


@pytest.mark.parametrize("text", ["P1D", "P14D", "P3M", "P90D", "P1Y", "P400D", "P18M", "P2Y", "P6Y", "P7Y", "P10Y"])
def test_log_retentions_that_cloudwatch_knows(text: str) -> None:
    assert log_retention_days(text) in LOG_RETENTION_DAYS


@pytest.mark.parametrize("text", ["P0D", "PT1H", "P2D", "P13M", "P4Y", "P100Y"])
def test_log_retentions_that_cloudwatch_does_not_know(text: str) -> None:
    with pytest.raises(ValueError, match="CloudWatch"):
        log_retention_days(text)
