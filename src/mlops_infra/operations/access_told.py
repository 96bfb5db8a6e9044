"""Who has access to what, as the ledger keeps it: reports of who *had* access read it from there."""

from __future__ import annotations

from typing import Any

from mlops_infra.config.model import Environment


def access_of(env: Environment) -> dict[str, Any]:
    """Who an environment's stack file gives access to what, as the ledger keeps it: names of teams, datasets and groups, no people."""
    classes = {dataset.name: dataset.classification for dataset in env.datasets}
    groups = {team.name: sorted({group for member in team.members for group in member.groups}) for team in env.teams}
    return {
        "grants": [
            {
                "dataset": grant.dataset,
                "classification": classes[grant.dataset],
                "team": team.name,
                "access": grant.access,
                "groups": groups[team.name],
            }
            for team in env.teams
            for grant in team.grants
        ],
        "roles": [
            *({"role": role.role, "team": None, "groups": sorted(role.groups)} for role in env.access),
            *(
                {"role": member.role, "team": team.name, "groups": sorted(member.groups)}
                for team in env.teams
                for member in team.members
            ),
        ],
    }
