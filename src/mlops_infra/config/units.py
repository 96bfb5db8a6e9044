"""Durations and quantities of stack files as numbers. Pure; the one place that parses them.

Durations are ISO 8601 (``P6Y``, ``P30D``, ``PT5M``). Retentions and windows need no calendar, so a year counts 365 days
and a month 30. Quantities are Kubernetes resource quantities (apimachinery `resource.Quantity`): decimal suffixes are
powers of 1000, binary ones (``Ki``…) powers of 1024, ``m`` is a thousandth.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_DURATION: Final = re.compile(
    r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?",
    re.ASCII,
)
_QUANTITY: Final = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<suffix>m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?", re.ASCII)

_DAY: Final = 24 * 60 * 60
_SECONDS: Final = {
    "years": 365 * _DAY,
    "months": 30 * _DAY,
    "weeks": 7 * _DAY,
    "days": _DAY,
    "hours": 60 * 60,
    "minutes": 60,
    "seconds": 1,
}
_FACTORS: Final = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate("kMGTP", start=1)},
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTP", start=1)},
}


def duration_seconds(text: str) -> int:
    """The seconds of an ISO 8601 duration; a year is 365 days, a month 30. Raises ValueError if it is none."""
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()) or text.endswith("T"):
        raise ValueError(f"{text!r} is no ISO 8601 duration")
    return sum(int(count) * _SECONDS[unit] for unit, count in match.groupdict().items() if count)


def duration_days(text: str) -> int:
    """The days of an ISO 8601 duration, rounded up, so that nothing is kept for less than was said.

    Raises ValueError if it is none.
    """
    return -(-duration_seconds(text) // _DAY)


def quantity(text: str) -> Decimal:
    """The value of a Kubernetes quantity: ``500m`` is 0.5, ``16Gi`` is 17179869184. Raises ValueError if it is none."""
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no Kubernetes quantity")
    return Decimal(match["number"]) * _FACTORS[match["suffix"] or ""]
