"""What Telegram shows of the bot before anyone writes. Pure."""

from bot.texts.base import Base


class Menu(Base):
    """Descriptions of commands: at most 256 characters, and a phone shows about 30."""

    def private_commands(self) -> dict[str, str]:
        """The commands of a private chat, and what the menu says of each."""
        return {
            "start": self._("How to begin"),
            "help": self._("What I can do"),
            "styles": self._("A gallery of styles to choose from"),
            "again": self._("The last painting once more, differently"),
            "queue": self._("Your paintings, and how long they wait"),
            "cancel": self._("Stop your paintings, forget the photos"),
            "settings": self._("How I paint for you"),
            "language": self._("Another language"),
            "privacy": self._("What I keep, and for how long"),
            "forget": self._("Delete everything of yours"),
        }

    def group_commands(self) -> dict[str, str]:
        """The commands that anyone in a group has."""
        return {
            "style": self._("Paint a photo: as a reply to it"),
            "styles": self._("A gallery of styles to choose from"),
            "again": self._("The last painting once more, differently"),
            "queue": self._("Your paintings, and how long they wait"),
            "cancel": self._("Stop your paintings here"),
            "help": self._("What I can do"),
            "privacy": self._("What I keep, and for how long"),
            "forget": self._("Delete everything of yours"),
        }

    def group_admin_commands(self) -> dict[str, str]:
        """The commands that a group's administrators have besides."""
        return {
            "settings": self._("How I paint in this group"),
            "language": self._("Another language"),
        }

    def owner_commands(self) -> dict[str, str]:
        """The commands that `ATELIER_ADMINS` have besides, in private."""
        return {
            "stats": self._("How the bot is doing"),
            "block": self._("Answer a person no more"),
            "unblock": self._("Answer a person again"),
        }


class About(Base):
    """What the bot's profile and an empty chat show."""

    def description(self) -> str:
        """At most 512 characters."""
        return self._(
            "Send me two photos, and I paint the first in the style of the second.\n\n"
            "You can watch the painting grow, stop it, make the style stronger or softer, and "
            "take it home as a file in full quality."
        )

    def short_description(self) -> str:
        """At most 120 characters."""
        return self._("I paint your photo in the style of any picture. Send two photos to begin.")
