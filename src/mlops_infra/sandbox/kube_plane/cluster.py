"""One environment's Kubernetes control plane: etcd, API server, controller manager, scheduler and kwok, driven through kwokctl.

kwokctl makes certificates, kubeconfig and command lines, and starts what is missing; this module gives it ports and programs, keeps
its PID files honest (they carry no start time, and kwokctl believes them), asks every component for its health, and names the
component that fails.

Layout below the folder given: ``kwok/`` (kwokctl's own, `KWOK_WORKDIR`), ``cluster.yaml`` and ``audit-policy.yaml`` (what it was
told), ``made`` (once it is there wholly), ``volumes.pid`` and ``volumes.log``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Final

import httpx
import psutil
import yaml

from mlops_infra.errors import OperationError
from mlops_infra.sandbox.kube_plane.client import Kube
from mlops_infra.sandbox.kube_plane.config import PROCESSES, PROGRAMS, Ports, audit_policy, kwokctl_configuration
from mlops_infra.sandbox.processes import (
    LOOPBACK,
    Daemon,
    end,
    free_ports,
    living,
    mentions,
    port_is_free,
    private_folder,
    tail,
    wait_until,
    write_private,
)
from mlops_infra.sandbox.status import ProcessStatus

START_LIMIT: Final = 90.0
"""Seconds until a cluster that does not come up is an error; warm ones take 3 to 8 on an idle machine."""
ATTEMPTS: Final = 4
"""How often components that ended early are started before their end is an error."""

YOUNG: Final = 20.0
"""Seconds for which a process may still be starting."""
PATIENCE: Final = 3.0
"""Seconds that an older process gets to answer before it is replaced."""
VOLUMES: Final = "mlops_infra.sandbox.kube_plane.volumes"

_HEALTH: Final = {
    "etcd": "http://{address}/health",
    "kube-controller-manager": "https://{address}/healthz",
    "kube-scheduler": "https://{address}/healthz",
    "kwok-controller": "http://{address}/healthz",
}


@dataclass(frozen=True)
class Cluster:
    """A cluster called `name` below `folder`. `programs` finds paths by name."""

    name: str
    folder: Path
    programs: Callable[[Sequence[str]], Mapping[str, Path]]

    @property
    def work(self) -> Path:
        """kwokctl's folder of this cluster."""
        return self.folder / "kwok" / "clusters" / self.name

    @property
    def kubeconfig(self) -> Path:
        return self.work / "kubeconfig.yaml"

    @property
    def _volumes(self) -> Daemon:
        """The process that plays the EBS CSI driver."""
        return Daemon(self.folder, "volumes")

    @property
    def _config(self) -> Path:
        return self.folder / "cluster.yaml"

    @property
    def exists(self) -> bool:
        """Whether the cluster was made, wholly."""
        return self._made.exists()

    @property
    def _made(self) -> Path:
        return self.folder / "made"

    @property
    def healthy(self) -> bool:
        """Whether every process runs and answers."""
        return self.exists and self._volumes.process() is not None and not self._sick()

    def start(self) -> None:
        """Make the cluster, or start whichever of its processes do not run; returns when all are healthy.

        Raises `OperationError` naming the component that does not come up, with its last log lines.
        """
        if self.healthy:
            return
        programs = self.programs(PROGRAMS)
        deadline = time.monotonic() + START_LIMIT
        if not self.exists:
            self._create(programs, deadline)
        if not self.kubeconfig.exists():
            raise OperationError(
                f"cluster {self.name} is not where it was made: kwokctl's files name their own folder",
                where=str(self.folder),
                hint="move the project back to where it was, or forget the cluster's data with `mlops-infra sandbox reset`",
            )
        self._link(programs)
        self._drop_stale_pids()
        self._move_taken_ports()
        self._clear_the_way()
        for _ in range(ATTEMPTS):
            self._kwokctl(programs, "start", "cluster", deadline=deadline)
            wait_until(self._settled, deadline - time.monotonic(), interval=0.1)
            if not self._sick():
                break
            if time.monotonic() >= deadline:
                self._raise_sick()
            # On a busy machine the controller manager gives up before the API server is there; it only has to be started again.
            self._drop_stale_pids()
        else:
            self._raise_sick()
        self._volumes.begin(VOLUMES, f"--kubeconfig={self.kubeconfig}")

    def stop(self) -> None:
        """End every process of the cluster, the store last; its data stay."""
        self._volumes.stop()
        # They keep nothing; the API server would wait for its watchers.
        self._end(PROCESSES[1:], grace=1)
        self._end(PROCESSES[:1])

    def remove(self) -> None:
        """Stop the cluster and delete all that it has."""
        self.stop()
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def status(self) -> tuple[ProcessStatus, ...]:
        """Every component, whether it runs or not."""
        found = [self._status(component, self._process(component)) for component in PROCESSES]
        return (*found, self._status("volumes", self._volumes.process()))

    def _status(self, name: str, process: psutil.Process | None) -> ProcessStatus:
        component = name in PROCESSES
        log = self._log(name) if component else self._volumes.log
        if process is None:
            return ProcessStatus(name, False, log)
        with process.oneshot():
            return ProcessStatus(
                name=name,
                healthy=not component or self._healthy(name),
                log=log,
                pid=process.pid,
                port=self._ports().of(name) if component else None,
                memory=process.memory_info().rss,
                since=process.create_time(),
            )

    def _create(self, programs: Mapping[str, Path], deadline: float) -> None:
        private_folder(self.folder)
        # Left over from a creation that was interrupted: there is nothing worth keeping in it yet.
        self.stop()
        shutil.rmtree(self.work, ignore_errors=True)
        policy = self.folder / "audit-policy.yaml"
        write_private(policy, yaml.safe_dump(audit_policy(), sort_keys=False))
        ports = Ports(*free_ports(len(fields(Ports))))
        write_private(self._config, yaml.safe_dump(kwokctl_configuration(programs, ports, policy), sort_keys=False))
        # kwokctl creates and starts in one go; its own copy of the kubeconfig goes nowhere near the user's.
        self._kwokctl(
            programs,
            "create",
            "cluster",
            f"--config={self._config}",
            f"--kubeconfig={self.folder / 'kubeconfig-of-kwokctl'}",
            deadline=deadline,
        )
        if not self._pid_file(PROCESSES[0]).exists():
            self._raise_sick()
        # kwokctl starts processes only when all is made.
        self._made.touch()

    def _link(self, programs: Mapping[str, Path]) -> None:
        """Have kwokctl's links point at today's programs; another version lies elsewhere."""
        for component in PROCESSES:
            link, program = self.work / "bin" / component, programs[component.removesuffix("-controller")]
            if link.is_symlink() and link.readlink() != program:
                link.unlink()
                link.symlink_to(program)

    def _kwokctl(self, programs: Mapping[str, Path], *arguments: str, deadline: float) -> None:
        """Run kwokctl; returns early where it waits for a component that has ended, raises where it fails."""
        tools = os.pathsep.join([str(programs["kubectl"].parent), os.environ.get("PATH", os.defpath)])
        kept = {key: value for key, value in os.environ.items() if not key.startswith("KWOK_")}
        private_folder(self.folder / "kwok")
        log = self.folder / "kwokctl.log"
        with (
            log.open("ab") as output,
            subprocess.Popen(
                [programs["kwokctl"], *arguments, f"--name={self.name}"],
                env={**kept, "PATH": tools, "KWOK_WORKDIR": str(self.folder / "kwok")},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                umask=0o077,
            ) as process,
        ):
            try:
                ended = wait_until(
                    lambda: process.poll() is not None or self._waits_in_vain(), deadline - time.monotonic()
                )
                status = process.poll()
            finally:
                process.kill()
        if not ended:
            self._raise_sick()
        if status:
            raise OperationError(
                f"kwokctl {' '.join(arguments[:2])} ended with status {status}:\n{tail(log)}",
                where=str(log),
                hint="mend what the last lines say; `mlops-infra sandbox reset` starts with a new cluster",
            )

    def _settled(self) -> bool:
        """Whether waiting longer would change nothing: every component answers or has ended."""
        return self._waits_in_vain() or not any(map(self._process, self._sick()))

    def _waits_in_vain(self) -> bool:
        """Whether the store or the API server, which kwokctl waits for, was started and has ended."""
        return any(self._pid_file(one).exists() and self._process(one) is None for one in PROCESSES[:2])

    def _raise_sick(self) -> None:
        component = next(iter(self._sick()), PROCESSES[0])
        log = self._log(component)
        state = "does not answer" if self._process(component) else "does not run"
        raise OperationError(
            f"{component} of cluster {self.name} {state}; its last words:\n{tail(log)}",
            where=str(log),
            hint="`mlops-infra sandbox stop` and `start` begin afresh with the data; `sandbox reset` without",
        )

    def _sick(self, components: Sequence[str] = PROCESSES) -> list[str]:
        return [component for component in components if not (self._process(component) and self._healthy(component))]

    def _clear_the_way(self) -> None:
        """End what lives but does not answer, so that a new process can take its place. All but the store keep nothing, and need no
        grace; without the store, none of them comes to itself soon."""
        store, others = PROCESSES[:1], PROCESSES[1:]
        if self._process(store[0]) is None or self._stuck(store):
            self._end(others, grace=0)
            self._end(store)
        elif not wait_until(lambda: not self._stuck(others), PATIENCE):
            self._end(self._stuck(others), grace=0)

    def _stuck(self, components: Sequence[str]) -> list[str]:
        """Those of the components that live for a while already and do not answer."""
        found = [(component, self._process(component)) for component in self._sick(components)]
        return [name for name, process in found if process and time.time() - process.create_time() > YOUNG]

    def _healthy(self, component: str) -> bool:
        if component == "kube-apiserver":
            with Kube(self.kubeconfig) as kube:
                return kube.answers("/readyz")
        address = f"{LOOPBACK}:{self._ports().of(component)}"
        try:
            # The two https ones serve certificates that they sign themselves; this asks for health on loopback, no more.
            url = _HEALTH[component].format(address=address)
            return httpx.get(url, verify=False, timeout=2, trust_env=False).is_success  # noqa: S501
        except httpx.HTTPError:
            return False

    def _process(self, component: str) -> psutil.Process | None:
        """The component's process. kwokctl's PID files hold a bare PID, so the command line has to name this cluster's folder."""
        try:
            pid = int(self._pid_file(component).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        process = living(pid)
        return process if process is not None and mentions(process, str(self.work)) else None

    def _drop_stale_pids(self) -> None:
        for component in PROCESSES:
            if self._process(component) is None:
                self._pid_file(component).unlink(missing_ok=True)

    def _end(self, components: Sequence[str], *, grace: float = 6) -> None:
        end([process for process in map(self._process, components) if process is not None], grace=grace)
        for component in components:
            self._pid_file(component).unlink(missing_ok=True)

    def _pid_file(self, component: str) -> Path:
        return self.work / "pids" / f"{component}.pid"

    def _log(self, component: str) -> Path:
        return self.work / "logs" / f"{component}.log"

    def _ports(self) -> Ports:
        options = yaml.safe_load(self._config.read_text(encoding="utf-8"))["options"]
        return Ports(
            etcd=options["etcdPort"],
            etcd_peer=options["etcdPeerPort"],
            apiserver=options["kubeApiserverPort"],
            controller_manager=options["kubeControllerManagerPort"],
            scheduler=options["kubeSchedulerPort"],
            kwok=options["kwokControllerPort"],
        )

    def _move_taken_ports(self) -> None:
        """Where somebody else took a port while its component did not run, write another one into kwokctl's files."""
        ports = self._ports()
        idle = {ports.of(component) for component in PROCESSES if self._process(component) is None}
        idle |= {ports.etcd_peer} if ports.etcd in idle else set()
        taken = [port for port in sorted(idle) if not port_is_free(port)]
        if not taken:
            return
        # Ports name each other across components (the kubeconfig, etcd's address), so all have to start anew.
        self.stop()
        changes = dict(zip(taken, free_ports(len(taken), taken=astuple(ports)), strict=True))
        for path in (self._config, self.work / "kwok.yaml", self.kubeconfig):
            text = path.read_text(encoding="utf-8")
            for old, new in changes.items():
                text = re.sub(rf"\b{old}\b", str(new), text)
            write_private(path, text)
