"""One project's embedded cloud: a Kubernetes control plane per environment, and one AWS process with an account per environment.

Layout below ``.mlops-infra/sandbox`` (0700): ``lock``; ``aws/`` (see `aws_plane.plane`); ``environments/<name>/`` with
``environment.json`` (what the environment was started as), ``kubernetes/`` (see `kube_plane.cluster`) and ``monitoring/``
(see `monitoring_plane.plane`).
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from mlops_infra.config.model import Environment
from mlops_infra.errors import LockedError, OperationError
from mlops_infra.progress import Progress, Step, silent
from mlops_infra.providers.connection import AwsConnection, Connection
from mlops_infra.sandbox.aws_plane.plane import AwsPlane
from mlops_infra.sandbox.kube_plane.client import Kube
from mlops_infra.sandbox.kube_plane.cluster import Cluster
from mlops_infra.sandbox.kube_plane.nodes import keep_in_step
from mlops_infra.sandbox.monitoring_plane.plane import NAME as PROMETHEUS
from mlops_infra.sandbox.monitoring_plane.plane import MonitoringPlane
from mlops_infra.sandbox.processes import private_folder, write_private
from mlops_infra.sandbox.simulate import Wish, simulations
from mlops_infra.sandbox.status import SandboxStatus

LOCK_WAIT: Final = 120.0
"""Seconds to wait for another command that starts or stops this sandbox."""


@dataclass(frozen=True)
class _Known:
    """What an environment was started as."""

    environment: str
    account: str
    region: str
    partition: str
    active: bool


class Sandbox:
    """The embedded cloud of one project.

    Arguments: `state_dir`, the project's ``.mlops-infra``; `programs` finds the paths of external programs by name (and installs what is
    missing).
    """

    def __init__(self, state_dir: Path, programs: Callable[[Sequence[str]], Mapping[str, Path]]) -> None:
        self._root = state_dir.absolute() / "sandbox"
        self._programs = programs
        self._aws = AwsPlane(self._root / "aws")

    def start(self, env: Environment, *, progress: Progress = silent) -> Connection:
        """Start an environment's planes, mend what has died, and bring the nodes in step with the stack file. Idempotent.

        Raises `OperationError` naming the part that does not come up, with its last log lines; `LockedError` where another command
        starts or stops the sandbox for too long.
        """
        with self._locked():
            private_folder(self._folder(env.environment))
            key = f"sandbox {env.environment}"
            known = self._remember(env)
            cluster = self._cluster(env.environment)
            try:
                if not (self._aws.healthy and cluster.healthy):
                    progress(Step(key, f"starting the sandbox of {env.environment}"))
                    self._aws.begin()
                    cluster.start()
                with Kube(cluster.kubeconfig) as kube:
                    keep_in_step(kube, env)
                    authority = base64.b64encode(kube.authority.read_bytes()).decode()
                    self._aws.introduce(known.account, kube.server, authority)
                self._aws.await_health()
            except BaseException:
                progress(Step(key, f"the sandbox of {env.environment} does not start", done=True, failed=True))
                raise
            lost = self._aws.lost()
            if lost:
                progress(
                    Step(f"{key} lost", f"not restored: {'; '.join(lost)}", done=True, failed=True, log=self._aws.log)
                )
            progress(Step(key, f"the sandbox of {env.environment} runs", done=True))
            return self._connection(known)

    def stop(self, environment: str | None = None, *, progress: Progress = silent) -> None:
        """Stop one environment, or everything; data stay. The AWS process stops when no environment needs it any more."""
        with self._locked():
            for known in self._known():
                if environment in (None, known.environment):
                    progress(Step(f"sandbox {known.environment}", f"stopping the sandbox of {known.environment}"))
                    self._monitoring(known.environment).stop()
                    self._cluster(known.environment).stop()
                    self._write(known.environment, active=False)
                    progress(
                        Step(
                            f"sandbox {known.environment}", f"the sandbox of {known.environment} is stopped", done=True
                        )
                    )
            if not any(known.active for known in self._known()):
                self._aws.stop()

    def status(self) -> tuple[SandboxStatus, ...]:
        """Every environment that was ever started here and not reset, by name."""
        aws, lost = self._aws.status(), self._aws.lost()
        return tuple(
            SandboxStatus(
                environment=known.environment,
                account=known.account,
                region=known.region,
                kubeconfig=self._cluster(known.environment).kubeconfig,
                endpoint=self._aws.endpoint,
                processes=(
                    *self._cluster(known.environment).status(),
                    *self._monitoring(known.environment).status(),
                    aws,
                ),
                lost=lost,
            )
            for known in self._known()
        )

    def reset(self, environment: str) -> None:
        """Stop an environment and forget its data: its cluster and its AWS account. Nothing happens to one that does not exist."""
        with self._locked():
            known = self._find(environment)
            if known is None:
                return
            self._monitoring(environment).stop()
            self._cluster(environment).remove()
            self._aws.begin()
            self._aws.await_health()
            self._aws.forget(known.account)
            shutil.rmtree(self._folder(environment))
            if not any(other.active for other in self._known()):
                self._aws.stop()

    def connection(self, environment: str) -> Connection:
        """Where a running environment answers. Raises `OperationError` where it does not run."""
        known = self._find(environment)
        if known is None or not known.active or not self._aws.healthy or not self._cluster(environment).healthy:
            raise OperationError(
                f"the sandbox of {environment} does not run",
                hint=f"`mlops-infra sandbox start --env {environment}`",
            )
        return self._connection(known)

    def monitor(self, env: Environment, *, progress: Progress = silent) -> Connection:
        """Start the Prometheus of a running environment with its rules, unless it runs; the connection names it. Idempotent.

        Raises `OperationError` where the environment does not run, or Prometheus does not come up.
        """
        self.connection(env.environment)
        self._programs([PROMETHEUS])  # Before the lock, as it may have to be built.
        with self._locked(), _told(progress, env.environment, "starting Prometheus for", "Prometheus watches"):
            self._monitoring(env.environment).start(env)
        return self.connection(env.environment)

    def simulate(
        self, env: Environment, models: tuple[str, ...], wish: Wish, now: float, *, progress: Progress = silent
    ) -> Connection:
        """Feed the Prometheus of a running environment with simulated models (all, where none is named), from `now` (seconds since
        the epoch).

        Raises `UsageError` for what cannot be simulated, and as `monitor`.
        """
        wanted = simulations(env, models, wish, now)
        self.connection(env.environment)
        self._programs([PROMETHEUS])
        with self._locked(), _told(progress, env.environment, "simulating models in", "models are simulated in"):
            self._monitoring(env.environment).simulate(env, wanted)
        return self.connection(env.environment)

    def variables(self, environment: str) -> dict[str, str]:
        """What `kubectl`, `aws` and boto3 need in their environment to work on a running environment."""
        connection = self.connection(environment)
        aws = connection.aws
        return {
            "KUBECONFIG": str(connection.kubeconfig),
            "AWS_ENDPOINT_URL": str(aws.endpoint),
            "AWS_ACCESS_KEY_ID": str(aws.access_key_id),
            "AWS_SECRET_ACCESS_KEY": str(aws.secret_access_key),
            "AWS_REGION": aws.region,
            "AWS_DEFAULT_REGION": aws.region,
            "AWS_ACCOUNT_ID": aws.account,
        }

    @contextmanager
    def _locked(self) -> Iterator[None]:
        private_folder(self._root)
        try:
            with FileLock(self._root / "lock", timeout=LOCK_WAIT):
                yield
        except Timeout as error:
            raise LockedError(
                "another command is starting or stopping the sandbox",
                where=str(self._root / "lock"),
                hint="wait until it has ended; the lock goes away with its process",
            ) from error

    def _connection(self, known: _Known) -> Connection:
        return Connection(
            environment=known.environment,
            aws=AwsConnection(
                account=known.account,
                region=known.region,
                partition=known.partition,
                endpoint=self._aws.endpoint,
                access_key_id=known.account,
                # The emulator checks no signatures; the key id is the account.
                secret_access_key="sandbox",  # noqa: S106 not a secret
            ),
            kubeconfig=self._cluster(known.environment).kubeconfig,
            prometheus=self._monitoring(known.environment).url,
        )

    def _monitoring(self, environment: str) -> MonitoringPlane:
        return MonitoringPlane(self._folder(environment) / "monitoring", self._programs)

    def _cluster(self, environment: str) -> Cluster:
        project = hashlib.sha256(str(self._root).encode()).hexdigest()[:8]
        return Cluster(f"mlops-infra-{project}-{environment}", self._folder(environment) / "kubernetes", self._programs)

    def _folder(self, environment: str) -> Path:
        return self._root / "environments" / environment

    def _remember(self, env: Environment) -> _Known:
        before = self._find(env.environment)
        if before is not None and before.account != env.aws.account:
            raise OperationError(
                f"the sandbox of {env.environment} was made for account {before.account}, not {env.aws.account}",
                hint=f"`mlops-infra sandbox reset --env {env.environment}` forgets the old account's data",
            )
        aws = env.aws
        return self._write(
            env.environment, account=aws.account, region=aws.region, partition=aws.partition, active=True
        )

    def _write(self, environment: str, **changes: str | bool) -> _Known:
        path = self._folder(environment) / "environment.json"
        before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"environment": environment}
        after = {**before, **changes}
        write_private(path, json.dumps(after))
        return _Known(**after)

    def _find(self, environment: str) -> _Known | None:
        path = self._folder(environment) / "environment.json"
        return _Known(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None

    def _known(self) -> list[_Known]:
        folder = self._root / "environments"
        names = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
        return [known for known in map(self._find, names) if known is not None]


@contextmanager
def _told(progress: Progress, environment: str, begin: str, done: str) -> Iterator[None]:
    key = f"monitoring {environment}"
    progress(Step(key, f"{begin} {environment}"))
    try:
        yield
    except BaseException:
        progress(Step(key, f"Prometheus for {environment} failed", done=True, failed=True))
        raise
    progress(Step(key, f"{done} {environment}", done=True))
