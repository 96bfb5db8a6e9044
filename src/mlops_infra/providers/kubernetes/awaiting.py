"""Waiting until objects are as they should be, by watches: no polling.

`Awaiting` waits for readiness and for deletion; when time is up, or when an object says that it will not become ready, the error carries
what the pods and the events tell.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import aclosing, suppress
from typing import Any, Final

from mlops_infra.errors import OperationError
from mlops_infra.providers.caller import stopping, tell
from mlops_infra.providers.kubernetes.client import ApiError, Json, KubeClient
from mlops_infra.providers.kubernetes.discovery import Kind
from mlops_infra.providers.kubernetes.explain import explain
from mlops_infra.providers.kubernetes.readiness import READY, Readiness, endpoints_ready, judge_of

DEFAULT_SECONDS: Final = 300.0
"""How long an object may take to become ready, or to go, where neither the program nor an annotation says otherwise."""
_WATCH_SECONDS: Final = 300.0


class NotReadyError(OperationError):
    """An object exists but did not become ready; `live` is its last known state."""

    def __init__(self, text: str, live: Json) -> None:
        super().__init__(text)
        self.live = live


class Awaiting:
    """Waits on one cluster."""

    def __init__(self, client: KubeClient) -> None:
        self._client = client

    async def ready(self, kind: Kind, live: Json, *, urn: str, seconds: float) -> Json:
        """The object once it is ready; raises `NotReadyError`."""
        judge = judge_of(kind.group, kind.name)
        if judge is None:
            return live
        last = [live]
        namespace, name = live["metadata"].get("namespace", ""), live["metadata"]["name"]

        def judged(objects: Mapping[str, Json]) -> Readiness:
            if name not in objects:
                return Readiness(False, "it was deleted while we waited for it", failed=True)
            last[0] = objects[name]
            return judge(objects[name])

        state = judge(live)
        if not state.ready and kind.name == "PersistentVolumeClaim" and await self._binds_late(live):
            return live
        if not state.ready:
            selector = {"fieldSelector": f"metadata.name={name}"}
            follow = self._follow(kind.collection(namespace), {name: live}, seconds, selector)
            state = await self._until(follow, judged, urn, seconds)
        if state.ready and (kind.group, kind.name) == ("", "Service"):
            state = await self._endpoints(last[0], urn, seconds)
        if not state.ready:
            told = await explain(self._client, kind, last[0])
            raise NotReadyError("\n".join([state.text, *told]), last[0])
        return last[0]

    async def gone(self, kind: Kind, namespace: str, name: str, *, urn: str, seconds: float) -> None:
        """Return when the object does not exist any more; raises `OperationError` when time is up."""
        left: list[Json] = []

        def judged(objects: Mapping[str, Json]) -> Readiness:
            left[:] = objects.values()
            return Readiness(False, "waiting for its deletion") if objects else READY

        selector = {"fieldSelector": f"metadata.name={name}"}
        state = await self._until(
            self._follow(kind.collection(namespace), None, seconds, selector), judged, urn, seconds
        )
        if not state.ready:
            raise OperationError(
                f"it is still there{_held_by(left)}", hint="the deletion goes on in the cluster; try again"
            )

    async def _endpoints(self, service: Json, urn: str, seconds: float) -> Readiness:
        """A Service is ready with its first endpoint, where pods to serve exist already; it must not wait for pods that wait for it."""
        spec, metadata = service.get("spec", {}), service["metadata"]
        selector = spec.get("selector") or {}
        if not selector or spec.get("type") == "ExternalName" or spec.get("clusterIP") == "None":
            return READY
        namespace = metadata["namespace"]
        labels = ",".join(f"{key}={value}" for key, value in selector.items())
        pods = await self._client.get(f"/api/v1/namespaces/{namespace}/pods", labelSelector=labels, limit="1")
        if not pods.get("items"):
            return READY
        collection = f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
        query = {"labelSelector": f"kubernetes.io/service-name={metadata['name']}"}
        return await self._until(self._follow(collection, None, seconds, query), endpoints_ready, urn, seconds)

    async def _binds_late(self, claim: Json) -> bool:
        """Whether a claim waits for its first consumer by design."""
        name = claim.get("spec", {}).get("storageClassName")
        found = await self._client.find(f"/apis/storage.k8s.io/v1/storageclasses/{name}") if name else None
        return found is not None and found.get("volumeBindingMode") == "WaitForFirstConsumer"

    async def _until(
        self,
        follow: AsyncGenerator[dict[str, Json], None],
        judged: Callable[[Mapping[str, Json]], Readiness],
        urn: str,
        seconds: float,
    ) -> Readiness:
        """Follow until `judged` is content, `seconds` have passed, or the engine asks us to stop."""
        last = [Readiness(False, "nothing was heard of it")]

        async def watching() -> None:
            # Closed here, connection and all, and not when the collector finds the generator.
            async with aclosing(follow) as states:
                async for objects in states:
                    state = judged(objects)
                    if state.text != last[0].text and not state.ready:
                        await tell(urn, state.text, ephemeral=True)
                    last[0] = state
                    if state.ready or state.failed:
                        return

        finished = await _first(watching(), stopping(), seconds=seconds)
        if last[0].ready or last[0].failed:
            return last[0]
        why = "we were asked to stop" if finished == 1 else f"not ready after {seconds:g} s"
        return Readiness(False, f"{why}: {last[0].text}")

    async def _follow(
        self, collection: str, objects: dict[str, Json] | None, seconds: float, selector: Mapping[str, str]
    ) -> AsyncGenerator[dict[str, Json], None]:
        """The selected objects by name, at first and after every change. Begins from `objects` where they are known."""
        version = ""
        if objects:
            version = next(iter(objects.values()))["metadata"]["resourceVersion"]
        while True:
            if not version:
                listed = await self._client.get(collection, **selector)
                version = listed["metadata"]["resourceVersion"]
                objects = {item["metadata"]["name"]: item for item in listed.get("items") or ()}
            known = dict(objects or {})
            objects = known
            yield known
            watched = self._client.watch(
                collection, seconds=min(seconds + 5, _WATCH_SECONDS), resourceVersion=version, **selector
            )
            began = time.monotonic()
            try:
                async with aclosing(watched) as events:
                    async for kind, item in events:
                        if kind == "ERROR":
                            break
                        version = item["metadata"]["resourceVersion"]
                        if kind == "DELETED":
                            known.pop(item["metadata"]["name"], None)
                        else:
                            known[item["metadata"]["name"]] = item
                        yield known
            except ApiError as error:
                if error.code != 410:
                    raise
            # The watch has ended (time, a lost connection, a version too old): look anew, but not in a tight loop.
            version = ""
            await asyncio.sleep(max(0.0, 1.0 - (time.monotonic() - began)))


async def _first(*work: Coroutine[Any, Any, None], seconds: float) -> int | None:
    """Run until the first of `work` ends; its index, None when time was up. Its exception is raised, the others are cancelled."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        return next((index for index, task in enumerate(tasks) if task in done), None)
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError, Exception):
                await task


def _held_by(left: list[Json]) -> str:
    if not left:
        return ""
    metadata = left[0].get("metadata", {})
    finalizers = [*metadata.get("finalizers", ()), *(left[0].get("spec", {}).get("finalizers") or ())]
    conditions = left[0].get("status", {}).get("conditions") or ()
    told = [one["message"] for one in conditions if one.get("status") == "True" and one.get("message")]
    held = f", held by the finalizers {', '.join(finalizers)}" if finalizers else ""
    return held + "".join(f"\n{text}" for text in told)
