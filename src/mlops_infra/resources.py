"""Where the files are that travel with the package: pinned Go modules, policies, the schema, the stack templates.

In the built wheel they lie in ``mlops_infra/_data`` (pyproject.toml, ``force-include``); in a checkout they lie at its
root, where people edit them. Every room asks here, so that none knows which of the two it runs from.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

from mlops_infra.errors import OperationError

Kind = Literal["tools", "policies", "schema", "stacks"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_FOLDERS: dict[Kind, str] = {"tools": "tools", "policies": "policies", "schema": "stacks/schema", "stacks": "stacks"}


def data_dir(kind: Kind) -> Path:
    """The folder of one kind of package data.

    Arguments: `kind`: "tools" (one go.mod per program that can be built), "policies" (Rego), "schema" (JSON Schema of the
    stack files) or "stacks" (the shipped stack files, which `init` copies).
    Result: an existing folder; treat it as read-only.
    Raises: `OperationError` when the installation lacks it.
    """
    package = Path(__file__).resolve().parent
    # A stale `_data` never shadows a checkout: editable installs have no such folder.
    for root in (package / "_data", package.parents[1]):
        folder = root / _FOLDERS[kind]
        if folder.is_dir():
            return folder
    raise OperationError(
        f"the package data '{kind}' is missing from this installation",
        where=str(package),
        hint="install the package again from its wheel, or run from a complete checkout",
    )
