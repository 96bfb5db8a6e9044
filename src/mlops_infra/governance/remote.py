"""A configured OPA in place of one of our own: ``MLOPS_INFRA_OPA_URL``, and its token in ``MLOPS_INFRA_OPA_TOKEN``.

Before it is trusted with a decision, steps 1. its version is one that we know 2. what it holds of our packages is what the project's
manifest names, file by file. Whatever cannot be shown refuses. The URL must be ``https``, or ``http`` on loopback.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import requests
from opa_client.opa import OpaClient

from mlops_infra.errors import UsageError
from mlops_infra.governance.policyset import ROOT_PACKAGE, PolicySet
from mlops_infra.governance.refusal import Refusal
from mlops_infra.governance.server import DECISION, TOKEN, URL, OpaTimeouts, asked

LEAST: Final = (1, 21, 3)
"""The oldest OPA whose answers we know."""


@dataclass(frozen=True)
class Address:
    """Where the OPA answers."""

    host: str
    port: int
    tls: bool

    @classmethod
    def of(cls, url: str) -> Address:
        """The address in a URL. Raises UsageError for another form, and for one that would show the token to the network."""
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in ("http", "https") or not parts.hostname or port == -1 or parts.path.strip("/"):
            raise UsageError(f"{URL} is no address of an OPA", hint="say https://HOST[:PORT], without a path")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise UsageError(f"{URL} holds more than an address", hint=f"put the token into {TOKEN}")
        if parts.scheme == "http" and not _loopback(parts.hostname):
            raise UsageError(f"{URL} is not encrypted", hint="say https://…; http is for this machine alone")
        return cls(parts.hostname, port or (443 if parts.scheme == "https" else 80), parts.scheme == "https")

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http{'s' if self.tls else ''}://{host}:{self.port}"


class RemoteOpa:
    """Implements `server.Opa`; a context manager, like the server of our own."""

    def __init__(self, url: str, token: str | None, policies: PolicySet, timeouts: OpaTimeouts | None = None) -> None:
        self._address = Address.of(url)
        self._token = token
        self._policies = policies
        self._timeouts = timeouts or OpaTimeouts()
        self._trusted = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing of ours runs."""

    def decide(self, document: Mapping[str, Any], decision: str = DECISION) -> Any:
        """See `server.Opa.decide`."""
        if not self._trusted:
            self._check_version()
            self._check_policies()
            self._trusted = True
        limit = self._timeouts.of(document)
        with OpaClient(
            host=self._address.host,
            port=self._address.port,
            ssl=self._address.tls,
            token=self._token,
            retries=0,
            timeout=limit,
        ) as client:
            return asked(client, document, decision, limit)

    def _check_version(self) -> None:
        told = self._get("POST", "/v1/query", {"query": "x = opa.runtime().version"})
        try:
            version = str(told["result"][0]["x"])
            numbers = tuple(map(int, re.match(r"(\d+)\.(\d+)\.(\d+)", version).groups()))  # type: ignore[union-attr]
        except (KeyError, IndexError, TypeError, AttributeError):
            raise self._refusal("opa-does-not-start", "the configured OPA does not tell its version") from None
        if numbers < LEAST:
            least = ".".join(map(str, LEAST))
            raise self._refusal("opa-does-not-start", f"the configured OPA is {version}; at least {least} is needed")

    def _check_policies(self) -> None:
        told = self._get("GET", "/v1/policies")
        try:
            held = [hashlib.sha256(item["raw"].encode()).hexdigest() for item in told["result"] if _ours(item)]
        except (KeyError, TypeError, AttributeError, IndexError):
            raise self._refusal("bad-answer", "the configured OPA does not tell its policies") from None
        wanted = {hashlib.sha256(file.read_bytes()).hexdigest() for file in self._policies.files}
        missing, strange = len(wanted - set(held)), len(set(held) - wanted)
        if missing or strange:
            raise self._refusal(
                "changed-policies",
                f"the configured OPA holds other policies than the project: {missing} are missing, {strange} are not ours",
            )

    def _get(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            answer = requests.request(
                method, f"{self._address.url}{path}", json=body, headers=headers, timeout=self._timeouts.start,
                allow_redirects=False,
            )  # fmt: skip
            if answer.status_code != requests.codes.ok:
                raise self._refusal("opa-does-not-start", f"the configured OPA refuses {path} ({answer.status_code})")
            return answer.json()
        except requests.JSONDecodeError:
            raise self._refusal("bad-answer", "the configured OPA's answer is no JSON") from None
        except requests.Timeout:
            raise self._refusal("opa-too-slow", "the configured OPA does not answer") from None
        except requests.RequestException as error:
            raise self._refusal(
                "opa-missing", f"the configured OPA cannot be reached ({type(error).__name__})"
            ) from None

    def _refusal(self, code: Any, what: str) -> Refusal:
        return Refusal(code, what, where=self._address.url, hint=f"mend it, or unset {URL} to use an OPA of our own")


def _ours(item: Mapping[str, Any]) -> bool:
    """Whether a module could take part in our decision: everything below ``data.mlops``."""
    path = item["ast"]["package"]["path"]
    return len(path) > 1 and path[1]["value"] == ROOT_PACKAGE


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
