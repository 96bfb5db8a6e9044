"""The WSGI layer around moto: accounts, order, clock, identifiers, journal.

Every request is answered under one lock (moto is not safe for threads, and Python would run it one at a time anyway), so the order of
the journal is *the* order. A mutating request sees a clock that stands still at its own time and identifiers that are a function of the
journal's seed and the request's number; replaying it with the same time and number therefore makes the same things. It is in the
journal before its answer leaves.
"""

from __future__ import annotations

import io
import sys
import threading
import time
import traceback
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import time_machine

from mlops_infra.sandbox.aws_plane import patches
from mlops_infra.sandbox.aws_plane.answers import Answer, error, of_json
from mlops_infra.sandbox.aws_plane.bucket_policy import Request
from mlops_infra.sandbox.aws_plane.journal import Entry, Journal
from mlops_infra.sandbox.aws_plane.requests import access_key, account_of, changes_something, operation_of, service_of
from mlops_infra.sandbox.aws_plane.snapshot import Snapshots

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEALTH_PATH: Final = "/mlops-infra/health"
FORGET_PATH: Final = "/mlops-infra/forget"
FORGET_HEADER: Final = "HTTP_X_MLOPS_INFRA"
"""A header that a web page cannot send across origins without our consent, which it does not get."""
SNAPSHOT_EVERY: Final = 500
"""Mutating requests between two snapshots, and so the most that a start replays (about two seconds)."""
_TEXT_KEYS: Final = ("moto.preserved_header_names",)


class AwsApp:
    """The WSGI application that the AWS process serves.

    Arguments: moto's application, the open journal, the snapshots beside it.
    """

    def __init__(self, moto: WSGIApplication, journal: Journal, snapshots: Snapshots) -> None:
        self._moto = moto
        self._journal = journal
        self._snapshots = snapshots
        self._lock = threading.Lock()
        self._number = 0
        self._since_snapshot = 0
        self._reads = 0
        self._torn = ""
        self._missed: list[tuple[str, str]] = []

    @property
    def lost(self) -> list[str]:
        """What could not be restored, in words: requests that a replay answered otherwise (until their account is forgotten), and the torn
        end of the journal that this process found."""
        return [*filter(None, [self._torn]), *(text for _, text in self._missed)]

    def restore(self) -> int:
        """Bring the state back: the newest usable snapshot, then the journal after it. Returns how many requests were replayed."""
        if self._journal.dropped:
            self._torn = f"the last {self._journal.dropped} bytes of the journal: a request that was never answered"
        number, self._missed = self._snapshots.load()
        self._number = number
        count = 0
        for entry in self._journal.entries(after=number):
            answer = self._at(entry.time, entry.number, dict(entry.environ), entry.body)
            self._number = entry.number
            count += 1
            if answer.code != entry.status:
                what = operation_of(entry.environ, entry.body) or entry.environ.get("REQUEST_METHOD", "")
                text = (
                    f"{service_of(entry.environ)} {what} {entry.environ.get('PATH_INFO', '')} of account {entry.account}: "
                    f"answered {entry.status} at first and {answer.code} when it was replayed"
                )
                self._missed.append((entry.account, text))
        self._since_snapshot = count
        if count >= SNAPSHOT_EVERY // 2:
            self.save()
        return count

    def save(self) -> None:
        """Write a snapshot, if anything changed since the last one; the caller holds no request."""
        if self._since_snapshot:
            self._journal.sync()
            self._snapshots.save(self._number, self._missed)
            self._since_snapshot = 0

    def close(self) -> None:
        """The orderly end: after this, a start has nothing to replay."""
        with self._lock:
            self.save()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = _read_body(environ)
        path = environ.get("PATH_INFO", "")
        with self._lock:
            if path == HEALTH_PATH:
                answer = of_json({"requests": self._number, "lost": self.lost})
            elif path == FORGET_PATH and environ.get("REQUEST_METHOD") == "POST" and FORGET_HEADER in environ:
                answer = self._forget(dict(parse_qsl(environ.get("QUERY_STRING", ""))).get("account", ""))
            elif path.startswith(("/moto-api", "/mlops-infra")) and environ.get("REQUEST_METHOD") != "GET":
                answer = of_json({"error": "the emulator's own controls are closed"}, "403 Forbidden")
            else:
                answer = self._aws(environ, body)
        start_response(answer.status, answer.headers)
        return [answer.body]

    def _aws(self, environ: WSGIEnvironment, body: bytes) -> Answer:
        if not changes_something(environ, body):
            self._reads += 1
            patches.reseed(f"{self._journal.seed} read {self._number} {self._reads}")
            return self._call(environ, body)
        number, now = self._number + 1, time.time()
        kept = {key: value for key, value in environ.items() if isinstance(value, str) or key in _TEXT_KEYS}
        answer = self._at(now, number, environ, body)
        # Refusals change nothing. What breaks half-way may have: it is replayed to break alike.
        if answer.code < 400 or answer.code >= 500:
            account = patches.current.request.account or ""
            self._journal.append(Entry(number, now, answer.code, account, kept, body))
            self._number = number
            self._since_snapshot += 1
            if self._since_snapshot >= SNAPSHOT_EVERY:
                self.save()
        return answer

    def _at(self, now: float, number: int, environ: dict[str, Any], body: bytes) -> Answer:
        """Answer a mutating request with its clock and its identifiers."""
        with time_machine.travel(now, tick=False):
            patches.reseed(f"{self._journal.seed} {number}")
            return self._call(environ, body)

    def _call(self, environ: dict[str, Any], body: bytes) -> Answer:
        key = access_key(environ)
        account = account_of(key)
        if account:
            # moto's own way to name the account of a request, ahead of all others.
            environ["HTTP_X_MOTO_ACCOUNT_ID"] = account
        else:
            environ.pop("HTTP_X_MOTO_ACCOUNT_ID", None)
        environ.update(
            {
                "wsgi.input": io.BytesIO(body),
                "wsgi.input_terminated": True,
                "wsgi.errors": sys.stderr,
                "wsgi.url_scheme": "http",
                "wsgi.version": (1, 0),
                "wsgi.multithread": True,
                "wsgi.multiprocess": False,
                "wsgi.run_once": False,
                "CONTENT_LENGTH": str(len(body)),
            }
        )
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        patches.current.request = _policy_view(environ, key, account)
        patches.current.denied = None
        try:
            answer = self._ask(environ)
        except Exception as failure:  # noqa: BLE001 moto breaks on what it does not implement; that is an answer, and the next one goes on
            traceback.print_exc()
            answer = error(environ, "500 Internal Server Error", "InternalFailure", _said(failure))
        reason = patches.current.denied
        if answer.code == 403 and reason and not answer.body and environ.get("REQUEST_METHOD") != "HEAD":
            answer = error(environ, answer.status, "AccessDenied", f"Access Denied: {reason}")
        return answer

    def _ask(self, environ: dict[str, Any]) -> Answer:
        answer = Answer()
        content = self._moto(environ, answer.start)
        try:
            answer.body = b"".join(content)
        finally:
            close = getattr(content, "close", None)
            if close is not None:
                close()
        return answer

    def _forget(self, account: str) -> Answer:
        """Remove an account with all that it has, also from the journal, which then never knew it."""
        if account_of(account) is None:
            return of_json({"error": "account: twelve digits"}, "400 Bad Request")
        self._snapshots.forget(account)
        self._journal.keep(lambda entry: entry.account != account)
        self._missed = [(owner, text) for owner, text in self._missed if owner != account]
        self._since_snapshot = max(1, self._since_snapshot)
        self.save()
        return of_json({"forgotten": account})


