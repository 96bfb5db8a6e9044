"""A toolchain in a folder of its own: nothing on PATH, nothing in the cache, no release host and no Go unless asked for."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_toolchain import FakeGo, Heard, ReleaseServer, Reply

from mlops_infra.resources import data_dir
from mlops_infra.toolchain import Places, Timeouts


@pytest.fixture
def release_server() -> Iterator[ReleaseServer]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.requests.append(self.path)
            reply = served.replies.get(self.path, Reply(status=404))
            if reply.hangs:
                served.leave.wait(30)
                return
            self.send_response(302 if reply.location else reply.status)
            if reply.location:
                self.send_header("Location", reply.location)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body[: len(reply.body) // 2] if reply.cut else reply.body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = ReleaseServer(url=f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
    served.leave.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def toolchain_places(tmp_path: Path) -> Places:
    """An empty toolchain: nothing on PATH, nothing in the cache, no release host (its port is closed), no Go."""
    return Places(
        cache=tmp_path / "cache",
        path=str(tmp_path / "bin"),
        environment={"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"},
        tools=data_dir("tools"),
        python=tmp_path / "python",
        timeouts=Timeouts(connect=10, read=10, version=20, build=60, poll=0.02),
        mirror="http://127.0.0.1:9",
    )


@pytest.fixture
def mirrored(toolchain_places: Places, release_server: ReleaseServer) -> Places:
    """The empty toolchain with the local server as its release hosts."""
    return replace(toolchain_places, mirror=release_server.url)


@pytest.fixture
def impatient(mirrored: Places) -> Places:
    """The same, with a short wait for what never comes."""
    return replace(mirrored, timeouts=replace(mirrored.timeouts, read=0.2))


@pytest.fixture
def fake_go(tmp_path: Path, toolchain_places: Places) -> FakeGo:
    return FakeGo(tmp_path, toolchain_places)


@pytest.fixture
def heard() -> Heard:
    return Heard()
