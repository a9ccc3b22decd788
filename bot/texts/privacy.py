"""What the bot says of what it keeps. Pure."""

from bot.texts.base import Base


class PrivacyPages(Base):
    """Messages: at most 4096 characters."""

    def privacy(self, days: int) -> str:
        """`days`: how long what is over is kept; 0 is for ever."""
        kept = self._(
            "What I keep:\n\n"
            "• The photos that you send me and the paintings made of them, so that the buttons "
            "under a painting go on working.\n"
            "• What you have chosen in /settings.\n"
            "• Telegram's messages from you to me, with your name and number.\n\n"
            "It stays on the computer that I run on until you delete it: /forget does that at "
            "once. I give it to nobody. Our chat itself is kept by Telegram: delete it there."
        )
        if not days:
            return kept
        until = self.ngettext(
            "What you do not delete goes by itself after {count} day, all but your settings.",
            "What you do not delete goes by itself after {count} days, all but your settings.",
            days,
        )
        return f"{kept}\n\n{until.format(count=days)}"

    def forget_question(
        self, paintings: int, pictures: int, messages: int, active: int, settings: bool
    ) -> str:
        return "\n".join(
            (
                self._("Shall I delete everything of yours, from all chats? It cannot be undone."),
                *self._what_is_kept(paintings, pictures, messages, active, settings),
            )
        )

    def forgotten(
        self, paintings: int, pictures: int, messages: int, active: int, settings: bool
    ) -> str:
        return "\n".join(
            (
                self._("This is deleted:"),
                *self._what_is_kept(paintings, pictures, messages, active, settings),
                self._(
                    "I know nothing of you any more. Our chat itself can be deleted in Telegram."
                ),
            )
        )

    def nothing_kept(self) -> str:
        return self._("I keep nothing of yours.")

    def nothing_deleted(self) -> str:
        return self._("Nothing is deleted.")

    def forget_in_private(self) -> str:
        return self._(
            "You write in the name of the group, so I cannot tell who you are. "
            "Send /forget to me in private."
        )

    def _what_is_kept(
        self, paintings: int, pictures: int, messages: int, active: int, settings: bool
    ) -> list[str]:
        lines = [
            (paintings, self.ngettext("• {count} painting", "• {count} paintings", paintings)),
            (pictures, self.ngettext("• {count} photo", "• {count} photos", pictures)),
            (
                active,
                self.ngettext(
                    "• {count} painting that is not finished, which stops",
                    "• {count} paintings that are not finished, which stop",
                    active,
                ),
            ),
            (
                messages,
                self.ngettext("• {count} message to me", "• {count} messages to me", messages),
            ),
        ]
        found = [text.format(count=count) for count, text in lines if count]
        return [*found, self._("• your settings")] if settings else found


class PrivacyLabels(Base):
    """Button labels: short enough for a phone."""

    def forget_button(self) -> str:
        return self._("Delete everything")

    def keep_button(self) -> str:
        return self._("Keep it")
