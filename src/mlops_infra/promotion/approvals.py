"""Approvals: SSH signatures over a receipt, and which of them count.

An approval is an in-toto Statement whose subject is the receipt's digest, in a DSSE envelope that one SSH key signed. Anybody can put one
into the store; `approvals` looks at each in steps (form, receipt, signature, person, requester, age, role) and answers with an
`Approval` or a `Refused` that says why. It asks the *recorded* version of the trust files (`trust`), never the edited one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from mlops_infra.errors import GateError
from mlops_infra.identity.signatures import SignatureRefused, Signer, sign, verify
from mlops_infra.promotion.receipt import STATEMENT_TYPE, Receipt, envelope_text, opened, signed_bytes

if TYPE_CHECKING:
    from mlops_infra.promotion.store import Store
    from mlops_infra.promotion.trust import Trust

NAMESPACE: Final = "mlops-infra-approval@v1"
PREDICATE_TYPE: Final = "urn:mlops-infra:promotion-approval:v1"
SKEW: Final = timedelta(minutes=5)
"""How far the clock of an approver's machine may be ahead of ours."""

Reason: TypeAlias = Literal[
    "malformed",
    "other-receipt",
    "unknown-key",
    "wrong-namespace",
    "expired",
    "not-yet",
    "revoked",
    "bad-signature",
    "unsupported",
    "no-actor",
    "requester",
    "twice",
    "no-role",
]


@dataclass(frozen=True)
class Approval:
    """An approval that counts. `roles` hold in the receipt's environment; `at` is UTC."""

    person: str
    roles: tuple[str, ...]
    fingerprint: str
    at: datetime
    comment: str
    key: str


@dataclass(frozen=True)
class Refused:
    """An approval that does not count, and why. `who` as far as it is known; `key` is its place in the store."""

    reason: Reason
    what: str
    who: str | None
    key: str


def approve(store: Store, receipt: Receipt, key: Path, trust: Trust, now: datetime, comment: str = "") -> Approval:
    """Sign a receipt and put the approval into the store.

    Arguments: `key`: SSH key, see `identity.signatures.sign`; `trust`: the version that counts; `comment` goes into what is signed.
    Raises GateError for an approval that would not count (nothing is stored then), OperationError and UsageError where nobody could sign.
    """
    statement = _statement(receipt, now, comment)
    signature = sign(signed_bytes(statement), key, NAMESPACE)
    data = envelope_text(statement, {"ssh": signature})
    place = f"approvals/{receipt.digest}/{sha256(data).hexdigest()[:32]}"
    found = _look(place, data, receipt, trust, now, timedelta(days=1))
    if isinstance(found, Refused):
        raise ApprovalRefused(found)
    others = [other for other in approvals(store, receipt, trust, now, timedelta.max) if isinstance(other, Approval)]
    if any(other.person == found.person for other in others):
        raise ApprovalRefused(_twice(found))
    store.put_new(place, data)
    return found


class ApprovalRefused(GateError):  # noqa: N818 - it is an answer, not a mistake
    """Somebody's approval would not count (exit 4)."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(f"the approval would not count: {refused.what}", where=refused.who)
        self.refused = refused


def approvals(
    store: Store, receipt: Receipt, trust: Trust, now: datetime, holds: timedelta
) -> tuple[Approval | Refused, ...]:
    """What became of each approval of a receipt, in the order of the times that they were made.

    Arguments: `trust`: the recorded version of the trust files, or what is there before the first; `holds`: how long an approval holds.
    """
    found: list[Approval | Refused] = []
    for key in store.keys(f"approvals/{receipt.digest}/"):
        found.append(_look(key, store.get(key) or b"", receipt, trust, now, holds))
    counted: set[str] = set()
    answer: list[Approval | Refused] = [entry for entry in found if isinstance(entry, Refused)]
    for entry in sorted(
        (entry for entry in found if isinstance(entry, Approval)), key=lambda each: (each.at, each.key)
    ):
        answer.append(_twice(entry) if entry.person in counted else entry)
        counted.add(entry.person)
    return tuple(answer)


def counting(found: tuple[Approval | Refused, ...]) -> tuple[Approval, ...]:
    """Only those that count."""
    return tuple(entry for entry in found if isinstance(entry, Approval))


def _statement(receipt: Receipt, now: datetime, comment: str) -> dict[str, Any]:
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": f"receipt/{receipt.short}", "digest": {"sha256": receipt.digest}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "environment": receipt.environment,
            "release": receipt.release,
            "at": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "comment": comment,
        },
    }


def _look(  # noqa: PLR0911 - one return per reason
    key: str, data: bytes, receipt: Receipt, trust: Trust, now: datetime, holds: timedelta
) -> Approval | Refused:
    try:
        statement, covered, signatures = opened(data)
        at, comment = _read(statement, receipt)
        (signature,) = signatures.values()
    except _OtherReceiptError:
        return Refused("other-receipt", "it was made for another receipt", None, key)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return Refused("malformed", "it is no approval", None, key)
    try:
        signer = verify(covered, signature, NAMESPACE, trust.signers, now)
        # The key must have been valid when it signed as well; the later of the two moments is ours, so lying about the first gains nothing.
        verify(covered, signature, NAMESPACE, trust.signers, min(at, now))
    except SignatureRefused as refusal:
        return Refused(refusal.code, refusal.what, None, key)
    person = trust.access.by_key(signer.principal, signer.fingerprint)
    if person is None:
        return Refused("no-actor", f"no actor of stacks/access.yaml has the key of {signer.principal}", None, key)
    if _is_requester(person.name, signer, receipt):
        return Refused("requester", f"{person.name} asked for the promotion and cannot approve it", person.name, key)
    if at > now + SKEW:
        return Refused("not-yet", f"it says that it was made in the future ({at:%Y-%m-%d %H:%M} UTC)", person.name, key)
    if now - at > holds:
        return Refused("expired", f"it was made on {at:%Y-%m-%d %H:%M} UTC and holds no longer", person.name, key)
    roles = tuple(
        grant.role for grant in person.roles if "*" in grant.environments or receipt.environment in grant.environments
    )
    if not roles:
        return Refused("no-role", f"{person.name} has no role in {receipt.environment}", person.name, key)
    return Approval(person.name, tuple(dict.fromkeys(roles)), signer.fingerprint, at, comment, key)


class _OtherReceiptError(ValueError):
    """The subject is not this receipt."""


def _read(statement: Mapping[str, Any], receipt: Receipt) -> tuple[datetime, str]:
    (subject,) = statement["subject"]
    predicate = statement["predicate"]
    if statement["predicateType"] != PREDICATE_TYPE:
        raise ValueError("predicate type")
    at = datetime.strptime(predicate["at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    comment = predicate["comment"]
    if subject["digest"] != {"sha256": receipt.digest}:
        raise _OtherReceiptError
    if statement != _statement(receipt, at, comment) or not isinstance(comment, str):
        raise ValueError("statement")
    return at, comment


def _is_requester(person: str, signer: Signer, receipt: Receipt) -> bool:
    return receipt.requester.casefold() in (
        person.casefold(),
        signer.principal.casefold(),
        signer.fingerprint.casefold(),
    )


def _twice(entry: Approval) -> Refused:
    return Refused("twice", f"{entry.person} approved already; one person counts once", entry.person, entry.key)
