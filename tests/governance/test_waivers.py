"""Waivers: what they excuse, until when, and what is said of those that excuse nothing."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from fake_policies import ENTRIES, rule
from hypothesis import given
from hypothesis import strategies as st

from mlops_infra.errors import UsageError
from mlops_infra.governance import waiver_edit
from mlops_infra.governance.verdict import Finding
from mlops_infra.governance.waivers import MAX_DAYS, Applied, Waiver, apply, load_waivers, why_not

TODAY = date(2026, 11, 24)
RULES = {entry.id: entry.rule() for entry in ENTRIES}
FINDING = Finding(rule(), "fail", "urn:a", "aws:s3/bucket:Bucket", "meridian-claims", ("days",), "kept too long")


def raw(**more: Any) -> dict[str, Any]:
    return {
        "rule": "MLI-PII-001",
        "resource": {"type": "aws:s3/bucket:Bucket", "name": "meridian-claims"},
        "environments": ["staging"],
        "reason": "Synthetic data until the migration.",
        "owner": "data@example.org",
        "approver": "compliance@example.org",
        "ticket": "SEC-1",
        "granted": "2026-11-20",
        "expires": "2026-12-15",
        **more,
    }


def applied(stacks: Path, *entries: dict[str, Any], today: date = TODAY, environment: str = "staging") -> Applied:
    stacks.mkdir(exist_ok=True)
    (stacks / "waivers.yaml").write_text(yaml.safe_dump({"version": 1, "waivers": list(entries)}))
    return apply(load_waivers(stacks), [FINDING], RULES, environment, today)


@pytest.fixture
def stacks(tmp_path: Path) -> Path:
    return tmp_path / "stacks"


def test_a_waiver_excuses_its_finding(stacks: Path) -> None:
    result = applied(stacks, raw())
    assert result.findings == ()
    assert [finding.waived_by for finding in result.waived] == ["SEC-1"]
    assert result.notes == ()


def test_it_holds_until_the_day_it_expires(stacks: Path) -> None:
    last = date(2026, 12, 15)
    assert applied(stacks, raw(), today=last).waived
    assert applied(stacks, raw(), today=last + timedelta(days=1)).findings


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"expires": "2026-11-23"}, "it expired on 2026-11-23"),
        ({"granted": "2026-11-25"}, "it holds from 2026-11-25 on"),
        ({"expires": "2026-12-21"}, "it runs for more than 30 days, the most for a high rule"),
        ({"approver": "Data@Example.org"}, "the approver is the owner"),
        ({"resource": {"type": "aws:s3/bucket:Bucket", "name": "*"}}, "too broad"),
        ({"resource": {"type": "aws:s3/bucket:Bucket", "name": "me*"}}, "too broad"),
        ({"resource": {"type": "aws:s3/bucket:Bucket", "name": "*claims"}}, "too broad"),
        ({"resource": {"type": "aws:*", "name": "meridian-claims"}}, "the type must be exact"),
        ({"reason": ""}, "reason"),
        ({"ticket": None}, "ticket"),
        ({"approver": "nobody"}, "approver"),
        ({"expires": "soon"}, "expires"),
        ({"surplus": 1}, "surplus"),
    ],
)
def test_a_waiver_that_does_not_hold_fails_the_rule_and_says_why(stacks: Path, more: dict[str, Any], why: str) -> None:
    result = applied(stacks, raw(**more))
    assert not result.waived
    (finding,) = result.findings
    assert why in (finding.not_waived or "")
    assert "stacks/waivers.yaml:" in (finding.not_waived or "")
    assert any(why in note for note in result.notes)


def test_a_waiver_with_a_prefix(stacks: Path) -> None:
    assert applied(stacks, raw(resource={"type": "aws:s3/bucket:Bucket", "name": "meridian-*"})).waived


@pytest.mark.parametrize(
    "more",
    [
        {"environments": ["prod"]},
        {"resource": {"type": "aws:s3/bucket:Bucket", "name": "meridian-other"}},
        {"resource": {"type": "aws:kms/key:Key", "name": "meridian-claims"}},
        {"rule": "MLI-PII-002"},
    ],
)
def test_a_waiver_for_something_else_does_not_matter(stacks: Path, more: dict[str, Any]) -> None:
    result = applied(stacks, raw(**{"expires": "2026-12-04", **more}))
    assert result.findings
    assert result.findings[0].not_waived is None


def test_unused_unknown_and_ending_ones_are_told(stacks: Path) -> None:
    other = {"type": "aws:s3/bucket:Bucket", "name": "meridian-other"}
    notes = applied(
        stacks, raw(expires="2026-12-08"), raw(resource=other), raw(rule="MLI-PII-999"), raw(environments=["prod"])
    ).notes
    assert notes == (
        "stacks/waivers.yaml:3: the waiver for MLI-PII-001 ends on 2026-12-08 (in 14 days)",
        notes[1],
        notes[2],
    )
    assert "excuses nothing" in notes[1]
    assert "there is no rule MLI-PII-999" in notes[2]


@given(st.integers(0, 400), st.sampled_from(sorted(RULES)), st.integers(0, 400))
def test_no_waiver_outlives_its_severity(days: int, rule_id: str, later: int) -> None:
    made = Waiver.model_validate(raw(rule=rule_id, granted=TODAY, expires=TODAY + timedelta(days=days)))
    most = MAX_DAYS[RULES[rule_id].severity]
    if later > most:
        assert why_not(made, RULES[rule_id], TODAY + timedelta(days=later)) is not None


def test_adding_and_renewing_keep_comments(stacks: Path) -> None:
    stacks.mkdir()
    file = stacks / "waivers.yaml"
    file.write_text("# ours\nversion: 1\nwaivers: []\n")
    waiver_edit.add(stacks, Waiver.model_validate(raw(granted=TODAY)), RULES)
    waiver_edit.add(stacks, Waiver.model_validate(raw(granted=TODAY, ticket="SEC-2")), RULES)
    file.write_text(file.read_text().replace("ticket: SEC-2", "ticket: SEC-2  # ask Jo"))
    later = TODAY + timedelta(days=20)
    waiver_edit.renew(stacks, 2, later + timedelta(days=30), "other@example.org", later, RULES)
    text = file.read_text()
    assert "# ours" in text
    assert "# ask Jo" in text
    first, second = [entry.waiver for entry in load_waivers(stacks).entries]
    assert first == Waiver.model_validate(raw(granted=TODAY))
    assert second is not None
    assert (second.granted, second.approver) == (later, "other@example.org")


def test_a_waiver_that_would_not_hold_is_not_written(stacks: Path) -> None:
    stacks.mkdir()
    with pytest.raises(UsageError, match="more than 30 days"):
        waiver_edit.add(stacks, Waiver.model_validate(raw(expires="2027-12-15")), RULES)
    with pytest.raises(UsageError, match="there is no waiver 1"):
        waiver_edit.renew(stacks, 1, TODAY, "other@example.org", TODAY, RULES)
    assert not (stacks / "waivers.yaml").exists()
    waiver_edit.add(stacks, Waiver.model_validate(raw()), RULES)
    with pytest.raises(UsageError, match="the approver is the owner"):
        waiver_edit.renew(stacks, 1, TODAY, "data@example.org", TODAY, RULES)
    with pytest.raises(UsageError, match="malformed: approver: not an e-mail address"):
        waiver_edit.renew(stacks, 1, TODAY, "nobody", TODAY, RULES)
