"""The receipt of a promotion: one digest over all that an approval covers.

Flow: `of` projects the plan, the base state, the configuration, the release, the policies, the verdict, the waivers and the trust files
into plain, ordered data → `Receipt.digest` over its canonical JSON (RFC 8785) → `keep` puts it into the store as an in-toto Statement
(v1) in a DSSE envelope. `promote` projects again under the lock, with `nonce` and `requested` of the first one, and `differences` names
whatever is not the same any more.

Of values the receipt holds digests only: SHA-256 for what the plan passes to resources, and HMAC-SHA-256 under the store's masking key for
secrets in them and for every setting, because short values could be guessed from a plain digest.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import rfc8785
from pydantic import TypeAdapter

from mlops_infra.config.node import Path as KeyPath
from mlops_infra.config.node import dotted
from mlops_infra.errors import GateError, UsageError
from mlops_infra.graph import UNKNOWN, Graph, Resource, Secret
from mlops_infra.graph.model import walk
from mlops_infra.promotion.release import Kind

if TYPE_CHECKING:
    from mlops_infra.engine.plan import Change, Plan
    from mlops_infra.governance.verdict import Verdict
    from mlops_infra.governance.waivers import Waivers
    from mlops_infra.promotion.store import Store

FORMAT: Final = 1
STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Final = "urn:mlops-infra:promotion-receipt:v1"
PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
"""in-toto Attestation Framework, "Envelope layer"."""


@dataclass(frozen=True)
class PlannedStep:
    """What the plan does to one resource. `inputs`: digest of each property that the program passes, of `UNKNOWN` ones ``unknown``."""

    operation: str
    type: str
    inputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Receipt:
    """All that an approval covers.

    `requester` asked for it and can never approve it; `nonce` and `requested` (UTC, ISO 8601) make each request one of its own, so that
    approvals of an earlier one with the same content mean nothing. `base`: digest of each resource that is deployed; `configuration`:
    HMAC of each setting by dotted key; `verdict`: result and findings by fingerprint; `waivers`: digest of each that holds or could;
    `trust`: SHA-256 of each trust file; `delta`: digest of what approvers are shown; `unknown`: what nobody could know before the
    deployment, ``URN path`` and ``rule URN``, which must pass after it.
    """

    kind: Kind
    environment: str
    source: str | None
    release: str
    previous: str | None
    requester: str
    requested: str
    nonce: str
    plan: Mapping[str, PlannedStep]
    base: Mapping[str, str]
    configuration: Mapping[str, str]
    policies: str
    verdict: Mapping[str, str]
    waivers: Mapping[str, str]
    trust: Mapping[str, str]
    delta: str
    unknown: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Plain JSON of all that the digest covers."""
        return {"version": FORMAT, **asdict(self), "unknown": list(self.unknown)}

    @cached_property
    def digest(self) -> str:
        """SHA-256 (64 hexadecimal digits) over the canonical JSON (RFC 8785) of `document`."""
        return sha256(rfc8785.dumps(self.document())).hexdigest()

    @property
    def short(self) -> str:
        """The digest as people see it: its first 12 digits."""
        return self.digest[:12]

    @property
    def place(self) -> str:
        """Its key in the store."""
        return f"receipts/{self.environment}/{self.digest}"

    def statement(self) -> dict[str, Any]:
        """The in-toto Statement: about the release, with the receipt as its predicate."""
        return {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": f"release/{self.release[:12]}", "digest": {"sha256": self.release}}],
            "predicateType": PREDICATE_TYPE,
            "predicate": self.document(),
        }


@dataclass(frozen=True)
class Request:
    """Who asks for what: the part of a receipt that the rooms below know nothing of. `requested` is UTC."""

    kind: Kind
    environment: str
    source: str | None
    release: str
    previous: str | None
    requester: str
    requested: datetime
    nonce: str


