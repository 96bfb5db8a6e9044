"""What refers to what in a Terraform configuration, resolved through variables and outputs of modules.

``configuration`` of a plan names for every argument the things that its expression mentions, seen from its own module: resources
(``aws_kms_key.data``), variables (``var.bucket``: the caller's expression), outputs (``module.logs.bucket``: the called module's).
Locals are not told there; what goes through one is found by value, if at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

_DEEPEST: Final = 20
_INDEX: Final = re.compile(r"\[[^\]]*\]")


class _Module:
    """One module of the configuration: its address (empty for the root), its content, and how it was called."""

    def __init__(
        self, address: str, content: Mapping[str, Any], parent: _Module | None, call: Mapping[str, Any]
    ) -> None:
        self.address = address
        self.content = content
        self.parent = parent
        self.call = call
        self.children = {
            name: _Module(f"{address}module.{name}.", child.get("module", {}), self, child)
            for name, child in content.get("module_calls", {}).items()
        }

    def walk(self) -> Iterator[_Module]:
        yield self
        for child in self.children.values():
            yield from child.walk()


def references(
    configuration: Mapping[str, Any], addresses: Sequence[str]
) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """By resource (its address without indices at its end) and argument, the addresses of the resources that it refers to.

    Arguments: `configuration` of the plan, empty for a state; `addresses` of all resources, with indices.
    """
    instances: dict[str, list[str]] = {}
    for address in addresses:
        instances.setdefault(_INDEX.sub("", address), []).append(address)
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for module in _Module("", configuration.get("root_module", {}), None, {}).walk():
        for item in module.content.get("resources", []):
            own = {}
            for key, expression in item.get("expressions", {}).items():
                targets = {target for name in _mentioned(expression) for target in _resolved(module, name, _DEEPEST)}
                meant = [instance for target in sorted(targets) for instance in instances.get(target, [])]
                if meant:
                    own[key] = tuple(meant)
            for address in instances.get(f"{module.address}{item['address']}", []):
                found.setdefault(re.sub(r"\[[^\]]*\]$", "", address), {}).update(own)
    return found


def _mentioned(expression: Any) -> Iterator[str]:
    if isinstance(expression, Mapping):
        yield from expression.get("references", [])
        for key, inner in expression.items():
            if key != "references" and isinstance(inner, Mapping | list):
                yield from _mentioned(inner)
    elif isinstance(expression, list):
        for inner in expression:
            yield from _mentioned(inner)


def _resolved(module: _Module, name: str, left: int) -> Iterator[str]:
    """Addresses, without indices, of the resources that a name means in a module."""
    words = _INDEX.sub("", name).split(".")
    if left == 0 or len(words) < 2:
        return
    if words[0] == "var" and module.parent is not None:
        for other in _mentioned(module.call.get("expressions", {}).get(words[1], {})):
            yield from _resolved(module.parent, other, left - 1)
    elif words[0] == "module" and words[1] in module.children:
        child = module.children[words[1]]
        output = child.content.get("outputs", {}).get(words[2], {}) if len(words) > 2 else {}
        for other in _mentioned(output.get("expression", {})):
            yield from _resolved(child, other, left - 1)
    elif words[0] not in ("local", "each", "count", "path", "self", "data", "terraform"):
        yield f"{module.address}{words[0]}.{words[1]}"
