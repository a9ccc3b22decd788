"""What the bot says in groups, where it sees only what is meant for it. Pure.

`Groups` is what is said there alone. The others say what a private chat is told in other words:
there nobody is asked to send two photos, which the bot would not see.
"""

from bot.texts.base import Base


class Groups(Base):
    """Messages: at most 4096 characters; captions: at most 1024; notices: at most 200."""

    def reply_with_style(self) -> str:
        return self._(
            "Now the style: reply to this message with a painting, a drawing, any picture you like."
        )

    def reply_with_content(self) -> str:
        return self._("Reply to this message with the photo that I should repaint.")

    def questions(self) -> tuple[str, ...]:
        """What asks one person for a picture."""
        return self.reply_with_style(), self.reply_with_content()

    def style_placeholder(self) -> str:
        """In the empty field of whoever was asked: at most 64 characters."""
        return self._("A picture in the style you like")

    def content_placeholder(self) -> str:
        """Likewise."""
        return self._("The photo to repaint")


class GroupMessages(Base):
    """Messages: at most 4096 characters."""

    def start(self) -> str:
        return self.help()

    def help(self) -> str:
        return self._(
            "I paint one photo in the style of another.\n\n"
            "• Send /style as a reply to a photo, or in a photo's caption. I ask for the style, "
            "and you reply with a picture, or choose one of mine.\n"
            "• Reply to a painting of mine with a picture: I paint its photo in that style.\n"
            "• /styles shows my styles. Their names work as well: /style mosaic\n"
            "• /cancel stops your paintings, /queue lists them.\n\n"
            "I speak only when spoken to."
        )

    def choose_style(self) -> str:
        return self._("A style of my gallery:")

    def choose_style_first(self) -> str:
        return self._("Choose a style, and I ask you for the photo.")

    def no_styles_yet(self) -> str:
        return self._(
            "The gallery is still being hung. Try again in a minute, or send /style as a reply to "
            "a photo."
        )

    def cancelled(self, jobs: int) -> str:
        if jobs == 0:
            return self._("The photo is forgotten.")
        return self.ngettext(
            "{count} painting is cancelled.", "{count} paintings are cancelled.", jobs
        ).format(count=jobs)

    def nothing_to_cancel(self) -> str:
        return self._("You have no painting here that could be cancelled.")

    def not_a_photo(self, kind: str) -> str:
        known = {
            "video": self._("I cannot paint videos yet. Reply with a photo, or a screenshot."),
            "voice": self._("I cannot listen, only paint. Reply with a photo."),
            "sticker": self._(
                "This sticker only moves: I find no picture in it. Reply with a photo."
            ),
            "file": self._(
                "This file is not a picture. Reply with a photo, or a JPEG or PNG file."
            ),
        }
        return known.get(kind, self._("I cannot paint this. Reply with a photo."))

    def file_gone(self) -> str:
        return self._(
            "I could not fetch this photo from Telegram. Please send it again, and /style as a "
            "reply to it."
        )

    def nothing_queued(self) -> str:
        return self._(
            "You have no painting in the queue or in work here. "
            "To begin, send /style as a reply to a photo."
        )

    def nothing_to_repeat(self) -> str:
        return self._(
            "There is nothing of yours to repeat here yet. "
            "To begin, send /style as a reply to a photo."
        )


class GroupRefusals(Base):
    """Messages: at most 4096 characters."""

    def too_many_yours(self, limit: int) -> str:
        return self.ngettext(
            "You have {limit} painting in work already, and that is the most I can take. "
            "Wait for it, or stop it by /cancel, and then ask again.",
            "You have {limit} paintings in work already, and that is the most I can take. "
            "Wait for one, or stop them by /cancel, and then ask again.",
            limit,
        ).format(limit=limit)

    def too_many_here(self, limit: int) -> str:
        return self.ngettext(
            "This group has {limit} painting in work already, and that is the most I can take "
            "from one. Please ask again a little later.",
            "This group has {limit} paintings in work already, and that is the most I can take "
            "from one. Please ask again a little later.",
            limit,
        ).format(limit=limit)

    def too_many_today(self, limit: int) -> str:
        return self.ngettext(
            "You have asked for {limit} painting within 24 hours, and I cannot do more for one "
            "person. Please ask again later.",
            "You have asked for {limit} paintings within 24 hours, and I cannot do more for one "
            "person. Please ask again later.",
            limit,
        ).format(limit=limit)

    def queue_full(self) -> str:
        return self._(
            "So many people want paintings just now that the queue is full. "
            "Please ask again in a few minutes."
        )


class GroupEnding(Base):
    """Captions and messages: at most 1024 characters."""

    def result(self) -> str:
        return self._("Here is the painting. Reply with a picture for another style.")

    def result_as_it_is(self) -> str:
        return self._(
            "Here is the painting, as far as it came. Reply with a picture for another style."
        )

    def pictures_at_fault(self) -> dict[str, str]:
        return {
            "unreadable": self._(
                "I could not read one of the two pictures: the file is damaged, or not a picture. "
                "Please send /style again, with photos or with JPEG or PNG files."
            ),
            "too_large": self._(
                "One of the two pictures is too large for me. "
                "Please send /style again, with photos: Telegram makes them smaller."
            ),
            "too_small": self._(
                "One of the two pictures is too small or too narrow to paint. "
                "Please send /style again, with larger ones, at most 20 times as long as wide."
            ),
            "gone": self._(
                "This painting is not kept any more. For a new one, send /style as a reply to a "
                "photo."
            ),
        }

    def try_again(self, error_id: str) -> str:
        return self._(
            "Please send /style again in a while. If it happens twice, tell the bot's owner this "
            "number: {error_id}"
        ).format(error_id=error_id)


class GroupNotices(Base):
    """The short answers to a press: at most 200 characters."""

    def stopped(self) -> str:
        return self._("Cancelled.")

    def not_yours(self) -> str:
        return self._(
            "Only the person who asked for this painting, or an admin of this group, can do that."
        )

    def button_too_old(self) -> str:
        return self._("This button is too old. For a new painting, send /style.")

    def photo_waits_no_more(self) -> str:
        return self._("I do not have this photo any more. Send /style as a reply to it once more.")

    def pictures_gone(self) -> str:
        return self._(
            "I do not keep the pictures of this painting any more, sorry. "
            "For a new one, send /style as a reply to a photo."
        )
