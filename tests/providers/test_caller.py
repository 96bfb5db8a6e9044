"""What a provider says reaches the engine that asked, once where once is enough."""

from __future__ import annotations

import asyncio

import grpc.aio
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from mlops_infra.providers.caller import CALLER, Caller, stopping, tell


class Engine(engine_pb2_grpc.EngineServicer):
    """Takes messages."""

    def __init__(self):
        self.heard = []

    async def Log(self, request, context):  # noqa: N802
        self.heard.append((request.urn, request.message, request.severity, request.ephemeral))
        return empty_pb2.Empty()


def test_messages_reach_the_engine_that_asks():
    async def run():
        engine, server = Engine(), grpc.aio.server()
        engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        await tell("urn", "nobody asks")
        caller = Caller(f"127.0.0.1:{port}")
        CALLER.set(caller)
        for _ in range(2):
            await tell("urn", "look", "warning", once="look")
        await tell("urn", "waiting", ephemeral=True)
        caller.stopping.set()
        await stopping()
        await caller.close()
        await server.stop(None)
        return engine.heard

    assert asyncio.run(run()) == [
        ("urn", "look", engine_pb2.WARNING, False),
        ("urn", "waiting", engine_pb2.INFO, True),
    ]


def test_an_engine_that_takes_no_message_does_no_harm():
    async def run():
        caller = Caller("127.0.0.1:1")
        CALLER.set(caller)
        await tell("urn", "look")
        await caller.close()

    asyncio.run(run())
