"""Every use case of operations that asks first, ready to be run; and what must not change where it was refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from fake_world import FakeWorld

from mlops_infra.governance.waivers import Waiver
from mlops_infra.operations import (
    audit_state,
    bootstrap,
    checkpoints,
    deploy,
    embedded,
    erasure,
    policies,
    state,
    unlock,
)
from mlops_infra.operations.ports import Context
from mlops_infra.providers.connection import AwsConnection
from mlops_infra.sandbox.simulate import Wish

URN = "urn:pulumi:staging-teams-00::mlops-infra::kubernetes:core/v1:Namespace::claims-fraud"
Run = Callable[[Context, str], Any]


def _yes(_: object) -> bool:
    return True


def _restore(context: Context, environment: str) -> None:
    file = context.project.root / "backup.json"
    file.write_text(json.dumps({"version": 1, "environment": environment, "parts": {}}))
    try:
        state.restore(context, environment, file)
    finally:
        file.unlink()


def waiver(environment: str) -> Waiver:
    """A waiver that would hold."""
    return Waiver.model_validate(
        {
            "rule": "MLI-PII-001",
            "resource": {"type": "aws:s3/bucket:Bucket", "name": "claims"},
            "environments": [environment],
            "reason": "it moves",
            "owner": "a@example.org",
            "approver": "b@example.org",
            "ticket": "SEC-1",
            "granted": date(2026, 3, 1),
            "expires": date(2026, 3, 9),
        }
    )


NOWHERE = AwsConnection("123456789012", "eu-central-1", "aws", "http://127.0.0.1:9", "test", "test")
RUN: Mapping[str, Run] = {
    "operations.audit_state.audit_state": audit_state.audit_state,
    "operations.bootstrap.bootstrap": lambda context, name: bootstrap.bootstrap(context, name, NOWHERE),
    "operations.checkpoints.make": checkpoints.make,
    "operations.deploy.destroy": lambda context, name: deploy.destroy(context, name, confirm=_yes),
    "operations.deploy.drift": deploy.drift,
    "operations.deploy.plan": deploy.plan,
    "operations.deploy.refresh": deploy.refresh,
    "operations.deploy.up": lambda context, name: deploy.up(context, name, confirm=_yes),
    "operations.embedded.reset": lambda context, name: embedded.reset(context, name, confirm=_yes),
    "operations.embedded.simulate": lambda context, name: embedded.simulate(context, name, (), Wish()),
    "operations.erasure.forget": lambda context, name: erasure.forget(context, "ada", [name], confirm=_yes),
    "operations.policies.add_waiver": lambda context, name: policies.add_waiver(context, waiver(name)),
    "operations.policies.renew_waiver": lambda context, name: policies.renew_waiver(
        context, 1, date(2026, 3, 20), "b@example.org"
    ),
    "operations.state.adopt": lambda context, name: state.adopt(context, name, URN, "claims-fraud"),
    "operations.state.backup": state.backup,
    "operations.state.move": lambda context, name: state.move(context, name, URN, "teams-01"),
    "operations.state.restore": _restore,
    "operations.state.unprotect": lambda context, name: state.unprotect(context, name, URN),
    "operations.unlock.unlock": unlock.unlock,
}
"""Runs a use case of `mutating.ASKS` on an environment, with a person who says yes to everything."""

ON_AWS = """target: aws
state:
  backend: s3://meridian-{0}-state/pulumi
  secrets_provider: awskms://alias/meridian-{0}-state?region=eu-central-1
"""


def on_aws(world: FakeWorld, environment: str) -> None:
    """Move an environment to AWS."""
    file = world.project.stacks / f"{environment}.yaml"
    lines = [line for line in file.read_text().splitlines(keepends=True) if not line.startswith("target:")]
    file.write_text("".join(lines) + ON_AWS.format(environment))


def waived(world: FakeWorld, environment: str) -> None:
    """A first waiver, for `waiver renew`."""
    entry = {
        key: str(value) if isinstance(value, date) else value for key, value in waiver(environment).model_dump().items()
    }
    (world.project.stacks / "waivers.yaml").write_text(f"version: 1\nwaivers: [{json.dumps(entry)}]\n")


def picture(world: FakeWorld) -> Mapping[str, Any]:
    """Everything that an operation could change: the cloud, the sandbox, the state, the files of the project; not the ledger."""
    files = {
        str(file.relative_to(world.project.root)): file.read_bytes()
        for file in sorted(Path(world.project.root).rglob("*"))
        if file.is_file() and world.project.state / "ledger" not in file.parents and file.name != ".gitignore"
    }
    return {
        "files": files,
        "cloud": dict(world.cloud.state),
        "calls": list(world.cloud.calls),
        "sandbox": list(world.embedded.calls),
        "bucket": {key: data for key, data in world.state_bucket.kept.items() if not key.startswith("ledger/")},
    }
