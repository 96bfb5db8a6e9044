"""Receipts: the same for the same, another one for any single change, and nothing secret in them."""

from __future__ import annotations

import base64
import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from evidence_world import (
    BUCKET,
    NOW,
    RELEASE,
    a_receipt,
    base,
    covered,
    finding,
    plan,
    request,
    waivers,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_infra.errors import GateError, UsageError
from mlops_infra.governance.verdict import Verdict
from mlops_infra.governance.waivers import Waivers
from mlops_infra.graph import UNKNOWN, Graph, Secret
from mlops_infra.promotion import receipt
from mlops_infra.promotion.receipt import Spent
from mlops_infra.promotion.store import FileStore

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=True) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


def shuffled(value: Any, random: Any) -> Any:
    """The same value with its mappings in another order."""
    if isinstance(value, dict):
        names = list(value)
        random.shuffle(names)
        return {name: shuffled(value[name], random) for name in names}
    return [shuffled(entry, random) for entry in value] if isinstance(value, list) else value


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [path, *(found for name, child in value.items() for found in leaves(child, (*path, name)))]
    if isinstance(value, list):
        return [path, *(found for number, child in enumerate(value) for found in leaves(child, (*path, number)))]
    return [path]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(copy[path[0]], path[1:], new)
    return copy


def test_a_receipt_says_what_it_covers() -> None:
    made = a_receipt()
    assert list(made.plan) == [BUCKET]
    assert made.plan[BUCKET].operation == "update"
    assert made.plan[BUCKET].inputs["arn"] == "unknown"
    assert list(made.base) == [BUCKET]
    assert list(made.configuration) == [
        "aws.account", "tags", "teams", "teams.claims.name", "teams.claims.quota.cpu", "teams.fraud.name",
        "teams.fraud.quota.cpu",
    ]  # fmt: skip
    assert made.verdict["result"] == "unknown"
    assert made.unknown == (f"MLI-PII-001 {BUCKET} {finding().fingerprint}", f"{BUCKET} arn")
    assert made.requested == "2026-11-24T12:00:00Z"


ONE_CHANGE = {
    "kind": ({"kind": "rollback"}, {}, "kind"),
    "environment": ({"environment": "staging"}, {}, "environment"),
    "source": ({"source": None}, {}, "source"),
    "release": ({"release": "c" * 64}, {}, "release"),
    "previous": ({"previous": None}, {}, "previous"),
    "requester": ({"requester": "eve"}, {}, "requester"),
    "requested": ({"requested": NOW.replace(hour=13)}, {}, "requested"),
    "nonce": ({"nonce": "n2"}, {}, "nonce"),
    "operation": ({}, {"plan": plan(operation="replace")}, f"plan: {BUCKET} update → replace"),
    "input": ({}, {"plan": plan(bucket="other")}, f"plan: {BUCKET} bucket"),
    "secret input": ({}, {"plan": plan(password=Secret("hunter3"))}, f"plan: {BUCKET} password"),
    "no longer secret": ({}, {"plan": plan(password="hunter2")}, f"plan: {BUCKET} password"),
    "nothing to do": ({}, {"plan": replace(plan(), changes=())}, f"plan: {BUCKET} update → same"),
    "deployed": ({}, {"base": base(acl="public")}, f"base: {BUCKET}"),
    "deployed no more": ({}, {"base": Graph("prod", {})}, f"base: {BUCKET} (gone)"),
    "policies": ({}, {"policies": "sha256:q"}, "policies"),
    "waiver": ({}, {"waivers": waivers("another reason")}, "waivers: MLI-PII-001 SEC-1"),
    "no waiver": ({}, {"waivers": Waivers()}, "waivers: MLI-PII-001 SEC-1"),
    "verdict": ({}, {"verdict": Verdict("prod", "pass")}, "verdict: result"),
    "trust": ({}, {"trust": {"access.yaml": "2"}}, "trust: access.yaml"),
    "trust file": ({}, {"trust": {"access.yaml": "1", "pipeline.yaml": "1"}}, "trust: pipeline.yaml (new)"),
    "delta": ({}, {"delta": "e"}, "delta"),
    "unknown": ({}, {"plan": plan(arn="arn:a")}, f"unknown: {BUCKET} arn"),
    "key": ({}, {"key": b"l" * 32}, "configuration: aws.account"),
}


@pytest.mark.parametrize("name", ONE_CHANGE)
def test_any_single_change_is_named(name: str) -> None:
    asked, told, word = ONE_CHANGE[name]
    old, new = a_receipt(), a_receipt(request(**asked), **told)
    assert old.digest != new.digest
    found = receipt.differences(old, new)
    assert any(difference.startswith(word) for difference in found), found


def test_every_field_has_a_change_of_its_own() -> None:
    """A new field of a receipt must be in the table above, so that it is surely covered."""
    seen: set[str] = set()
    for asked, told, _ in ONE_CHANGE.values():
        old, new = a_receipt(), a_receipt(request(**asked), **told)
        seen |= {item.name for item in fields(old) if getattr(old, item.name) != getattr(new, item.name)}
    assert seen == {item.name for item in fields(receipt.Receipt)}


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.text(max_size=6), PLAIN, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_matter(configuration: dict[str, Any], random: Any) -> None:
    other = shuffled(configuration, random)
    old = a_receipt(configuration=configuration, plan=plan(value=configuration))
    new = a_receipt(configuration=other, plan=plan(value=other))
    assert old.digest == new.digest
    assert receipt.differences(old, new) == ()


