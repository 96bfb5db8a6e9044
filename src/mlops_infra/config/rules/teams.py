"""Teams: their names, grants, models and declared flows."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_infra.config.limits import RESERVED_GROUP_PREFIXES, RESERVED_NAMESPACE_PREFIXES, RESERVED_NAMESPACES
from mlops_infra.config.model import Environment
from mlops_infra.config.node import Path
from mlops_infra.config.problems import Problem
from mlops_infra.config.rules.network import misformed
from mlops_infra.config.rules.registry import reads
from mlops_infra.config.suggest import Known

SHARED_APPS = {
    "mlflow": {"mlflow": 5000},
    "monitoring": {"alertmanager": 9093, "grafana": 3000, "prometheus": 9090},
}
"""Namespaces of the shared services, the apps in them that a team's pods may be allowed to reach, and their ports; a test
keeps them as the platform has them."""

NOTEBOOK_APP = "notebook"
"""The app's name of a team's notebook server."""

NOTEBOOK_PORT = 8888


@reads("teams.*.name")
def namespaces(env: Environment) -> Iterator[Problem]:
    for index, team in enumerate(env.teams):
        if team.name in RESERVED_NAMESPACES or team.name.startswith(RESERVED_NAMESPACE_PREFIXES):
            allowed = f"not {', '.join(sorted(RESERVED_NAMESPACES))}, nor names that start with "
            allowed += ", ".join(RESERVED_NAMESPACE_PREFIXES)
            yield Problem(f"{team.name} is a reserved namespace", ("teams", index, "name"), allowed=allowed)


@reads("teams.*.grants.*.dataset", "datasets.*.name")
def grants(env: Environment) -> Iterator[Problem]:
    datasets = Known(dataset.name for dataset in env.datasets)
    for index, team in enumerate(env.teams):
        for place, grant in enumerate(team.grants):
            if grant.dataset not in datasets:
                path: Path = ("teams", index, "grants", place, "dataset")
                suggestion = datasets.closest(grant.dataset)
                yield Problem(f"there is no dataset {grant.dataset}", path, None, datasets.listed(), suggestion)


@reads(
    "models.*.team", "models.*.dataset", "models.*.name", "teams.*.name", "teams.*.grants.*.dataset", "datasets.*.name"
)
def models(env: Environment) -> Iterator[Problem]:
    """A model's team and dataset exist, and the team may read the dataset that the model was trained on."""
    teams = {team.name: team for team in env.teams}
    known_teams, datasets = Known(teams), Known(dataset.name for dataset in env.datasets)
    for index, model in enumerate(env.models):
        path: Path = ("models", index)
        if model.team not in teams:
            suggestion = known_teams.closest(model.team)
            message = f"there is no team {model.team}"
            yield Problem(message, (*path, "team"), None, known_teams.listed(), suggestion)
        if model.dataset not in datasets:
            suggestion = datasets.closest(model.dataset)
            message = f"there is no dataset {model.dataset}"
            yield Problem(message, (*path, "dataset"), None, datasets.listed(), suggestion)
        elif model.team in teams:
            granted = Known(grant.dataset for grant in teams[model.team].grants)
            if model.dataset not in granted:
                message = f"team {model.team} has no grant for dataset {model.dataset}"
                yield Problem(message, (*path, "dataset"), None, granted.listed())


@reads("models.*.name", "models.*.team")
def workloads(env: Environment) -> Iterator[Problem]:
    """In its namespace a team has a service account of its own name, and a notebook; models have theirs beside them."""
    for index, model in enumerate(env.models):
        if model.name in {model.team, NOTEBOOK_APP, "default"}:
            message = f"the team's namespace has a workload {model.name} already"
            yield Problem(message, ("models", index, "name"), allowed="another name")


@reads("teams.*.flows.*.to", "teams.*.name", "models.*.name", "models.*.team", "extensions")
def flows(env: Environment) -> Iterator[Problem]:
    """Flows lead to apps that exist. Extensions bring namespaces that the stack file does not know: with them, any may be named."""
    apps = _apps(env)
    namespaces_ = Known(apps)
    for index, team in enumerate(env.teams):
        for place, flow in enumerate(team.flows):
            path: Path = ("teams", index, "flows", place, "to")
            namespace, _, app = flow.to.partition("/")
            if "." in namespace:
                yield from misformed(flow.to, path)
            elif namespace not in apps:
                if not env.extensions:
                    guess = namespaces_.closest(namespace)
                    message = f"there is no namespace {namespace}"
                    yield Problem(message, path, None, namespaces_.listed(), guess and f"{guess}/{app}")
            elif app not in apps[namespace]:
                known = Known(apps[namespace])
                guess = known.closest(app)
                message = f"there is no app {app} in namespace {namespace}"
                yield Problem(message, path, None, known.listed(), guess and f"{namespace}/{guess}")


@reads("teams.*.flows.*.to", "teams.*.flows.*.port", "models.*.name", "models.*.team", "models.*.port")
def ports(env: Environment) -> Iterator[Problem]:
    """A flow is let in on the port that its app listens on."""
    apps = _apps(env)
    for index, team in enumerate(env.teams):
        for place, flow in enumerate(team.flows):
            namespace, _, app = flow.to.partition("/")
            port = apps.get(namespace, {}).get(app, flow.port)
            if flow.port != port:
                message = f"{flow.to} does not listen on port {flow.port}"
                yield Problem(message, ("teams", index, "flows", place, "port"), allowed=str(port))


@reads("access.*.groups", "teams.*.members.*.groups")
def groups(env: Environment) -> Iterator[Problem]:
    """Groups come from the identity provider; Kubernetes' own have rights that no role of ours has."""
    held: list[tuple[Path, list[str]]] = [
        *((("access", index, "groups"), binding.groups) for index, binding in enumerate(env.access)),
        *(
            (("teams", index, "members", place, "groups"), members.groups)
            for index, team in enumerate(env.teams)
            for place, members in enumerate(team.members)
        ),
    ]
    for path, names in held:
        for place, name in enumerate(names):
            if name.startswith(RESERVED_GROUP_PREFIXES):
                allowed = f"names that do not start with {', '.join(RESERVED_GROUP_PREFIXES)}"
                yield Problem(f"{name} is a group of the cluster itself", (*path, place), allowed=allowed)


def _apps(env: Environment) -> dict[str, dict[str, int]]:
    """Namespaces, the apps in each, and the port of each app."""
    apps = {name: dict(ports) for name, ports in SHARED_APPS.items()}
    for team in env.teams:
        apps[team.name] = {NOTEBOOK_APP: NOTEBOOK_PORT} if team.notebook else {}
    for model in env.models:
        if model.team in apps:
            apps[model.team][model.name] = model.port
    return apps
