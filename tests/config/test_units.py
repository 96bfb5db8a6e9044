"""Durations and quantities as numbers."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_infra.config.units import duration_days, duration_seconds, quantity


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT30S", 30),
        ("PT5M", 300),
        ("PT1H30M", 5400),
        ("P1D", 86_400),
        ("P2W", 14 * 86_400),
        ("P1M", 30 * 86_400),
        ("P1Y", 365 * 86_400),
        ("P1Y2M3DT4H", 365 * 86_400 + 60 * 86_400 + 3 * 86_400 + 4 * 3600),
    ],
)
def test_durations_are_seconds(text: str, seconds: int) -> None:
    assert duration_seconds(text) == seconds


@pytest.mark.parametrize(("text", "days"), [("P1Y", 365), ("P15D", 15), ("PT1S", 1), ("PT24H", 1), ("PT25H", 2)])
def test_days_are_rounded_up(text: str, days: int) -> None:
    assert duration_days(text) == days


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "1D", "P-1D", "P1.5D", "P1S", "PT1D", " P1D", "P1D\n", "P١D"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no ISO 8601 duration"):
        duration_seconds(text)


@given(st.integers(0, 10_000), st.integers(0, 100_000), st.integers(0, 100_000))
def test_parts_of_a_duration_add_up(days: int, minutes: int, seconds: int) -> None:
    assert duration_seconds(f"P{days}DT{minutes}M{seconds}S") == days * 86_400 + minutes * 60 + seconds


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("500m", "0.5"),
        ("8", "8"),
        ("1.5", "1.5"),
        ("2k", "2000"),
        ("1Ki", "1024"),
        ("16Gi", "17179869184"),
        ("1P", "1e15"),
    ],
)
def test_quantities_are_numbers(text: str, value: str) -> None:
    assert quantity(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "Gi", "-1", "1 Gi", "1e3", "1KI", "1.", ".5", "1Gi\n"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no Kubernetes quantity"):
        quantity(text)