def test_the_order_of_resources_and_changes_does_not_matter() -> None:
    found = plan()
    turned = replace(found, changes=found.changes[::-1], graph=Graph.of("prod", list(found.graph)[::-1]))
    assert a_receipt(plan=turned).digest == a_receipt(plan=found).digest


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.text(max_size=6), PLAIN, min_size=1, max_size=4), st.data())
def test_a_change_of_any_setting_is_named(configuration: dict[str, Any], data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(leaves(configuration)[1:]))
    other = changed(configuration, path, "never drawn")
    found = receipt.differences(a_receipt(configuration=configuration), a_receipt(configuration=other))
    assert found
    assert all(difference.startswith("configuration: ") for difference in found)


@settings(max_examples=30, deadline=None)
@given(PLAIN, PLAIN)
def test_different_inputs_are_different(left: Any, right: Any) -> None:
    old, new = a_receipt(plan=plan(value=left)), a_receipt(plan=plan(value=right))
    # JSON has one kind of numbers: 1 and 1.0 are the same to the engine, too.
    alike = repr(numbers(left)) == repr(numbers(right))
    assert (old.digest == new.digest) is alike


def numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: numbers(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [numbers(entry) for entry in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value


@pytest.mark.parametrize("fake", [{"$secret": "x"}, {"$unknown": True}, {"$plain": {}}, {"$text": "1"}])
def test_no_plain_value_passes_for_a_marker(fake: dict[str, Any]) -> None:
    digests = {a_receipt(plan=plan(value=value)).digest for value in (fake, UNKNOWN, Secret("x"), {"$plain": fake})}
    assert len(digests) == 4


def test_nothing_secret_is_in_it() -> None:
    text = receipt.envelope_text(a_receipt().statement())
    inside = base64.b64decode(json.loads(text)["payload"])
    for secret in (b"hunter2", b"123456789012", base64.b64encode(b"hunter2")):
        assert secret not in inside


# In the store


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "evidence")


def test_a_receipt_is_kept_as_a_statement_in_an_envelope(store: FileStore) -> None:
    made = a_receipt()
    assert receipt.keep(store, made) == made.digest
    envelope = json.loads(store.get(made.place) or b"")
    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    statement = json.loads(base64.b64decode(envelope["payload"]))
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["subject"] == [{"name": "release/aaaaaaaaaaaa", "digest": {"sha256": RELEASE}}]
    loaded = receipt.load(store, "prod", made.digest)
    assert loaded == made
    assert receipt.differences(loaded, made) == ()


def test_receipts_are_found_by_their_beginning(store: FileStore) -> None:
    made = a_receipt()
    receipt.keep(store, made)
    assert receipt.named(store, "prod", made.short) == (made.digest,)
    assert receipt.named(store, "staging", made.short) == ()
    for name in ("abc", "../../etc", "X" * 12):
        with pytest.raises(UsageError, match="is no receipt"):
            receipt.named(store, "prod", name)


def test_a_receipt_that_was_changed_is_refused(tmp_path: Path, store: FileStore) -> None:
    made, other = a_receipt(), a_receipt(request(nonce="n2"))
    receipt.keep(store, made)
    file = tmp_path / "evidence" / made.place
    file.write_bytes(receipt.envelope_text(other.statement()))
    with pytest.raises(GateError, match="not what its digest says"):
        receipt.load(store, "prod", made.digest)
    for text in (b"", b"{}", b"[1]", b'{"payload": "e30=", "payloadType": "x", "signatures": []}'):
        file.write_bytes(text)
        with pytest.raises(GateError, match="cannot be read"):
            receipt.load(store, "prod", made.digest)


def test_a_subject_that_is_not_the_receipts_is_refused(tmp_path: Path, store: FileStore) -> None:
    made = a_receipt()
    receipt.keep(store, made)
    statement = {**made.statement(), "subject": [{"name": "release/x", "digest": {"sha256": "c" * 64}}]}
    (tmp_path / "evidence" / made.place).write_bytes(receipt.envelope_text(statement))
    with pytest.raises(GateError, match="cannot be read"):
        receipt.load(store, "prod", made.digest)


def test_a_receipt_is_used_once(store: FileStore) -> None:
    made, newer = a_receipt(), a_receipt(request(nonce="n2", requested=NOW.replace(hour=13)))
    receipt.keep(store, made)
    receipt.keep(store, newer)
    assert receipt.open_receipts(store, "prod") == (newer, made)
    assert receipt.spent(store, newer) is None
    ours = Spent("host", "1")
    assert receipt.spend(store, newer, ours, NOW)
    assert receipt.spend(store, newer, ours, NOW), "the same run goes on after a crash"
    assert not receipt.spend(store, newer, Spent("host", "2"), NOW), "another one on the same machine"
    assert receipt.spent(store, newer) == ours
    assert receipt.open_receipts(store, "prod") == (made,)


def test_what_is_no_envelope() -> None:
    for text in (b"", b"null", b'{"payload": 1}', b"\xff", json.dumps(covered()["trust"]).encode()):
        with pytest.raises(ValueError, match="no DSSE envelope"):
            receipt.opened(text)
