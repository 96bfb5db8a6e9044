"""Would this bucket policy let this request through? The condition keys that our policies use, and no more. Pure.

Evaluation follows "Policy evaluation logic" of the IAM user guide for one resource-based policy: an explicit deny wins, then an explicit
allow, else neither. A condition key or operator that is not known here makes a Deny statement deny and an Allow statement not allow
(fail closed), and the reason says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any, Final


class Decision(Enum):
    """What a policy says about a request."""

    ALLOW = "allow"
    DENY = "deny"
    NEITHER = "neither"


@dataclass(frozen=True)
class Verdict:
    """A decision, and for a denial the sentence that goes into the error message."""

    decision: Decision
    reason: str | None = None


@dataclass(frozen=True)
class Request:
    """What a policy can see of a request.

    `principal` is the caller's ARN (``arn:aws:iam::111122223333:root``, a role's or a user's), None for an anonymous caller or for an AWS
    service, which is named in `service` instead (``logging.s3.amazonaws.com``). `headers` with lower-case names; `query` of the URL.
    `secure` is whether the connection counts as TLS: loopback does.
    """

    principal: str | None
    account: str | None = None
    service: str | None = None
    source_arn: str | None = None
    source_account: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    secure: bool = True


_VALUES: Final[Mapping[str, Callable[[Request], str | None]]] = {
    "aws:securetransport": lambda request: _boolean(request.secure),
    "aws:principalarn": lambda request: request.principal,
    "aws:principalaccount": lambda request: request.account,
    "aws:principalisawsservice": lambda request: _boolean(request.service is not None),
    "aws:principalservicename": lambda request: request.service,
    "aws:sourcearn": lambda request: request.source_arn,
    "aws:sourceaccount": lambda request: request.source_account,
    "s3:x-amz-server-side-encryption": lambda request: request.headers.get("x-amz-server-side-encryption"),
    "s3:x-amz-server-side-encryption-aws-kms-key-id": lambda request: request.headers.get(
        "x-amz-server-side-encryption-aws-kms-key-id"
    ),
    "s3:if-none-match": lambda request: request.headers.get("if-none-match"),
    "s3:x-amz-acl": lambda request: request.headers.get("x-amz-acl"),
}
"""Condition keys (which ignore case) and where a request carries their value; None where it does not."""


def _boolean(value: bool) -> str:
    return "true" if value else "false"


@lru_cache(maxsize=4096)
def _pattern(text: str, sensitive: bool) -> re.Pattern[str]:
    parts = ["".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in text)]
    return re.compile(parts[0], re.DOTALL | (0 if sensitive else re.IGNORECASE))


def like(pattern: str, text: str, *, sensitive: bool = True) -> bool:
    """Whether `text` matches a pattern in which ``*`` is any text and ``?`` any character."""
    return _pattern(pattern, sensitive).fullmatch(text) is not None


def arn_like(pattern: str, arn: str) -> bool:
    """As `like`, but each of an ARN's first five fields is matched on its own (IAM user guide, "ARN condition operators")."""
    left, right = pattern.split(":", 5), arn.split(":", 5)
    return len(left) == len(right) == 6 and all(map(like, left, right))


_OPERATORS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "bool": lambda wanted, found: wanted.lower() == found.lower(),
    "stringequals": lambda wanted, found: wanted == found,
    "stringequalsignorecase": lambda wanted, found: wanted.lower() == found.lower(),
    "stringlike": like,
    "arnequals": arn_like,
    "arnlike": arn_like,
}
"""Positive operators. Those with ``Not`` are their negation over all wanted values; ``…IfExists`` holds where the value is absent."""


class _UnknownConditionError(Exception):
    """A condition that this module does not understand."""


