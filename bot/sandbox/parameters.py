"""Reads a call's parameters as Telegram does: query, urlencoded, JSON, multipart. No state."""

import json
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.types import Message as AsgiMessage

from bot.sandbox.errors import ApiError, bad_request

MAX_UPLOAD = 50 * 2**20  # of one file
MAX_BODY = MAX_UPLOAD + 2**20
_TRUE = {"true", "yes", "1", "t", "y"}


@dataclass(frozen=True)
class Upload:
    """A file that came with the call."""

    name: str
    mime_type: str
    data: bytes


@dataclass
class Parameters:
    """A call's parameters: strings, except in a JSON body; and its uploads."""

    values: dict[str, Any] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """A string; numbers and objects of a JSON body are written out."""
        value = self.values.get(name)
        if value is None:
            return default
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def integer(self, name: str, default: int = 0) -> int:
        """A whole number; what is none counts as the default, as at Telegram."""
        try:
            return int(self.values.get(name, default))
        except (TypeError, ValueError):
            return default

    def boolean(self, name: str) -> bool:
        """True or False; absent is False."""
        return str(self.values.get(name, "")).lower() in _TRUE

    def json(self, name: str) -> Any:
        """An object or array, serialised or (in a JSON body) as it is; None where absent."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {name}: Can't parse JSON object") from None

    def file(self, reference: str) -> Upload | str:
        """The upload that a parameter holds or points at (`attach://`), else a `file_id`."""
        if reference in self.uploads:
            return self.uploads[reference]
        value = self.text(reference)
        return self.attached(value)

    def attached(self, value: str) -> Upload | str:
        """What `attach://name` points at; anything else is returned as it is."""
        if not value.startswith("attach://"):
            return value
        upload = self.uploads.get(value.removeprefix("attach://"))
        if upload is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return upload

    def to_dict(self) -> dict[str, Any]:
        """For the transcript: everything but the bytes."""
        uploads = {
            name: {"file_name": upload.name, "bytes": len(upload.data)}
            for name, upload in self.uploads.items()
        }
        return self.values | uploads


async def read(request: Request) -> Parameters:
    """Every parameter of a request. Raises `ApiError`, 413 where the body is too large."""
    request = _limited(request)
    found = Parameters(dict(request.query_params))
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if request.method != "POST":
        return found
    if kind == "application/json":
        found.values |= await _json_body(request)
    elif kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        async with request.form(max_files=32, max_part_size=2**20) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    found.uploads[name] = await _upload(value)
                else:
                    found.values[name] = value
    return found


async def _json_body(request: Request) -> dict[str, Any]:
    body = await request.body()
    try:
        values = json.loads(body or b"{}")
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise bad_request("can't parse JSON object")
    return values


async def _upload(file: UploadFile) -> Upload:
    data = await file.read()
    if len(data) > MAX_UPLOAD:
        raise ApiError(413, "Request Entity Too Large")
    if not data:
        raise bad_request("file must be non-empty")
    return Upload(file.filename or "file", file.content_type or "application/octet-stream", data)


def _limited(request: Request) -> Request:
    """The same request, whose body ends with a 413 where it passes the limit."""
    seen = 0

    async def receive() -> AsgiMessage:
        nonlocal seen
        message = await request.receive()
        seen += len(message.get("body", b""))
        if seen > MAX_BODY:
            raise ApiError(413, "Request Entity Too Large")
        return message

    return Request(request.scope, receive)
