"""A Job as a check against a small API server of our own: watched until it ends, whatever becomes of the watch."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from mlops_infra.promotion.verification import CheckResult, Job, Soak, observe
from mlops_infra.providers.connection import AwsConnection, Connection

CHECK = Job("smoke", "claims", "registry.example.org/smoke@sha256:" + "0" * 64, timeout=20)
SOAK = Soak(datetime(2026, 1, 1, tzinfo=UTC), 60)


def job(version: int, **conditions: str) -> dict[str, Any]:
    told = [{"type": kind, "status": status, "reason": "BackoffLimitExceeded"} for kind, status in conditions.items()]
    return {"metadata": {"resourceVersion": str(version)}, "status": {"conditions": told} if told else {}}


def event(kind: str, found: dict[str, Any]) -> str:
    return json.dumps({"type": kind, "object": found}) + "\n"


@dataclass
class ApiServer:
    """Answers watches as `watches` says, one after the other (a status or a body), and reads of the Job with `jobs`."""

    folder: Path
    watches: list[int | str] = field(default_factory=list)
    jobs: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    server: ThreadingHTTPServer = field(init=False)

    def __post_init__(self) -> None:
        api = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, body = api.answer(self.command, self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_PATCH = do_DELETE = answer  # noqa: N815 - the names are the base class's

            def log_message(self, *_: object) -> None:
                """Silence."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, method: str, path: str) -> tuple[int, bytes]:
        parts = urlsplit(path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        what = "watch" if "watch" in query else "job" if "/jobs/" in parts.path else parts.path.rpartition("/")[2]
        self.asked.append((method, f"{what} {query['resourceVersion']}" if what == "watch" else what))
        if what == "watch":
            assert query["fieldSelector"].startswith("metadata.name=smoke-")
            found = self.watches.pop(0)
            return (200, found.encode()) if isinstance(found, str) else (found, b'{"message": "too old"}')
        if what == "pods":
            return 200, b'{"items": []}'
        return 200, json.dumps(self.jobs.pop(0) if method == "GET" else job(7)).encode()

    def check(self) -> CheckResult:
        path = self.folder / "kubeconfig"
        url = f"http://127.0.0.1:{self.server.server_address[1]}"
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "x", "cluster": {"server": url}}],
            "users": [{"name": "x", "user": {"token": "abc"}}],
            "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
            "current-context": "x",
        }
        path.write_text(yaml.safe_dump(content))
        (found,) = observe([CHECK], Connection("unit", AwsConnection("111100000099", "eu-central-1"), path), SOAK)
        return found


@pytest.fixture
def api(tmp_path: Path) -> Iterator[ApiServer]:
    made = ApiServer(tmp_path)
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_one_watch_is_enough_where_nothing_happens_to_it(api: ApiServer) -> None:
    api.watches = [event("MODIFIED", job(8)) + event("MODIFIED", job(9, SuccessCriteriaMet="True", Complete="True"))]
    assert api.check().result == "pass"
    assert api.asked == [("PATCH", "job"), ("GET", "watch 7"), ("DELETE", "job")]


def test_a_watch_that_is_lost_or_too_old_begins_anew_with_the_job_as_it_is(api: ApiServer) -> None:
    api.watches = [410, event("MODIFIED", job(9, Failed="False"))]
    api.jobs = [job(8), job(12, Failed="True")]
    found = api.check()
    assert found.result == "fail"
    assert "BackoffLimitExceeded" in found.detail
    told = [what for method, what in api.asked if method == "GET"]
    assert told == ["watch 7", "job", "watch 8", "job", "pods"]


def test_a_job_that_may_not_be_watched_is_unknown(api: ApiServer) -> None:
    api.watches = [403]
    found = api.check()
    assert (found.result, found.detail) == ("unknown", "too old")
    assert api.asked[-1] == ("DELETE", "job")
