"""What a request to the AWS API is about: whose it is, which operation, and whether it changes anything. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs

_CREDENTIAL: Final = re.compile(r"Credential=([^/,\s]+)/\d+/([^/]+)/([^/]+)/")
_ACCOUNT: Final = re.compile(r"\d{12}")
_READS: Final = re.compile(
    r"(Describe|Get|List|Head|BatchGet|BatchCheck|BatchDescribe|Lookup|Search|Query|Scan|Select|Simulate|Validate|Check|Estimate|Decode"
    r"|Verify|Test|View)"
)
_WRITES_IN_DISGUISE: Final = frozenset({"GetSessionToken", "GetFederationToken", "TestAlarm", "CheckInLicense"})
"""Operations whose name sounds like a read: credentials that they make must outlive a restart."""
_CRYPTOGRAPHY: Final = frozenset(
    {"Encrypt", "Decrypt", "ReEncrypt", "Sign", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateRandom"}
    | {"GenerateMac", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"}
)
"""KMS operations that use a key and change nothing."""
_LAZY: Final = (b"alias/aws/", b"alias%2Faws%2F")
"""A request that names an AWS managed key makes it on first use (moto does, as AWS does), even where it only reads."""


def access_key(environ: Mapping[str, Any]) -> str | None:
    """The access key id that signed the request (header or presigned URL); None for an anonymous one."""
    found = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    if found:
        return found.group(1)
    query: dict[str, list[str]] = parse_qs(environ.get("QUERY_STRING", ""))
    credential = query.get("X-Amz-Credential", query.get("AWSAccessKeyId", [None]))[0]
    return credential.split("/")[0] if credential else None


def account_of(key: str | None) -> str | None:
    """The account that a sandbox key stands for: the key id *is* the twelve-digit account id. None for any other key."""
    return key if key and _ACCOUNT.fullmatch(key) else None


def service_of(environ: Mapping[str, Any]) -> str:
    """The service in the credential scope, or an empty string."""
    found = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    return found.group(3) if found else ""


def operation_of(environ: Mapping[str, Any], body: bytes) -> str:
    """The operation's name for the json, query and rpc-v2 protocols; empty for the rest protocols (there the method says it)."""
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return str(target).rpartition(".")[2]
    path = environ.get("PATH_INFO", "")
    if environ.get("HTTP_SMITHY_PROTOCOL") == "rpc-v2-cbor":
        return str(path).rpartition("/operation/")[2]
    query: dict[str, list[str]] = parse_qs(environ.get("QUERY_STRING", ""))
    if "Action" in query:
        return query["Action"][0]
    if str(environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded"):
        form = parse_qs(body.decode("utf-8", errors="replace"))
        return form.get("Action", [""])[0]
    return ""


def changes_something(environ: Mapping[str, Any], body: bytes) -> bool:
    """Whether a request may change state. Unsure means yes: a read in the journal costs time, a missing write costs the state."""
    if any(mark in body for mark in _LAZY):
        return True
    operation = operation_of(environ, body)
    if operation:
        if operation in _WRITES_IN_DISGUISE:
            return True
        return not (_READS.match(operation) or operation in _CRYPTOGRAPHY)
    return environ.get("REQUEST_METHOD") not in ("GET", "HEAD", "OPTIONS")
