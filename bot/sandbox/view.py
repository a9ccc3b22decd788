"""A message as a person sees it. Pure."""

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
KINDS = ("photo", "document", "animation", "sticker", "live_photo", "video", "voice")


@dataclass(frozen=True)
class Button:
    """One button under a message: `data` for the bot, or a `url`."""

    text: str
    data: str | None
    url: str | None


@dataclass(frozen=True)
class Answer:
    """What the bot answered to a press: a toast, or an alert."""

    text: str
    show_alert: bool
    url: str


@dataclass(frozen=True)
class Message:
    """What the control API shows of a message; `raw` is the Bot API's own `Message`."""

    raw: Json
    from_bot: bool = False  # is it the bot's own?
    reactions: tuple[str, ...] = ()
    keyboard: Json | None = None  # a forced reply or a reply keyboard

    @classmethod
    def from_shown(cls, shown: Json) -> "Message":
        """From `{"message", "by_bot", "reactions", "keyboard"}`."""
        reactions = tuple(shown["reactions"])
        return cls(shown["message"], shown["by_bot"], reactions, shown["keyboard"])

    @property
    def id(self) -> int:
        """Its `message_id`."""
        return int(self.raw["message_id"])

    @property
    def text(self) -> str:
        """The text or the caption; empty where there is none."""
        return str(self.raw.get("text") or self.raw.get("caption") or "")

    @property
    def photo(self) -> str | None:
        """The `file_id` of the largest size of its photo."""
        sizes = self.raw.get("photo")
        return str(sizes[-1]["file_id"]) if sizes else None

    @property
    def document(self) -> str | None:
        """The `file_id` of its document."""
        document = self.raw.get("document")
        return str(document["file_id"]) if document else None

    @property
    def reply_to(self) -> int | None:
        """The `message_id` of the message that it replies to."""
        original = self.raw.get("reply_to_message")
        return int(original["message_id"]) if original else None

    @property
    def thread(self) -> int:
        """The topic that it stands in; 0 outside topics."""
        return int(self.raw.get("message_thread_id", 0))

    @property
    def buttons(self) -> tuple[Button, ...]:
        """Its inline buttons, row by row."""
        rows = self.raw.get("reply_markup", {}).get("inline_keyboard", [])
        return tuple(
            Button(button["text"], button.get("callback_data"), button.get("url"))
            for row in rows
            for button in row
        )

    def button(self, wanted: str) -> Button:
        """The button with this data, this text, or this word in its text. Raises `KeyError`."""
        for button in self.buttons:
            if wanted in (button.data, button.text):
                return button
        for button in self.buttons:
            if wanted.lower() in button.text.lower():
                return button
        raise KeyError(f"No button {wanted!r} among {[one.text for one in self.buttons]}")

    def __str__(self) -> str:
        """One line, for transcripts."""
        kinds = [kind for kind in KINDS if kind in self.raw]
        parts = [f"#{self.id}", "bot:" if self.from_bot else "person:"]
        parts += [f"<{kind}>" for kind in kinds]
        parts += [repr(self.text)] if self.text else []
        parts += [f"[{button.text}]" for button in self.buttons]
        return " ".join([*parts, *self.reactions])


@dataclass(frozen=True)
class Change:
    """One event of the log of changes."""

    revision: int
    type: str  # message, edited, deleted, reaction, action, callback_answer, chat, commands
    chat_id: int | None
    time: float  # Unix time, in seconds
    raw: Json

    @classmethod
    def from_event(cls, event: Json) -> "Change":
        """From an event of `/sandbox/changes`."""
        return cls(event["revision"], event["type"], event["chat_id"], float(event["time"]), event)

    @property
    def message(self) -> Message | None:
        """The message as it was after the change, where the change was to a message."""
        return Message.from_shown(self.raw) if "message" in self.raw else None
