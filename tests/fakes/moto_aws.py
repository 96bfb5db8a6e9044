"""moto's AWS API inside of this process, and the requests that are made of it, whatever an emulator makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from moto.server import ThreadedMotoServer

from mlops_infra.providers.aws.clients import Clients
from mlops_infra.providers.connection import AwsConnection

ACCOUNT: Final = "123456789012"
"""The account of every key that moto does not know."""
REGION: Final = "eu-central-1"


@contextmanager
def moto() -> Iterator[AwsConnection]:
    """A server on loopback. What it is told lasts as long as the process, for all servers."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield AwsConnection(ACCOUNT, REGION, "aws", f"http://{host}:{port}", "testing", "testing")
    finally:
        server.stop()


@contextmanager
def moto_bucket(name: str) -> Iterator[Clients]:
    """A server with one bucket, versioned as that of a state."""
    with moto() as connection:
        clients = Clients(connection)
        place = {"CreateBucketConfiguration": {"LocationConstraint": REGION}}
        versioned = {"VersioningConfiguration": {"Status": "Enabled"}}
        clients.call("s3", REGION, "create_bucket", {"Bucket": name, **place})
        clients.call("s3", REGION, "put_bucket_versioning", {"Bucket": name, **versioned})
        yield clients


@contextmanager
def headers_to_s3(clients: Clients) -> Iterator[list[Mapping[str, str]]]:
    """The headers of each request to S3 that is made inside, by their names in small letters."""
    seen: list[Mapping[str, str]] = []
    events = clients.client("s3", REGION).meta.events

    def note(request: Any, **_: object) -> None:
        seen.append({str(name).lower(): str(value) for name, value in request.headers.items()})

    events.register("before-sign.s3", note)
    try:
        yield seen
    finally:
        events.unregister("before-sign.s3", note)
