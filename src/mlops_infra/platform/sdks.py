"""The provider SDKs, one module at a time: only what a program names is imported.

A package such as ``pulumi_aws.ec2`` imports each of its 180 modules when it is imported itself, and a program uses four of them. `by_need`
puts a finder before Python's own, which gives these packages a namespace that imports a module when somebody asks for a name of it
(PEP 562). The modules are the SDK's own, unchanged. A name that no module is called after has the package run its own code, as it would
without this, so there is no name the less. It saves each process that synthesizes 500 modules: 0.5 s and 36 MB.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import InspectLoader, Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, Final

_PACKAGES: Final = re.compile(r"pulumi_aws\.[a-z0-9]+|pulumi_kubernetes\.[a-z]+\.v[a-z0-9]+")
_IMPORTS: Final = re.compile(r"^from \.(\w+) import \*$", re.MULTILINE)
_SHARED: Final = ("_inputs", "_enums")
"""The modules of types that several resources of a package share."""


def by_need() -> None:
    """From now on in this process, packages of the provider SDKs import their modules when a name of one is asked for."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not _PACKAGES.fullmatch(fullname):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.submodule_search_locations is None or not isinstance(spec.loader, InspectLoader):
            return None
        spec.loader = _ByNeed(spec.loader)
        return spec


class _ByNeed(Loader):
    """Gives a package a namespace that fills itself; `own` is the loader of the package's own code."""

    def __init__(self, own: InspectLoader) -> None:
        self._own = own

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._own.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        package = module.__name__
        source = self._own.get_source(package) or ""
        modules = {name.replace("_", "").lower(): name for name in _IMPORTS.findall(source)}
        shared = [name for name in _SHARED if name in modules.values()]

        def found(name: str) -> Any:
            """The package's attribute `name`, from the module that defines it."""
            if name.startswith("__") and name != "__all__":
                raise AttributeError(f"module {package!r} has no attribute {name!r}")
            if name == "outputs" or name in shared:
                return import_module(f"{package}.{name}")
            own = modules.get(name.lower()) or modules.get(name.removesuffix("Args").lower())
            for candidate in ([own] if own else []) + shared:
                if name in _filled(module, candidate):
                    return module.__dict__[name]
            module.__dict__.pop("__getattr__", None)
            self._own.exec_module(module)
            return getattr(module, name)

        module.__dict__["__getattr__"] = found


def _filled(package: ModuleType, name: str) -> frozenset[str]:
    """What ``from .name import *`` does in `package`; returns the names that there are now."""
    part = import_module(f"{package.__name__}.{name}")
    names = getattr(part, "__all__", None) or [key for key in vars(part) if not key.startswith("_")]
    package.__dict__.update({key: getattr(part, key) for key in names})
    return frozenset(names)
