"""The control API: what people do, and what the tests ask. Documented in README.md."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any, cast, get_args

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from bot.sandbox import accounts, groups, people
from bot.sandbox.errors import ApiError
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.flood import FloodLimits
from bot.sandbox.parameters import Parameters, read
from bot.sandbox.samples import Samples
from bot.sandbox.service import Service
from bot.sandbox.state import Chat, ChatType, User
from bot.sandbox.transcript import Transcript

Json = dict[str, Any]
Handler = Callable[[Request], Awaitable[Response]]
_CHAT_TYPES: dict[str, ChatType] = {"group": "group", "channel": "channel"}

MAX_WAIT = 60.0
SHOWN_INLINE = frozenset(
    {"image/jpeg", "image/png", "image/webp", "image/gif", "video/mp4", "audio/ogg"}
)
NOT_A_DOCUMENT = "default-src 'none'; sandbox"


class Control:
    """The endpoints under `/sandbox`."""

    def __init__(
        self,
        service: Service,
        guest: User,
        samples: Samples,
        transcript: Transcript,
        faults: Faults,
    ) -> None:
        self._service, self._world, self._guest = service, service.world, guest
        self._samples, self._transcript, self._faults = samples, transcript, faults

    def routes(self) -> list[Route]:
        """All of them."""
        chat, message = "/sandbox/chats/{chat}", "/sandbox/chats/{chat}/messages/{message}"
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/sandbox", self.about),
            ("POST", "/sandbox/users", self.add_user),
            ("POST", "/sandbox/users/{user}", self.change_user),
            ("GET", "/sandbox/chats", self.chats),
            ("POST", "/sandbox/chats", self.add_chat),
            ("POST", f"{chat}/topics", self.add_topic),
            ("POST", f"{chat}/bot", self.allow),
            ("POST", f"{chat}/admins", self.promote),
            ("POST", f"{chat}/migrate", self.migrate),
            ("GET", f"{chat}/commands", self.commands),
            ("GET", f"{chat}/messages", self.messages),
            ("POST", f"{chat}/messages", self.send),
            ("POST", f"{chat}/release", self.release),
            ("DELETE", message, self.delete),
            ("POST", f"{message}/press", self.press),
            ("GET", "/sandbox/changes", self.changes),
            ("GET", "/sandbox/files/{file_id}", self.file),
            ("GET", "/sandbox/samples", self.samples),
            ("GET", "/sandbox/samples/{name}", self.sample),
            ("GET", "/sandbox/calls", self.calls),
            ("GET", "/sandbox/faults", self.faults),
            ("POST", "/sandbox/faults", self.add_fault),
            ("DELETE", "/sandbox/faults", self.clear_faults),
            ("POST", "/sandbox/limits", self.enforce),
            ("DELETE", "/sandbox/limits", self.enforce),
        ]
        return [Route(path, _guarded(handler), methods=[verb]) for verb, path, handler in table]

    async def about(self, request: Request) -> Response:
        return JSONResponse(
            {
                "bot": self._world.bot.to_dict(),
                "token": self._service.token,
                "user": self._guest.to_dict(),
                "revision": self._world.revision,
            }
        )

    async def add_user(self, request: Request) -> Response:
        given = await read(request)
        user = self._world.add_user(
            given.text("first_name", "Somebody"),
            given.text("username") or None,
            given.text("language_code") or None,
        )
        return JSONResponse(user.to_dict())

    async def change_user(self, request: Request) -> Response:
        user = self._world.users.get(_integer(request.path_params["user"]))
        if user is None or user.is_bot:
            raise groups.Refused("There is no such person.")
        user.language_code = (await read(request)).text("language_code") or None
        return JSONResponse(user.to_dict())

    async def chats(self, request: Request) -> Response:
        return JSONResponse([self._world.describe(chat) for chat in self._world.chats.values()])

    async def add_chat(self, request: Request) -> Response:
        given = await read(request)
        chat_type = _CHAT_TYPES.get(given.text("type"), "supergroup")
        members = given.json("members") or [self._guest.id]
        chat = groups.add(
            self._service,
            chat_type,
            given.text("title", "Group"),
            members,
            is_forum=given.boolean("is_forum"),
            bot_is_admin=given.boolean("bot_is_admin"),
            reactions=given.text("reactions") != "false",
            discussion=given.integer("discussion") or None,
        )
        return JSONResponse(self._world.describe(chat))

    async def add_topic(self, request: Request) -> Response:
        name = (await read(request)).text("name", "Topic")
        return JSONResponse(
            {"message_thread_id": groups.add_topic(self._service, self._chat(request), name)}
        )

    async def allow(self, request: Request) -> Response:
        given, chat = await read(request), self._chat(request)
        groups.allow(self._service, chat, given.boolean("allowed"))
        return JSONResponse(self._world.describe(chat))

    async def promote(self, request: Request) -> Response:
        given, chat = await read(request), self._chat(request)
        user_id = self._user(given, self._world.bot.id)
        groups.promote(self._service, chat, user_id, given.boolean("admin"))
        return JSONResponse(self._world.describe(chat))

    async def migrate(self, request: Request) -> Response:
        new = groups.migrate(self._service, self._chat(request))
        return JSONResponse(self._world.describe(new))

    async def commands(self, request: Request) -> Response:
        user = self._world.users[self._user(Parameters(dict(request.query_params)))]
        found = accounts.commands_for(
            self._service, self._chat(request), user.id, user.language_code or ""
        )
        return JSONResponse(found)

    async def messages(self, request: Request) -> Response:
        chat = self._chat(request)
        shown = [self._world.shown(chat, id_) for id_ in chat.messages]
        return JSONResponse({"revision": self._world.revision, "messages": shown})

    async def send(self, request: Request) -> Response:
        given = await read(request)
        written = people.Written(
            self._chat(request),
            self._user(given),
            given.text("text"),
            given.integer("reply_to") or None,
            given.integer("thread") or None,
            given.integer("sender_chat") or None,
        )
        files = list(given.uploads.values())
        send_as = cast(people.SendAs, given.text("as") or "photo")
        if send_as not in get_args(people.SendAs):
            raise groups.Refused(f"Nothing is sent as {send_as}.")
        sent = await people.send(self._service, written, files, send_as, late=given.integer("late"))
        return JSONResponse({"messages": sent})

    async def release(self, request: Request) -> Response:
        people.release(self._service, self._chat(request))
        return JSONResponse({})

    async def delete(self, request: Request) -> Response:
        people.delete(self._service, self._chat(request), _message_id(request))
        return JSONResponse({})

    async def press(self, request: Request) -> Response:
        given = await read(request)
        callback = people.press(
            self._service,
            self._chat(request),
            self._user(given),
            _message_id(request),
            given.text("data"),
        )
        return JSONResponse({"callback_query_id": callback.id})

    async def changes(self, request: Request) -> Response:
        asked = Parameters(dict(request.query_params))
        since, chat_id = asked.integer("since"), asked.integer("chat") or None
        seconds = min(MAX_WAIT, asked.integer("timeout"))
        world = self._world
        # A revision of the future is one of a sandbox that is no more: no waiting then.
        await world.bell.until(
            lambda: world.revision < since or bool(world.events_since(since, chat_id)), seconds
        )
        events = world.events_since(since, chat_id)
        return JSONResponse({"revision": self._world.revision, "events": events})

    async def file(self, request: Request) -> Response:
        stored = self._service.files.get(request.path_params["file_id"])
        if stored is None:
            raise groups.Refused("There is no such file.")
        shown = stored.mime_type in SHOWN_INLINE and "download" not in request.query_params
        return FileResponse(
            self._service.files.folder / stored.path,
            media_type=stored.mime_type if shown else "application/octet-stream",
            filename=stored.name,
            content_disposition_type="inline" if shown else "attachment",
            headers={
                "Content-Security-Policy": NOT_A_DOCUMENT,
                "Cache-Control": "private, max-age=86400, immutable",
            },
        )

    async def samples(self, request: Request) -> Response:
        asked = Parameters(dict(request.query_params))
        seconds = min(MAX_WAIT, asked.integer("timeout"))
        made = await self._samples.beyond(asked.integer("have", -1), seconds)
        listed = [{"name": one.name, "title": one.title, "kind": one.kind} for one in made]
        return JSONResponse({"samples": listed, "done": self._samples.done})

    async def sample(self, request: Request) -> Response:
        found = self._samples.get(request.path_params["name"])
        if found is None:
            raise groups.Refused("There is no such sample.")
        return Response(found.jpeg, media_type="image/jpeg")

    async def calls(self, request: Request) -> Response:
        asked = Parameters(dict(request.query_params))
        since, seconds = asked.integer("since", -1), min(MAX_WAIT, asked.integer("timeout"))
        transcript = self._transcript
        await transcript.bell.until(lambda: transcript.revision > since, seconds)
        found = transcript.calls(asked.text("method") or None, asked.integer("after"))
        return JSONResponse({"revision": transcript.revision, "calls": found})

    async def faults(self, request: Request) -> Response:
        return JSONResponse(self._faults.to_list())

    async def add_fault(self, request: Request) -> Response:
        try:
            self._faults.add(Fault(**(await read(request)).values))
        except (TypeError, ValueError) as error:
            raise groups.Refused(f"This is no fault: {error}") from None
        return await self.faults(request)

    async def clear_faults(self, request: Request) -> Response:
        self._faults.clear()
        return await self.faults(request)

    async def enforce(self, request: Request) -> Response:
        limits = None
        if request.method == "POST":
            try:
                limits = FloodLimits(**(await read(request)).values)
            except (TypeError, ValueError) as error:
                raise groups.Refused(f"These are no limits: {error}") from None
        self._faults.enforce(limits)
        return JSONResponse(asdict(limits) if limits else None)

    def _chat(self, request: Request) -> Chat:
        chat = self._world.chats.get(_integer(request.path_params["chat"]))
        if chat is None:
            raise groups.Refused("There is no such chat.")
        return chat

    def _user(self, given: Parameters, default: int = 0) -> int:
        id_ = given.integer("user", default or self._guest.id)
        if id_ not in self._world.users:
            raise groups.Refused(f"There is no user {id_}.")
        return id_


def _message_id(request: Request) -> int:
    return _integer(request.path_params["message"])


def _integer(text: str) -> int:
    return int(text) if text.removeprefix("-").isdecimal() else 0


def _guarded(handler: Handler) -> Handler:
    """Turns refusals into `{"error": sentence}` with status 400."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except groups.Refused as refusal:
            return JSONResponse({"error": str(refusal)}, status_code=400)
        except ApiError as error:
            return JSONResponse({"error": error.description}, status_code=error.code)

    return answer
