"""Approvals: which count, and every way in which one does not."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from evidence_world import NOW, PEOPLE, a_receipt, later, request, trust_files
from ssh_keys import SshKey, ed25519_key

from mlops_infra.errors import GateError, LockedError
from mlops_infra.promotion import trust
from mlops_infra.promotion.approvals import (
    NAMESPACE,
    Approval,
    ApprovalRefused,
    Refused,
    approvals,
    approve,
    counting,
)
from mlops_infra.promotion.receipt import Receipt, envelope_text, opened, signed_bytes
from mlops_infra.promotion.store import FileStore
from mlops_infra.promotion.trust import Trust

WEEK = timedelta(days=7)
RECEIPT = a_receipt()


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "evidence")


@pytest.fixture
def people(tmp_path: Path) -> Trust:
    return trust_files(tmp_path / "stacks")


def key_of(name: str, folder: Path) -> Path:
    return PEOPLE[name].write(folder / f"key-{name}")


def statement(receipt: Receipt = RECEIPT, **told: Any) -> dict[str, Any]:
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": f"receipt/{receipt.short}", "digest": {"sha256": receipt.digest}}],
        "predicateType": "urn:mlops-infra:promotion-approval:v1",
        "predicate": {
            "environment": "prod", "release": receipt.release, "at": "2026-11-24T12:00:00Z", "comment": "", **told
        },
    }  # fmt: skip


def put(store: FileStore, key: SshKey, said: dict[str, Any] | None = None, *, namespace: str = NAMESPACE) -> None:
    """An approval as somebody could put it there without our help."""
    said = said or statement()
    data = envelope_text(said, {"ssh": key.sign(signed_bytes(said), namespace)})
    store.put_new(
        f"approvals/{RECEIPT.digest}/{key.fingerprint[7:15].lower().replace('/', '-').replace('+', '-')}", data
    )


def looked(store: FileStore, people: Trust, **passed: float) -> tuple[Approval | Refused, ...]:
    return approvals(store, RECEIPT, people, later(**passed), WEEK)


def test_two_people_approve(store: FileStore, people: Trust, tmp_path: Path) -> None:
    for name, comment in (("bob", "load test was fine"), ("cleo", "")):
        approve(store, RECEIPT, key_of(name, tmp_path), people, NOW, comment)
    found = counting(looked(store, people, hours=1))
    assert [(entry.person, entry.roles, entry.comment) for entry in found] == [
        ("bob", ("release-approver",), "load test was fine"),
        ("cleo", ("compliance-officer",), ""),
    ]
    assert found[0].fingerprint == PEOPLE["bob"].fingerprint


def test_what_is_signed_is_a_statement_about_the_receipt(store: FileStore, people: Trust, tmp_path: Path) -> None:
    made = approve(store, RECEIPT, key_of("bob", tmp_path), people, NOW)
    said, covered, signatures = opened(store.get(made.key) or b"")
    assert said["subject"][0]["digest"] == {"sha256": RECEIPT.digest}
    assert covered.startswith(b"DSSEv1 28 application/vnd.in-toto+json ")
    assert list(signatures) == ["ssh"]


REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "the requester": ("requester", {"key": PEOPLE["ada"]}),
    "an unknown key": ("unknown-key", {"key": ed25519_key(99)}),
    "no role there": ("no-role", {"key": PEOPLE["dana"]}),
    "another receipt": ("other-receipt", {"said": statement(a_receipt(request(nonce="n2")))}),
    "another environment": ("malformed", {"said": statement(environment="staging")}),
    "another release": ("malformed", {"said": statement(release="c" * 64)}),
    "another kind of statement": ("malformed", {"said": {**statement(), "predicateType": "urn:x"}}),
    "one subject too many": ("malformed", {"said": {**statement(), "subject": statement()["subject"] * 2}}),
    "something more in it": ("malformed", {"said": statement(role="platform-admin")}),
    "a comment that is none": ("malformed", {"said": statement(comment=1)}),
    "a wrong namespace": ("wrong-namespace", {"namespace": "file"}),
    "a signature for identity": ("wrong-namespace", {"namespace": "mlops-infra-identity@v1"}),
    "made in the future": ("not-yet", {"said": statement(at="2026-11-24T12:10:00Z")}),
    "made too long ago": ("expired", {"said": statement(at="2026-11-17T11:59:59Z")}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_count(store: FileStore, people: Trust, name: str) -> None:
    reason, told = REFUSED[name]
    put(store, told.get("key", PEOPLE["bob"]), told.get("said"), namespace=told.get("namespace", NAMESPACE))
    (found,) = looked(store, people)
    assert isinstance(found, Refused)
    assert found.reason == reason, found.what


OPTIONS = {
    "expired": 'valid-before="20261123Z"',
    "not-yet": 'valid-after="20261125Z"',
    "wrong-namespace": 'namespaces="git"',
}


@pytest.mark.parametrize("reason", OPTIONS)
def test_a_key_that_may_not_sign(store: FileStore, tmp_path: Path, reason: str) -> None:
    people = trust_files(tmp_path / "stacks", options={"bob": OPTIONS[reason]})
    put(store, PEOPLE["bob"])
    (found,) = looked(store, people)
    assert isinstance(found, Refused)
    assert found.reason == reason
    with pytest.raises(ApprovalRefused, match="would not count"):
        approve(store, RECEIPT, key_of("bob", tmp_path), people, NOW)


def test_a_key_that_expired_meanwhile(store: FileStore, tmp_path: Path) -> None:
    people = trust_files(tmp_path / "stacks", options={"bob": 'valid-before="20261125Z"'})
    put(store, PEOPLE["bob"])
    assert counting(looked(store, people))
    assert not counting(looked(store, people, days=2))


def test_a_key_that_did_not_exist_yet_cannot_be_backdated_into(store: FileStore, tmp_path: Path) -> None:
    people = trust_files(tmp_path / "stacks", options={"bob": 'valid-after="20261124Z"'})
    put(store, PEOPLE["bob"], statement(at="2026-11-23T12:00:00Z"))
    (found,) = looked(store, people)
    assert isinstance(found, Refused)
    assert found.reason == "not-yet"


def test_a_revoked_key(store: FileStore, people: Trust, tmp_path: Path) -> None:
    put(store, PEOPLE["bob"])
    assert counting(looked(store, people))
    (tmp_path / "stacks" / "access" / "revoked_keys").write_text(PEOPLE["bob"].public + "\n")
    (found,) = looked(store, trust.read(tmp_path / "stacks"))
    assert isinstance(found, Refused)
    assert found.reason == "revoked"


def test_a_key_without_an_actor(store: FileStore, people: Trust, tmp_path: Path) -> None:
    stranger = ed25519_key(50)
    signers = tmp_path / "stacks" / "access" / "allowed_signers"
    signers.write_text(signers.read_text() + stranger.line("stranger@example.org"))
    put(store, stranger)
    (found,) = looked(store, trust.read(tmp_path / "stacks"))
    assert isinstance(found, Refused)
    assert found.reason == "no-actor"


def test_one_person_with_two_keys_counts_once(store: FileStore, tmp_path: Path) -> None:
    trust_files(tmp_path / "stacks")
    second = ed25519_key(60)
    signers = tmp_path / "stacks" / "access" / "allowed_signers"
    signers.write_text(signers.read_text() + second.line("bob@example.org"))
    people = trust.read(tmp_path / "stacks")
    put(store, PEOPLE["bob"])
    put(store, second, statement(at="2026-11-24T11:59:00Z", comment="again"))
    found = looked(store, people)
    assert [entry.person for entry in counting(found)] == ["bob"]
    assert [entry.reason for entry in found if isinstance(entry, Refused)] == ["twice"]
    with pytest.raises(ApprovalRefused, match="one person counts once"):
        approve(store, RECEIPT, key_of("bob", tmp_path), people, NOW)


def test_the_requester_is_known_by_name_principal_and_key(store: FileStore, people: Trust, tmp_path: Path) -> None:
    for asked in ("BOB", "bob@example.org", PEOPLE["bob"].fingerprint):
        receipt = a_receipt(request(requester=asked))
        with pytest.raises(ApprovalRefused, match="cannot approve it"):
            approve(store, receipt, key_of("bob", tmp_path), people, NOW)
        assert store.keys("approvals/") == ()


def test_an_approval_of_an_earlier_request_means_nothing(store: FileStore, people: Trust, tmp_path: Path) -> None:
    """The same content, asked for again: the receipt is another one."""
    made = approve(store, RECEIPT, key_of("bob", tmp_path), people, NOW)
    again = a_receipt(request(nonce="n2"))
    store.put_new(f"approvals/{again.digest}/copied", store.get(made.key) or b"")
    (found,) = approvals(store, again, people, NOW, WEEK)
    assert isinstance(found, Refused)
    assert found.reason == "other-receipt"


def test_edits_after_approval_are_not_covered(store: FileStore, people: Trust, tmp_path: Path) -> None:
    approve(store, RECEIPT, key_of("bob", tmp_path), people, NOW)
    edited = a_receipt(configuration={"teams": []})
    assert approvals(store, edited, people, NOW, WEEK) == ()


def test_any_byte_of_an_approval_matters(store: FileStore, people: Trust, tmp_path: Path) -> None:
    made = approve(store, RECEIPT, key_of("bob", tmp_path), people, NOW, "fine")
    file = tmp_path / "evidence" / made.key
    whole = json.loads(file.read_bytes())
    payload = bytearray(base64.b64decode(whole["payload"]))
    for at in range(0, len(payload), 7):
        edited = bytearray(payload)
        edited[at] ^= 1
        file.write_bytes(json.dumps({**whole, "payload": base64.b64encode(edited).decode()}).encode())
        assert not counting(looked(store, people)), at
    signature = base64.b64decode(whole["signatures"][0]["sig"]).decode()
    for told in ([], [*whole["signatures"], {"keyid": "b", "sig": "eA=="}], [{"keyid": "ssh", "sig": "eA=="}]):
        file.write_bytes(json.dumps({**whole, "signatures": told}).encode())
        assert not counting(looked(store, people))
    swapped = signature.replace(signature[120], "A" if signature[120] != "A" else "B", 1)
    told = [{"keyid": "ssh", "sig": base64.b64encode(swapped.encode()).decode()}]
    file.write_bytes(json.dumps({**whole, "signatures": told}).encode())
    assert not counting(looked(store, people))


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"\xff\x00", b'{"payload": "e30=", "payloadType": "x", "signatures": []}']
)
def test_what_is_no_approval(store: FileStore, people: Trust, data: bytes) -> None:
    store.put_new(f"approvals/{RECEIPT.digest}/x", data)
    (found,) = looked(store, people)
    assert isinstance(found, Refused)
    assert found.reason == "malformed"


# The trust files


def test_before_the_first_promotion_nothing_is_recorded(store: FileStore) -> None:
    assert trust.recorded(store) is None


def test_the_recorded_version_judges(store: FileStore, people: Trust, tmp_path: Path) -> None:
    """Who makes themselves an approver in the file is none until the people of the recorded version agreed."""
    trust.record(store, people, RECEIPT.digest)
    mallory = ed25519_key(70)
    extra = (
        "  - name: mallory\n    ssh: [mallory@example.org]\n"
        "    roles: [{role: compliance-officer, environments: ['*']}]\n"
    )
    edited = trust_files(tmp_path / "stacks", extra=extra)
    signers = tmp_path / "stacks" / "access" / "allowed_signers"
    signers.write_text(signers.read_text() + mallory.line("mallory@example.org"))
    edited = trust.read(tmp_path / "stacks")
    recorded = trust.recorded(store)
    assert recorded is not None
    assert edited.changed_since(recorded) == ("access.yaml", "access/allowed_signers")
    put(store, mallory)
    assert counting(approvals(store, RECEIPT, edited, NOW, WEEK))
    assert not counting(approvals(store, RECEIPT, recorded, NOW, WEEK))


def test_versions_are_numbered_and_kept(store: FileStore, people: Trust, tmp_path: Path) -> None:
    assert trust.record(store, people, "r1").number == 1
    assert trust.record(store, people, "r2").number == 1
    newer = trust_files(tmp_path / "stacks", quorum=3)
    assert trust.record(store, newer, "r3").number == 2
    found = trust.recorded(store)
    assert found is not None
    assert (found.number, found.access.quorum.changes, found.digest) == (2, 3, newer.digest)
    assert store.keys("trust/") == ("trust/000001", "trust/000002")


def test_a_recorded_version_that_was_changed_is_refused(store: FileStore, people: Trust, tmp_path: Path) -> None:
    trust.record(store, people, "r1")
    file = tmp_path / "evidence" / "trust" / "000001"
    file.write_bytes(file.read_bytes().replace(b"release-approver", b"platform-admin"))
    with pytest.raises(GateError, match="damaged"):
        trust.recorded(store)


def test_two_who_record_at_once(store: FileStore, people: Trust, tmp_path: Path) -> None:
    class Raced(FileStore):
        """Somebody else records between our look and our write."""

        def put_new(self, key: str, data: bytes) -> bool:
            super().put_new(key, b"theirs")
            return super().put_new(key, data)

    with pytest.raises(LockedError, match="meanwhile"):
        trust.record(Raced(tmp_path / "evidence"), people, "r1")
