"""A group with two people in it, as tests talk to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from bot.sandbox.client import SandboxClient
from bot.sandbox.view import Message
from tests.bot.chats import said
from tests.bot.fakes import FakeExecutor
from tests.bot.sandbox.pictures import jpeg

ASKS_STYLE, ASKS_CONTENT = "Now the style", "photo that I should repaint"
RESULT, TAKEN = "Here is the painting", "👀"

T = TypeVar("T")


@dataclass(frozen=True)
class Group:
    """Ann, who owns it and does everything unless it is said who does, and Bob."""

    person: SandboxClient
    id: int
    bob: int
    bot: str  # its username

    @classmethod
    async def of(cls, person: SandboxClient, **known: Any) -> "Group":
        """A new one. `known`: as `SandboxClient.new_group` has it."""
        bob = await person.new_user("Bob")
        id_ = await person.new_group("Friends", [person.user, bob], **known)
        return cls(person, id_, bob, "atelier_sandbox_bot")

    async def text(self, text: str, **where: Any) -> Message:
        return await self.person.send_text(text, chat=self.id, **where)

    async def photo(self, seed: int, caption: str = "", **where: Any) -> Message:
        return await self.person.send_photo(jpeg(seed=seed), caption, chat=self.id, **where)

    async def album(self, seeds: Sequence[int], caption: str = "", **where: Any) -> list[Message]:
        pictures = [jpeg(seed=seed) for seed in seeds]
        return await self.person.send_album(pictures, caption, chat=self.id, **where)

    async def see(self, find: Callable[[list[Message]], T | None]) -> T:
        found = cast(Callable[[list[Message]], T], find)
        return await self.person.wait_for(found, chat=self.id, within=15)

    async def messages(self) -> list[Message]:
        return await self.person.messages(self.id)

    async def own(self) -> list[Message]:
        """What the bot has said, and not taken back."""
        return [one for one in await self.messages() if one.from_bot]

    async def bytes_of(self, message: Message) -> bytes:
        """What Telegram has made of a photo, which is what the bot gets."""
        return await self.person.file(message.photo or "")

    async def asked(self, **where: Any) -> Message:
        """Begin a request: the question for its style."""
        photo = await self.photo(1, "/style", **where)
        return await self.see(said(ASKS_STYLE, after=photo.id))

    async def order(self, **where: Any) -> Message:
        """A whole request, in one message of two: that message."""
        photo = await self.photo(1, **where)
        return await self.photo(2, "/style", reply_to=photo.id, **where)

    async def painting(self, executor: FakeExecutor, **where: Any) -> tuple[bytes, Message]:
        """A painting from its request to its end: the bytes of its content, and the result."""
        request = await self.order(**where)
        run = await executor.next_run()
        run.finish()
        return run.request.content, await self.see(said(RESULT, after=request.id))

    async def reactions(self, message_id: int) -> tuple[str, ...]:
        """What stands under a message now."""
        return next(one.reactions for one in await self.messages() if one.id == message_id)

    async def reacted(self, message_id: int, emoji: str | None) -> None:
        """Wait until this, and nothing else, stands under a message."""
        wanted = (emoji,) if emoji else ()
        await self.see(lambda chat: any(m.id == message_id and m.reactions == wanted for m in chat))
