"""What Telegram shows of the bot before anyone writes. Pure."""

from bot.texts.base import Base


class Menu(Base):
    """Descriptions of commands: at most 256 characters."""

    def commands(self) -> dict[str, str]:
        """The bot's commands, and what the menu says of each."""
        return {
            "start": self._("How to begin"),
            "help": self._("What I can do"),
            "again": self._("The last painting once more, differently"),
            "queue": self._("Your paintings, and how long they wait"),
            "cancel": self._("Stop your paintings, forget the photos"),
        }
