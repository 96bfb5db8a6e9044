"""A secret goes through every path that a secret can take, and comes out nowhere but in the cloud.

A component of a team reads it from its own environment and gives it to both planes. The same project with the mask taken off (the component
says nothing of secrecy) shows that the search would find it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from canary import files, forms, leaks

from mlops_infra.resources import data_dir

pytestmark = [pytest.mark.sandbox, pytest.mark.deep, pytest.mark.timeout(900)]

TOOL = Path(sys.executable).parent / "mlops-infra"
ENVIRONMENT = "dev"
SECRET = 'Kanarienvogel/4711+"ölig"?&='
SECOND = "Zeisig-0815~nach+der/Drehung"

COMPONENT = """
import os
import pulumi
import pulumi_aws as aws
from pulumi_kubernetes.core.v1 import Secret
from pydantic import BaseModel
from mlops_infra.platform.extensions import Extension
from mlops_infra.platform.shared import Shared


class Settings(BaseModel):
    masked: bool = True
    spoiled: bool = False


class Canary(Extension):
    Settings = Settings

    def build(self, part, settings):
        value = os.environ["CANARY"]
        secret = pulumi.Output.secret(value) if settings.masked else value
        options = pulumi.ResourceOptions(parent=self)
        store = aws.secretsmanager.Secret(
            "canary", name="canary", kms_key_id=part.take("keys.platform.arn"), recovery_window_in_days=7,
            tags=part.names.tags("canary"), opts=options,
        )
        aws.secretsmanager.SecretVersion("canary", secret_id=store.id, secret_string=secret, opts=options)
        # The API server takes no such key, and repeats it in its refusal.
        key = pulumi.Output.concat("no key: ", secret) if settings.spoiled else "token"
        about = {} if settings.masked else {"annotations": {"token": value}}
        Secret(
            "canary", metadata={"name": "canary", "namespace": "mlflow", "labels": part.names.labels("canary"), **about},
            string_data=pulumi.Output.all(key, secret).apply(lambda both: {both[0]: both[1]}),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[part.made(Shared)]),
        )
        pulumi.export("canary", secret)
"""


@dataclass
class Cage:
    """A project with the component, and everything that the tool ever said in it."""

    root: Path
    packages: Path
    temporary: Path
    said: list[tuple[str, bytes]] = field(default_factory=list)

    def write(self, **settings: bool) -> None:
        told = ", ".join(f"{key}: {str(value).lower()}" for key, value in settings.items())
        shipped = (data_dir("stacks") / f"{ENVIRONMENT}.yaml").read_text()
        asked = f"\nextensions:\n  - {{component: canary, name: canary, settings: {{{told}}}}}\n"
        (self.root / "stacks" / f"{ENVIRONMENT}.yaml").write_text(shipped + asked)

    def run(self, *args: str, secret: str = SECRET) -> int:
        """Run a command; what it says is kept for the search, and its exit code given."""
        variables = {"CANARY": secret, "PYTHONPATH": str(self.packages), "TMPDIR": str(self.temporary)}
        done = subprocess.run(
            [TOOL, *args], cwd=self.root, env={**os.environ, **variables}, capture_output=True, check=False
        )
        self.said += [(f"stdout of {' '.join(args)}", done.stdout), (f"stderr of {' '.join(args)}", done.stderr)]
        return done.returncode

    def places(self) -> Iterator[tuple[str, bytes]]:
        """All that was said and kept. What lies below the sandbox is the cloud itself, which has to know its secrets."""
        yield from self.said
        yield from files(self.root, without=[self.root / ".mlops-infra" / "sandbox"])
        yield from files(self.temporary)


@pytest.fixture(scope="module")
def cage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cage]:
    root = tmp_path_factory.mktemp("canary")
    made = Cage(root, tmp_path_factory.mktemp("packages"), tmp_path_factory.mktemp("temporary"))
    shutil.copytree(data_dir("stacks"), root / "stacks")
    shutil.copytree(data_dir("policies"), root / "policies")
    (made.packages / "canary_component.py").write_text(COMPONENT)
    metadata = made.packages / "canary-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: canary\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[mlops_infra.components]\ncanary = canary_component:Canary\n")
    yield made
    subprocess.run([TOOL, "sandbox", "stop"], cwd=root, check=True, capture_output=True)
    shutil.rmtree(made.temporary, ignore_errors=True)


LOOKS = (
    ("graph",),
    ("graph", "--deployed", "--output", "json"),
    ("outputs",),
    ("outputs", "--output", "json"),
    ("status",),
    ("check",),
    ("check", "--format", "sarif"),
    ("audit-state", "--format", "json"),
    ("audit", "log"),
    ("audit", "export"),
    ("audit", "report", "--framework", "gdpr"),
    ("state", "backup"),
    ("config", "show", "--origins"),
)


def test_the_secret_is_nowhere_but_in_the_cloud(cage: Cage) -> None:
    cage.write(masked=True)
    assert cage.run("plan", "--env", ENVIRONMENT, "--debug") == 0, cage.said[-1]
    assert cage.run("up", "--env", ENVIRONMENT, "--yes", "--output", "json") == 0, cage.said[-1][1].decode()[-3000:]
    for command in LOOKS:
        cage.run(*command, "--env", ENVIRONMENT)
    # Another secret: what differs is shown, but not what it was nor what it is.
    assert cage.run("plan", "--env", ENVIRONMENT, "--output", "json", secret=SECOND) == 0, cage.said[-1]
    assert cage.run("plan", "--env", ENVIRONMENT, secret=SECOND) == 0
    # The API server refuses it, and says what.
    cage.write(masked=True, spoiled=True)
    assert cage.run("up", "--env", ENVIRONMENT, "--yes", "--debug") != 0
    assert cage.run("up", "--env", ENVIRONMENT, "--yes", "--output", "json", secret=SECOND) != 0
    cage.write(masked=True)
    assert cage.run("up", "--env", ENVIRONMENT, "--yes", secret=SECOND) == 0, cage.said[-1]
    assert cage.run("drift", "--env", ENVIRONMENT) == 0
    places = list(cage.places())
    assert len(places) > 50
    assert leaks(SECRET, places) == []
    assert leaks(SECOND, places) == []


def test_without_the_mask_the_search_finds_it(cage: Cage) -> None:
    cage.said.clear()
    cage.write(masked=False)
    assert cage.run("graph", "--env", ENVIRONMENT, "--output", "json") == 0
    assert "stdout of graph --env dev --output json (JSON)" in leaks(SECRET, cage.places())


@pytest.mark.parametrize("form", forms(SECRET))
def test_every_form_is_recognised(form: str) -> None:
    assert leaks(SECRET, [("here", b"before " + forms(SECRET)[form] + b" after")])