def of(
    request: Request,
    *,
    plan: Plan,
    base: Graph,
    configuration: Mapping[str, Any],
    policies: str,
    verdict: Verdict,
    waivers: Waivers,
    trust: Mapping[str, str],
    delta: str,
    key: bytes,
) -> Receipt:
    """The receipt of what is asked for.

    Arguments: `plan` of the staged stack files; `base`: what the state says is deployed; `configuration`: the merged one as plain data
    (``Environment.model_dump(mode="json")``); `policies`: digest of the rules; `trust`: `Trust.digests`; `delta`: `Delta.digest`;
    `key`: `store.masking_key`.
    """
    return Receipt(
        kind=request.kind,
        environment=request.environment,
        source=request.source,
        release=request.release,
        previous=request.previous,
        requester=request.requester,
        requested=request.requested.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        nonce=request.nonce,
        plan={change.urn: _planned(change, plan.graph, key) for change in _ordered(plan.actual)},
        base={resource.urn: _deployed(resource, key) for resource in sorted(base, key=lambda found: found.urn)},
        configuration={path: _masked(value, key) for path, value in _settings(configuration)},
        policies=policies,
        verdict=_verdict(verdict),
        waivers=_waivers(waivers, request.environment),
        trust=dict(sorted(trust.items())),
        delta=delta,
        unknown=tuple(sorted(_unknown(plan, verdict))),
    )


def differences(old: Receipt, new: Receipt) -> tuple[str, ...]:
    """What `new` says otherwise than `old`, in words; empty exactly where both have one digest."""
    found: list[str] = []
    for item in fields(Receipt):
        before, after = getattr(old, item.name), getattr(new, item.name)
        if before == after:
            continue
        if item.name == "plan":
            found += _plan_differences(before, after)
        elif item.name == "unknown":
            found += [f"unknown: {what}" for what in sorted(set(before) ^ set(after))]
        elif isinstance(before, Mapping):
            keys = sorted(before.keys() | after.keys())
            found += [
                f"{item.name}: {key}{_how(key, before, after)}" for key in keys if before.get(key) != after.get(key)
            ]
        else:
            found.append(item.name.replace("_", " "))
    return tuple(found)


# In the store


def keep(store: Store, receipt: Receipt) -> str:
    """Put a receipt into the store; returns its digest. One that is there stays."""
    store.put_new(receipt.place, envelope_text(receipt.statement()))
    return receipt.digest


def named(store: Store, environment: str, start: str) -> tuple[str, ...]:
    """Digests of an environment's receipts that begin so. Raises UsageError for what can be no receipt's beginning."""
    if re.fullmatch(r"[0-9a-f]{8,64}", start) is None:
        raise UsageError(f"{start!r} is no receipt", hint="say at least 8 of its digits, as `promote` tells them")
    found = (key.rpartition("/")[2] for key in store.keys(f"receipts/{environment}/"))
    return tuple(digest for digest in found if digest.startswith(start))


def load(store: Store, environment: str, digest: str) -> Receipt:
    """A receipt by its whole digest. Raises GateError where it is not there, or not what its digest says."""
    place = f"receipts/{environment}/{digest}"
    receipt = _parse(store.get(place) or b"", place)
    if receipt.place != place:
        raise GateError("the receipt was changed: it is not what its digest says", where=place, hint="promote again")
    return receipt


def open_receipts(store: Store, environment: str, *, used: bool = False) -> tuple[Receipt, ...]:
    """The receipts of an environment that were not spent, newest first; with `used` also the others."""
    spent = set() if used else {key.rpartition("/")[2] for key in store.keys(f"spent/{environment}/")}
    digests = [key.rpartition("/")[2] for key in store.keys(f"receipts/{environment}/")]
    found = [load(store, environment, digest) for digest in digests if digest not in spent]
    return tuple(sorted(found, key=lambda receipt: (receipt.requested, receipt.digest), reverse=True))


@dataclass(frozen=True)
class Spent:
    """Who used a receipt: the machine's name for people, and `run`, the random number of the promotion, which its journal has."""

    host: str
    run: str


def spend(store: Store, receipt: Receipt, by: Spent, at: datetime) -> bool:
    """Mark a receipt as used, before the deployment begins; False where it was used already, unless by the same run, which goes on.

    A used one never lets anything else pass again.
    """
    told = {"receipt": receipt.digest, "host": by.host, "run": by.run, "at": at.astimezone(UTC).isoformat()}
    if store.put_new(f"spent/{receipt.environment}/{receipt.digest}", rfc8785.dumps(told)):
        return True
    found = spent(store, receipt)
    return found is not None and found.run == by.run


