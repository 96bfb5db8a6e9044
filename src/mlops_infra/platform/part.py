"""What one part's Pulumi program works with: the environment, names, what it takes from other parts and gives to them.

An environment is deployed as several Pulumi stacks (parts). Values that are deterministic (names, ARNs made of names) come from
`Names` in every part. Values that only the cloud knows (a key's id, a subnet's id) are *given* by the part that makes them
and *taken* by the others; a taken value remembers the resource that gave it, so that the merged graph has the edge.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import pulumi
from pulumi.resource import DependencyResource

from mlops_infra.config.model import Environment, Model
from mlops_infra.graph import UNKNOWN
from mlops_infra.graph.model import PropertyPath
from mlops_infra.platform.names import Names

Made = TypeVar("Made", bound=pulumi.ComponentResource)

_config_path: ContextVar[PropertyPath] = ContextVar("config_path", default=())


def current_config_path() -> PropertyPath:
    """The stack-file key that the resource being registered comes from (see `at`)."""
    return _config_path.get()


@contextmanager
def at(*path: str | int) -> Iterator[None]:
    """Resources made inside come from this stack-file key: ``with at("datasets", dataset.name): …``.

    Elements of lists of named mappings are addressed by name. Nested calls replace, they do not append.
    """
    token = _config_path.set(path)
    try:
        yield
    finally:
        _config_path.reset(token)


@dataclass(frozen=True)
class Given:
    """A value that one part gives to others: its value (or `UNKNOWN`) and the URN of the resource that it is of."""

    value: Any
    urn: str


@dataclass(frozen=True)
class Relations:
    """What an environment's teams and models have to do with each other, looked up instead of searched for by each of them.

    `models` are the models of a team by its name, `callers` the teams that declare a flow, by ``namespace/app:port``.
    """

    models: Mapping[str, Sequence[Model]]
    callers: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, env: Environment) -> Relations:
        models: dict[str, list[Model]] = {}
        callers: dict[str, list[str]] = {}
        for model in env.models:
            models.setdefault(model.team, []).append(model)
        for team in env.teams:
            for called in dict.fromkeys(f"{flow.to}:{flow.port}" for flow in team.flows):
                callers.setdefault(called, []).append(team.name)
        return cls(models, callers)


@dataclass
class Part:
    """The working context of one part's program."""

    env: Environment
    name: str
    """``foundation``, ``platform`` or ``teams-NN``."""
    taken: Mapping[str, Given] = field(default_factory=dict)
    known: Relations | None = None
    """The environment's relations where somebody has looked them up already."""
    _made: dict[type[pulumi.ComponentResource], pulumi.ComponentResource] = field(default_factory=dict)

    @property
    def names(self) -> Names:
        return Names(self.env)

    @cached_property
    def relations(self) -> Relations:
        return self.known or Relations.of(self.env)

    def keep(self, component: Made) -> Made:
        """Remember a component that later components of the same part use (one of a kind), and return it."""
        self._made[type(component)] = component
        return component

    def made(self, kind: type[Made]) -> Made:
        """The component of this kind that an earlier entry of the part's list made and kept. Raises KeyError if none did."""
        found = self._made.get(kind)
        if not isinstance(found, kind):
            raise KeyError(f"no {kind.__name__} has been made in {self.name}")
        return found

    def give(self, key: str, resource: pulumi.Resource, value: pulumi.Input[Any]) -> None:
        """Offer `value`, an output of `resource`, to the other parts under `key` (for example ``keys.phi.arn``)."""
        pulumi.export(key, {"urn": resource.urn, "value": value})

    def take(self, key: str) -> pulumi.Output[Any]:
        """The value that another part gave under `key`; unknown until that part has been deployed."""
        given = self.taken.get(key)
        if given is None:
            raise KeyError(f"no part gives {key!r} to {self.name}; given are {sorted(self.taken)}")
        known = given.value is not UNKNOWN
        loop = asyncio.get_event_loop()

        def future(value: Any) -> asyncio.Future[Any]:
            made: asyncio.Future[Any] = loop.create_future()
            made.set_result(value)
            return made

        resources: set[pulumi.Resource] = {DependencyResource(given.urn)} if given.urn else set()
        return pulumi.Output(resources, future(given.value if known else None), future(known))
