"""A project with three small environments on the real embedded cloud, its people with their keys, and the real command line.

Nothing of it is fake. Two things move from environment to environment, an image of the platform and a model version; they lie in two
parts of an environment, so that one can be there without the other while a promotion is under way.
"""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import yaml
from cloud_tools import sandbox_programs
from evidence_world import PEOPLE, pipeline, trust_files
from fake_terminal import Ran
from kubernetes import client, config
from lab import SMALL

from mlops_infra.cli import main
from mlops_infra.cli.invocation import Invocation
from mlops_infra.operations.project import Project
from mlops_infra.promotion.journal import Journal, read
from mlops_infra.resources import data_dir
from mlops_infra.sandbox import Sandbox

TOOL: Final = Path(sys.executable).parent / "mlops-infra"
ENVIRONMENTS: Final = ("dev", "staging", "prod")
PROMOTE: Final = ("promote", "--from", "staging", "--to", "prod")
APPROVERS: Final = ("bob", "cleo")

_ENDPOINTS = ["s3", "kms", "sts", "logs", "secretsmanager"]
_MODEL: Mapping[str, Any] = {
    "name": "scorer",
    "team": "research",
    "dataset": "codes",
    "cpu": "500m",
    "memory": "1Gi",
    "scale": {"min": 2, "max": 4},
    "slo": {"latency_p95_ms": 150, "error_rate": 0.005, "accuracy": 0.9},
    "record": {
        "intended_use": "Suggests codes to people. Not for decisions about anybody.",
        "risk_class": "minimal",
        "basis": "no use of Annex III",
        "card": {"location": "https://models.example.org/scorer/card.html", "digest": "sha256:" + "c" * 64},
        "bias": [
            {
                "metric": "accuracy-difference",
                "groups": ["notes in German", "notes in English"],
                "value": 0.01,
                "date": "2026-10-01",
                "dataset": "codes",
            }
        ],
        "oversight": {"role": "coder", "contact": "research@example.org", "how": "A person confirms every code."},
    },
}


