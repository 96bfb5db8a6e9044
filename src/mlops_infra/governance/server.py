"""Stock OPA as a server of our own on loopback: a random port, a token that only this process knows, explicit time-outs.

`OpaServer` starts OPA without waiting, so that it loads the rules while the caller synthesizes; the first question waits. Every way in
which it can fail is a `Refusal` with its own message.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from mlops_infra.governance.policyset import PolicySet
from mlops_infra.governance.refusal import Refusal

if TYPE_CHECKING:
    import requests
    from opa_client.opa import OpaClient

URL: Final = "MLOPS_INFRA_OPA_URL"
TOKEN: Final = "MLOPS_INFRA_OPA_TOKEN"  # noqa: S105 - a variable's name
"""Variables that name a configured OPA, which `remote` asks in place of one of our own."""
DECISION: Final = "mlops.governance"
LOOPBACK: Final = "127.0.0.1"
_POLL_SECONDS: Final = 0.02
_ATTEMPTS: Final = 3
_GOGC: Final = "200"
"""Collect garbage half as often as Go does by itself: a decision takes a quarter less processor time, for some 30 MB more memory."""
_MAX_BYTES: Final = 2**31
"""The largest document that OPA takes, in bytes; by itself 256 MiB, which is what some 120,000 resources make."""

_AUTHORISATION: Final = """package system.authz

default allow := false

allow if {{
	input.method == "GET"
	input.path == ["health"]
}}

allow if {{
	input.method == "POST"
	input.path in decisions
	crypto.sha256(input.identity) == "{digest}"
}}

decisions contains ["v1", "data", "mlops", "governance"]

decisions contains ["v1", "data", "mlops", "decisions", name, "decision"] if some name in {{"actors", "promotion"}}

decisions contains ["v1", "data", "mlops", "decisions", "actors", "standing"]
"""
"""Who holds the token may ask for the decisions, and nobody may do anything else: not even change a policy."""

_ORPHAN_GUARD: Final = """
import ctypes, os, signal, sys
ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)
if os.getppid() != int(sys.argv[1]):
    sys.exit(130)
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Asks the kernel for SIGKILL at the parent's death (prctl(2), PR_SET_PDEATHSIG), then becomes OPA, which holds nothing to lose."""


@dataclass(frozen=True)
class OpaTimeouts:
    """Limits in seconds: until OPA answers for the first time, for one decision, for each resource that it is about, and to stop.

    A resource takes 0.4 ms; the limit is for a busy machine, and for rules that walk over all pairs.
    """

    start: float = 20.0
    decision: float = 30.0
    resource: float = 0.005
    stop: float = 2.0

    def of(self, document: Mapping[str, Any]) -> float:
        """The limit for the decision about `document`."""
        return self.decision + self.resource * len(document.get("resources", ()))


class Opa(Protocol):
    """Something that decides; the real one is `OpaServer`."""

    def decide(self, document: Mapping[str, Any], decision: str = DECISION) -> Any:
        """OPA's answer to `document`: the value of ``data.<decision>``, None where it is undefined. Raises Refusal."""
        ...


