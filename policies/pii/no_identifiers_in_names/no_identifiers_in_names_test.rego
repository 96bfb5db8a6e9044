package mlops.pii.no_identifiers_in_names_test

import data.mlops.lib.testing as t
import data.mlops.pii.no_identifiers_in_names as rule

tagged(text) := t.doc([t.res("b", "aws:s3/bucket:Bucket", {"tags": {"note": text}})])

test_each if {
	every text in ["123-45-6789", "MRN 0012345", "member-0012345", "patient-id:0012345", "dob 1980-02-01", "+49 170 1234567"] {
		t.at(rule.findings, [["tags", "note"]]) with input as tagged(text)
	}
}

test_ordinary if {
	every text in ["claims-data@meridian-health.example", "CC-4100", "2026-11-24", "member-services", "111100000032"] {
		t.none(rule.findings) with input as tagged(text)
	}
}

test_value_is_not_shown if {
	findings := rule.findings with input as tagged("123-45-6789")
	not contains(json.marshal(findings), "123-45-6789")
}

test_tag_of_all if {
	document := object.union(tagged("123-45-6789"), {"config": {"tags": {"note": "123-45-6789"}}})
	findings := rule.findings with input as document
	{finding.key | some finding in findings} == {["tags", "note"]}
	others := rule.findings with input as tagged("123-45-6789")
	every finding in others { not "key" in object.keys(finding) }
}

test_name if t.at(rule.findings, [["bucket"]]) with input as t.doc([t.res("b", "aws:s3/bucket:Bucket", {"bucket": "notes-mrn-0012345"})])

test_tag_key if t.fails(rule.findings, ["b"]) with input as t.doc([t.res("b", "aws:s3/bucket:Bucket", {"tags": {"mrn-0012345": "x"}})])

test_label if {
	pod := t.res("p", "kubernetes:core/v1:Pod", {"metadata": {"labels": {"for": "mrn-0012345"}}})
	t.at(rule.findings, [["metadata", "labels", "for"]]) with input as t.doc([pod])
}

test_kubernetes_name if {
	pod := t.res("p", "kubernetes:core/v1:Pod", {"metadata": {"name": "mrn-0012345"}})
	t.at(rule.findings, [["metadata", "name"]]) with input as t.doc([pod])
}

test_unknown if t.none(rule.findings) with input as t.doc([t.res("b", "aws:s3/bucket:Bucket", {"bucket": t.unknown, "tags": {"a": t.unknown}})])

test_it_says_what_it_looks_like if {
	findings := rule.findings with input as tagged("MRN 0012345")
	{finding.message | some finding in findings} == {"this looks like a medical record number"}
}

test_it_says_what_a_name_looks_like if {
	pod := t.res("p", "kubernetes:core/v1:Pod", {"metadata": {"name": "mrn-0012345"}})
	findings := rule.findings with input as t.doc([pod])
	{finding.message | some finding in findings} == {"this looks like a medical record number"}
}

test_each_property if {
	every property in ["name", "bucket", "displayName", "description"] {
		t.at(rule.findings, [[property]]) with input as t.doc([t.res("x", "x:y/z:Z", {property: "mrn-0012345"})])
	}
}

test_annotation if {
	pod := t.res("p", "kubernetes:core/v1:Pod", {"metadata": {"annotations": {"for": "mrn-0012345"}}})
	t.at(rule.findings, [["metadata", "annotations", "for"]]) with input as t.doc([pod])
}

test_metadata_of_another_kind if t.none(rule.findings) with input as t.doc([t.res("x", "x:y/z:Z", {"metadata": "mrn-0012345"})])

test_a_key_that_belongs_to_its_value if {
	t.fails(rule.findings, ["b"]) with input as t.doc([t.res("b", "aws:s3/bucket:Bucket", {"tags": {"member": "0012345"}})])
}
