"""Reports: each is checked by what reads it, or by what it must hold."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
import sarif_pydantic
from fake_policies import ENTRIES, rule
from junitparser import JUnitXml

from mlops_infra.config import LoadedEnvironment
from mlops_infra.config.node import Origin
from mlops_infra.errors import UsageError
from mlops_infra.governance.baseline import load_baseline, without_known
from mlops_infra.governance.reports import REPORTS
from mlops_infra.governance.reports.json_report import schema
from mlops_infra.governance.verdict import Finding, Problem, Verdict

ROOT = Path(__file__).parents[2]
SARIF_SCHEMA = Path(__file__).with_name("schemas") / "sarif-schema-2.1.0.json"
RULES = tuple(entry.rule() for entry in ENTRIES)


@pytest.fixture
def verdict(staging: LoadedEnvironment) -> Verdict:
    """One failing, one unknown and one waived finding."""
    fails = Finding(
        rule(), "fail", "urn:a", "aws:s3/bucket:Bucket", "claims|<b>", ("days",), "kept: 100%\ntoo long", "30",
        staging.origin(("datasets", "claims-history", "retention")), ("urn::pod", "urn::bucket"),
        not_waived="stacks/waivers.yaml:3: it expired on 2026-11-23",
    )  # fmt: skip
    unknown = replace(fails, status="unknown", path=("bucket",), name="claims", message="not known yet")
    waived = replace(fails, rule=rule("MLI-COST-001"), waived_by="SEC-1", origin=None)
    return Verdict(
        "staging", "fail", (fails, unknown), (waived,), notes=("a waiver ends",), rules=RULES, resources=2,
        judged_as="staging", digest="sha256:0",
    )  # fmt: skip


REFUSED = Verdict("prod", "fail", problem=Problem("opa-died", "OPA ended before it answered", "opa", "run again"))


def report(form: str, *verdicts: Verdict) -> str:
    return REPORTS[form](verdicts, ROOT)  # type: ignore[index]


def test_text_shows_the_lines_to_change(verdict: Verdict) -> None:
    text = report("text", verdict, REFUSED)
    origin = verdict.findings[0].origin
    assert origin is not None
    line = (ROOT / origin.file).read_text().splitlines()[origin.line - 1]
    assert f"{origin.line:>5} | {line}" in text
    assert "HIGH MLI-PII-001" in text
    assert "by way of pod → bucket" in text
    assert "not waived: stacks/waivers.yaml:3: it expired" in text
    assert "staging: fail: 1 finding (1 high), 1 unknown, 1 waived; 3 rules on 2 resources" in text
    assert "OPA ended before it answered" in text
    assert text.endswith("prod: fail: not judged\n")


PERSONAL = (
    "123-45-6789", "jane.doe@example.org", "mrn 4711004711", "patient-id: 4711004711", "born 1984-02-29", "+49 171 5551234",
)  # fmt: skip


@pytest.mark.parametrize("told", PERSONAL)
@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_a_line_is_shown_without_what_it_says_of_a_person(
    verdict: Verdict, form: str, told: str, tmp_path: Path
) -> None:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "base.yaml").write_text(f"tags:\n  contact: {told} of claims\n")
    found = replace(verdict.findings[0], origin=Origin("stacks/base.yaml", 2, 3, "base"))
    text = REPORTS[form]([replace(verdict, findings=(found,))], tmp_path)  # type: ignore[index]
    assert "contact: " in text
    assert " of claims" in text
    assert told not in text


def test_text_folds_what_one_edit_mends(verdict: Verdict) -> None:
    fails = verdict.findings[0]
    many = tuple(replace(fails, resource=f"urn:{number}", name=f"bucket-{number}") for number in range(8))
    text = report("text", replace(verdict, findings=many))
    assert text.count("kept: 100%") == 1
    assert "and 7 more resources: bucket-1, bucket-2, bucket-3, bucket-4, bucket-5 …" in text
    assert "8 findings (8 high)" in text


def test_json_keeps_its_schema(verdict: Verdict) -> None:
    document = json.loads(report("json", verdict, REFUSED))
    jsonschema.validate(document, json.loads(schema()))
    assert document["verdicts"][0]["findings"][0]["origin"]["file"].startswith("stacks/")
    assert document["verdicts"][1]["problem"]["code"] == "opa-died"


def test_sarif_points_into_the_stack_files(verdict: Verdict) -> None:
    text = report("sarif", verdict, REFUSED)
    log = sarif_pydantic.Sarif.model_validate_json(text)
    assert log.version == "2.1.0"
    jsonschema.validate(json.loads(text), json.loads(SARIF_SCHEMA.read_bytes()))
    run = json.loads(text)["runs"][0]
    refused = [item for item in run["results"] if item["ruleId"] == "MLI-GOVERNANCE-000"]
    results = [item for item in run["results"] if item not in refused]
    assert len(refused) == 1
    assert [item["kind"] for item in results] == ["fail", "open", "fail"]
    assert [item["level"] for item in results] == ["error", "none", "note"]
    for item in results:
        assert run["tool"]["driver"]["rules"][item["ruleIndex"]]["id"] == item["ruleId"]
    where = results[0]["locations"][0]["physicalLocation"]
    lines = (ROOT / where["artifactLocation"]["uri"]).read_text().splitlines()
    assert lines[where["region"]["startLine"] - 1] == where["region"]["snippet"]["text"]
    assert lines[where["region"]["startLine"] - 1].lstrip().startswith("retention:")
    assert results[2]["suppressions"][0]["kind"] == "external"
    assert run["invocations"][0]["executionSuccessful"] is False


def test_junit_has_a_case_per_rule(verdict: Verdict) -> None:
    failing, unknown = verdict.findings
    shown = replace(verdict, findings=(failing, replace(unknown, rule=rule("MLI-PII-002"))))
    text = report("junit", shown, REFUSED)
    parsed = JUnitXml.fromstring(text.encode())
    assert (parsed.tests, parsed.failures, parsed.errors) == (4, 1, 1)
    (failure,) = ET.fromstring(text).iter("failure")  # noqa: S314 - our own text
    assert (failure.get("message"), failure.get("type")) == ("1 finding", "high")
    assert failure.text is not None
    assert failure.text.startswith(f"{failing.origin.file}:" if failing.origin else "")
    assert "Set the key of first." in failure.text


RESULT = (frozenset[str](), frozenset({"type", "message"}), frozenset[str]())
JENKINS = {
    "testsuites": (
        frozenset[str](),
        frozenset({"name", "time", "tests", "failures", "errors"}),
        frozenset({"testsuite"}),
    ),
    "testsuite": (
        frozenset({"name", "tests", "failures", "errors"}),
        frozenset({"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"}),
        frozenset({"testsuite", "properties", "testcase", "system-out", "system-err"}),
    ),
    "testcase": (
        frozenset({"name"}),
        frozenset({"time", "classname", "group"}),
        frozenset({"skipped", "error", "failure", "system-out", "system-err"}),
    ),
    "failure": RESULT,
    "error": RESULT,
    "skipped": RESULT,
}
"""What Jenkins' xUnit plugin takes, by its ``junit-10.xsd`` (https://github.com/jenkinsci/xunit-plugin): attributes that must be, that may
be, and what may be inside; text only in results."""


@pytest.mark.parametrize("name", ["claims", "\x1b[31m\x00claims\ud800 ]]> & <x>"])
def test_junit_is_what_strict_readers_take(verdict: Verdict, name: str) -> None:
    failing, unknown = verdict.findings
    shown = replace(
        verdict, findings=(replace(failing, name=name), replace(unknown, rule=rule("MLI-PII-002"), name=name))
    )
    text = report("junit", shown, replace(verdict, environment="dev", findings=()), REFUSED)
    assert text.startswith("<?xml version='1.0' encoding='utf-8'?>")
    root = ET.fromstring(text.encode())  # noqa: S314 - our own text
    assert root.tag == "testsuites"
    for element in root.iter():
        required, optional, inside = JENKINS[element.tag]
        assert required <= set(element.keys()) <= required | optional, element.tag
        assert {child.tag for child in element} <= inside
        assert JENKINS[element.tag] == RESULT or not (element.text or "").strip()
        assert not (element.tail or "").strip()
    for suite in root:
        counts = {"tests": "testcase", "failures": "*/failure", "errors": "*/error", "skipped": "*/skipped"}
        assert {key: int(suite.get(key, -1)) for key in counts} == {k: len(suite.findall(v)) for k, v in counts.items()}
    # GitLab shows only the first of those of one class and name (GitLab Docs, "Unit test reports").
    cases = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    assert len(set(cases)) == len(cases) == 7


@pytest.mark.parametrize("form", ["text", "markdown", "github"])
def test_names_of_others_do_not_steer_the_terminal(verdict: Verdict, form: str) -> None:
    hostile = replace(verdict.findings[0], name="\x1b]0;title\x07claims\x9b2J")
    assert not set("\x1b\x07\x9b") & set(report(form, replace(verdict, findings=(hostile,))))


def test_github_annotations_are_escaped(verdict: Verdict) -> None:
    lines = report("github", verdict, REFUSED).splitlines()
    assert lines[0].startswith("::error file=stacks/base.yaml,line=")
    assert "kept: 100%25%0Atoo long" in lines[0]
    assert "title=MLI-PII-001 Title of first::" in lines[0]
    assert lines[1].startswith("::notice ")
    assert any(line.startswith("::error title=policies::prod: OPA ended") for line in lines)


def test_markdown_shows_text_as_it_is(verdict: Verdict) -> None:
    text = report("markdown", verdict, REFUSED)
    assert "### Policies: staging: fail" in text
    assert r"claims\|\<b\>" in text
    assert "OPA ended" in text


def test_only_new_findings_fail_with_a_baseline(verdict: Verdict, tmp_path: Path) -> None:
    file = tmp_path / "before.json"
    file.write_text(report("json", verdict))
    known = load_baseline(file)["staging"]
    later = without_known(verdict, known)
    assert later.result == "unknown"
    assert later.known == verdict.failures
    fresh = replace(verdict.findings[0], path=("other",))
    assert without_known(replace(verdict, findings=(*verdict.findings, fresh)), known).failures == (fresh,)
    assert without_known(REFUSED, known).result == "fail"
    file.write_text(report("json", later))
    assert load_baseline(file)["staging"] == known


def test_a_baseline_must_be_a_report(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    for name in ("x.json", "none.json"):
        with pytest.raises(UsageError, match="baseline"):
            load_baseline(tmp_path / name)
