"""Entries as CloudEvents 1.0, for SIEMs and event buses."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from mlops_infra.audit.entry import Entry

TYPE: Final = "mlops-infra.ledger"


def cloud_event(entry: Entry, project: str, environment: str) -> str:
    """One event in the JSON format (structured mode). Its id is the entry's hash, so that a receiver knows one that it has already.

    `data` is what the entry says, with its number, its actor and the hash of the entry before.
    """
    attributes = {
        "specversion": "1.0",
        "id": entry.hash,
        "source": f"/mlops-infra/{project}/{environment}/{entry.ledger}",
        "type": f"{TYPE}.{entry.kind}",
        "time": datetime.fromisoformat(entry.time),
        "datacontenttype": "application/json",
    }
    if operation := entry.data.get("operation"):
        attributes["subject"] = str(operation)
    actor = entry.actor
    who = {
        "user": actor.user,
        "host": actor.host,
        "identity": actor.identity,
        "verified": actor.verified,
        "how": actor.how,
    }
    told = {"seq": entry.seq, "prev": entry.prev, "actor": who, "data": dict(entry.data)}
    return JSONFormat().write(CloudEvent(attributes, told)).decode()
