"""A release is what a stack file says of versions, whatever the order; edits of another environment make it say the same."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_infra.config import LoadedEnvironment, load_environment
from mlops_infra.config.edit import set_values
from mlops_infra.promotion.release import Lineage, ModelVersion, Release, ReleaseError, changes, differences, of

STACKS = Path(__file__).parents[2] / "stacks"
POLICIES = "sha256:" + "0" * 64
SHA = "sha256:" + "ab" * 32
RECORD = {
    "intended_use": "Ranks claims.",
    "risk_class": "minimal",
    "bias": [
        {
            "metric": "accuracy-difference",
            "groups": ["a", "b"],
            "value": 0.1,
            "date": "2026-01-02",
            "dataset": "claims-history",
        }
    ],
}


@pytest.fixture(scope="module")
def shipped() -> LoadedEnvironment:
    return load_environment(STACKS, "prod")


@pytest.fixture(scope="module")
def release(shipped: LoadedEnvironment) -> Release:
    return of(shipped, POLICIES)


@pytest.fixture
def stacks(tmp_path: Path) -> Path:
    return Path(shutil.copytree(STACKS, tmp_path / "stacks"))


def other(text: str) -> str:
    """Another value of the same form."""
    if "sha256:" in text:
        head, _, digest = text.rpartition("sha256:")
        return f"{head}sha256:{digest[::-1]}"
    return {"1.35": "1.34", "16.4": "17.1"}.get(text, text.replace("v", "v9", 1))


def variants(release: Release) -> Iterator[Release]:
    """Releases of the same shape of which each says one thing differently."""
    for field in ("images", "components"):
        for key, text in getattr(release, field).items():
            yield replace(release, **{field: {**getattr(release, field), key: other(text)}})
    for name in release.datasets:
        yield replace(release, datasets={**release.datasets, name: SHA})
    for name, model in release.models.items():
        for more in (
            {"version": "9.9.9"},
            {"digest": SHA},
            {"image": other(model.image)},
            {"lineage": Lineage("a" * 40, SHA, "run-7")},
            {"record": {**(model.record or RECORD), "intended_use": "Something else."}},
        ):
            yield replace(release, models={**release.models, name: replace(model, **more)})


def test_environments_of_the_shipped_folder_say_the_same_release(release: Release):
    assert {of(load_environment(STACKS, name), POLICIES).id for name in ("dev", "staging")} == {release.id}


def test_every_difference_makes_another_id(release: Release):
    several = [release, *variants(release), replace(release, policies="other"), replace(release, layers={})]
    assert len({one.id for one in several}) == len(several)


def test_a_difference_is_named_by_its_key(release: Release):
    one = next(variants(release))
    (found,) = differences(release, one)
    assert found.key == "registry.image"
    assert found.new == one.images["registry.image"]


def test_the_text_of_a_release_is_that_release(release: Release):
    for one in (release, *variants(release)):
        assert Release.parse(one.text()) == one
        assert Release.parse(one.text()).id == one.id


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 2}', '{"version": 1, "models": {"a": {}}}', "\xff"])
def test_what_is_no_release_is_refused(text: str):
    with pytest.raises(ReleaseError):
        Release.parse(text)


def test_edits_make_another_environment_say_the_release(release: Release, stacks: Path):
    file, before = stacks / "prod.yaml", (stacks / "prod.yaml").read_text()
    prod = load_environment(stacks, "prod")
    for one in variants(release):
        edits = changes(one, prod)
        assert edits
        file.write_text(before)
        set_values(file, edits)
        after = load_environment(stacks, "prod")
        assert of(after, POLICIES).id == one.id
        assert changes(one, after) == {}
        # Comments and order stay: every line that was there still is, in its order, but for those of the edited values.
        remaining = iter(file.read_text().splitlines())
        assert all(any(line == kept for kept in remaining) for line in before.splitlines() if "#" in line)


def test_edits_take_away_what_the_release_does_not_have(release: Release, stacks: Path):
    file = stacks / "prod.yaml"
    given = {
        ("models", "fraud-scorer", "lineage"): {"commit": "b" * 40, "data": SHA, "run": "r"},
        ("datasets", "members", "version"): SHA,
    }
    set_values(file, given)
    set_values(file, changes(release, load_environment(stacks, "prod")))
    assert of(load_environment(stacks, "prod"), POLICIES) == release


def test_a_release_of_another_shape_is_refused(release: Release, shipped: LoadedEnvironment):
    more = replace(release, models={**release.models, "new": ModelVersion("1", SHA, f"a.b/c@{SHA}", "members")})
    less = replace(release, datasets={key: value for key, value in release.datasets.items() if key != "members"})
    base = replace(release, layers={"base.yaml": "0" * 64})
    for one, told in (
        (more, "models.new is in the release, not in prod"),
        (less, "datasets.members is in prod, not in the release"),
        (base, "the layer base.yaml is not the one of the release"),
    ):
        with pytest.raises(ReleaseError, match=told):
            changes(one, shipped)


def test_comments_in_shared_layers_do_not_count_but_values_do(release: Release, stacks: Path):
    base = stacks / "base.yaml"
    base.write_text("# another comment\n" + base.read_text())
    assert of(load_environment(stacks, "prod"), POLICIES).id == release.id
    base.write_text(base.read_text().replace("log_retention: P1Y", "log_retention: P2Y", 1))
    assert of(load_environment(stacks, "prod"), POLICIES).id != release.id


def test_a_layer_of_some_environments_only_is_their_configuration(release: Release, stacks: Path):
    (stacks / "large.yaml").write_text("version: 1\n")
    prod = stacks / "prod.yaml"
    prod.write_text(prod.read_text().replace("extends: [base.yaml]", "extends: [base.yaml, large.yaml]"))
    assert of(load_environment(stacks, "prod"), POLICIES).id == release.id


NAMES = st.text("abcdefghij-", min_size=1, max_size=8)
TEXTS = st.text(max_size=12)
RELEASES = st.builds(
    Release,
    images=st.dictionaries(NAMES, TEXTS, max_size=4),
    models=st.dictionaries(
        NAMES,
        st.builds(
            ModelVersion, TEXTS, TEXTS, TEXTS, TEXTS, st.none() | st.builds(Lineage, TEXTS, TEXTS, TEXTS), st.none()
        ),
        max_size=3,
    ),
    datasets=st.dictionaries(NAMES, st.none() | TEXTS, max_size=4),
    components=st.dictionaries(NAMES, TEXTS, max_size=3),
    layers=st.dictionaries(NAMES, TEXTS, max_size=3),
    policies=TEXTS,
)


def shuffled(value: Any, random: Any) -> Any:
    if not isinstance(value, dict):
        return value
    items = [(key, shuffled(child, random)) for key, child in value.items()]
    random.shuffle(items)
    return dict(items)


@settings(max_examples=60, deadline=None)
@given(RELEASES, st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_matter(release: Release, random: Any):
    assert Release.parse(json.dumps(shuffled(release.document(), random))).id == release.id


@settings(max_examples=60, deadline=None)
@given(RELEASES, RELEASES)
def test_two_releases_have_one_id_exactly_if_they_are_equal(one: Release, two: Release):
    assert (one.id == two.id) == (one == two)
