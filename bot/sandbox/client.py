"""Drives the sandbox from Python: what a person does, and what a test asks. Speaks HTTP only."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from types import TracebackType
from typing import Any, TypeVar

import httpx

from bot.sandbox.sender import Sender
from bot.sandbox.view import Answer, Change, Message

Json = dict[str, Any]
T = TypeVar("T")

POLL_SECONDS = 30


class SandboxError(Exception):
    """The sandbox refused; the text is its sentence."""


class SandboxClient(Sender):
    """One person at the sandbox: the guest and their private chat, unless others are named.

    `chat`, `user` and `thread` of every method are ids; messages are returned as `Message`.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.AsyncClient(base_url=url, timeout=POLL_SECONDS + 30, trust_env=False)
        self.user: int = 0
        self.token: str = ""

    async def __aenter__(self) -> "SandboxClient":
        about = await self._call("GET", "/sandbox")
        self.user, self.token = about["user"]["id"], about["token"]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def release(self, *, chat: int | None = None) -> None:
        """What was held back as late arrives."""
        await self._call("POST", f"/sandbox/chats/{chat or self.user}/release")

    async def press(
        self,
        message_id: int,
        button: str,
        *,
        chat: int | None = None,
        user: int | None = None,
        within: float = 15,
    ) -> Answer:
        """Press the button with this data or text, and wait for the bot's answer.

        Raises `TimeoutError` where none comes within so many seconds.
        """
        chat = chat or self.user
        message = next(one for one in await self.messages(chat) if one.id == message_id)
        since = await self.revision()
        pressed = await self._call(
            "POST",
            f"/sandbox/chats/{chat}/messages/{message_id}/press",
            json={"user": user or self.user, "data": message.button(button).data},
        )
        answer = await self.wait_for_change(
            lambda change: change.raw.get("callback_query_id") == pressed["callback_query_id"],
            since=since,
            within=within,
        )
        return Answer(answer.raw["text"], answer.raw["show_alert"], answer.raw["url"])

    async def messages(self, chat: int | None = None) -> list[Message]:
        """What stands in a chat now, oldest first."""
        return (await self._messages(chat or self.user))[1]

    async def wait_for(
        self,
        found: Callable[[list[Message]], T],
        *,
        chat: int | None = None,
        within: float = 30,
    ) -> T:
        """What `found` says of the chat's messages, as soon as that is true.

        Looks again after every change. Raises `TimeoutError`, with the chat as it is then.
        """
        chat = chat or self.user
        messages: list[Message] = []
        try:
            async with asyncio.timeout(within):
                while True:
                    revision, messages = await self._messages(chat)
                    if result := found(messages):
                        return result
                    await self._changes(revision, chat, POLL_SECONDS)
        except TimeoutError:
            lines = "\n".join(map(str, messages))
            raise TimeoutError(f"Not within {within} s. The chat:\n{lines}") from None

    async def wait_for_change(
        self,
        found: Callable[[Change], object],
        *,
        since: int = 0,
        chat: int | None = None,
        within: float = 30,
    ) -> Change:
        """The first change after revision `since` that `found` is true of; sees every one."""
        seen: list[Change] = []
        try:
            async with asyncio.timeout(within):
                async for change in self.changes(since=since, chat=chat):
                    seen.append(change)
                    if found(change):
                        return change
        except TimeoutError:
            lines = "\n".join(f"{one.type} {one.message or one.raw}" for one in seen)
            raise TimeoutError(f"Not within {within} s. The changes:\n{lines}") from None
        raise AssertionError("the log of changes has no end")

    async def changes(self, *, since: int = 0, chat: int | None = None) -> AsyncIterator[Change]:
        """Every change after a revision, for ever, as they happen."""
        while True:
            for event in await self._changes(since, chat, POLL_SECONDS):
                since = event["revision"]
                yield Change.from_event(event)

    async def revision(self) -> int:
        """The number of the latest change."""
        return int((await self._call("GET", "/sandbox"))["revision"])

    async def file(self, file_id: str) -> bytes:
        """A file's bytes."""
        answer = await self._http.get(f"/sandbox/files/{file_id}")
        if answer.is_error:
            raise SandboxError(answer.json()["error"])
        return answer.content

    async def delete(self, message_id: int, *, chat: int | None = None) -> None:
        """Delete a message for everyone."""
        await self._call("DELETE", f"/sandbox/chats/{chat or self.user}/messages/{message_id}")

    async def new_user(self, first_name: str, **known: str) -> int:
        """Somebody else; returns the id. `known`: `username`, `language_code`."""
        user = await self._call("POST", "/sandbox/users", json={"first_name": first_name, **known})
        return int(user["id"])

    async def new_group(
        self, title: str, members: Sequence[int], *, kind: str = "supergroup", **known: bool | int
    ) -> int:
        """A group (or, by `kind`, a channel) with the bot; returns the id.

        `known`: `is_forum`, `bot_is_admin`, `reactions`; of a channel `discussion`, a group's id.
        """
        body = {"title": title, "members": list(members), "type": kind, **known}
        described = await self._call("POST", "/sandbox/chats", json=body)
        return int(described["chat"]["id"])

    async def new_topic(self, chat: int, name: str) -> int:
        """A topic of a forum; returns its message_thread_id."""
        made = await self._call("POST", f"/sandbox/chats/{chat}/topics", json={"name": name})
        return int(made["message_thread_id"])

    async def allow_bot(self, allowed: bool, *, chat: int | None = None) -> None:
        """Unblock the bot (or take it back), or block it (or kick it out)."""
        path = f"/sandbox/chats/{chat or self.user}/bot"
        await self._call("POST", path, json={"allowed": allowed})

    async def promote(self, chat: int, user: int | None = None, *, admin: bool = True) -> None:
        """Make a member (without one: the bot) an administrator, or take that back."""
        body = {"admin": admin} | ({"user": user} if user else {})
        await self._call("POST", f"/sandbox/chats/{chat}/admins", json=body)

    async def migrate(self, chat: int) -> int:
        """Upgrade a group; returns the supergroup's id."""
        described = await self._call("POST", f"/sandbox/chats/{chat}/migrate")
        return int(described["chat"]["id"])

    async def commands(self, *, chat: int | None = None, user: int | None = None) -> list[Json]:
        """The commands that a person sees in a chat's menu."""
        return list(
            await self._call(
                "GET",
                f"/sandbox/chats/{chat or self.user}/commands",
                params={"user": user or self.user},
            )
        )

    async def fault(self, method: str, kind: str, **details: Any) -> None:
        """Let the next calls of a method go wrong; see `bot.sandbox.faults.Fault`."""
        await self._call(
            "POST", "/sandbox/faults", json={"method": method, "kind": kind, **details}
        )

    async def clear_faults(self) -> None:
        """All is well again."""
        await self._call("DELETE", "/sandbox/faults")

    async def enforce_limits(self, **limits: float) -> None:
        """Refuse what exceeds Telegram's limits, or these: see `bot.sandbox.flood.FloodLimits`."""
        await self._call("POST", "/sandbox/limits", json=limits)

    async def calls(self, method: str | None = None, *, after: int = 0) -> list[Json]:
        """The transcript: of one method or of all, with numbers above `after`."""
        params = {"after": after} | ({"method": method} if method else {})
        return list((await self._call("GET", "/sandbox/calls", params=params))["calls"])

    async def wait_for_calls(
        self,
        method: str,
        found: Callable[[list[Json]], T] = bool,  # type: ignore[assignment]
        *,
        within: float = 30,
    ) -> T:
        """What `found` says of a method's calls so far, as soon as that is true."""
        calls: list[Json] = []
        revision = -1
        try:
            async with asyncio.timeout(within):
                while True:
                    params = {"method": method, "since": revision, "timeout": POLL_SECONDS}
                    answer = await self._call("GET", "/sandbox/calls", params=params)
                    revision, calls = answer["revision"], answer["calls"]
                    if result := found(calls):
                        return result
        except TimeoutError:
            raise TimeoutError(
                f"Not within {within} s. The calls of {method}:\n{json.dumps(calls, indent=1)}"
            ) from None

    async def _messages(self, chat: int) -> tuple[int, list[Message]]:
        answer = await self._call("GET", f"/sandbox/chats/{chat}/messages")
        return answer["revision"], [Message.from_shown(shown) for shown in answer["messages"]]

    async def _changes(self, since: int, chat: int | None, seconds: int) -> list[Json]:
        params = {"since": since, "timeout": seconds} | ({"chat": chat} if chat else {})
        return list((await self._call("GET", "/sandbox/changes", params=params))["events"])

    async def _call(self, verb: str, path: str, **content: Any) -> Any:
        answer = await self._http.request(verb, path, **content)
        if answer.is_error:
            raise SandboxError(answer.json().get("error", answer.text))
        return answer.json()
