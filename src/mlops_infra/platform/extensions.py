"""Components from outside of this project: a team's own Python package, without a fork.

A package registers a subclass of `Extension` under the entry-point group ``mlops_infra.components``::

    [project.entry-points."mlops_infra.components"]
    feature-store = "acme.platform:FeatureStore"

and a stack file asks for it::

    extensions:
      - component: feature-store
        name: features
        settings: {shards: 3}

The class says what its settings are (a pydantic model) and makes resources in `build`. Resources that name this tool's `Part`, `Names` and
tags are judged, planned and destroyed as all others.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import Any, ClassVar, Final

import pulumi
from pydantic import BaseModel, ValidationError

from mlops_infra.config.model import Extension as Asked
from mlops_infra.errors import UsageError
from mlops_infra.platform.part import Part, at

GROUP: Final = "mlops_infra.components"
"""The entry-point group."""


class Extension(pulumi.ComponentResource, ABC):
    """A component that a package adds. Set `Settings` to the pydantic model of its settings."""

    Settings: ClassVar[type[BaseModel]]

    def __init__(self, component: str, name: str, part: Part, settings: BaseModel) -> None:
        super().__init__(f"mlops:extension:{component}", name)
        self.build(part, settings)
        self.register_outputs({})

    @abstractmethod
    def build(self, part: Part, settings: Any) -> None:
        """Make the component's resources, as children of ``self``; `settings` is an instance of `Settings`."""


def installed() -> Mapping[str, Callable[[], Any]]:
    """Loaders of the registered components, by the entry point's name."""
    return {point.name: point.load for point in entry_points(group=GROUP)}


def extensions(part: Part, found: Mapping[str, Callable[[], Any]] | None = None) -> None:
    """Make the extensions that the environment asks for in this part.

    Raises UsageError for a component that is not registered, is no `Extension`, or refuses its settings.
    """
    asked = [extension for extension in part.env.extensions if extension.part == part.name]
    if not asked:
        return
    registered = installed() if found is None else found
    for extension in asked:
        with at("extensions", extension.name):
            component = _component(extension, registered)
            component(extension.component, extension.name, part, _settings(component, extension))


def _component(asked: Asked, registered: Mapping[str, Callable[[], Any]]) -> type[Extension]:
    where = f"extensions.{asked.name}"
    if asked.component not in registered:
        raise UsageError(
            f"no installed package registers the component {asked.component!r}",
            where=where,
            hint=f"install it beside mlops-infra; registered are: {', '.join(sorted(registered)) or 'none'}",
        )
    loaded = registered[asked.component]()
    if not (isinstance(loaded, type) and issubclass(loaded, Extension)):
        raise UsageError(
            f"the component {asked.component!r} is no mlops_infra.platform.extensions.Extension",
            where=where,
            hint=f"let the entry point in the group {GROUP} name a subclass of it",
        )
    return loaded


def _settings(component: type[Extension], asked: Asked) -> BaseModel:
    try:
        return component.Settings.model_validate(dict(asked.settings))
    except ValidationError as error:
        # Values are not repeated: the schema is not ours, so they may be anything.
        problems = [
            f"{'.'.join(map(str, detail['loc'])) or 'settings'}: {detail['msg']}"
            for detail in error.errors(include_input=False, include_url=False, include_context=False)
        ]
        raise UsageError(
            f"the component {asked.component!r} refuses its settings: {'; '.join(problems)}",
            where=f"extensions.{asked.name}.settings",
        ) from None
