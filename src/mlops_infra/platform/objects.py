"""Where a component's Kubernetes objects go and what all of them carry: names, labels, parent, order.

A component makes one `Scope` and asks it for the metadata and options of each object, so that no object is without its
labels, has a generated name, or comes before the fence (quota, default-deny) of its namespace.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pulumi
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs

from mlops_infra.platform.names import Names
from mlops_infra.platform.part import Part

APP_LABEL = "app.kubernetes.io/name"
"""The label that selects an application's pods; ``namespace/app`` of a declared flow means its value."""

SKIP_AWAIT = {"pulumi.com/skipAwait": "true"}
"""Annotation for objects that become ready only once another one uses them (a claim that waits for its first consumer)."""


@dataclass(frozen=True)
class Scope:
    """The place of objects: their part, parent component, namespace (empty: cluster-wide), application and team.

    `after` are resources that must exist before any object of the scope.
    """

    part: Part
    parent: pulumi.Resource
    app: str
    namespace: str = ""
    component: str = ""
    team: str = ""
    after: tuple[pulumi.Resource, ...] = field(default=())

    @property
    def names(self) -> Names:
        return self.part.names

    def of(self, app: str, component: str = "") -> Scope:
        """The same place for another application."""
        return replace(self, app=app, component=component or self.component)

    def following(self, *resources: pulumi.Resource) -> Scope:
        """The same place, and objects come after `resources` too."""
        return replace(self, after=(*self.after, *resources))

    def key(self, name: str) -> str:
        """The Pulumi name of an object: unique in the environment, since a namespace and a name are."""
        return f"{self.namespace}/{name}" if self.namespace else name

    @property
    def labels(self) -> dict[str, str]:
        """The labels that every object of the scope carries."""
        return self.names.labels(self.app, component=self.component, team=self.team)

    @property
    def select(self) -> dict[str, str]:
        """The labels that select the application's pods."""
        return {APP_LABEL: self.app}

    @property
    def selector(self) -> LabelSelectorArgs:
        """`select` as a selector."""
        return LabelSelectorArgs(match_labels=self.select)

    def meta(
        self, name: str, *, labels: Mapping[str, str] | None = None, annotations: Mapping[str, str] | None = None
    ) -> ObjectMetaArgs:
        """Metadata of an object with this name; `labels` come on top of the scope's."""
        return ObjectMetaArgs(
            name=name,
            namespace=self.namespace or None,
            labels={**self.labels, **(labels or {})},
            annotations=dict(annotations) if annotations else None,
        )

    def options(self, *after: pulumi.Resource, protect: bool = False) -> pulumi.ResourceOptions:
        """Options of an object: child of the component, after the scope's resources and after `after`."""
        return pulumi.ResourceOptions(
            parent=self.parent, depends_on=[*self.after, *after] or None, protect=protect or None
        )


def label_value(text: str) -> str:
    """`text` as a Kubernetes label value: at most 63 of ``A-Za-z0-9._-``, a letter or digit at both ends."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", text)[:63].strip("._-")
