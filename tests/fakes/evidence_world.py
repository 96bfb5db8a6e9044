"""Receipts, trust files and people with keys, in memory: what the tests of promotion's evidence share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fake_policies import rule
from ssh_keys import SshKey, ed25519_key

from mlops_infra.engine.plan import Change, Plan, PropertyChange
from mlops_infra.governance.verdict import Finding, Verdict
from mlops_infra.governance.waivers import Entry, Selector, Waiver, Waivers
from mlops_infra.graph import UNKNOWN, Graph, Resource, Secret
from mlops_infra.promotion import receipt
from mlops_infra.promotion.receipt import Receipt
from mlops_infra.promotion.trust import Trust, read

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
KEY = b"k" * 32
BUCKET, ROLE = "urn:bucket", "urn:role"
RELEASE = "a" * 64
PEOPLE: Mapping[str, SshKey] = {name: ed25519_key(seed) for seed, name in enumerate(("ada", "bob", "cleo", "dana"), 1)}
"""ada asks, bob approves releases, cleo is the compliance officer, dana has a role in dev only."""


def access(quorum: int = 2, extra: str = "") -> str:
    """An access file with the people."""
    rows = (("ada", "platform-admin", "*"), ("bob", "release-approver", "*"), ("cleo", "compliance-officer", "prod"))
    people = [(*row, row[0]) for row in (*rows, ("dana", "release-approver", "dev"))]
    actors = "".join(
        f"  - name: {name}\n    ssh: [{principal}@example.org]\n    roles: [{{role: {role}, environments: ['{where}']}}]\n"
        for name, role, where, principal in people
    )
    return f"version: 1\nquorum: {{changes: {quorum}}}\nactors:\n{actors}{extra}"


def trust_files(stacks: Path, *, quorum: int = 2, options: Mapping[str, str] | None = None, extra: str = "") -> Trust:
    """The people's trust files in a folder. `options` of their keys' lines, by name; `extra` actors."""
    (stacks / "access").mkdir(parents=True, exist_ok=True)
    (stacks / "access.yaml").write_text(access(quorum, extra))
    lines = [key.line(f"{name}@example.org", (options or {}).get(name, "")) for name, key in PEOPLE.items()]
    (stacks / "access" / "allowed_signers").write_text("".join(lines))
    return read(stacks)


def pipeline(*gates: str) -> str:
    """dev → staging → prod, where two people approve. `gates` of that step beside the policies and the approvals."""
    more = "".join(f"      {gate}\n" for gate in gates)
    return f"""version: 1
environments: [dev, staging, prod]
steps:
  - {{from: dev, to: staging, gates: {{policies: {{fail_on: high}}}}}}
  - from: staging
    to: prod
    gates:
      policies: {{fail_on: high}}
      approvals: [{{role: release-approver, count: 1}}, {{role: compliance-officer, count: 1}}]
{more}"""


def finding(status: str = "fail", **told: Any) -> Finding:
    return Finding(rule(), status, BUCKET, "aws:s3/bucket:Bucket", "claims", ("acl",), "is public", **told)  # type: ignore[arg-type]


def resource(urn: str, kind: str, **inputs: Any) -> Resource:
    return Resource(urn, kind, urn.removeprefix("urn:"), "foundation", inputs)


def plan(*, operation: str = "update", **inputs: Any) -> Plan:
    """A plan that changes the bucket and leaves the role alone."""
    told = {
        "bucket": "claims",
        "password": Secret("hunter2"),
        "arn": UNKNOWN,
        "versioning": {"enabled": True},
        **inputs,
    }
    graph = Graph.of(
        "prod", [resource(BUCKET, "aws:s3/bucket:Bucket", **told), resource(ROLE, "aws:iam/role:Role", name="r")]
    )
    change = Change(
        BUCKET,
        "aws:s3/bucket:Bucket",
        "claims",
        "foundation",
        operation,  # type: ignore[arg-type]
        properties=(
            PropertyChange("versioning.enabled", "update", False, True),
            PropertyChange("password", "update", Secret("hunter1"), Secret("hunter2")),
            PropertyChange("arn", "update", "arn:a", UNKNOWN),
        ),
    )
    same = Change(ROLE, "aws:iam/role:Role", "r", "foundation", "same")
    return Plan("prod", (change, same), graph)


def base(**inputs: Any) -> Graph:
    return Graph.of("prod", [resource(BUCKET, "aws:s3/bucket:Bucket", bucket="claims", **inputs)])


def waivers(reason: str = "its data is synthetic") -> Waivers:
    given = Waiver.model_validate(
        {
            "rule": "MLI-PII-001",
            "resource": Selector(type="aws:s3/bucket:Bucket", name="claims"),
            "environments": ["prod"],
            "reason": reason,
            "owner": "a@example.org",
            "approver": "b@example.org",
            "ticket": "SEC-1",
            "granted": "2026-11-01",
            "expires": "2026-11-30",
        }
    )
    return Waivers((Entry(0, given.rule, given, None, "stacks/waivers.yaml:4"),))


CONFIGURATION: Mapping[str, Any] = {
    "teams": [{"name": "claims", "quota": {"cpu": 4}}, {"name": "fraud", "quota": {"cpu": 8}}],
    "aws": {"account": "123456789012"},
    "tags": {},
}


def request(**told: Any) -> receipt.Request:
    values: dict[str, Any] = {
        "kind": "promotion",
        "environment": "prod",
        "source": "staging",
        "release": RELEASE,
        "previous": "b" * 64,
        "requester": "ada",
        "requested": NOW,
        "nonce": "n1",
        **told,
    }
    return receipt.Request(**values)


def covered(**told: Any) -> dict[str, Any]:
    """Arguments of `receipt.of` beside the request."""
    return {
        "plan": plan(),
        "base": base(),
        "configuration": CONFIGURATION,
        "policies": "sha256:p",
        "verdict": Verdict("prod", "unknown", (finding("unknown"),)),
        "waivers": waivers(),
        "trust": {"access.yaml": "1"},
        "delta": "d",
        "key": KEY,
        **told,
    }


def a_receipt(asked: receipt.Request | None = None, **told: Any) -> Receipt:
    return receipt.of(asked or request(), **covered(**told))


def later(**passed: float) -> datetime:
    return NOW + timedelta(**passed)
