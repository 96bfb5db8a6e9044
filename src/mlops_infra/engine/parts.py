"""What is remembered of each deployed part, so that a change costs what it touches.

After each successful deployment a `PartRecord` is kept beside the state: a digest over everything the part's program registered, what it
gave to other parts, and the checkpoint's digest. A part whose program still registers the same, whose checkpoint nobody else
touched, and that is not marked, need not be looked at again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from mlops_infra.graph import Resource, Secret, Unknown
from mlops_infra.platform import Given


@dataclass(frozen=True)
class PartRecord:
    """One deployed part. `marked` says why it must be looked at again ("drift", "interrupted", "edited"), empty where it need not.

    `checkpoint` is empty where no deployment of the part was ever completed (or all but its data was destroyed). `seen` is when what
    really is was last found to be what that checkpoint says, in seconds since the epoch; 0 where nobody looked, or something differed.
    """

    digest: str
    checkpoint: str
    providers: str
    given: dict[str, dict[str, Any]] = field(default_factory=dict)
    marked: str = ""
    seen: float = 0.0

    def seen_within(self, seconds: float, now: float) -> bool:
        """Whether the last look that found nothing is younger than so many seconds. `now` in seconds since the epoch."""
        return 0 <= now - self.seen < seconds

    def taken(self) -> dict[str, Given]:
        """What the part gave, as other parts take it."""
        return {key: Given(value["value"], value["urn"]) for key, value in self.given.items()}


_ADAPTER = TypeAdapter(PartRecord)


class PartRecords:
    """The records of one environment, a file each."""

    def __init__(self, folder: Path, environment: str) -> None:
        self._folder = folder
        self._environment = environment

    def _path(self, part: str) -> Path:
        return self._folder / f"{self._environment}-{part}.json"

    def read(self, part: str) -> PartRecord | None:
        """The record of a part; None where there is none or it cannot be read (then the part is simply looked at)."""
        try:
            return _ADAPTER.validate_json(self._path(part).read_bytes())
        except (OSError, ValueError):
            return None

    def write(self, part: str, record: PartRecord) -> None:
        """Keep a record, atomically."""
        path = self._path(part)
        aside = path.with_suffix(".tmp")
        aside.write_bytes(_ADAPTER.dump_json(record))
        aside.replace(path)

    def forget(self, part: str) -> None:
        """Drop a part's record, so that it is looked at next time."""
        self._path(part).unlink(missing_ok=True)

    def parts(self) -> list[str]:
        """The parts that have a record, also those that the stack file no longer asks for."""
        prefix = f"{self._environment}-"
        return sorted(path.stem.removeprefix(prefix) for path in self._folder.glob(f"{prefix}*.json"))


def given_record(given: Mapping[str, Given]) -> dict[str, dict[str, Any]]:
    """What a part gives as plain JSON. Raises ValueError for a secret: those never leave the encrypted state."""
    for key, value in given.items():
        if isinstance(value.value, Secret):
            raise ValueError(f"{key} is secret and may not be given to another part")
    return {
        key: {"urn": value.urn, "value": value.value}
        for key, value in given.items()
        if not isinstance(value.value, Unknown)
    }


def waves(parts: Sequence[str], gave: Callable[[str], bool]) -> list[list[str]]:
    """`parts`, which are in the order of their deployment, as they may be deleted: those of a wave at once, wave after wave.

    A part that gave something waits for all that were deployed after it, as any of them may have taken it.
    """
    found: list[list[str]] = []
    for part in reversed(parts):
        if gave(part) or not found:
            found.append([])
        found[-1].append(part)
    return found


def program_digest(resources: Iterable[Resource], taken: Mapping[str, Given]) -> str:
    """SHA-256 over what a part's program registers and the values it takes from other parts."""
    told = [[r.urn, r.inputs, r.parent, r.dependencies, r.property_dependencies, r.protect] for r in resources]
    text = json.dumps([told, {key: [g.value, g.urn] for key, g in taken.items()}], sort_keys=True, default=_marker)
    return sha256(text.encode()).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file, empty where it is missing."""
    try:
        return sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""


def _marker(value: Any) -> Any:
    if isinstance(value, Unknown):
        return {"unknown": True}
    if isinstance(value, Secret):
        return {"secret": sha256(json.dumps(value.value, sort_keys=True, default=_marker).encode()).hexdigest()}
    raise TypeError(f"{type(value).__name__} is no property value")
