"""Address blocks and zones of one environment. `folder` compares the blocks of several."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from mlops_infra.config.limits import VPC_PREFIX
from mlops_infra.config.model import Environment
from mlops_infra.config.node import Path
from mlops_infra.config.problems import Problem
from mlops_infra.config.rules.registry import reads
from mlops_infra.config.suggest import closest


def block(text: str) -> IPv4Network | None:
    """The block, None if `text` is none or has bits set behind its prefix."""
    try:
        return IPv4Network(text)
    except ValueError:
        return None


def misformed(text: str, path: Path) -> Iterator[Problem]:
    """The problem with a text that is no IPv4 block, with the block that was likely meant."""
    if block(text) is not None:
        return
    try:
        meant = str(IPv4Network(text, strict=False))
    except ValueError:
        yield Problem(f"{text} is no IPv4 block", path, allowed="four numbers of 0 to 255 and a prefix of /0 to /32")
    else:
        yield Problem(f"{text} has bits set behind its prefix", path, allowed="the first address", suggestion=meant)


def _blocks(env: Environment) -> list[tuple[str, Path]]:
    network = env.network
    return [
        (network.cidr, ("network", "cidr")),
        *((text, ("network", "private_cidrs", index)) for index, text in enumerate(network.private_cidrs)),
        *((text, ("network", "public_cidrs", index)) for index, text in enumerate(network.public_cidrs)),
    ]


@reads("network.cidr", "network.private_cidrs", "network.public_cidrs")
def blocks(env: Environment) -> Iterator[Problem]:
    """Each block by itself: well formed, and of a size that AWS allows for VPCs and subnets."""
    largest, smallest = VPC_PREFIX
    for text, path in _blocks(env):
        yield from misformed(text, path)
        known = block(text)
        if known and not largest <= known.prefixlen <= smallest:
            yield Problem(f"{text} has the wrong size", path, allowed=f"/{largest} to /{smallest}")


@reads("network.cidr", "network.private_cidrs", "network.public_cidrs")
def subnets(env: Environment) -> Iterator[Problem]:
    """Subnets lie inside of the VPC and apart from each other."""
    vpc = block(env.network.cidr)
    seen: list[IPv4Network] = []
    for text, path in _blocks(env)[1:]:
        known = block(text)
        if known is None:
            continue
        if vpc and not known.subnet_of(vpc):
            yield Problem(f"{text} is not inside of the VPC", path, allowed=f"blocks of {vpc}")
        for other in seen:
            if known.overlaps(other):
                yield Problem(f"{text} overlaps {other}", path, allowed="subnets that do not overlap")
                break
        seen.append(known)


@reads("network.zones", "network.private_cidrs", "network.public_cidrs")
def one_per_zone(env: Environment) -> Iterator[Problem]:
    zones = len(env.network.zones)
    for key in ("private_cidrs", "public_cidrs"):
        count = len(getattr(env.network, key))
        if count != zones:
            yield Problem(f"{count} blocks for {zones} zones", ("network", key), allowed="one block per zone")


@reads("network.zones", "aws.region")
def zones(env: Environment) -> Iterator[Problem]:
    region = env.aws.region
    for index, zone in enumerate(env.network.zones):
        if zone[:-1] != region:
            names = [f"{region}{letter}" for letter in "abcdef"]
            path: Path = ("network", "zones", index)
            allowed = f"zones such as {region}a"
            yield Problem(f"{zone} is not in region {region}", path, allowed=allowed, suggestion=closest(zone, names))