def spent(store: Store, receipt: Receipt) -> Spent | None:
    """Who used a receipt; None where nobody did."""
    data = store.get(f"spent/{receipt.environment}/{receipt.digest}")
    if data is None:
        return None
    told = json.loads(data)
    return Spent(str(told["host"]), str(told.get("run", "")))


def envelope_text(statement: Mapping[str, Any], signatures: Mapping[str, str] | None = None) -> bytes:
    """A statement in a DSSE envelope, as JSON. `signatures`: armoured SSH signatures over `signed_bytes` by the key's fingerprint."""
    from securesystemslib.dsse import Envelope  # noqa: PLC0415 - only promotions need it
    from securesystemslib.signer import Signature  # noqa: PLC0415

    signed = {name: Signature(name, text.encode().hex()) for name, text in (signatures or {}).items()}
    envelope = Envelope(rfc8785.dumps(dict(statement)), PAYLOAD_TYPE, signed)
    return json.dumps(envelope.to_dict(), indent=2, sort_keys=True).encode() + b"\n"


def signed_bytes(statement: Mapping[str, Any]) -> bytes:
    """What a signature of a statement covers: DSSE's pre-authentication encoding of type and payload."""
    from securesystemslib.dsse import Envelope  # noqa: PLC0415

    return Envelope(rfc8785.dumps(dict(statement)), PAYLOAD_TYPE, {}).pae()


def opened(data: bytes) -> tuple[dict[str, Any], bytes, dict[str, str]]:
    """The statement of an envelope, what its signatures cover, and these by fingerprint. Raises ValueError for anything else."""
    from securesystemslib.dsse import Envelope  # noqa: PLC0415

    try:
        envelope = Envelope.from_dict(json.loads(data))
        if envelope.payload_type != PAYLOAD_TYPE:
            raise ValueError("payload type")
        statement = json.loads(envelope.payload)
        if not isinstance(statement, dict) or statement.get("_type") != STATEMENT_TYPE:
            raise ValueError("statement")
        texts = {name: bytes.fromhex(found.signature).decode() for name, found in envelope.signatures.items()}
    except Exception as error:  # the library meets hostile bytes; whatever it raises means that this is no envelope
        raise ValueError("this is no DSSE envelope of an in-toto statement") from error
    return statement, envelope.pae(), texts


def _parse(data: bytes, where: str) -> Receipt:
    try:
        statement, _, _ = opened(data)
        if statement["predicateType"] != PREDICATE_TYPE:
            raise ValueError("predicate type")
        told = dict(statement["predicate"])
        if told.pop("version") != FORMAT:
            raise ValueError("format")
        receipt = TypeAdapter(Receipt).validate_python(told)
        if receipt.statement() != statement:
            raise ValueError("subject")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise GateError(
            "the receipt cannot be read", where=where, hint="promote again; a new receipt is made"
        ) from None
    return receipt


# The projection


def _ordered(changes: Sequence[Change]) -> list[Change]:
    return sorted(changes, key=lambda change: change.urn)


def _planned(change: Change, graph: Graph, key: bytes) -> PlannedStep:
    resource = graph.resources.get(change.urn)
    inputs = resource.inputs if resource is not None and change.operation != "delete" else {}
    return PlannedStep(change.operation, change.type, {name: _shown(inputs[name], key) for name in sorted(inputs)})


def _deployed(resource: Resource, key: bytes) -> str:
    told = {"type": resource.type, "id": resource.id, "inputs": _canonical(resource.inputs, key)}
    return sha256(rfc8785.dumps(told)).hexdigest()


def _shown(value: Any, key: bytes) -> str:
    return "unknown" if value is UNKNOWN else sha256(rfc8785.dumps(_canonical(value, key))).hexdigest()


