"""`atelier demo`: a person sends two pictures, and the chat is printed. Writes the out folder only.

Everything runs for real, in this process and its worker: server, bot, engine.
"""

import asyncio
import logging
import sys
from dataclasses import dataclass, field
from pathlib import Path

import aiofiles
from rich.console import Console
from rich.text import Text

from bot.buttons import Action, decode
from bot.errors import AtelierError
from bot.logs import configure
from bot.sandbox import local
from bot.sandbox.client import SandboxClient, SandboxError
from bot.sandbox.samples import Samples
from bot.sandbox.view import Change, Message
from bot.signals import Stopped, until_signal

HOURS_AT_MOST = 1
ANSWER_SECONDS = 30.0
SECONDS_WIDTH = 9


def demo(content: Path | None, style: Path | None, out: Path) -> int:
    """Run it once and return the exit code: 0 once the result has arrived.

    Raises `AtelierError`, with a sentence, where it cannot.
    """
    configure("auto", logging.WARNING)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal without the bar's characters
    try:
        return asyncio.run(until_signal(_demo(content, style, out)))
    except Stopped as stopped:
        return stopped.exit_code


async def _demo(content: Path | None, style: Path | None, out: Path) -> int:
    console = Console(highlight=False, soft_wrap=True)
    pictures = await _pictures(content, style)
    try:
        await asyncio.to_thread(_prepare, out)
    except OSError as error:
        raise AtelierError(f"The folder {out} cannot be used: {error.strerror}.") from None
    console.print("Starting the sandbox, the bot and its worker …")
    async with local.running() as running, SandboxClient(running.sandbox.url) as person:
        play = asyncio.create_task(Play(person, console, out).run(*pictures))
        fate = asyncio.create_task(running.app.failed())
        try:
            async with asyncio.timeout(3600 * HOURS_AT_MOST):
                await asyncio.wait({play, fate}, return_when=asyncio.FIRST_COMPLETED)
            if not play.done():
                await fate
            return await play
        except TimeoutError:
            raise AtelierError("No painting came within an hour, so the demo stops.") from None
        finally:
            play.cancel()
            fate.cancel()
            await asyncio.gather(play, fate, return_exceptions=True)


@dataclass
class Play:
    """One visit to the chat, told as it happens."""

    person: SandboxClient
    console: Console
    out: Path
    saved: list[str] = field(default_factory=list)
    second_at: float | None = None  # Unix time of the second photo
    first_picture_at: float | None = None
    result_at: float | None = None

    async def run(self, content: bytes, style: bytes) -> int:
        """Send both, follow the chat to its end; the exit code."""
        telling = asyncio.create_task(self._tell())
        try:
            await self._send(content, "content.jpg")
            await self._answered()
            await self._send(style, "style.jpg")
            code = await telling
        finally:
            telling.cancel()
        return code

    async def _answered(self) -> None:
        try:
            await self.person.wait_for(
                lambda messages: any(message.from_bot for message in messages),
                within=ANSWER_SECONDS,
            )
        except TimeoutError:
            raise AtelierError("The bot does not answer. What it logged says why.") from None

    async def _send(self, data: bytes, name: str) -> None:
        try:
            await self.person.send_photo(data)
        except SandboxError:
            # What a phone cannot send as a photo, a person sends as a file.
            await self.person.send_document(data, name)

    async def _tell(self) -> int:
        """Print every change of the chat and save its pictures, until the file has come."""
        sent = 0
        async for change in self.person.changes(chat=self.person.user):
            message = change.message
            if message is None or change.type not in ("message", "edited"):
                continue
            if not message.from_bot:
                sent += 1
                self.second_at = change.time if sent == 2 else None
                self._print(change, message, "")
                continue
            name = await self._save(change, message)
            self._print(change, message, name)
            if name == "result.jpg":
                await self._ask_for_file(message)
            if message.document:
                self._sum_up()
                return 0
            if sent == 2 and change.type == "message" and not (message.buttons or message.photo):
                raise AtelierError(message.text)
        raise AssertionError("the log of changes has no end")

    async def _save(self, change: Change, message: Message) -> str:
        """Keep the picture that a message shows, if any; its name in the folder."""
        file_id = message.document or message.photo
        if file_id is None:
            return ""
        if message.document:
            name = "result.png"
        elif change.type == "message":
            if _file_button(message) is None:
                return ""  # one of the styles that are offered
            name, self.result_at = "result.jpg", change.time
        elif "%" in message.text:
            count = sum(name.startswith("snapshot") for name in self.saved)
            name = f"snapshot-{count + 1:02}.jpg"
        else:
            name = "sketch.jpg"
        self.first_picture_at = self.first_picture_at or change.time
        async with aiofiles.open(self.out / name, "wb") as file:
            await file.write(await self.person.file(file_id))
        self.saved.append(name)
        return name

    async def _ask_for_file(self, result: Message) -> None:
        label = _file_button(result)
        assert label is not None  # noqa: S101 - for the type checker: that is what a result is
        self.console.print(self._line(None, "You", f"press “{label}”", ""))
        await self.person.press(result.id, label)

    def _print(self, change: Change, message: Message, name: str) -> None:
        kinds = [kind for kind in ("photo", "document") if kind in message.raw]
        words = [f"({kinds[0]})"] if kinds else []
        words += [message.text.replace("\n", " ")] if message.text else []
        words += [f"[{button.text}]" for button in message.buttons]
        who = "Atelier" if message.from_bot else "You"
        self.console.print(self._line(change.time, who, " ".join(words), name))

    def _line(self, when: float | None, who: str, words: str, name: str) -> Text:
        clock = ""
        if when is not None and self.second_at is not None:
            clock = f"{when - self.second_at:.1f} s"
        line = Text(f"{clock:>{SECONDS_WIDTH}}  ", "dim")
        line.append(f"{who:<8} ", "bold blue" if who == "Atelier" else "bold green")
        line.append(words)
        if name:
            line.append(f"  → {name}", "cyan")
        return line

    def _sum_up(self) -> None:
        begun = self.second_at or 0.0
        first = (self.first_picture_at or begun) - begun
        last = (self.result_at or begun) - begun
        self.console.print(
            f"\nThe first picture came {first:.1f} s after the second photo, "
            f"the painting after {last:.1f} s."
        )
        self.console.print(Text(f"Saved in {self.out}: {', '.join(self.saved)}"))


def _file_button(message: Message) -> str | None:
    """The label of the button that asks for the lossless file: results have it."""
    for button in message.buttons:
        means = decode(button.data or "")
        if means is not None and means.action is Action.FILE:
            return button.text
    return None


async def _pictures(content: Path | None, style: Path | None) -> tuple[bytes, bytes]:
    if content is not None and style is not None:
        return await _read(content), await _read(style)
    async with Samples() as samples:
        photo, painting = await samples.first("photo"), await samples.first("style")
    if photo is None or painting is None:
        raise AtelierError("The samples cannot be made here. Name two pictures of your own.")
    return photo.jpeg, painting.jpeg


async def _read(path: Path) -> bytes:
    try:
        async with aiofiles.open(path, "rb") as file:
            return await file.read()
    except OSError as error:
        raise AtelierError(f"{path} cannot be read: {error.strerror}.") from None


def _prepare(out: Path) -> None:
    """Make the folder, and take an earlier run's pictures away: there may be fewer this time."""
    out.mkdir(parents=True, exist_ok=True)
    for pattern in ("sketch.jpg", "snapshot-[0-9][0-9].jpg", "result.jpg", "result.png"):
        for path in out.glob(pattern):
            path.unlink()
