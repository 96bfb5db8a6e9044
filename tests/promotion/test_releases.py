"""The folder of releases: immutable files, and a list of what became of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mlops_infra.errors import UsageError
from mlops_infra.promotion.release import Release, ReleaseError
from mlops_infra.promotion.releases import Releases

ONE = Release(images={"registry.image": "a"}, policies="p")
TWO = replace(ONE, images={"registry.image": "b"})


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    moments = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(100))
    return Releases(tmp_path, tmp_path / "locks", clock=lambda: next(moments))


def test_a_release_is_made_once(releases: Releases):
    first = releases.create(ONE, environment="dev", by="ada")
    again = releases.create(ONE, environment="staging", by="bob")
    assert first == again
    assert first.created is not None
    assert (first.created.by, first.created.environment, first.created.at) == ("ada", "dev", "2026-01-01T00:00:00Z")
    assert releases.file(ONE).read_text() == ONE.text()


def test_newest_come_first(releases: Releases):
    for one in (ONE, TWO):
        releases.create(one, environment="dev", by="ada")
    assert [kept.release for kept in releases.listing()] == [TWO, ONE]
    assert [difference.key for difference in releases.diff(ONE.short, TWO.id)] == ["registry.image"]


def test_a_release_is_found_by_the_start_of_its_id(releases: Releases):
    releases.create(ONE, environment="dev", by="ada")
    for name in (ONE.id, ONE.short, ONE.id[:4], ONE.id[:30]):
        assert releases.load(name).release == ONE
    for name in ("../x", "xyz", ONE.id[:3], TWO.short, ONE.short + "0" * 52):
        with pytest.raises(UsageError):
            releases.load(name)


def test_held_let_go_and_rejected(releases: Releases):
    releases.create(ONE, environment="dev", by="ada")
    assert releases.load(ONE.id).standing == "ready"
    held = releases.hold(ONE.id, "legal", by="bob")
    assert (held.standing, held.reason) == ("held", "legal")
    with pytest.raises(UsageError, match="is held"):
        releases.hold(ONE.id, "again", by="bob")
    assert releases.unhold(ONE.id, "reviewed", by="bob").standing == "ready"
    with pytest.raises(UsageError, match="is ready"):
        releases.unhold(ONE.id, "again", by="bob")
    assert releases.hold(ONE.id, "once more", by="bob").reason == "once more"
    rejected = releases.reject(ONE.id, "slow", by="cyd")
    assert (rejected.standing, rejected.reason) == ("rejected", "slow")
    for act in (releases.hold, releases.unhold, releases.reject):
        with pytest.raises(UsageError, match="is rejected"):
            act(ONE.id, "too late", by="bob")
    assert [event.event for event in releases.load(ONE.id).events] == [
        "created",
        "held",
        "unheld",
        "held",
        "rejected",
    ]


def test_a_reason_is_needed(releases: Releases):
    releases.create(ONE, environment="dev", by="ada")
    with pytest.raises(UsageError, match="reason"):
        releases.hold(ONE.id, "  ", by="bob")


def test_an_edited_release_is_refused_wherever_it_is_read(releases: Releases):
    releases.create(ONE, environment="dev", by="ada")
    releases.file(ONE).write_text(TWO.text())
    for read in (
        lambda: releases.load(ONE.short),
        releases.listing,
        lambda: releases.create(ONE, environment="d", by="a"),
    ):
        with pytest.raises(ReleaseError, match="was changed"):
            read()


@pytest.mark.parametrize("text", ["nonsense: [", "version: 2", "version: 1\nevents: [{release: a}]"])
def test_a_status_that_cannot_be_read_is_no_clean_slate(releases: Releases, text: str):
    releases.create(ONE, environment="dev", by="ada")
    (releases.folder / "status.yaml").write_text(text)
    with pytest.raises(ReleaseError, match="status"):
        releases.load(ONE.short)
