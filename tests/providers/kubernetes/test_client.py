"""The HTTP client against a small server of our own."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
import yaml
from aiohttp import web

from mlops_infra.providers.connection import AwsConnection, Connection
from mlops_infra.providers.kubernetes.access import access
from mlops_infra.providers.kubernetes.client import ApiError, KubeClient
from mlops_infra.providers.wire import UnreachableError

AWS = AwsConnection("111100000099", "eu-central-1")


def kubeconfig(folder: Path, server: str) -> Path:
    path = folder / "kubeconfig"
    named = {"cluster": {"server": server}, "name": "x"}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [named],
        "users": [{"name": "x", "user": {"token": "abc"}}],
        "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
        "current-context": "x",
    }
    path.write_text(yaml.safe_dump(content))
    return path


def ask(folder, answers, work):
    """Run `work(client)` against a server that gives `answers` in turn; returns its result and the requests."""
    asked = []

    async def handle(request):
        asked.append((request.method, request.path, dict(request.query), request.headers.get("Authorization")))
        status, body = answers[min(len(asked), len(answers)) - 1]
        return web.Response(status=status, body=body if isinstance(body, bytes) else json.dumps(body).encode())

    async def run():
        server = web.Application()
        server.router.add_route("*", "/{path:.*}", handle)
        runner = web.AppRunner(server)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        path = kubeconfig(folder, f"http://127.0.0.1:{runner.addresses[0][1]}")
        client = KubeClient(access(Connection("unit", AWS, path)))
        try:
            return await work(client)
        finally:
            await client.close()
            await runner.cleanup()

    return asyncio.run(run()), asked


def test_what_the_server_wants_repeated_is_repeated_with_the_token(tmp_path):
    busy = (503, {"message": "busy"})
    found, asked = ask(tmp_path, [busy, (200, {"kind": "X"})], lambda client: client.get("/x", a="b"))
    assert found == {"kind": "X"}
    assert asked == [("GET", "/x", {"a": "b"}, "Bearer abc")] * 2


def test_a_refusal_is_not_repeated_and_carries_the_message(tmp_path):
    async def refused(client):
        with pytest.raises(ApiError, match="no way") as error:
            await client.apply("/x", {}, manager="me", dry_run=True)
        return error.value.code

    code, asked = ask(tmp_path, [(422, {"message": "no way", "reason": "Invalid"})], refused)
    assert code == 422
    query = {"fieldManager": "me", "force": "false", "fieldValidation": "Strict", "dryRun": "All"}
    assert [one[2] for one in asked] == [query]


def test_what_is_not_json_is_still_told(tmp_path):
    async def refused(client):
        with pytest.raises(ApiError, match="plain words"):
            await client.get("/x")

    ask(tmp_path, [(400, b"plain words")], refused)


def test_absent_is_none_and_watches_split_lines(tmp_path):
    async def both(client):
        nothing = await client.find("/x")
        return nothing, [event async for event in client.watch("/y", seconds=1)]

    lines = b'{"type": "ADDED", "object": {"a": 1}}\n{"type": "DELETED", "object": {"a": 2}}\n'
    found, _ = ask(tmp_path, [(404, {"reason": "NotFound"}), (200, lines)], both)
    assert found == (None, [("ADDED", {"a": 1}), ("DELETED", {"a": 2})])


def test_no_server_and_no_kubeconfig_are_unreachable(tmp_path):
    async def nothing(path):
        client = KubeClient(access(Connection("unit", AWS, path)))
        with pytest.raises(UnreachableError):
            await client.get("/x")
        await client.close()

    for path in (None, tmp_path / "missing"):
        asyncio.run(nothing(path))
