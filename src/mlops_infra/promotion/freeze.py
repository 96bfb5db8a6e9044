"""Freeze windows: times in which nothing is promoted, in a time zone of the IANA database, right across changes of the clock.

A window is a stretch between two moments, not between two readings of a clock: beginning and end are turned into UTC first. A time that
the clock skips is read with the offset from before the gap; of an end that comes twice the later one counts, of a beginning the earlier.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final, Literal, Self, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ConfigDict, Field, StringConstraints, field_validator, model_validator

from mlops_infra.config.model.types import Date, Line, Section

Day: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: Final[tuple[Day, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The days of a week, as `date.weekday` counts them."""
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class FreezeWindow(Section):
    """A time in which nothing moves: weekly (`days`, `from`, `to`), or once (`first_day`, `last_day`)."""

    model_config = ConfigDict(validate_by_alias=True, validate_by_name=True, serialize_by_alias=True)
    name: Line = Field(examples=["weekend"])
    """Name, for people."""
    timezone: Annotated[str, StringConstraints(max_length=64)] = Field(examples=["Europe/Berlin"])
    """Time zone of the IANA database."""
    days: Annotated[list[Day], Field(min_length=1)] | None = Field(default=None, examples=[["fri", "sat"]])
    """Days of the week on which a weekly window begins."""
    start: Clock | None = Field(default=None, alias="from", examples=["16:00"])
    """When it begins."""
    end: Clock | None = Field(default=None, alias="to", examples=["08:00"])
    """When it ends; on the next day where this is not later than `from`."""
    first_day: Date | None = Field(default=None, examples=["2026-12-20"])
    """First day of a window that comes once."""
    last_day: Date | None = Field(default=None, examples=["2027-01-03"])
    """Its last day."""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("there is no such time zone in the IANA database") from None
        return name

    @field_validator("first_day", "last_day")
    @classmethod
    def _real_day(cls, text: str | None) -> str | None:
        if text is not None:
            try:
                date.fromisoformat(text)
            except ValueError:
                raise ValueError("there is no such day") from None
        return text

    @model_validator(mode="after")
    def _weekly_or_once(self) -> Self:
        weekly = [self.days, self.start, self.end]
        once = [self.first_day, self.last_day]
        if not (all(weekly) and not any(once)) and not (all(once) and not any(weekly)):
            raise ValueError("a freeze window has either days, from and to, or first_day and last_day")
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValueError("last_day is before first_day")
        return self


@dataclass(frozen=True)
class Frozen:
    """A window that holds now; `until` is UTC."""

    name: str
    until: datetime


def frozen(windows: Iterable[FreezeWindow], now: datetime) -> tuple[Frozen, ...]:
    """The windows that hold at a moment (which has a zone), in their order. The beginning is inside, the end is not."""
    found: list[Frozen] = []
    for window in windows:
        ends = [end for start, end in _stretches(window, now) if start <= now < end]
        if ends:
            found.append(Frozen(window.name, max(ends)))
    return tuple(found)


def _stretches(window: FreezeWindow, now: datetime) -> list[tuple[datetime, datetime]]:
    """The stretches (UTC) of a window that may hold at a moment."""
    zone = ZoneInfo(window.timezone)
    if window.first_day and window.last_day:
        last = date.fromisoformat(window.last_day) + timedelta(days=1)
        return [(_beginning(date.fromisoformat(window.first_day), time(), zone), _end(last, time(), zone))]
    if window.days is None or window.start is None or window.end is None:
        raise RuntimeError("the model lets no such window be")
    start, end = time.fromisoformat(window.start), time.fromisoformat(window.end)
    today = now.astimezone(zone).date()
    found: list[tuple[datetime, datetime]] = []
    for ago in (0, 1):
        day = today - timedelta(days=ago)
        if DAYS[day.weekday()] in window.days:
            last = day if end > start else day + timedelta(days=1)
            found.append((_beginning(day, start, zone), _end(last, end, zone)))
    return found


def _beginning(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)


def _end(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The later of the two moments that a time may mean (PEP 495: `fold`)."""
    return max(datetime.combine(day, at.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1))
