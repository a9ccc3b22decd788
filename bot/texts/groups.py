"""What the bot says in groups, where it sees only what is meant for it. Pure."""

from bot.texts.base import Base


class Groups(Base):
    """Messages: at most 4096 characters; captions: at most 1024; notices: at most 200."""

    def group_help(self) -> str:
        return self._(
            "I paint one photo in the style of another.\n\n"
            "• Send /style as a reply to a photo, or in a photo's caption. I ask for the style, "
            "and you reply with a picture.\n"
            "• Reply to a painting of mine with a picture: I paint its photo in that style.\n"
            "• /cancel stops your paintings, /queue lists them.\n\n"
            "I answer only when I am meant."
        )

    def reply_with_style(self) -> str:
        return self._(
            "Now the style: reply to this message with a painting, a drawing, any picture you like."
        )

    def reply_with_content(self) -> str:
        return self._("Reply to this message with the photo that I should repaint.")

    def style_placeholder(self) -> str:
        """In the empty field of whoever was asked: at most 64 characters."""
        return self._("A picture in the style you like")

    def content_placeholder(self) -> str:
        """Likewise."""
        return self._("The photo to repaint")

    def group_result(self) -> str:
        return self._("Here is the painting. Reply with a picture for another style.")

    def group_result_as_it_is(self) -> str:
        return self._(
            "Here is the painting, as far as it came. Reply with a picture for another style."
        )

    def group_stopped(self) -> str:
        return self._("Cancelled.")

    def group_cancelled(self, jobs: int) -> str:
        if jobs == 0:
            return self._("The photo is forgotten.")
        return self.ngettext(
            "{count} painting is cancelled.", "{count} paintings are cancelled.", jobs
        ).format(count=jobs)

    def nothing_to_cancel_here(self) -> str:
        return self._("You have no painting here that could be cancelled.")

    def not_yours_here(self) -> str:
        return self._(
            "Only the person who asked for this painting, or an admin of this group, can do that."
        )
