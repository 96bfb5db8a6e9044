"""Parameters of rules: how far they may give way outside of development, where real people's data lives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mlops_infra.config.model import Environment
from mlops_infra.config.problems import Problem
from mlops_infra.config.rules.registry import reads

DEVELOPMENT: Final = "dev"
"""The environment where nothing real lives; the rules know it by the same name (``policies/lib/lib.rego``)."""

LEAST: Final = {"audit_retention_days": 2190, "log_retention_days": 365, "backup_days": 7, "replicas": 2}
"""Floors outside of development; sources are told with the keys."""

MOST: Final = {"bias_evaluation_days": 365}
"""Ceilings outside of development."""

PUBLIC_HOSTS: Final = frozenset(
    {"docker.io", "index.docker.io", "registry-1.docker.io", "ghcr.io", "quay.io", "gcr.io", "public.ecr.aws", "mcr.microsoft.com",
     "registry.k8s.io", "nvcr.io", "registry.gitlab.com"}
)  # fmt: skip
"""Registries where everybody may publish; only a path of one publisher on them says whose images those are."""


@reads(
    "environment",
    "policies.audit_retention_days",
    "policies.log_retention_days",
    "policies.backup_days",
    "policies.replicas",
    "policies.bias_evaluation_days",
)
def floors(env: Environment) -> Iterator[Problem]:
    """What the rules ask for cannot be brought below what the law, or good custom, asks for."""
    if env.environment == DEVELOPMENT:
        return
    for key, least in LEAST.items():
        if getattr(env.policies, key) < least:
            message = f"{getattr(env.policies, key)} is too little outside of {DEVELOPMENT}"
            yield Problem(message, ("policies", key), allowed=f"at least {least}")
    for key, most in MOST.items():
        if getattr(env.policies, key) > most:
            message = f"{getattr(env.policies, key)} is too much outside of {DEVELOPMENT}"
            yield Problem(message, ("policies", key), allowed=f"at most {most}")


@reads("policies.registries")
def registries(env: Environment) -> Iterator[Problem]:
    """A registry of everybody is no trusted one."""
    seen: set[str] = set()
    for index, place in enumerate(env.policies.registries or ()):
        if place in PUBLIC_HOSTS:
            message = f"everybody may publish on {place}"
            yield Problem(
                message, ("policies", "registries", index), allowed=f"a path on it, such as {place}/publisher"
            )
        if place in seen:
            yield Problem(
                f"{place} is there twice in this list", ("policies", "registries", index), allowed="each entry once"
            )
        seen.add(place)
