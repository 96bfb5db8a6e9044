"""The provider process: ``python -m mlops_infra.providers.serve MADE``, where MADE is the file of what it made (`made`).

Reads the connection as one JSON line from standard input, answers with one JSON line of ports on standard output, serves until standard
input ends (which it does when the parent dies), and then lets the requests that are being served finish.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
import threading
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import grpc.aio
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2_grpc

from mlops_infra.providers.aws.provider import AwsProvider
from mlops_infra.providers.connection import Connection
from mlops_infra.providers.host import FINISH_SECONDS, load_connection
from mlops_infra.providers.kubernetes.provider import KubernetesProvider
from mlops_infra.providers.made import Adopting, MadeJournal
from mlops_infra.providers.servicer import AttachedServicer


async def serve(connection: Connection, made: Path) -> None:
    """Serve both providers on loopback ports until standard input ends; `made` is the file of `MadeJournal`."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    threading.Thread(target=_until_parent_ends, args=(loop, stop), daemon=True).start()
    kubernetes = KubernetesProvider(connection)
    journal = MadeJournal(made)
    servicers = {
        "kubernetes": AttachedServicer(kubernetes, version("pulumi-kubernetes")),
        "aws": AttachedServicer(Adopting(AwsProvider(connection, journal.note), journal), version("pulumi-aws")),
    }
    servers: list[grpc.aio.Server] = []
    ports: dict[str, int] = {}
    for name, servicer in servicers.items():
        server = grpc.aio.server(options=_GRPC_CHANNEL_OPTIONS)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
        ports[name] = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        servers.append(server)
    print(json.dumps(ports), flush=True)
    await stop.wait()
    await asyncio.gather(*(server.stop(FINISH_SECONDS) for server in servers))
    for servicer in servicers.values():
        await servicer.close()
    await kubernetes.close()


def _until_parent_ends(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    # Where the loop has ended by itself there is nothing left to stop.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(stop.set)


def main() -> None:
    """Entry point of the provider process."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("botocore", "boto3", "urllib3", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    asyncio.run(serve(load_connection(sys.stdin.buffer.readline()), Path(sys.argv[1])))


if __name__ == "__main__":
    main()
