"""HTTP to one API server: JSON in, JSON out, errors as data.

One connection pool for requests and one, unbounded, for watches (which hold a connection for as long as they wait). After a lost
connection, or where the server is busy, a request is repeated: reads, applies and deletions may all be done twice.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Mapping
from typing import Any, Final, TypedDict, Unpack

import aiohttp

from mlops_infra.errors import OperationError
from mlops_infra.providers.kubernetes.access import Access, Server
from mlops_infra.providers.wire import UnreachableError

Json = dict[str, Any]
JSON: Final = "application/json"
APPLY: Final = "application/apply-patch+yaml"
"""Server-side apply; JSON is YAML. https://kubernetes.io/docs/reference/using-api/server-side-apply/"""
REQUESTS_AT_ONCE: Final = 32
REQUEST_SECONDS: Final = 60.0
ATTEMPTS: Final = 4
_TRANSIENT: Final = frozenset({429, 502, 503, 504})
_log = logging.getLogger(__name__)


class _How(TypedDict, total=False):
    """What a request may have beside its method and path; its content is JSON, and so is the answer, where nothing else is said."""

    params: Mapping[str, str]
    body: Json
    content_type: str
    accept: str


class ApiError(OperationError):
    """The API server said no. `code` is the HTTP status, `status` its ``Status`` object."""

    def __init__(self, code: int, status: Json, where: str) -> None:
        super().__init__(str(status.get("message") or f"HTTP {code}"), where=where)
        self.code = code
        self.reason = str(status.get("reason", ""))
        details = status.get("details") or {}
        self.causes: tuple[Json, ...] = tuple(details.get("causes") or ())
        self.details: Json = details

    @property
    def transient(self) -> bool:
        """Whether the same request may well succeed in a moment: the server is busy, or the path of a new kind is not served yet."""
        if self.code == 409:
            # Another writer was quicker, as with the bookkeeping of quotas.
            return not self.causes and "has been modified" in self.what
        return self.code in _TRANSIENT or (self.code == 404 and not self.reason)


class KubeClient:
    """A client of one API server; looks for it at the first request."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._lock = asyncio.Lock()
        self._server: Server | None = None
        self._session: aiohttp.ClientSession | None = None
        self._watches: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close all connections."""
        for session in (self._session, self._watches):
            if session is not None:
                await session.close()

    async def get(self, path: str, *, accept: str = JSON, **params: str) -> Json:
        """One object or list."""
        return await self._request("GET", path, params=params, accept=accept)

    async def text(self, path: str, **params: str) -> str:
        """What is no JSON: a log."""
        return (await self._fetch("GET", path, params=params, accept="*/*")).decode("utf-8", "replace")

    async def find(self, path: str) -> Json | None:
        """One object, None where it does not exist."""
        try:
            return await self.get(path)
        except ApiError as error:
            if error.code == 404:
                return None
            raise

    async def apply(self, path: str, body: Json, *, manager: str, force: bool = False, dry_run: bool = False) -> Json:
        """Server-side apply; unknown fields are errors (``fieldValidation=Strict``)."""
        params = {"fieldManager": manager, "force": str(force).lower(), "fieldValidation": "Strict"}
        if dry_run:
            params["dryRun"] = "All"
        return await self._request("PATCH", path, params=params, body=body, content_type=APPLY)

    async def delete(self, path: str, *, propagation: str, uid: str = "") -> Json:
        """Ask for deletion; the answer is the object where finalizers hold it, a ``Status`` where it is gone.

        With `uid` the server deletes that very object only, and says 409 where another one has its name now.
        """
        body: Json = {"propagationPolicy": propagation}
        if uid:
            body["preconditions"] = {"uid": uid}
        return await self._request("DELETE", path, body=body)

    async def watch(self, path: str, *, seconds: float, **params: str) -> AsyncGenerator[tuple[str, Json], None]:
        """Events (``ADDED``, ``MODIFIED``, ``DELETED``, ``ERROR``) until the server ends the watch, at the latest after `seconds`."""
        await self._connect()
        assert self._watches is not None  # noqa: S101 - set by _connect
        query = {"watch": "1", "timeoutSeconds": str(max(1, int(seconds))), **params}
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10)
        try:
            async with self._watches.get(
                self._url(path), params=query, headers=await self._headers(), timeout=timeout
            ) as response:
                if response.status >= 400:
                    raise ApiError(response.status, _status(await response.read()), path)
                rest = b""
                async for chunk in response.content.iter_any():
                    *lines, rest = (rest + chunk).split(b"\n")
                    for line in lines:
                        event = json.loads(line)
                        yield event["type"], event["object"]
        except (aiohttp.ClientError, OSError) as error:
            _log.info("the watch of %s was lost: %s", path, type(error).__name__)

    async def _request(self, method: str, path: str, **how: Unpack[_How]) -> Json:
        found: Json = json.loads(await self._fetch(method, path, **how))
        return found

    async def _fetch(self, method: str, path: str, **how: Unpack[_How]) -> bytes:
        await self._connect()
        data = json.dumps(how["body"]).encode() if "body" in how else None
        for attempt in range(1, ATTEMPTS + 1):
            headers = {**await self._headers(), "Accept": how.get("accept", JSON)}
            if data is not None:
                headers["Content-Type"] = how.get("content_type", JSON)
            try:
                return await self._once(method, path, how.get("params", {}), data, headers)
            except ApiError as error:
                if not error.transient or attempt == ATTEMPTS:
                    raise
                await asyncio.sleep(min(float(error.details.get("retryAfterSeconds") or attempt * 0.3), 10))
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                if attempt == ATTEMPTS:
                    raise self._unreachable(type(error).__name__) from error
                await asyncio.sleep(attempt * 0.2)
        raise AssertionError("the last attempt returns or raises")

    async def _once(
        self, method: str, path: str, params: Mapping[str, str], data: bytes | None, headers: Mapping[str, str]
    ) -> bytes:
        assert self._session is not None  # noqa: S101 - set by _connect
        async with self._session.request(
            method, self._url(path), params=params, data=data, headers=headers
        ) as response:
            answer = await response.read()
            if response.status >= 400:
                raise ApiError(response.status, _status(answer), path)
            return answer

    async def _connect(self) -> None:
        if self._session is not None:
            return
        async with self._lock:
            if self._session is not None:
                return
            self._server = server = await asyncio.to_thread(self._access)
            self._watches = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=server.tls, limit=0))
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=server.tls, limit=REQUESTS_AT_ONCE, keepalive_timeout=60),
                timeout=aiohttp.ClientTimeout(total=REQUEST_SECONDS, sock_connect=10),
            )

    def _url(self, path: str) -> str:
        assert self._server is not None  # noqa: S101 - set by _connect
        return f"{self._server.url}{path}"

    async def _headers(self) -> dict[str, str]:
        assert self._server is not None  # noqa: S101 - set by _connect
        if self._server.authorization is None:
            return {}
        told = await asyncio.to_thread(self._server.authorization)
        return {"Authorization": told} if told else {}

    def _unreachable(self, why: str) -> UnreachableError:
        return UnreachableError(
            f"the cluster's API server cannot be reached: {why}",
            where=self._server.url if self._server else "kubernetes",
            hint=self._server.hint if self._server else None,
        )


def _status(answer: bytes) -> Json:
    try:
        found = json.loads(answer)
    except ValueError:
        return {"message": answer[:500].decode(errors="replace").strip()}
    return found if isinstance(found, dict) else {}
