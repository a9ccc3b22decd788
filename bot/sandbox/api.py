"""The Bot API over HTTP: `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from bot.sandbox import methods
from bot.sandbox.accounts import MAX_DOWNLOAD
from bot.sandbox.errors import ApiError, too_many_requests
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.parameters import read
from bot.sandbox.service import Service
from bot.sandbox.transcript import Transcript

Json = dict[str, Any]

DOWNLOAD = "download"  # what the transcript and the faults call the fetching of a file's bytes


class BotApi:
    """Answers calls, notes each in the transcript, and lets the asked-for faults happen."""

    def __init__(self, service: Service, transcript: Transcript, faults: Faults) -> None:
        self._service = service
        self._transcript = transcript
        self._faults = faults

    async def method(self, request: Request) -> Response:
        """One call of a method."""
        name = request.path_params["method"]
        try:
            self._authorise(request.path_params["token"])
            call = await read(request)
        except ApiError as error:
            return _answer(error.to_dict())
        except ClientDisconnect:
            return Response()  # to nobody
        proper = methods.find(name)
        noted = self._transcript.begin(proper or name, call.to_dict())
        fault = self._faults.take(proper or name, call.integer("chat_id") or None)
        if fault:
            noted["fault"] = fault.kind
        begun = time.monotonic()
        # A call that a fault is about has come all the same.
        flooded = self._faults.flooded(proper or name, noted["parameters"], begun)
        if fault and fault.kind == "hold_before":
            if not await self._released(request):
                return Response()  # to nobody
        elif fault and fault.kind.endswith("_before"):
            return _Lost(fault)
        try:
            if fault and fault.kind in ("error", "unknown_method"):
                raise fault.to_error()
            if flooded is not None:
                noted["fault"] = "flood"
                raise too_many_requests(flooded)
            if proper is None:
                raise ApiError(404, "Not Found: method not found")
            body = {"ok": True, "result": await methods.METHODS[proper](self._service, call)}
        except ApiError as error:
            body = error.to_dict()
        self._transcript.end(noted, body, time.monotonic() - begun)
        if fault and fault.kind == "hold_after":
            await self._released(request)
            return _answer(body)
        return _Lost(fault) if fault and fault.kind.endswith("_after") else _answer(body)

    async def file(self, request: Request) -> Response:
        """A file's bytes, by the `file_path` of `getFile`."""
        try:
            self._authorise(request.path_params["token"])
        except ApiError as error:
            return _answer(error.to_dict())
        stored = self._service.files.at(request.path_params["path"])
        noted = self._transcript.begin(DOWNLOAD, {"path": request.path_params["path"]})
        begun = time.monotonic()
        fault = self._faults.take(DOWNLOAD)
        if fault:
            noted["fault"] = fault.kind
        if fault and fault.kind == "hold_before":
            if not await self._released(request):
                return Response()
        elif fault and fault.kind != "hold_after":
            if fault.kind.startswith(("timeout", "drop")):
                return _Lost(fault)
            body = fault.to_error().to_dict()
            self._transcript.end(noted, body, time.monotonic() - begun)
            return _answer(body)
        if stored is None or stored.size > MAX_DOWNLOAD:
            return _answer(ApiError(404, "Not Found").to_dict())
        path, kind = self._service.files.folder / stored.path, "application/octet-stream"
        self._transcript.end(noted, {"ok": True}, time.monotonic() - begun)
        if fault and fault.kind == "hold_after":
            size = {"content-length": str(stored.size)}
            return StreamingResponse(self._halves(path), media_type=kind, headers=size)
        return FileResponse(path, media_type=kind)

    async def _released(self, request: Request) -> bool:
        """Hold a call until the faults are cleared. False where the caller hangs up before."""
        waits = [
            asyncio.create_task(wait) for wait in (self._faults.until_cleared(), _hung_up(request))
        ]
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            return waits[1] not in done
        finally:
            for wait in waits:
                wait.cancel()

    async def _halves(self, path: Path) -> AsyncIterator[bytes]:
        """Half a file; the rest once the faults are cleared."""
        data = await asyncio.to_thread(path.read_bytes)
        yield data[: len(data) // 2]
        await self._faults.until_cleared()
        yield data[len(data) // 2 :]

    def _authorise(self, token: str) -> None:
        if not secrets.compare_digest(token.encode(), self._service.token.encode()):
            raise ApiError(401, "Unauthorized")


class _Lost(Response):
    """No answer: the line is held for the fault's seconds (`timeout_*`), then closed."""

    def __init__(self, fault: Fault) -> None:
        super().__init__()
        self._seconds = fault.seconds if fault.kind.startswith("timeout") else 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                while (await receive())["type"] != "http.disconnect":
                    pass
        # A promised body that never comes makes the server close the connection.
        headers = [(b"content-length", b"1")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _answer(body: Json) -> JSONResponse:
    return JSONResponse(body, status_code=body.get("error_code", 200))
