"""A release: the immutable set of versions that moves between environments, as a projection of a stack file.

Flow: `of` reads a loaded environment; `Release.id` is the SHA-256 over its canonical JSON (RFC 8785); `changes` gives the edits that
make another environment's own file say the same, and `differences` says in words how two releases differ.

What moves is told by the model of the stack file: every image, the versions of models with their artifacts and lineage, the versions
of datasets, the versions of components, the content of the layers that all environments share, and the policies. Everything else
(sizes, address blocks, accounts, grants, SLOs) is configuration of one environment and stays where it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any, Final, Literal, TypeAlias

import rfc8785

from mlops_infra.config import LoadedEnvironment, environments
from mlops_infra.config.layers import Folder
from mlops_infra.config.model import Environment, Model
from mlops_infra.config.node import Path as KeyPath
from mlops_infra.config.node import Plain, dotted, plain
from mlops_infra.errors import UsageError

FORMAT: Final = 1
SHORT: Final = 12
"""Hexadecimal digits of an id that people see: 48 bits, so that thousands of releases do not meet by chance."""

Kind: TypeAlias = Literal["promotion", "rollback"]
"""How a release comes to an environment."""


class ReleaseError(UsageError):
    """A release does not fit an environment, or is not what it says that it is."""


@dataclass(frozen=True)
class Lineage:
    """Where a model version comes from: commit of the training code, digest of the data, training run."""

    commit: str
    data: str
    run: str


@dataclass(frozen=True)
class ModelVersion:
    """One model as it moves: registry version, digest of the artifact, image of the server, dataset it was trained on, lineage, and its
    ethical record as the stack file has it."""

    version: str
    digest: str
    image: str
    dataset: str
    lineage: Lineage | None = None
    record: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Release:
    """What moves between environments.

    `images`: image reference by dotted key path (``teams.claims-fraud.notebook.image``), those of models excepted; `models` by name;
    `datasets`: digest of the pinned manifest by dataset, None where it is not pinned; `components`: version by dotted key path;
    `layers`: SHA-256 of the content of each file that every environment extends; `policies`: digest of the set of rules.
    """

    images: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, ModelVersion] = field(default_factory=dict)
    datasets: Mapping[str, str | None] = field(default_factory=dict)
    components: Mapping[str, str] = field(default_factory=dict)
    layers: Mapping[str, str] = field(default_factory=dict)
    policies: str = ""

    def document(self) -> dict[str, Any]:
        """Plain JSON of all that the id covers."""
        return {"version": FORMAT, **asdict(self)}

    @cached_property
    def id(self) -> str:
        """SHA-256 (64 hexadecimal digits) of the canonical JSON (RFC 8785) of `document`."""
        return sha256(rfc8785.dumps(self.document())).hexdigest()

    @property
    def short(self) -> str:
        """The id as people see it: its first 12 digits."""
        return self.id[:SHORT]

    def text(self) -> str:
        """The release's file: `document`, indented and sorted for people and for git."""
        return json.dumps(self.document(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"

    @staticmethod
    def parse(text: str | bytes) -> Release:
        """A release from its `text`. Raises `ReleaseError` for anything that is none."""
        try:
            told = json.loads(text)
            if told.pop("version") != FORMAT:
                raise ValueError("format")
            models = {
                name: ModelVersion(**{**entry, "lineage": Lineage(**entry["lineage"]) if entry["lineage"] else None})
                for name, entry in told.pop("models").items()
            }
            return Release(models=models, **told)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise ReleaseError("the file holds no release", hint="bring it back from git") from None


@dataclass(frozen=True)
class Difference:
    """One thing that two releases say differently. `key` is dotted (``models.fraud-scorer.version``); None: it is not there."""

    key: str
    old: str | None
    new: str | None


def of(loaded: LoadedEnvironment, policies: str) -> Release:
    """The release that an environment's stack file says.

    Arguments: `loaded` environment; `policies`: digest of the set of rules (`PolicySet.digest`).
    Raises `ConfigError` where another environment's layers cannot be read, since nobody knows then what all of them share.
    """
    env = loaded.environment
    return Release(
        images=_images(env),
        models={model.name: _model(model) for model in env.models},
        datasets={dataset.name: dataset.version for dataset in env.datasets},
        components=_components(env),
        layers=_shared_layers(loaded),
        policies=policies,
    )


def changes(release: Release, target: LoadedEnvironment) -> dict[KeyPath, Plain]:
    """The edits that make the target's own stack file say the release; for `config.edit.set_values`.

    Empty where it says so already. After them `of(target, release.policies)` is `release`.
    Raises `ReleaseError` where edits cannot do that: what moves is not the same on both sides (a model that the target lacks), or a
    shared layer is not the release's.
    """
    now = of(target, release.policies)
    _refuse_other_shape(release, now, target.environment.environment)
    edits: dict[KeyPath, Plain] = {}
    for path, text in _leaves(release):
        if text != _leaf(now, path):
            edits[path] = text
    for name, model in release.models.items():
        before = now.models[name]
        if model.lineage != before.lineage:
            edits["models", name, "lineage"] = None if model.lineage is None else asdict(model.lineage)
        if model.record != before.record:
            # With every key, so that nothing of a lower layer's record shows through.
            edits["models", name, "record"] = None if model.record is None else dict(model.record)
    return edits


def differences(old: Release, new: Release) -> tuple[Difference, ...]:
    """What two releases say differently, by key."""
    before, after = flat(old), flat(new)
    keys = sorted(before.keys() | after.keys())
    return tuple(Difference(key, before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key))


# The projection

_COMPONENTS: Final[tuple[KeyPath, ...]] = (("cluster", "version"), ("registry", "database", "engine_version"))
_SHARED_IMAGES: Final[tuple[KeyPath, ...]] = (
    ("registry", "image"),
    ("monitoring", "prometheus_image"),
    ("monitoring", "alertmanager_image"),
    ("monitoring", "grafana_image"),
)


def _images(env: Environment) -> dict[str, str]:
    found = {dotted(path): _value(env, path) for path in _SHARED_IMAGES}
    for team in env.teams:
        if team.notebook is not None:
            found[dotted(("teams", team.name, "notebook", "image"))] = team.notebook.image
    return found


def _components(env: Environment) -> dict[str, str]:
    found = {dotted(path): _value(env, path) for path in _COMPONENTS}
    found.update({dotted(("cluster", "addons", addon.name, "version")): addon.version for addon in env.cluster.addons})
    return found


def _value(env: Environment, path: KeyPath) -> str:
    here: Any = env
    for part in path:
        here = getattr(here, str(part))
    return str(here)


def _model(model: Model) -> ModelVersion:
    lineage = model.lineage
    return ModelVersion(
        version=model.version,
        digest=model.digest,
        image=model.image,
        dataset=model.dataset,
        lineage=None if lineage is None else Lineage(lineage.commit, lineage.data, lineage.run),
        record=None if model.record is None else model.record.model_dump(mode="json"),
    )


def _shared_layers(loaded: LoadedEnvironment) -> dict[str, str]:
    """Digests of the layers below every environment of the folder: a layer of some environments only is their configuration."""
    folder = Folder(loaded.stacks)
    shared = set(loaded.layers) - {f"{loaded.environment.environment}.yaml"}
    for name in environments(loaded.stacks):
        if shared and name != loaded.environment.environment:
            shared &= set(folder.merged(name, frozenset()).layers)
    # Over the content: comments and the order of keys are nothing that runs.
    return {file: sha256(rfc8785.dumps(_canonical(plain(folder.tree(file))))).hexdigest() for file in sorted(shared)}


def _canonical(value: Plain) -> Any:
    """Whole numbers beyond what JSON is sure of (2^53, RFC 8785 section 3.2.2.3) as texts."""
    if isinstance(value, dict):
        return {key: _canonical(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_canonical(child) for child in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53 - 1 else value


# Comparing

_MODEL_KEYS: Final = ("version", "digest", "image", "dataset")


def _leaves(release: Release) -> Iterable[tuple[KeyPath, str | None]]:
    """Every single value that an edit can set, with its key path; lineage and record of models are edited as a whole."""
    for section in (release.images, release.components):
        for key, text in section.items():
            yield tuple(key.split(".")), text
    for name, digest in release.datasets.items():
        yield ("datasets", name, "version"), digest
    for name, model in release.models.items():
        for key in _MODEL_KEYS:
            yield ("models", name, key), getattr(model, key)


def _leaf(release: Release, path: KeyPath) -> str | None:
    return dict(_leaves(release))[path]


def flat(release: Release) -> dict[str, str | None]:
    """Everything that a release says, by dotted key."""
    found = {dotted(path): text for path, text in _leaves(release)}
    for name, model in release.models.items():
        lineage = asdict(model.lineage) if model.lineage else {}
        found.update({f"models.{name}.lineage.{key}": text for key, text in lineage.items()})
        found.update(_told(("models", name, "record"), None if model.record is None else dict(model.record)))
    found.update({f"layers.{file}": digest for file, digest in release.layers.items()})
    return {key: found[key] for key in sorted(found)} | {"policies": release.policies}


def _told(path: KeyPath, value: Any) -> dict[str, str]:
    """The single values below `value`, as texts by dotted key; nothing for what is not there."""
    if isinstance(value, dict | list):
        items: Iterable[tuple[str | int, Any]] = value.items() if isinstance(value, dict) else enumerate(value)
        return {key: text for part, child in items for key, text in _told((*path, part), child).items()}
    return {} if value is None else {dotted(path): str(value)}


def _refuse_other_shape(release: Release, now: Release, target: str) -> None:
    reasons: list[str] = []
    for word in ("models", "datasets", "images", "components"):
        theirs, ours = getattr(release, word), getattr(now, word)
        prefix = f"{word}." if word in ("models", "datasets") else ""
        reasons += [
            f"{prefix}{name} is in the release, not in {target}" for name in sorted(theirs.keys() - ours.keys())
        ]
        reasons += [
            f"{prefix}{name} is in {target}, not in the release" for name in sorted(ours.keys() - theirs.keys())
        ]
    for file in sorted(release.layers.keys() | now.layers.keys()):
        if release.layers.get(file) != now.layers.get(file):
            reasons.append(f"the layer {file} is not the one of the release")
    if reasons:
        raise ReleaseError(
            f"the release {release.short} does not fit {target}: " + "; ".join(reasons),
            where=f"stacks/{target}.yaml",
            hint="bring the stack files in step, or make a new release with `mlops-infra release create`",
        )
