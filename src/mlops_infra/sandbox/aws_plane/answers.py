"""Whole answers of the AWS plane, and errors in the form that each protocol's clients read. Pure."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from mlops_infra.sandbox.aws_plane.requests import service_of


class Answer:
    """One answer, whole: status line, headers, body."""

    def __init__(self, status: str = "500 Internal Server Error", kind: str = "", body: bytes = b"") -> None:
        self.status = status
        self.headers: list[tuple[str, str]] = [("Content-Type", kind), ("Content-Length", str(len(body)))]
        self.body = body

    @property
    def code(self) -> int:
        return int(self.status.split(" ", 1)[0])

    def start(self, status: str, headers: list[tuple[str, str]], *_: Any) -> Callable[[bytes], object]:
        """WSGI's ``start_response``. Flask does not use the writer that PEP 3333 wants returned."""
        self.status, self.headers = status, headers
        return io.BytesIO().write


def of_json(value: Any, status: str = "200 OK") -> Answer:
    """A JSON document."""
    return Answer(status, "application/json", json.dumps(value).encode())


def error(environ: Mapping[str, Any], status: str, code: str, message: str) -> Answer:
    """An error as the service that the request is for would say it (Smithy's AWS protocols: ec2Query, awsQuery, restXml, JSON)."""
    service = service_of(environ)
    inner = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
    if service == "ec2":
        return _xml(status, f"<Response><Errors><Error>{inner}</Error></Errors></Response>")
    if service in ("s3", ""):
        return _xml(status, f"<Error>{inner}</Error>")
    if str(environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded"):
        return _xml(status, f"<ErrorResponse><Error>{inner}</Error></ErrorResponse>")
    return of_json({"__type": code, "message": message}, status)


def _xml(status: str, text: str) -> Answer:
    return Answer(status, "application/xml", f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode())