class OpaServer:
    """Implements `Opa`; a context manager that ends the server."""

    def __init__(self, program: Path, policies: PolicySet, timeouts: OpaTimeouts = OpaTimeouts()) -> None:
        self._program = program
        self._policies = policies
        self._timeouts = timeouts
        self._token = secrets.token_urlsafe(32)
        self._folder = tempfile.TemporaryDirectory(prefix="mlops-infra-opa-")
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._ready = False

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        self._folder.cleanup()

    @property
    def pid(self) -> int | None:
        """The server's process."""
        return self._process.pid if self._process else None

    def decide(self, document: Mapping[str, Any], decision: str = DECISION) -> Any:
        """See `Opa.decide`. A built-in function that errors is an error of the decision, not an expression that is false."""
        self._wait()
        from opa_client.opa import OpaClient  # noqa: PLC0415 - see `_wait`

        limit = self._timeouts.of(document)
        with OpaClient(host=LOOPBACK, port=self._port, token=self._token, retries=0, timeout=limit) as client:
            return asked(client, document, decision, limit, self._told)

    def _start(self) -> None:
        folder = Path(self._folder.name)
        authorisation = folder / "authz.rego"
        digest = hashlib.sha256(self._token.encode()).hexdigest()
        authorisation.write_text(_AUTHORISATION.format(digest=digest), encoding="utf-8")
        self._port = _free_port()
        command = [
            *(sys.executable, "-I", "-S", "-c", _ORPHAN_GUARD, str(os.getpid()), str(self._program)),
            *("run", "--server", "--addr", f"{LOOPBACK}:{self._port}"),
            *("--authentication=token", "--authorization=basic", "--skip-version-check", "--log-level=error"),
            *("--set", f"server.decoding.max_length={_MAX_BYTES}"),
            str(authorisation),
            *map(str, self._policies.files),
        ]
        with (folder / "log").open("wb") as log:
            try:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=folder,
                    env={"HOME": str(folder), "PATH": os.defpath, "GOGC": _GOGC},
                    start_new_session=True,
                )
            except OSError as error:
                raise Refusal("opa-missing", f"OPA cannot be run: {error.strerror}", where=str(self._program)) from None

    def _wait(self) -> None:
        """Wait until the server answers; start it again where somebody else took its port meanwhile."""
        if self._ready:
            return
        from opa_client.opa import OpaClient  # noqa: PLC0415 - brings two HTTP clients, while OPA reads the rules

        deadline = time.monotonic() + self._timeouts.start
        attempts = 1
        with OpaClient(host=LOOPBACK, port=self._port, retries=0, timeout=1.0) as client:
            while True:
                assert self._process is not None  # noqa: S101 - set by `_start`
                if self._process.poll() is not None:
                    if "address already in use" in self._log() and attempts < _ATTEMPTS:
                        attempts += 1
                        self._start()
                        client.port = self._port
                        continue
                    raise Refusal(
                        "opa-does-not-start",
                        f"OPA does not start{self._told()}",
                        where=str(self._program),
                        hint="`opa check --strict policies` tells what is wrong with the rules",
                    )
                if client.check_health():
                    self._ready = True
                    return
                if time.monotonic() > deadline:
                    raise Refusal(
                        "opa-too-slow",
                        f"OPA did not answer within {self._timeouts.start:g} s",
                        where=str(self._program),
                    )
                time.sleep(_POLL_SECONDS)

    def _log(self) -> str:
        return (Path(self._folder.name) / "log").read_text(encoding="utf-8", errors="replace")

    def _told(self) -> str:
        lines = [line for line in self._log().splitlines() if line.strip()][-5:]
        return "".join(f"\n  {line[:500]}" for line in lines)

    def _stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.kill()  # It keeps nothing, and a graceful stop waits for connections.
        self._process.wait(self._timeouts.stop)


def asked(
    client: OpaClient,
    document: Mapping[str, Any],
    decision: str,
    seconds: float,
    told: Callable[[], str] = lambda: "",
) -> Any:
    """What `decision` (a rule's path with dots) is for `document`.

    `seconds` is the client's limit, `told` what the server said before it ended. Raises Refusal.
    """
    import requests  # noqa: PLC0415

    parameters: Any = {"strict-builtin-errors": "true"}
    try:
        answer = client.query_rule(dict(document), decision, query_params=parameters)
    except requests.Timeout:
        raise Refusal(
            "opa-too-slow",
            f"OPA did not decide within {seconds:g} s",
            hint="look for a rule that walks over all pairs of resources",
        ) from None
    except requests.HTTPError as error:
        raise _rule_error(error) from None
    except (requests.JSONDecodeError, requests.exceptions.ChunkedEncodingError):
        raise Refusal("bad-answer", "OPA's answer is truncated or no JSON", hint="run again") from None
    except requests.RequestException as error:
        raise Refusal(
            "opa-died", f"OPA ended before it answered ({type(error).__name__}){told()}", hint="run again"
        ) from None
    return answer.get("result") if isinstance(answer, dict) else answer


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _rule_error(error: requests.HTTPError) -> Refusal:
    """What OPA says of an evaluation that failed (https://www.openpolicyagent.org/docs/rest-api#errors)."""
    import requests  # noqa: PLC0415

    response = error.response
    try:
        body = response.json()
    except requests.JSONDecodeError:
        body = {}
    told = [str(body.get("message", f"status {response.status_code}"))]
    for item in body.get("errors", [])[:5]:
        place = item.get("location", {})
        told.append(f"\n  {Path(place.get('file', '')).name}:{place.get('row', 0)}: {item.get('message', '')}")
    return Refusal(
        "rule-error", f"a rule failed instead of answering: {''.join(told)}", hint="mend the rule and its test"
    )
