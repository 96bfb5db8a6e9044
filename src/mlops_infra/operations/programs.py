"""setup, doctor: the external programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from mlops_infra.operations.ports import ToolchainPort
from mlops_infra.progress import Progress

How: TypeAlias = Literal["auto", "release", "source"]


def setup(toolchain: ToolchainPort, only: Sequence[str], how: How, progress: Progress) -> Mapping[str, Path]:
    """Find or install the named programs, all that the tool needs where none is named; returns their paths."""
    return toolchain.ensure(only or toolchain.names(), progress=progress, how=how)


def doctor(toolchain: ToolchainPort) -> tuple[Any, ...]:
    """What is there and what is missing (`toolchain.Inspection`); installs nothing."""
    return toolchain.inspect()


def healthy(found: Sequence[Any]) -> bool:
    """Whether everything that is needed is there."""
    return all(item.verdict == "ok" or item.optional for item in found)
