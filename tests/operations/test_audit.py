"""The record of an environment: verified, filtered, exported, reported; and the checkpoints that it is held against."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cloudevents.core.formats.json import JSONFormat
from fake_world import FakeWorld

from mlops_infra.audit.checkpoint import Checkpoint, SignedCheckpoint
from mlops_infra.audit.report import EnvironmentReport, to_html
from mlops_infra.audit.select import Filter
from mlops_infra.errors import GateError, UsageError
from mlops_infra.identity.pseudonyms import Pseudonyms
from mlops_infra.identity.signatures import SignatureRefused, sign
from mlops_infra.operations import audit, deploy, erasure, state, unlock
from mlops_infra.operations.checkpoints import NAMESPACE, Stored, from_bucket, from_files
from mlops_infra.resources import data_dir

STAGING = "staging"
AWS = "target: aws\nstate: {backend: s3://state/ours, secrets_provider: awskms://alias/state}"
WHOLE = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def yes(_: object) -> bool:
    return True


@pytest.fixture
def used(world: FakeWorld) -> FakeWorld:
    """A world with the shipped rules, whose staging was brought up, looked at, given a grant, and touched by hand."""
    world.project = replace(world.project, policies=data_dir("policies"))
    deploy.up(world.context(), STAGING, confirm=yes)
    deploy.drift(world.context(), STAGING)
    base = world.project.stacks / "base.yaml"
    read, write = (f"      - dataset: icd10-codes\n        access: {how}\n" for how in ("read", "write"))
    # A new owner is a change that the cloud in memory sees too.
    base.write_text(base.read_text().replace(read, write).replace("owner: clinical-nlp@", "owner: clinical-ai@"))
    world.time += timedelta(days=1)
    deploy.up(world.context(), STAGING, confirm=yes)
    deploy.up(world.context(), STAGING, confirm=yes, everything=True)
    state.unprotect(world.context(), STAGING, next(iter(world.cloud.state)))
    return world


def checkpoint(world: FakeWorld, seq: int) -> Checkpoint:
    return Checkpoint.at(STAGING, list(world.ledger(STAGING).entries())[seq - 1], world.clock())


def stored(point: Checkpoint, signature: str | None = None) -> Stored:
    return Stored(SignedCheckpoint(checkpoint=point, signature=signature), "a checkpoint")


def reported(world: FakeWorld) -> EnvironmentReport:
    (found,) = audit.report(world.context(), "hipaa", [STAGING], *WHOLE).environments
    return found


def test_an_untouched_ledger_is_intact(used: FakeWorld) -> None:
    found = audit.verify(used.context(), STAGING, [stored(checkpoint(used, 2))])
    assert found.verified.intact
    assert found.verified.entries == len(list(used.ledger(STAGING).entries()))
    assert [seen.signer for seen in found.checkpoints] == [None]


def test_one_changed_character_is_found(used: FakeWorld) -> None:
    path = used.ledger(STAGING).path
    path.write_text(path.read_text().replace('"operation":"drift"', '"operation":"drifT"'))
    fault = audit.verify(used.context(), STAGING).verified.fault
    assert fault is not None
    assert (fault.tampering, fault.seq) == ("edited", 3)
    found = reported(used)
    assert (found.intact, found.entries) == (False, 2)
    assert "was changed" in to_html(audit.report(used.context(), "hipaa", [STAGING], *WHOLE))


def test_what_was_cut_off_is_found_by_a_checkpoint_from_a_file(used: FakeWorld, tmp_path: Path) -> None:
    file = tmp_path / "point.json"
    file.write_bytes(stored(checkpoint(used, 4)).signed.to_bytes())
    path = used.ledger(STAGING).path
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:3]))
    fault = audit.verify(used.context(), STAGING, from_files([file])).verified.fault
    assert fault is not None
    assert (fault.tampering, fault.seq) == ("truncated", 4)


def test_a_checkpoint_is_held_against_the_signers(used: FakeWorld, tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    public = key.with_suffix(".pub").read_text().split()
    (used.project.stacks / "access").mkdir(exist_ok=True)
    (used.project.stacks / "access" / "allowed_signers").write_text(f"ada@example.org {public[0]} {public[1]}\n")
    point = checkpoint(used, 2)
    signature = sign(point.statement(), key, NAMESPACE)
    (seen,) = audit.verify(used.context(), STAGING, [stored(point, signature)]).checkpoints
    assert seen.signer is not None
    assert seen.signer.principal == "ada@example.org"
    for other, wrong in ((checkpoint(used, 3), signature), (point, sign(point.statement(), key, "else@v1"))):
        with pytest.raises(SignatureRefused) as refused:
            audit.verify(used.context(), STAGING, [stored(other, wrong)])
        assert refused.value.code in ("bad-signature", "wrong-namespace")


def test_a_deployment_on_aws_ends_with_a_checkpoint(world: FakeWorld) -> None:
    deploy.up(world.context(), STAGING, confirm=yes)
    assert world.audit_bucket.kept == {}
    world.edit("staging.yaml", "target: sandbox", AWS)
    world.edit("base.yaml", "owner: claims-fraud@", "owner: fraud@")
    deploy.up(world.context(), STAGING, confirm=yes)
    ((key, data),) = world.audit_bucket.kept.items()
    point = SignedCheckpoint.parse(data, key).checkpoint
    *_, result, told = world.ledger(STAGING).entries()
    assert (point.count, point.head) == (result.seq, result.hash)
    assert told.data["operation"] == "audit checkpoint"
    assert from_bucket(world.context(), STAGING)[0].where == f"s3://audit/{key}"


def test_a_checkpoint_that_cannot_be_written_fails_no_deployment(world: FakeWorld) -> None:
    world.edit("staging.yaml", "target: sandbox", AWS)
    world.audit_bucket.broken = True
    assert deploy.up(world.context(), STAGING, confirm=yes).applied
    assert world.kinds(STAGING)[-1] == "result up succeeded"
    assert any("no checkpoint of the ledger was written: the audit bucket refused" in told for told in world.notices)


@pytest.mark.parametrize("content", [b"", b"{}", b'{"checkpoint": {"count": 0}}', b"\xff"])
def test_what_is_no_checkpoint_is_said_so(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "point.json"
    file.write_bytes(content)
    with pytest.raises(UsageError, match="no checkpoint"):
        from_files([file])


def test_a_checkpoint_of_another_environment_is_refused(used: FakeWorld) -> None:
    with pytest.raises(UsageError, match="of staging, not of prod"):
        audit.verify(used.context(), "prod", [stored(checkpoint(used, 1))])


def test_entries_are_chosen(used: FakeWorld) -> None:
    everything = audit.log(used.context(), STAGING, Filter())
    assert [entry.seq for entry in everything] == list(range(1, len(everything) + 1))
    assert {entry.kind for entry in audit.log(used.context(), STAGING, Filter(kind="observed"))} == {"observed"}
    assert audit.log(used.context(), STAGING, Filter(last=2)) == everything[-2:]
    assert {e.data["operation"] for e in audit.log(used.context(), STAGING, Filter(operation="drift"))} == {"drift"}
    assert audit.log(used.context(), STAGING, Filter(by=everything[0].actor.user)) == everything
    assert audit.log(used.context(), STAGING, Filter(by="nobody")) == ()
    actor = everything[0].actor
    assert audit.log(used.context(), STAGING, Filter(by=f"{actor.user}@{actor.host}")) == everything
    later = datetime(2026, 3, 2, tzinfo=UTC)
    first, second = (audit.log(used.context(), STAGING, f) for f in (Filter(until=later), Filter(since=later)))
    assert first + second == everything
    assert first
    assert second


def test_entries_are_exported_as_events(used: FakeWorld) -> None:
    entries = audit.log(used.context(), STAGING, Filter())
    events = [JSONFormat().read(None, line) for line in audit.export(used.context(), STAGING, Filter())]
    assert [event.get_id() for event in events] == [entry.hash for entry in entries]
    assert events[0].get_type() == "mlops-infra.ledger.intent"
    assert events[0].get_source() == f"/mlops-infra/meridian/staging/{entries[0].ledger}"
    assert events[0].get_subject() == "up"
    assert events[0].get_time() == datetime.fromisoformat(entries[0].time)


def test_the_report_says_who_had_access_to_what_and_when_that_changed(used: FakeWorld) -> None:
    before, after = reported(used).access
    assert (before.until, after.until) == (after.since, None)
    assert [len(period.grants) for period in (before, after)] == [8, 8]
    codes = [next(g for g in period.grants if g.dataset == "icd10-codes") for period in (before, after)]
    assert [grant.access for grant in codes] == ["read", "write"]
    assert codes[0].groups == ("clinical-nlp-engineers", "clinical-nlp-scientists")
    assert {role.role for role in after.roles} >= {"platform-admin", "auditor", "ml-engineer"}
    later = audit.report(used.context(), "hipaa", [STAGING], datetime(2026, 3, 3, tzinfo=UTC), WHOLE[1])
    assert later.environments[0].access == (after,)
    assert later.environments[0].changes == ()


def test_the_report_tells_changes_denials_and_interventions(used: FakeWorld) -> None:
    used.access.refuses = lambda who, operation, environment: "not on Fridays"
    with pytest.raises(GateError):
        deploy.up(used.context(), STAGING, confirm=yes)
    used.access.refuses = lambda who, operation, environment: None
    unlock.unlock(used.context(), STAGING)
    pseudonym = Pseudonyms(used.project.state_dir()).of("bob")
    erasure.forget(used.context(), "bob", [STAGING], confirm=yes)
    found = reported(used)
    assert found.head == next(used.ledger(STAGING).newest_first()).hash
    assert [(line.what, line.result) for line in found.changes][:2] == [("up", "succeeded"), ("up", "succeeded")]
    assert [(line.what, line.result) for line in found.denials] == [("up", "not on Fridays")]
    assert [line.what.split()[0] for line in found.interventions] == ["state", "unlocked", "audit"]
    assert found.interventions[-1].what == f"audit forget {pseudonym}"


def test_the_page_escapes_what_comes_from_outside(used: FakeWorld) -> None:
    page = to_html(audit.report(used.context(), "gdpr", used.project.environments(), *WHOLE))
    assert page.startswith("<!doctype html>")
    assert "The ledger is intact" in page
    assert next(used.ledger(STAGING).newest_first()).hash in page
    assert page.count('class="tag new"') == 1
    assert "No longer as before: clinical-nlp read on icd10-codes." in page
    assert "http" not in page
    assert "Art. 32" in page
    waivers = used.project.stacks / "waivers.yaml"
    waivers.write_text(
        "version: 1\nwaivers:\n  - {rule: MLI-COST-001, resource: {type: stack, name: claims*}, environments: [staging],\n"
        "     reason: '<script>alert(1)</script>', owner: a@example.org, approver: b@example.org, ticket: T-1,\n"
        "     granted: 2026-03-01, expires: 2026-03-20}\n"
    )
    page = to_html(audit.report(used.context(), "gdpr", [STAGING], *WHOLE))
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