def _policy_view(environ: dict[str, Any], key: str | None, account: str | None) -> Request:
    """What a bucket policy may see of a request. Loopback counts as TLS: nothing leaves the machine."""
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_") and isinstance(value, str)
    }
    principal, owner = (f"arn:aws:iam::{account}:root", account) if account else _known_principal(key)
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    return Request(principal=principal, account=owner, headers=headers, query=query, secure=True)


def _known_principal(key: str | None) -> tuple[str | None, str | None]:
    """Whom an access key that moto itself gave out belongs to: an assumed role's ARN or a user's, and the account."""
    from moto.iam.models import iam_backends  # noqa: PLC0415 only the AWS process loads moto
    from moto.sts.models import sts_backends  # noqa: PLC0415

    if key is None:
        return None, None
    for account, sts in list(sts_backends.items()):
        for backend in list(sts.values()):
            role = backend.get_assumed_role_from_access_key(key)
            if role is not None:
                return role.role_arn, account
    for account, iam in list(iam_backends.items()):
        for users in list(iam.values()):
            found = users.access_keys.get(key)
            if found is not None and found.user_name:
                return users.get_user(found.user_name).arn, account
    return None, None


def _said(failure: Exception) -> str:
    return f"the emulator failed: {type(failure).__name__}: {failure}"


def _read_body(environ: WSGIEnvironment) -> bytes:
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        return bytes(stream.read())
    length = environ.get("CONTENT_LENGTH") or "0"
    return bytes(stream.read(int(length))) if length.isdigit() else b""
