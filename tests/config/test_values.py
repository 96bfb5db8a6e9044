from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_infra.config import difference, load_environment, show, show_json, values
from mlops_infra.config.edit import set_values
from mlops_infra.config.node import dotted, plain
from mlops_infra.config.reader import read_bytes, reads_as_text
from mlops_infra.config.show import written


@pytest.mark.parametrize("origins", [False, True])
@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_what_is_shown_reads_back_as_the_merged_environment(shipped_stacks: Path, name: str, origins: bool) -> None:
    loaded = load_environment(shipped_stacks, name)
    text = show(loaded, origins=origins)
    read = plain(read_bytes(text.encode(), file="shown.yaml", layer="shown"))
    assert read == loaded.environment.model_dump(exclude_none=True)
    assert read == show_json(loaded)["values"]


def test_origins_say_who_set_each_value(shipped_stacks: Path) -> None:
    lines = show(load_environment(shipped_stacks, "staging"), origins=True).splitlines()
    project = next(line for line in lines if line.startswith("project:"))
    assert project.split("#")[1].strip() == "stacks/base.yaml:5:10"
    providers = next(line for line in lines if line.startswith("providers:"))
    assert providers.split("#")[1].strip() == "default"
    assert all("# " in line for line in lines if not line.rstrip().endswith(":"))


def test_the_document_for_machines_is_json(shipped_stacks: Path) -> None:
    document = show_json(load_environment(shipped_stacks, "dev"), origins=True)
    again = json.loads(json.dumps(document))
    assert again["layers"] == ["base.yaml", "dev.yaml"]
    by_path = {tuple(entry["path"]): entry for entry in again["origins"]}
    entry = by_path[("teams", "claims-fraud", "quota", "cpu")]
    assert entry["value"] == "8"
    assert entry["origin"]["layer"] == "dev"
    assert by_path[("providers",)]["origin"] is None


def test_values_are_addressed_by_name(shipped_stacks: Path) -> None:
    paths = {dotted(value.path) for value in values(load_environment(shipped_stacks, "staging"))}
    assert "datasets.claims-history.retention" in paths
    assert "teams.claims-fraud.grants.fraud-labels.access" in paths
    assert "teams.claims-fraud.flows[0].port" in paths


def test_differences_are_told_value_by_value(shipped_stacks: Path, stacks_copy: Path) -> None:
    before = load_environment(shipped_stacks, "staging")
    assert difference(before, before) == ()
    set_values(
        stacks_copy / "staging.yaml",
        {
            ("models", "risk-pricer", "version"): "2.2.0",
            ("tags", "wave"): "two",
            ("datasets", "icd10-codes"): {"$remove": True},
            ("teams", "clinical-nlp", "grants"): [{"dataset": "notes-deidentified", "access": "read"}],
        },
    )
    found = {dotted(entry.path): entry for entry in difference(before, load_environment(stacks_copy, "staging"))}
    assert set(found) == {
        "models.risk-pricer.version",
        "tags.wave",
        "datasets.icd10-codes.name",
        "datasets.icd10-codes.description",
        "datasets.icd10-codes.classification",
        "datasets.icd10-codes.owner",
        "teams.clinical-nlp.grants.clinical-notes.dataset",
        "teams.clinical-nlp.grants.clinical-notes.access",
        "teams.clinical-nlp.grants.notes-deidentified.access",
        "teams.clinical-nlp.grants.icd10-codes.dataset",
        "teams.clinical-nlp.grants.icd10-codes.access",
    }
    version = found["models.risk-pricer.version"]
    assert version.before is not None
    assert version.after is not None
    assert (version.before.value, version.after.value) == ("2.1.3", "2.2.0")
    assert version.after.origin is not None
    assert version.after.origin.layer == "staging"
    assert found["tags.wave"].before is None
    assert found["datasets.icd10-codes.owner"].after is None
    assert json.dumps([entry.as_json() for entry in found.values()])


def test_the_order_of_named_entries_is_no_difference(shipped_stacks: Path, stacks_copy: Path) -> None:
    base = stacks_copy / "base.yaml"
    text = base.read_text()
    start, end = text.index("  - name: members\n"), text.index("  - name: provider-directory\n")
    base.write_text(text[:start] + text[end:].replace("\ncluster:\n", f"\n{text[start:end]}\ncluster:\n", 1))
    before, after = load_environment(shipped_stacks, "dev"), load_environment(stacks_copy, "dev")
    assert [entry.name for entry in before.environment.datasets] != [entry.name for entry in after.environment.datasets]
    assert difference(before, after) == ()


def test_settings_that_may_be_secret_are_hidden(stacks_copy: Path) -> None:
    settings = {"shards": 3, "api_token": "hunter2"}
    extension = [{"component": "feature-store", "name": "features", "settings": settings}]
    set_values(stacks_copy / "staging.yaml", {("extensions",): extension})
    loaded = load_environment(stacks_copy, "staging")
    assert "hunter2" not in show(loaded, origins=True)
    assert "hunter2" not in json.dumps(show_json(loaded, origins=True))
    assert "shards: 3" in show(loaded)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30))
def test_any_text_is_written_so_that_it_reads_back(text: str) -> None:
    read = read_bytes(f"a:\n  - b: {written(text)}  # c\n".encode(), file="x", layer="x")
    assert plain(read) == {"a": [{"b": text}]}


@given(st.text(alphabet="0123456789abefxo.-+_:/ nulltrue", max_size=8))
def test_texts_without_quotes_read_back_as_texts(text: str) -> None:
    if reads_as_text(text):
        assert plain(read_bytes(f"a: [{text}]\nb: {text}\n".encode(), file="x", layer="x")) == {"a": [text], "b": text}
