"""A Kubernetes Job as a check: made, watched until it ends, deleted with its pods."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final

from mlops_infra.errors import OperationError
from mlops_infra.providers.connection import Connection
from mlops_infra.providers.kubernetes.access import access
from mlops_infra.providers.kubernetes.client import ApiError, Json, KubeClient

_WATCH: Final = 60.0
"""Seconds after which the Job is looked at, whatever the watch of it says: a connection can be lost without a word."""
_PAUSE: Final = 0.5
"""Seconds between two watches, at the least."""
_GONE: Final = 410
"""HTTP status where a watch would begin at a version that the API server no longer has."""
LOG_LINES: Final = 10
MANAGER: Final = "mlops-infra-verification"


class JobRun:
    """One run of a Job. Raises `OperationError` where the API server does not answer or does not take the Job."""

    def __init__(self, connection: Connection, namespace: str, name: str) -> None:
        self._connection = connection
        self._name = f"{name[:45].rstrip('-')}-{uuid.uuid4().hex[:8]}"
        self._jobs = f"/apis/batch/v1/namespaces/{namespace}/jobs"
        self._job = f"{self._jobs}/{self._name}"
        self._pods = f"/api/v1/namespaces/{namespace}/pods"

    def run(self, template: Mapping[str, Any], timeout: float) -> tuple[bool, str]:
        """Run it to its end: whether it completed, and what else there is to say (reason, last lines of its log)."""
        return asyncio.run(self._run(template, timeout))

    async def _run(self, template: Mapping[str, Any], timeout: float) -> tuple[bool, str]:
        client = KubeClient(access(self._connection))
        try:
            body = {
                "apiVersion": "batch/v1",
                "kind": "Job",
                "metadata": {"name": self._name},
                # No second try: a check that fails once has failed. The deadline ends the pods even where we are killed.
                "spec": {"backoffLimit": 0, "activeDeadlineSeconds": max(1, int(timeout)), "template": template}
                | {"ttlSecondsAfterFinished": 300},
            }
            made = await client.apply(self._job, body, manager=MANAGER)
            try:
                return await self._ended(client, made, timeout)
            finally:
                await client.delete(self._job, propagation="Background")
        finally:
            await client.close()

    async def _ended(self, client: KubeClient, made: Json, timeout: float) -> tuple[bool, str]:
        failed = f"it did not end within {timeout:.0f} s"
        try:
            async with asyncio.timeout(timeout), aclosing(self._states(client, made)) as states:
                async for job in states:
                    holds = {item["type"]: item for item in _conditions(job) if item.get("status") == "True"}
                    if "Complete" in holds:
                        return True, ""
                    if found := holds.get("Failed"):
                        failed = f"{found.get('reason', '')}: {found.get('message', '')}"
                        break
        except TimeoutError:
            pass  # `failed` says so already.
        return False, "\n".join([failed, *await self._words(client)])

    async def _states(self, client: KubeClient, job: Json) -> AsyncGenerator[Json, None]:
        """The Job as it is, whenever it changes, without an end."""
        while True:
            yield job
            began = time.monotonic()
            version = job["metadata"]["resourceVersion"]
            watched = client.watch(
                self._jobs, seconds=_WATCH, fieldSelector=f"metadata.name={self._name}", resourceVersion=version
            )
            try:
                async with aclosing(watched) as events:
                    async for kind, found in events:
                        if kind not in ("ADDED", "MODIFIED"):
                            break
                        yield found
            except ApiError as error:
                if error.code != _GONE:
                    raise
            await asyncio.sleep(max(0.0, _PAUSE - (time.monotonic() - began)))
            job = await client.get(self._job)

    async def _words(self, client: KubeClient) -> Sequence[str]:
        """The last lines of the pods' logs, and the exit codes."""
        found: list[str] = []
        pods = await client.get(self._pods, labelSelector=f"batch.kubernetes.io/job-name={self._name}")
        for pod in pods.get("items", ()):
            for container in pod.get("status", {}).get("containerStatuses", ()):
                ended = container.get("state", {}).get("terminated")
                if ended:
                    found.append(f"exit code {ended.get('exitCode')}")
            try:
                log = await client.text(f"{self._pods}/{pod['metadata']['name']}/log", tailLines=str(LOG_LINES))
                found += log.splitlines()[-LOG_LINES:]
            except OperationError as error:
                found.append(f"no log: {error.what}")
        return found


def _conditions(job: Json) -> Sequence[Json]:
    return job.get("status", {}).get("conditions") or ()


def pod_template(image: str, command: Sequence[str], service_account: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """A pod that passes the restricted Pod Security Standard and this platform's rules."""
    amounts = {"cpu": "250m", "memory": "256Mi"}
    return {
        "metadata": {"labels": dict(labels)},
        "spec": {
            "restartPolicy": "Never",
            "serviceAccountName": service_account,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 10001,
                "runAsGroup": 10001,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": "check",
                    "image": image,
                    **({"command": list(command)} if command else {}),
                    "resources": {"requests": amounts, "limits": amounts},
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "readOnlyRootFilesystem": True,
                        "capabilities": {"drop": ["ALL"]},
                    },
                }
            ],
        },
    }
