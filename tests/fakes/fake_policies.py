"""A small folder of policies with its manifest, made without OPA."""

from __future__ import annotations

from pathlib import Path

from mlops_infra.governance import policyset
from mlops_infra.governance.policyset import RuleEntry
from mlops_infra.governance.verdict import Rule

MAIN = """package mlops.governance

findings contains finding if {
	some family in ["pii", "cost"]
	some rule in data.mlops[family]
	some finding in rule.findings
}
"""


def entry(rule_id: str, package: str, **more: object) -> RuleEntry:
    """A rule's metadata with something in every field."""
    family, name = package.split(".")
    fields: dict[str, object] = {
        "id": rule_id,
        "title": f"Title of {name}",
        "description": "Why it matters.",
        "severity": "high",
        "family": family,
        "package": f"mlops.{package}",
        "file": f"{family}/{name}/{name}.rego",
        "controls": ["GDPR Art. 32(1)(a)", "HIPAA 45 CFR 164.312(a)(1)"],
        "remediation": f"Set the key of {name}.",
        "stack_key": "datasets[].retention",
        "points": ["synth", "preview", "live"],
        "inputs": ["stack"],
        "subjects": ["aws:s3/bucket:Bucket"],
        "on_unknown": "defer",
    }
    return RuleEntry.model_validate({**fields, **more})


ENTRIES = (
    entry("MLI-PII-001", "pii.first"),
    entry("MLI-PII-002", "pii.second", severity="critical", on_unknown="deny"),
    entry("MLI-COST-001", "cost.third", severity="low", stack_key="teams[].budget"),
)


def rule(rule_id: str = "MLI-PII-001") -> Rule:
    """One of the rules."""
    return next(item.rule() for item in ENTRIES if item.id == rule_id)


def make_policies(folder: Path, entries: tuple[RuleEntry, ...] = ENTRIES) -> Path:
    """Writes policies that find nothing, and their manifest; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "main.rego").write_text(MAIN)
    for item in entries:
        file = folder / item.file
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"package {item.package}\n\nfindings := set()\n")
    policyset.write(folder, policyset.manifest_of(folder, entries))
    (folder / "frameworks").mkdir(exist_ok=True)
    (folder / "frameworks" / "gdpr.yaml").write_text(
        'prefix: GDPR\nclauses:\n  - {id: "Art. 5(1)(e)", title: Storage limitation}\n  - {id: "Art. 32(1)(a)", title: Encryption}\n'
    )
    return folder
