"""Edits of the shipped stack files that the policies refuse."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

STRANGER = "registry.example.org/claims-fraud/fraud-scorer@sha256:" + "0123456789abcdef" * 4


@dataclass(frozen=True)
class Break:
    """One edit of a stack file: `old` becomes `new`, and the finding of `rule` names the line of `new` that holds `line`."""

    rule: str
    file: str
    old: str
    new: str
    line: str = ""

    def apply(self, stacks: Path) -> int:
        """Make the edit; returns the line, counted from 1."""
        path = stacks / self.file
        before, found, after = path.read_text().partition(self.old)
        assert found, self.old
        path.write_text(before + self.new + after)
        return before.count("\n") + self.new.partition(self.line or self.new)[0].count("\n") + 1


BREAKS = (
    Break("MLI-AUDIT-005", "base.yaml", "  audit_retention: P6Y", "  audit_retention: P1Y"),
    Break("MLI-AUDIT-011", "base.yaml", "  log_retention: P1Y", "  log_retention: P30D"),
    Break("MLI-AUDIT-004", "base.yaml", "    data_events: true", "    data_events: false"),
    Break("MLI-AUDIT-009", "staging.yaml", "  log_retention: P1Y", "  log_retention: P30D"),
    Break(
        "MLI-AUDIT-013",
        "base.yaml",
        "  alert_emails:\n    - ml-platform-oncall@meridian-health.example",
        "  alert_emails: []",
    ),
    Break("MLI-ENCRYPTION-004", "base.yaml", "    key_rotation_days: 90", "    key_rotation_days: 730"),
    Break("MLI-PII-005", "base.yaml", "    retention: P7Y", "    retention: P30Y"),
    Break(
        "MLI-PII-006",
        "base.yaml",
        "    legal_basis: GDPR Art. 6(1)(b) and Art. 9(2)(h)",
        "    legal_basis: GDPR Art. 6(1)(b)",
    ),
    Break("MLI-PII-008", "base.yaml", "  business-unit: health-insurance", "  contact: 123-45-6789"),
    Break(
        "MLI-PII-009",
        "base.yaml",
        "      - to: mlflow/mlflow",
        "      - to: 203.0.113.7/32",
    ),
    Break("MLI-NETWORK-010", "base.yaml", "      - to: mlflow/mlflow", "      - to: 0.0.0.0/0"),
    Break("MLI-ACCESS-017", "base.yaml", "[compliance-office, internal-audit]", "[ml-platform-engineers]"),
    Break("MLI-COST-003", "base.yaml", "    budget: 9000", "    budget: 90000"),
    Break("MLI-COST-005", "base.yaml", "      gpus: 2", "      gpus: 40"),
    Break("MLI-COST-007", "staging.yaml", "      max: 8", "      max: 400"),
    Break(
        "MLI-COST-006",
        "staging.yaml",
        "      taints:\n        - key: nvidia.com/gpu\n          value: present\n          effect: NoSchedule",
        "      taints:\n        - key: nvidia.com/gpu\n          value: present\n          effect: PreferNoSchedule",
        "        - key: nvidia.com/gpu",
    ),
    Break("MLI-RESILIENCE-001", "base.yaml", "    multi_az: true", "    multi_az: false"),
    Break("MLI-RESILIENCE-002", "base.yaml", "    backup_days: 14", "    backup_days: 1"),
    Break("MLI-RESILIENCE-007", "staging.yaml", "  nat_per_zone: true", "  nat_per_zone: false"),
    Break("MLI-RESILIENCE-008", "base.yaml", "  replicas: 2", "  replicas: 1"),
    Break("MLI-RESILIENCE-009", "staging.yaml", "    scale: {min: 2, max: 4}", "    scale: {min: 1, max: 4}"),
    Break("MLI-WORKLOAD-026", "base.yaml", "  pod_security: restricted", "  pod_security: baseline"),
    Break(
        "MLI-WORKLOAD-020",
        "staging.yaml",
        "  - name: fraud-scorer\n",
        f"  - name: fraud-scorer\n    image: {STRANGER}\n",
        f"    image: {STRANGER}",
    ),
    Break("MLI-MODEL-002", "base.yaml", "    version: 3.4.1", "    version: 3.5.0-rc1"),
    Break("MLI-MODEL-004", "base.yaml", "      accuracy: 0.92", "      accuracy: 0.69"),
)
"""Each of another rule."""
