"""The Prometheus of one environment: started when first needed, fed with simulated models, ended with the sandbox.

Layout below the folder given: ``prometheus.yml``, ``rules/``, ``targets/`` (file discovery), ``data/`` (the time series database),
``port``, ``prometheus.pid``, ``prometheus.log``, and per simulated version of a model ``simulate-<model>-<version>.json``, ``.pid`` and
``.log``.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
import yaml

from mlops_infra.errors import OperationError
from mlops_infra.sandbox.processes import (
    LOOPBACK,
    Daemon,
    free_ports,
    port_is_free,
    private_folder,
    spawn,
    tail,
    wait_until,
    write_private,
)
from mlops_infra.sandbox.status import ProcessStatus

if TYPE_CHECKING:
    from mlops_infra.config.model import Environment
    from mlops_infra.sandbox.monitoring_plane.simulation import Simulation

NAME: Final = "prometheus"
EXPORTER: Final = "mlops_infra.sandbox.monitoring_plane.exporter"
SCRAPE_SECONDS: Final = 5
"""Shorter than on a real cluster, so that a simulation shows soon."""
START_LIMIT: Final = 60.0
"""Seconds until a Prometheus that is not ready is an error; usually 1."""
BACKFILL_LIMIT: Final = 300.0


@dataclass(frozen=True)
class MonitoringPlane:
    """The process over the data in `folder`. `programs` finds external programs by name."""

    folder: Path
    programs: Callable[[Sequence[str]], Mapping[str, Path]]

    @property
    def _daemon(self) -> Daemon:
        return Daemon(self.folder, NAME)

    @property
    def url(self) -> str | None:
        """Where it answers; None where it does not run."""
        return f"http://{LOOPBACK}:{self._port}" if self._daemon.process() is not None else None

    def start(self, env: Environment) -> str:
        """Start it with the environment's rules unless it runs with them already; returns its URL once it is ready.

        Raises `OperationError` with its last log lines where it does not come up.
        """
        for part in (self.folder, self.folder / "rules", self.folder / "targets", self.folder / "data"):
            private_folder(part)
        changed = self._configure(env)
        process = self._daemon.process()
        if process is None:
            self._begin(env)
        elif changed:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGHUP)
        return self._ready()

    def stop(self) -> None:
        """End it and the simulated models; the data stay."""
        for daemon in self._simulated():
            daemon.stop()
        self._daemon.stop(grace=20)

    def simulate(self, env: Environment, simulations: Sequence[Simulation]) -> None:
        """Feed it models: what has passed of a simulation at once, the rest as time goes by. Earlier ones of the same versions end;
        another version of a model goes on beside it, as in a roll-out.

        Raises `OperationError` where the past cannot be written.
        """
        self.start(env)
        now = time.time()
        for simulation in simulations:
            self._exporter(simulation).stop()
        past = [simulation for simulation in simulations if simulation.start < now]
        if past:
            self._backfill(env, past, now)
        for simulation in simulations:
            if simulation.end > now:
                self._serve(simulation)

    def status(self) -> tuple[ProcessStatus, ...]:
        """The process, if it was started and not ended by us."""
        if not self._daemon.pid_file.exists():
            return ()
        process = self._daemon.process()
        if process is None:
            return (ProcessStatus(NAME, False, self._daemon.log),)
        with process.oneshot():
            return (
                ProcessStatus(
                    name=NAME,
                    healthy=self._healthy(),
                    log=self._daemon.log,
                    pid=process.pid,
                    port=self._port,
                    memory=process.memory_info().rss,
                    since=process.create_time(),
                ),
            )

    # The process

    @property
    def _port(self) -> int | None:
        """The port of the last start; kept, so that a URL stays right."""
        try:
            return int((self.folder / "port").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None

    def _begin(self, env: Environment) -> None:
        from mlops_infra.config.units import duration_seconds  # noqa: PLC0415

        port = self._port
        if port is None or not port_is_free(port):
            (port,) = free_ports(1)
            write_private(self.folder / "port", str(port))
        spawn(
            [
                str(self.programs([NAME])[NAME]),
                f"--config.file={self.folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={self.folder / 'data'}",
                f"--storage.tsdb.retention.time={duration_seconds(env.monitoring.retention)}s",
                f"--web.listen-address={LOOPBACK}:{port}",
                # For the snapshots that `_backfill` takes; nobody but this machine reaches the port.
                "--web.enable-admin-api",
            ],
            log=self._daemon.log,
            env={"PATH": os.environ.get("PATH", ""), "HOME": str(self.folder)},
            pid_file=self._daemon.pid_file,
        )

    def _ready(self) -> str:
        def settled() -> bool:
            return self._daemon.process() is None or self._healthy()

        if not wait_until(settled, START_LIMIT) or self._daemon.process() is None:
            raise OperationError(
                f"Prometheus does not come up; its last words:\n{tail(self._daemon.log)}",
                where=str(self._daemon.log),
                hint="`mlops-infra sandbox stop` and another try begin afresh with the data",
            )
        return f"http://{LOOPBACK}:{self._port}"

    def _healthy(self) -> bool:
        try:
            answer = httpx.get(f"http://{LOOPBACK}:{self._port}/-/ready", timeout=2, trust_env=False)
        except httpx.HTTPError:
            return False
        return answer.status_code == httpx.codes.OK

    def _simulated(self) -> list[Daemon]:
        return [Daemon(self.folder, file.stem) for file in sorted(self.folder.glob("simulate-*.pid"))]

    def _exporter(self, simulation: Simulation) -> Daemon:
        return Daemon(self.folder, f"simulate-{_served(simulation)}")

    def _serve(self, simulation: Simulation) -> None:
        daemon = self._exporter(simulation)
        file = self.folder / f"{daemon.name}.json"
        write_private(file, json.dumps(asdict(simulation)))
        (port,) = free_ports(1)
        targets = self.folder / "targets" / f"{_served(simulation)}.json"
        daemon.begin(EXPORTER, f"--simulation={file}", f"--targets={targets}", f"--port={port}")

    # Its files

    def _configure(self, env: Environment) -> bool:
        """Write configuration and rules; whether any of it changed."""
        from mlops_infra.platform.monitoring_rules import INTERVAL_SECONDS, slo_rules  # noqa: PLC0415 - brings Pulumi

        rules = self.folder / "rules"
        configuration = {
            "global": {
                "scrape_interval": f"{SCRAPE_SECONDS}s",
                "evaluation_interval": f"{INTERVAL_SECONDS}s",
                "external_labels": {"project": env.project, "environment": env.environment},
            },
            "rule_files": [f"{rules}/*.yaml"],
            "scrape_configs": [
                {
                    "job_name": "models",
                    "file_sd_configs": [{"files": [f"{self.folder}/targets/*.json"], "refresh_interval": "5s"}],
                    "relabel_configs": [{"target_label": "instance", "source_labels": ["pod"]}],
                }
            ],
        }
        wanted: dict[Path, Any] = {self.folder / "prometheus.yml": configuration}
        wanted.update({rules / f"{model}.yaml": content for model, content in slo_rules(env).items()})
        changed = False
        for file in set(rules.glob("*.yaml")) - wanted.keys():
            file.unlink()
            changed = True
        for file, content in wanted.items():
            text = yaml.safe_dump(content, sort_keys=False)
            if not file.exists() or file.read_text(encoding="utf-8") != text:
                write_private(file, text)
                changed = True
        return changed

    # The past

    def _backfill(self, env: Environment, simulations: Sequence[Simulation], now: float) -> None:
        """Put samples of the past into the database: Prometheus rests while promtool adds blocks to it."""
        from mlops_infra.sandbox.monitoring_plane.simulation import openmetrics  # noqa: PLC0415

        promtool = self.programs(["promtool"])["promtool"]
        source, blocks = self.folder / "backfill.om", self.folder / "backfill"
        source.write_bytes(openmetrics(simulations, now))
        shutil.rmtree(blocks, ignore_errors=True)
        try:
            done = subprocess.run(
                [str(promtool), "tsdb", "create-blocks-from", "openmetrics", "--quiet", str(source), str(blocks)],
                capture_output=True,
                text=True,
                check=False,
                timeout=BACKFILL_LIMIT,
            )
            if done.returncode:
                raise OperationError(f"promtool cannot write the past: {done.stderr.strip()[-500:]}", where=str(source))
            snapshot = self._snapshot()
            self._daemon.stop(grace=20)
            for folder in (blocks, snapshot):
                self._adopt(folder)
        finally:
            source.unlink(missing_ok=True)
            shutil.rmtree(blocks, ignore_errors=True)
            shutil.rmtree(self.folder / "data" / "snapshots", ignore_errors=True)
        self.start(env)

    def _snapshot(self) -> Path:
        """All blocks, and one of what is in memory only: when it starts, Prometheus takes no newer samples out of its log than the
        newest block has, so that a block of another model's past would hide them.
        """
        answer = httpx.post(
            f"http://{LOOPBACK}:{self._port}/api/v1/admin/tsdb/snapshot", timeout=BACKFILL_LIMIT, trust_env=False
        )
        if not answer.is_success:
            raise OperationError("Prometheus cannot keep what it has", where=str(self._daemon.log))
        return self.folder / "data" / "snapshots" / str(answer.json()["data"]["name"])

    def _adopt(self, folder: Path) -> None:
        for block in folder.iterdir() if folder.is_dir() else ():
            target = self.folder / "data" / block.name
            if (block / "meta.json").exists() and not target.exists():
                block.rename(target)


def _served(simulation: Simulation) -> str:
    """What is simulated, as part of a file's name: label values have letters, digits, dots, hyphens and underscores only."""
    return f"{simulation.labels.model}-{simulation.labels.version}"
