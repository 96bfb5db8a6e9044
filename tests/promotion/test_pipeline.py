"""stacks/pipeline.yaml: what it may say, where its mistakes are, and freeze windows across changes of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_infra.config import ConfigError
from mlops_infra.errors import UsageError
from mlops_infra.promotion.freeze import DAYS, FreezeWindow, frozen
from mlops_infra.promotion.generate import GENERATED, ROOT
from mlops_infra.promotion.pipeline import Pipeline, load_pipeline
from mlops_infra.promotion.verification import Http, Job, PromQL
from mlops_infra.resources import data_dir

HEAD = "version: 1\nenvironments: [dev, staging, prod]\nsteps:\n"
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC", "Pacific/Apia"]


def load(folder: Path, text: str) -> Pipeline | None:
    stacks = folder / "stacks"
    stacks.mkdir(exist_ok=True)
    (stacks / "pipeline.yaml").write_text(text, encoding="utf-8")
    return load_pipeline(stacks)


def weekly(zone: str, days: list[str], start: str, end: str) -> FreezeWindow:
    return FreezeWindow.model_validate({"name": "w", "timezone": zone, "days": days, "from": start, "to": end})


@pytest.mark.parametrize("name", GENERATED)
def test_what_is_made_from_the_models_is_current(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == GENERATED[name](), "python -m mlops_infra.promotion.generate"


def test_without_a_file_nothing_is_gated(tmp_path: Path) -> None:
    assert load_pipeline(tmp_path) is None


def test_the_shipped_pipeline_leads_from_dev_to_prod() -> None:
    pipeline = load_pipeline(data_dir("stacks"))
    assert pipeline is not None
    assert pipeline.into("dev") is None
    assert pipeline.step("dev", "staging").gates.soak_seconds == 0
    prod = pipeline.step("staging", "prod").gates
    assert prod.soak_seconds == 1800
    assert {rule.role for rule in prod.approvals} == {"release-approver", "compliance-officer"}
    assert prod.drift_free
    with pytest.raises(UsageError, match="do not move from dev to prod"):
        pipeline.step("dev", "prod")


def test_checks_of_every_kind(tmp_path: Path) -> None:
    image = "registry.example/smoke@sha256:" + "0" * 64
    pipeline = load(
        tmp_path,
        HEAD + "  - from: dev\n    to: staging\n    gates:\n      checks:\n"
        "        - {name: errors, promql: max(errors), threshold: 1}\n"
        "        - {name: answers, http: {url: 'https://models.example/health', timeout: PT5S}}\n"
        f"        - {{name: smoke, job: {{namespace: claims, image: '{image}', command: [smoke]}}}}\n",
    )
    assert pipeline is not None
    made = [spec.check() for spec in pipeline.steps[0].gates.checks]
    assert made == [
        PromQL("errors", "max(errors)", "<=", 1.0, 300),
        Http("answers", "https://models.example/health", 200, 5),
        Job("smoke", "claims", image, ("smoke",), 600),
    ]


@pytest.mark.parametrize(
    ("steps", "line", "message"),
    [
        ("  - {from: dev, to: prod}\n", 4, "does not lead from one environment to the next"),
        ("  - {from: dev, to: staging}\n  - {from: dev, to: staging}\n", 5, "two steps from dev to staging"),
        ("  - {from: dev, to: staging, gate: {}}\n", 4, "extra inputs"),
        ("  - from: dev\n    to: staging\n    gates:\n      soak: 30m\n", 7, "pattern"),
        ('  - from: dev\n    to: staging\n    gates:\n      drift_free: "no"\n', 7, "boolean"),
        ("  - from: dev\n    to: staging\n    gates:\n      approvals:\n        - {role: boss}\n", 8, "platform-admin"),
        (
            "  - from: dev\n    to: staging\n    gates:\n      approvals:\n        - {role: auditor}\n        - {role: auditor}\n",
            9,
            "auditor is there twice",
        ),
        (
            "  - from: dev\n    to: staging\n    gates:\n      checks:\n        - {name: a, slos: true, promql: x}\n",
            8,
            "exactly one",
        ),
        (
            "  - from: dev\n    to: staging\n    gates:\n      checks:\n        - {name: a, promql: x}\n",
            8,
            "belong together",
        ),
        (
            "  - from: dev\n    to: staging\n    gates:\n      checks:\n        - {name: a, slos: true}\n        - {name: a, slos: true}\n",
            9,
            "two checks called a",
        ),
        (
            "  - from: dev\n    to: staging\n    gates:\n      freeze:\n        - {name: w, timezone: Mars/Olympus, days: [mon]}\n",
            8,
            "no such time zone",
        ),
        (
            "  - from: dev\n    to: staging\n    gates:\n      freeze:\n        - {name: w, timezone: UTC, days: [mon]}\n",
            8,
            "either days, from and to, or first_day and last_day",
        ),
        (
            "  - from: dev\n    to: staging\n    gates:\n      freeze:\n"
            '        - {name: w, timezone: UTC, first_day: "2026-02-30", last_day: "2026-03-01"}\n',
            8,
            "no such day",
        ),
        (
            "  - from: dev\n    to: staging\n    gates:\n      freeze:\n"
            '        - {name: w, timezone: UTC, first_day: "2026-03-02", last_day: "2026-03-01"}\n',
            8,
            "last_day is before first_day",
        ),
    ],
)
def test_mistakes_have_their_place(tmp_path: Path, steps: str, line: int, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, HEAD + steps)
    assert any(message in str(found) for found in caught.value.problems)
    assert f"stacks/pipeline.yaml:{line}:" in str(caught.value.problems[0])


def test_an_environment_twice(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="dev is there twice"):
        load(tmp_path, "version: 1\nenvironments: [dev, dev]\n")


# Freeze windows


@pytest.mark.parametrize(
    ("moment", "holds"),
    [
        ("2026-11-27T14:59", False),  # Friday, 15:59 in Berlin
        ("2026-11-27T15:00", True),
        ("2026-11-28T06:59", True),
        ("2026-11-28T07:00", False),
        ("2026-11-26T20:00", False),
    ],
)
def test_a_weekly_window_over_midnight(moment: str, holds: bool) -> None:
    window = weekly("Europe/Berlin", ["fri"], "16:00", "08:00")
    assert bool(frozen([window], datetime.fromisoformat(moment).replace(tzinfo=UTC))) is holds


def test_a_window_once_tells_when_it_ends() -> None:
    window = FreezeWindow(name="holidays", timezone="America/New_York", first_day="2026-12-24", last_day="2026-12-26")
    inside = datetime(2026, 12, 27, 4, 59, tzinfo=UTC)
    (found,) = frozen([window], inside)
    assert (found.name, found.until) == ("holidays", datetime(2026, 12, 27, 5, tzinfo=UTC))
    assert frozen([window], found.until) == ()
    assert frozen([window], datetime(2026, 12, 24, 4, 59, tzinfo=UTC)) == ()


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-18", 24)],
)
def test_a_whole_day_is_as_long_as_the_clock_makes_it(day: str, hours: int) -> None:
    zone = ZoneInfo("Europe/Berlin")
    window = weekly("Europe/Berlin", ["sun"], "00:00", "00:00")
    start = datetime.combine(date.fromisoformat(day), time(), zone).astimezone(UTC)
    (found,) = frozen([window], start)
    assert found.until - start == timedelta(hours=hours)
    assert frozen([window], start - timedelta(minutes=1)) == ()


def test_a_beginning_that_the_clock_skips_and_an_end_that_comes_twice() -> None:
    skipped = weekly("Europe/Berlin", ["sun"], "02:30", "04:00")
    assert frozen([skipped], datetime(2026, 3, 29, 1, 30, tzinfo=UTC))  # 03:30, the moment of 02:30 after the gap
    assert not frozen([skipped], datetime(2026, 3, 29, 1, 29, tzinfo=UTC))
    ends_in_the_gap = weekly("Europe/Berlin", ["sun"], "01:00", "02:30")
    assert frozen([ends_in_the_gap], datetime(2026, 3, 29, 1, 29, tzinfo=UTC))
    assert not frozen([ends_in_the_gap], datetime(2026, 3, 29, 1, 30, tzinfo=UTC))
    twice = weekly("Europe/Berlin", ["sun"], "01:00", "02:30")
    assert frozen([twice], datetime(2026, 10, 25, 1, 29, tzinfo=UTC))  # 02:29 for the second time
    assert not frozen([twice], datetime(2026, 10, 25, 1, 30, tzinfo=UTC))


MINUTES = st.integers(0, 24 * 60 - 1).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda found: found.replace(tzinfo=UTC))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ZONES), st.sets(st.sampled_from(DAYS), min_size=1), MINUTES, MINUTES, MOMENTS)
def test_a_window_holds_where_the_clock_on_the_wall_says_so(
    zone: str, days: set[str], start: str, end: str, now: datetime
) -> None:
    """On days on which nobody changes the clock, the wall clock alone decides."""
    local = now.astimezone(ZoneInfo(zone))
    offsets = {(local + timedelta(days=away)).utcoffset() for away in (-2, -1, 0, 1, 2)}
    found = bool(frozen([weekly(zone, sorted(days), start, end)], now))
    if len(offsets) == 1:
        minute, today = local.strftime("%H:%M"), DAYS[local.weekday()]
        yesterday = DAYS[local.weekday() - 1]
        if end > start:
            expected = today in days and start <= minute < end
        else:
            expected = (today in days and minute >= start) or (yesterday in days and minute < end)
        assert found is expected


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ZONES), st.sets(st.sampled_from(DAYS), min_size=1), MINUTES, MINUTES, MOMENTS)
def test_a_window_holds_until_it_says(zone: str, days: set[str], start: str, end: str, now: datetime) -> None:
    window = weekly(zone, sorted(days), start, end)
    for found in frozen([window], now):
        assert now < found.until <= now + timedelta(hours=26)
        assert frozen([window], found.until - timedelta(microseconds=1))
