"""What tests look for in a chat."""

from collections.abc import Callable, Sequence
from typing import TypeVar, cast

from bot.sandbox.client import SandboxClient
from bot.sandbox.view import Message
from tests.bot.fakes import FakeExecutor, FakeRun
from tests.bot.sandbox.pictures import jpeg

RESULT, APOLOGY, STATUS = "Here is your painting", "sorry", "Mixing the paint"

Find = Callable[[list[Message]], Message | None]
T = TypeVar("T")


def said(words: str, *, after: int = 0) -> Find:
    """The bot's last message with these words, sent after another one."""

    def find(chat: list[Message]) -> Message | None:
        found = [one for one in chat if one.from_bot and words in one.text and one.id > after]
        return found[-1] if found else None

    return find


def several(
    count: int, matches: Callable[[Message], bool]
) -> Callable[[list[Message]], list[Message] | None]:
    """So many of the bot's messages."""

    def find(chat: list[Message]) -> list[Message] | None:
        found = [one for one in chat if one.from_bot and matches(one)]
        return found if len(found) >= count else None

    return find


def gone(message_id: int) -> Callable[[list[Message]], bool]:
    """A message is not in the chat any more."""
    return lambda chat: message_id not in {one.id for one in chat}


async def see(person: SandboxClient, find: Callable[[list[Message]], T | None]) -> T:
    """Wait until something is in the chat."""
    return await person.wait_for(cast(Callable[[list[Message]], T], find), within=15)


async def order_painting(
    person: SandboxClient, executor: FakeExecutor, pictures: Sequence[bytes] = ()
) -> FakeRun:
    """Send two photos, and wait for the attempt that follows."""
    for picture in pictures or (jpeg(seed=1), jpeg(seed=2)):
        await person.send_photo(picture)
    return await executor.next_run()
