"""Both planes at once, and the graph of what they say."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from mlops_infra.graph import Graph, Resource
from mlops_infra.providers.account import check_account
from mlops_infra.providers.connection import Connection
from mlops_infra.providers.live.aws import AwsReader
from mlops_infra.providers.live.aws_beside import Beside
from mlops_infra.providers.live.kubernetes import Objects, read_objects
from mlops_infra.providers.live.model import Live
from mlops_infra.providers.live.references import referring


def read_live(connection: Connection, deployed: Graph, siblings: frozenset[str] = frozenset()) -> Live:
    """The environment as it really is.

    Arguments: `deployed`: the graph of its state; `siblings`: the names of the project's other environments, whose resources in the same
    account are not looked at. Raises UnreachableError or OperationError where anything cannot be read: then nothing is known.
    """
    by_plane: dict[str, list[Resource]] = {"aws": [], "kubernetes": [], "other": []}
    for resource in deployed:
        by_plane[resource.plane if resource.custom else "other"].append(resource)
    with ThreadPoolExecutor(1, thread_name_prefix="live-kubernetes") as thread:
        objects = thread.submit(read_objects, connection, by_plane["kubernetes"], deployed.environment)
        known, found = _aws(connection, deployed.environment, by_plane["aws"], siblings)
        cluster: Objects = objects.result()
    live = {resource.urn: resource for resource in known} | dict(cluster.live)
    live |= {resource.urn: resource for resource in by_plane["other"]}
    ordered = [live[resource.urn] for resource in deployed if resource.urn in live]
    beside = {resource.urn: resource for resource in (*found, *cluster.found)}
    return Live(
        graph=Graph.of(deployed.environment, referring([*ordered, *beside.values()], deployed.resources)),
        gone=tuple(resource.urn for resource in deployed if resource.urn not in live),
        found=tuple(beside),
    )


def _aws(
    connection: Connection, environment: str, deployed: Sequence[Resource], siblings: frozenset[str]
) -> tuple[list[Resource], list[Resource]]:
    reader = AwsReader(connection.aws, environment)
    check_account(connection.aws, reader.clients)
    known = [resource for resource in reader.each(reader.read, deployed) if resource is not None]
    return known, Beside(reader, known, siblings).look()