def decide(policy: bytes | str, action: str, resource: str, request: Request) -> Verdict:
    """What `policy` (a JSON document) says about `action` (``s3:GetObject``) on `resource` (an ARN) by `request`.

    Raises `ValueError` where the policy is not a JSON document; S3 refuses such a policy when it is put.
    """
    allowed = False
    statements = json.loads(policy).get("Statement", [])
    for number, statement in enumerate(_listed(statements), start=1):
        name = statement.get("Sid") or f"number {number}"
        deny = statement.get("Effect") == "Deny"
        if not (_covers(statement, action, resource) and _meant(statement, request)):
            continue
        try:
            holds = _conditions_hold(statement.get("Condition", {}), request)
        except _UnknownConditionError as unknown:
            if deny:
                why = f"statement {name} of the bucket's policy has a condition that the sandbox does not know ({unknown})"
                return Verdict(Decision.DENY, f"{why}; it denies to be safe")
            continue
        if holds and deny:
            return Verdict(Decision.DENY, f"statement {name} of the bucket's policy denies {action}")
        allowed = allowed or holds
    return Verdict(Decision.ALLOW if allowed else Decision.NEITHER)


def object_action(action: str, query: Mapping[str, str]) -> str:
    """The IAM action of an object request, from moto's name of it (``s3:`` and the HTTP method and ``Object``) and the URL's query.

    Source: "Actions, resources, and condition keys for Amazon S3" of the service authorization reference.
    """
    verb = action.removeprefix("s3:").removesuffix("Object")
    verb = {"Head": "Get", "Post": "Put", "Options": "Get"}.get(verb, verb)
    for word, noun in _SUBRESOURCES.items():
        if word in query:
            return f"s3:{verb}{noun}"
    if "uploadId" in query and verb == "Delete":
        return "s3:AbortMultipartUpload"
    if "versionId" in query and verb in ("Get", "Delete"):
        return f"s3:{verb}ObjectVersion"
    return f"s3:{verb}Object"


_SUBRESOURCES: Final = {
    "tagging": "ObjectTagging",
    "acl": "ObjectAcl",
    "retention": "ObjectRetention",
    "legal-hold": "ObjectLegalHold",
    "attributes": "ObjectAttributes",
}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _covers(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    if "NotAction" in statement:
        acts = not any(like(one, action, sensitive=False) for one in _listed(statement["NotAction"]))
    else:
        acts = any(like(one, action, sensitive=False) for one in _listed(statement.get("Action", [])))
    if "NotResource" in statement:
        return acts and not any(like(one, resource) for one in _listed(statement["NotResource"]))
    return acts and any(like(one, resource) for one in _listed(statement.get("Resource", [])))


def _meant(statement: Mapping[str, Any], request: Request) -> bool:
    """Whether the statement's principal covers the caller."""
    if "NotPrincipal" in statement:
        return not _named(statement["NotPrincipal"], request)
    return _named(statement.get("Principal", {}), request)


def _named(principal: Any, request: Request) -> bool:
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        return False
    if request.service is not None and request.service in _listed(principal.get("Service", [])):
        return True
    accounts = _listed(principal.get("AWS", []))
    if "*" in accounts:
        return True
    if request.principal is None:
        return False
    # The account's id or its root's ARN means every principal of the account.
    whole = {request.account, f"{request.principal.rsplit(':', 1)[0]}:root"} if request.account else set()
    return any(one == request.principal or one in whole for one in accounts)


def _conditions_hold(conditions: Mapping[str, Mapping[str, Any]], request: Request) -> bool:
    """All operators and keys have to hold; the values of one key are alternatives."""
    # No early end: an unknown condition must be noticed even where a known one fails.
    outcomes = [
        _holds(
            operator,
            key,
            [str(value).lower() if isinstance(value, bool) else str(value) for value in _listed(wanted)],
            request,
        )
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    ]
    return all(outcomes)


def _holds(operator: str, key: str, wanted: list[str], request: Request) -> bool:
    name = operator.lower()
    value_of = _VALUES.get(key.lower())
    if value_of is None:
        raise _UnknownConditionError(key)
    found = value_of(request)
    if name == "null":
        return (found is None) == (wanted[0] == "true")
    optional = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    negative = "not" in name
    matches = _OPERATORS.get(name.replace("not", "", 1))
    if matches is None:
        raise _UnknownConditionError(f"{operator} {key}")
    if found is None:
        # An absent value fails a positive operator and fulfils a negative one (IAM user guide, "Condition operators").
        return optional or negative
    return any(matches(one, found) for one in wanted) is not negative