@dataclass(frozen=True)
class RealTeam:
    """The project at `root`, whose `.mlops-infra` is where its sandbox lives too."""

    root: Path

    @classmethod
    def make(cls, root: Path) -> RealTeam:
        """The project with the first release in prod, and another model version on its way there; nothing is deployed yet."""
        stacks = root / "stacks"
        stacks.mkdir(parents=True)
        shutil.copytree(data_dir("policies"), root / "policies")
        for number, name in enumerate(ENVIRONMENTS):
            _, version = OLD if name == "prod" else BAD
            (stacks / f"{name}.yaml").write_text(yaml.safe_dump(_stack(name, number, version), sort_keys=False))
        trust_files(stacks)
        (stacks / "pipeline.yaml").write_text(pipeline("checks: [{name: slos, slos: true}]", "drift_free: true"))
        for name in APPROVERS:
            PEOPLE[name].write(root / f"key-{name}")
        return cls(root)

    # The command line

    def run(self, *words: str, answer: str | None = None) -> Ran:
        """One command, in this process; `answer` to its question, where it is not to go on unasked."""
        with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
            if answer is None:
                code = main(["--yes", *words], Invocation(self.root))
            else:
                code = main(words, Invocation(self.root, ask=lambda _: answer))
        return Ran(code, out.getvalue(), err.getvalue())

    def does(self, code: int, *words: str) -> str:
        """One command that must end with `code`; returns what it told people."""
        ran = self.run(*words)
        assert ran.code == code, f"`{' '.join(words)}` ended with {ran.code}\n{ran.out[-3000:]}\n{ran.err[-3000:]}"
        return ran.err

    def document(self, *words: str) -> Any:
        """The document of a command that must succeed."""
        ran = self.run("--output", "json", *words)
        assert ran.code == 0, f"`{' '.join(words)}` ended with {ran.code}\n{ran.err[-3000:]}"
        return json.loads(ran.out)

    def start(self, *words: str, said: IO[str]) -> subprocess.Popen[str]:
        """One command, in a process and a process group of its own; what it says goes into a file, which its orphans may keep open."""
        return subprocess.Popen(
            [TOOL, "--yes", *words],
            cwd=self.root,
            stdout=said,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    # What people do

    def edit(self, environment: str, old: str, new: str) -> None:
        """Replace what stands once in a stack file."""
        file = self.root / "stacks" / f"{environment}.yaml"
        text = file.read_text()
        assert text.count(old) == 1
        file.write_text(text.replace(old, new))

    def approve(self) -> None:
        """Ask for the promotion to prod, and let both approve it, unless they did."""
        asked = self.run(*PROMOTE, answer="no")
        if "not confirmed" in asked.err:
            return
        assert asked.code == 4, asked.err
        receipt = next(line.split()[1] for line in asked.err.splitlines() if line.startswith("receipt "))
        for name in APPROVERS:
            self.does(0, "approve", receipt, "--key", str(self.root / f"key-{name}"))

    def simulate(self, environment: str, release: tuple[str, str], *measured: str) -> None:
        """The release's model version answers since a while and for long: as its SLO wants it, but for what is `measured`."""
        words = ("scorer", "--env", environment, "--model-version", release[1], "--ago", "10m", "--for", "4h")
        self.does(0, "sandbox", "simulate", *words, *measured)

    # What there is

    @property
    def project(self) -> Project:
        return Project.find(self.root)

    @property
    def journal(self) -> Journal | None:
        """What is unfinished in prod."""
        return read(self.project, "prod")

    def said(self, environment: str = "prod") -> tuple[str, str]:
        """The image of the platform and the model version that a stack file says."""
        stack = yaml.safe_load((self.root / "stacks" / f"{environment}.yaml").read_text())
        return stack["registry"]["image"], stack["models"][0]["version"]

    def runs(self, environment: str = "prod") -> tuple[str, str]:
        """The image of the platform and the model version that the cluster was told to run."""
        connection = Sandbox(self.project.state_dir(), sandbox_programs).connection(environment)
        with config.new_client_from_config(str(connection.kubeconfig)) as api:
            apps = client.AppsV1Api(api)
            platform: Any = apps.read_namespaced_deployment("mlflow", "mlflow").spec.template  # type: ignore[union-attr]
            model: Any = apps.read_namespaced_deployment("scorer", "research").spec.template  # type: ignore[union-attr]
            return platform.spec.containers[0].image, model.metadata.labels["app.kubernetes.io/version"]


def image(name: str, number: int) -> str:
    """One version of an image."""
    return f"registry.example.org/{name}@sha256:{number:064x}"


OLD: Final = (image("mlflow", 1), "1.0.0")
BAD: Final = (image("mlflow", 1), "1.5.0")
NEW: Final = (image("mlflow", 2), "2.0.0")
"""What `RealTeam.runs` tells of the release that runs in prod, of one whose model does not keep its SLO there, and of the one after."""


def _stack(name: str, number: int, version: str) -> dict[str, Any]:
    """The smallest stack file that the rules let pass."""
    stack: dict[str, Any] = json.loads(json.dumps(SMALL).replace("10.48.", f"10.{48 + 16 * number}."))
    stack |= {"environment": name, "aws": {"account": f"1111000000{number}1", "region": "eu-central-1"}}
    stack["network"] |= {"endpoints": _ENDPOINTS, "nat_per_zone": True}
    stack["access"] = [{"role": "auditor", "groups": ["auditors"]}]
    stack["cluster"]["node_pools"][0]["min"] = 2
    stack["registry"] |= {"image": image("mlflow", 1), "replicas": 2}
    stack["monitoring"]["alert_emails"] = ["on-call@example.org"]
    stack["teams"][0]["grants"] = [{"dataset": "codes", "access": "read"}]
    served = {"image": image("research/scorer", 1), "version": version, "digest": "sha256:" + "1" * 64}
    stack["models"] = [{**_MODEL, **served}]
    stack["policies"] = {"registries": ["registry.example.org"]}
    return stack
