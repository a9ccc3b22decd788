"""What the bot says in a chat. Pure."""

from bot.texts.base import Base


class Talking(Base):
    """Messages: at most 4096 characters."""

    def start(self) -> str:
        return self._(
            "Hello! Send me two photos, and I paint the first in the style of the second.\n\n"
            "Send them together or one after the other, or choose a style from /styles. For the "
            "best quality send them as files. You can watch the painting grow. "
            "/help tells the rest."
        )

    def help(self) -> str:
        return self._(
            "Send two photos: first the one to repaint, then the one with the style. "
            "A caption “content” or “style” says which is which. Of three or more, the first is "
            "repainted, and the styles of the others are blended.\n\n"
            "• Photos and files up to 20 MB, from any phone.\n"
            "• /styles shows a gallery to choose the style from.\n"
            "• The buttons under a painting change it further.\n"
            "• /settings changes quality, style, colours, size and language.\n"
            "• /queue lists your paintings, /again paints the last one anew, /cancel stops them.\n"
            "• /privacy tells what I keep, /forget deletes it."
        )

    def ask_style(self) -> str:
        return self._("Got it. Now send the style: a painting, a drawing, any picture you like.")

    def ask_content(self) -> str:
        return self._("Got the style. Now send the photo that I should repaint.")

    def cancelled(self, jobs: int) -> str:
        if jobs == 0:
            return self._("The photos are forgotten. Send two photos whenever you like.")
        return self.ngettext(
            "{count} painting is cancelled. Send two photos whenever you like.",
            "{count} paintings are cancelled. Send two photos whenever you like.",
            jobs,
        ).format(count=jobs)

    def nothing_to_cancel(self) -> str:
        return self._("There is nothing to cancel. Send two photos to begin.")

    def unknown_command(self) -> str:
        return self._("I do not know this command. Send two photos to begin, or see /help.")

    def not_a_photo(self, kind: str) -> str:
        known = {
            "text": self._("I understand photos only. Send two photos to begin, or see /help."),
            "video": self._("I cannot paint videos yet. Send a photo, or a screenshot of it."),
            "voice": self._("I cannot listen, only paint. Send two photos to begin."),
            "sticker": self._("This sticker only moves: I find no picture in it. Send a photo."),
            "file": self._("This file is not a picture. Send a photo, or a JPEG or PNG file."),
        }
        return known.get(
            kind, self._("I cannot paint this. Send two photos to begin, or see /help.")
        )

    def too_many_bytes(self, limit: int) -> str:
        return self._(
            "This file is too large: Telegram lets me fetch {limit} MB at most. "
            "Send it as a photo, or make it smaller."
        ).format(limit=limit // 1_000_000)

    def file_gone(self) -> str:
        return self._("I could not fetch this photo from Telegram. Please send it again.")

    def too_many_yours(self, limit: int) -> str:
        return self.ngettext(
            "You have {limit} painting in work already, and that is the most I can take. "
            "Wait for it, or stop it by /cancel, and then send the photos again.",
            "You have {limit} paintings in work already, and that is the most I can take. "
            "Wait for one, or stop them by /cancel, and then send the photos again.",
            limit,
        ).format(limit=limit)

    def too_many_here(self, limit: int) -> str:
        return self.ngettext(
            "This group has {limit} painting in work already, and that is the most I can take "
            "from one. Please send the photos again a little later.",
            "This group has {limit} paintings in work already, and that is the most I can take "
            "from one. Please send the photos again a little later.",
            limit,
        ).format(limit=limit)

    def too_many_today(self, limit: int) -> str:
        return self.ngettext(
            "You have asked for {limit} painting within 24 hours, and I cannot do more for one "
            "person. Please send the photos again later.",
            "You have asked for {limit} paintings within 24 hours, and I cannot do more for one "
            "person. Please send the photos again later.",
            limit,
        ).format(limit=limit)

    def queue_full(self) -> str:
        return self._(
            "So many people want paintings just now that the queue is full. "
            "Please send the photos again in a few minutes."
        )

    def our_fault(self, error_id: str) -> str:
        return self._(
            "Something went wrong on my side, sorry. Please send that again. "
            "If it happens twice, tell the bot's owner this number: {error_id}"
        ).format(error_id=error_id)

    def no_room(self) -> str:
        return self._(
            "My disk is full just now, sorry. What you sent is kept, and I go on with it as soon "
            "as there is room."
        )