def _canonical(value: Any, key: bytes) -> Any:  # noqa: PLR0911 - one return per form
    """Plain JSON of a property's value. A plain mapping that looks like a marker becomes one of another form, so that none can be faked."""
    if isinstance(value, Secret):
        return {"$secret": _masked(value.value, key)}
    if value is UNKNOWN:
        return {"$unknown": True}
    if isinstance(value, Mapping):
        pairs = {str(name): _canonical(child, key) for name, child in value.items()}
        return {"$plain": pairs} if any(name.startswith("$") for name in pairs) else pairs
    if isinstance(value, list | tuple):
        return [_canonical(child, key) for child in value]
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and abs(value) <= 2**53 - 1:
        return value
    # Numbers beyond what JSON is sure of, and floats that are whole, as the engine writes them on its wire.
    if isinstance(value, float) and value.is_integer() and abs(value) <= 2**53 - 1:
        return int(value)
    return value if isinstance(value, float) and isfinite(value) else {"$text": str(value)}


def _masked(value: Any, key: bytes) -> str:
    return hmac.new(key, rfc8785.dumps(_canonical(value, key)), sha256).hexdigest()


def _settings(configuration: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every setting by its dotted key. Entries of lists that have names go by them, and the order of these is a setting as well."""
    found: dict[str, Any] = {}

    def visit(path: KeyPath, value: Any) -> None:
        if isinstance(value, Mapping) and value:
            for name, child in value.items():
                visit((*path, str(name)), child)
        elif isinstance(value, list | tuple) and value:
            names = [child.get("name") if isinstance(child, Mapping) else None for child in value]
            if all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
                found[dotted(path)] = names
                for name, child in zip(names, value, strict=True):
                    visit((*path, str(name)), child)
            else:
                for number, child in enumerate(value):
                    visit((*path, number), child)
        else:
            found[dotted(path)] = value

    visit((), configuration)
    yield from sorted(found.items())


def _verdict(verdict: Verdict) -> dict[str, str]:
    told = {"result": verdict.result}
    for word, findings in (("", verdict.findings), ("waived ", verdict.waived), ("known ", verdict.known)):
        for finding in findings:
            told[f"{word}{finding.rule.id} {finding.resource or finding.name} {finding.fingerprint}"] = finding.status
    return dict(sorted(told.items()))


def _waivers(waivers: Waivers, environment: str) -> dict[str, str]:
    told: dict[str, str] = {}
    for entry in waivers.entries:
        given = entry.waiver
        if given is not None and environment not in given.environments:
            continue
        content = given.model_dump(mode="json") if given is not None else {"number": entry.number, "wrong": entry.wrong}
        digest = sha256(rfc8785.dumps(content)).hexdigest()
        told[f"{entry.rule} {given.ticket if given else entry.place} {digest[:12]}"] = digest
    return dict(sorted(told.items()))


def _unknown(plan: Plan, verdict: Verdict) -> Iterator[str]:
    for change in plan.actual:
        resource = plan.graph.resources.get(change.urn)
        if resource is not None and change.operation != "delete":
            for path, value in walk(resource.inputs):
                if value is UNKNOWN:
                    yield f"{change.urn} {'.'.join(map(str, path))}"
    for finding in verdict.unknowns:
        yield f"{finding.rule.id} {finding.resource or finding.name} {finding.fingerprint}"


# Differences


def _how(key: str, before: Mapping[str, str], after: Mapping[str, str]) -> str:
    if key not in before:
        return " (new)"
    return " (gone)" if key not in after else ""


def _plan_differences(before: Mapping[str, PlannedStep], after: Mapping[str, PlannedStep]) -> Iterator[str]:
    for urn in sorted(before.keys() | after.keys()):
        old, new = before.get(urn), after.get(urn)
        if old == new:
            continue
        if old is None or new is None or old.operation != new.operation:
            yield f"plan: {urn} {old.operation if old else 'same'} → {new.operation if new else 'same'}"
        elif old.type != new.type:
            yield f"plan: {urn} type"
        else:
            names = sorted(old.inputs.keys() | new.inputs.keys())
            changed = [name for name in names if old.inputs.get(name) != new.inputs.get(name)]
            yield f"plan: {urn} {', '.join(changed)}"
