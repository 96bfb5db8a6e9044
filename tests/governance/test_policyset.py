"""Manifest, frameworks and the scaffold of rules."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from fake_policies import ENTRIES, make_policies

from mlops_infra.errors import UsageError
from mlops_infra.governance import frameworks, generate, policyset, reference
from mlops_infra.governance.scaffold import families, new_rule, next_id
from mlops_infra.resources import data_dir

SHIPPED = data_dir("policies")


def test_the_digest_names_the_set(policies: Path, tmp_path: Path) -> None:
    same = policyset.load(make_policies(tmp_path / "elsewhere"))
    other = policyset.load(make_policies(tmp_path / "other", ENTRIES[:2]))
    assert policyset.load(policies).digest == same.digest != other.digest


def test_tests_and_examples_are_not_loaded(policies: Path) -> None:
    (policies / "pii" / "first" / "first_test.rego").write_text("package mlops.pii.first_test\n")
    (policies / "pii" / "first" / "examples.yaml").write_text("good: []\n")
    assert [file.name for file in policyset.load(policies).files] == [
        "third.rego",
        "main.rego",
        "first.rego",
        "second.rego",
    ]


@pytest.mark.parametrize("name", generate.GENERATED)
def test_generated_files_are_current(name: str) -> None:
    assert (generate.ROOT / name).read_text() == generate.GENERATED[name](), (
        "run `python -m mlops_infra.governance.generate`"
    )


@pytest.mark.parametrize(
    ("control", "clause", "serves"),
    [
        ("GDPR Art. 32(1)(a)", "Art. 32(1)(a)", True),
        ("GDPR Art. 32(1)(a)", "Art. 32", True),
        ("GDPR Art. 32", "Art. 32(1)(a)", False),
        ("GDPR Art. 3", "Art. 32", False),
        ("HIPAA 45 CFR 164.312(a)(2)(iv)", "164.312(a)", True),
        ("HIPAA 45 CFR 164.312(a)(1)", "45 CFR 164.312(a)(1)", True),
        ("CIS AWS Foundations 3.6", "164.312", False),
    ],
)
def test_controls_serve_clauses(control: str, clause: str, serves: bool) -> None:
    assert frameworks.serves(control, clause) is serves


def test_the_table_tells_clauses_that_no_rule_serves(policies: Path) -> None:
    rules = policyset.load(policies).rules.values()
    table = frameworks.controls(policies, "gdpr", rules)
    assert [(clause.id, len(clause.rules)) for clause in table] == [("Art. 5(1)(e)", 0), ("Art. 32(1)(a)", 3)]
    with pytest.raises(UsageError, match="no framework"):
        frameworks.controls(policies, "iso", rules)


def test_a_new_rule_gets_the_next_number(policies: Path) -> None:
    files = new_rule(policies, "pii", "names", "No names", "high")
    assert [file.name for file in files] == ["names.rego", "names_test.rego", "examples.yaml"]
    assert "id: MLI-PII-001" in files[0].read_text()
    assert next_id(policies, "pii") == "MLI-PII-002"
    (policies / "retired.txt").write_text("MLI-PII-007 was merged into another\n")
    assert next_id(policies, "pii") == "MLI-PII-008"
    assert families(policies) == ["cost", "pii"]


@pytest.mark.parametrize(
    ("family", "name", "told"),
    [
        ("nothing", "names", "no family"),
        ("pii", "Names", "not fit"),
        ("pii", "../x", "not fit"),
        ("pii", "first", "already"),
    ],
)
def test_what_the_scaffold_refuses(policies: Path, family: str, name: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        new_rule(policies, family, name, "Title", "low")


def test_the_reference_names_every_rule(policies: Path) -> None:
    text = reference.page(policyset.load(policies).rules.values())
    assert all(f"### {entry.id}" in text for entry in ENTRIES)


def test_the_manifest_is_json_that_people_can_review(policies: Path) -> None:
    content = json.loads((policies / "manifest.json").read_text())
    assert content["count"] == 3
    assert set(content["files"]) == {"main.rego", *(entry.file for entry in ENTRIES)}


def test_the_shipped_rules_are_all_there() -> None:
    shipped = policyset.load(SHIPPED)
    assert len(shipped.rules) >= 60
    assert {rule.family for rule in shipped.rules.values()} == set(families(SHIPPED))
    for framework in ("gdpr", "hipaa"):
        assert any(clause.rules for clause in frameworks.controls(SHIPPED, framework, shipped.rules.values()))


def test_the_shipped_reference_is_current() -> None:
    page = reference.page(policyset.load(SHIPPED).rules.values())
    assert (generate.ROOT / "docs" / "reference" / "policies.md").read_text() == page, (
        "run `mlops-infra policy docs > docs/reference/policies.md`"
    )


def test_no_rule_compares_each_member_with_all_before_it() -> None:
    """As OPA does for a partial rule with keys that vary; policies/README.md, "Cost", has what to write instead."""
    varying = re.compile(r"^[a-z_]\w*(\.\w+)*\[", re.MULTILINE)
    assert varying.search("reads[namespace] contains bucket if {")
    found = [
        (file.name, head[0]) for file in policyset.load(SHIPPED).files if (head := varying.search(file.read_text()))
    ]
    assert found == []
