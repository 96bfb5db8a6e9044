"""A small client of one cluster's API: plain REST with the kubeconfig's certificates."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import yaml

FIELD_MANAGER: Final = "mlops-infra-sandbox"


class Kube:
    """Talks to the API server that a kubeconfig of kwokctl's form (certificates as files) names; use as a context manager.

    Raises `httpx.HTTPError` where the server cannot be reached or refuses.
    """

    def __init__(self, kubeconfig: Path, *, timeout: float = 10) -> None:
        config = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self.server: str = cluster["server"]
        """Address of the API server."""
        self.authority = Path(cluster["certificate-authority"])
        """File of the CA certificate."""
        context = ssl.create_default_context(cafile=cluster["certificate-authority"])
        context.load_cert_chain(user["client-certificate"], user["client-key"])
        self._client = httpx.Client(base_url=cluster["server"], verify=context, timeout=timeout, trust_env=False)

    def __enter__(self) -> Kube:
        return self

    def __exit__(self, *exc: object) -> None:
        self._client.close()

    def get(self, path: str, **query: str) -> dict[str, Any]:
        answer = self._client.get(path, params=query)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def answers(self, path: str) -> bool:
        """Whether a health path says 200."""
        try:
            return self._client.get(path, timeout=2).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def apply(self, path: str, thing: dict[str, Any]) -> None:
        """Server-side apply with force: what the sandbox itself makes is the sandbox's."""
        self._client.patch(
            path,
            params={"fieldManager": FIELD_MANAGER, "force": "true"},
            content=json.dumps(thing),
            headers={"Content-Type": "application/apply-patch+yaml"},
        ).raise_for_status()

    def merge(self, path: str, patch: dict[str, Any]) -> None:
        self._client.patch(
            path, content=json.dumps(patch), headers={"Content-Type": "application/merge-patch+json"}
        ).raise_for_status()

    def delete(self, path: str) -> None:
        """Delete; not being there is fine."""
        answer = self._client.delete(path)
        if answer.status_code != httpx.codes.NOT_FOUND:
            answer.raise_for_status()

    def watch(self, path: str, version: str) -> Iterator[dict[str, Any]]:
        """Events after `version` until the server ends the stream."""
        with self._client.stream(
            "GET", path, params={"watch": "true", "resourceVersion": version}, timeout=httpx.Timeout(10, read=None)
        ) as stream:
            stream.raise_for_status()
            for line in stream.iter_lines():
                yield json.loads(line)
