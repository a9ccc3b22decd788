"""Every text that a user sees. Pure: the only place where text is rendered.

Plain text, without Telegram's markup, so that nothing needs escaping.
"""

import gettext
from collections.abc import Callable

BAR_CELLS = 12


class Texts:
    """The texts in one language."""

    def __init__(self, translations: gettext.NullTranslations) -> None:
        self._: Callable[[str], str] = translations.gettext
        self.ngettext: Callable[[str, str, int], str] = translations.ngettext

    # Talking

    def start(self) -> str:
        return self._(
            "Hello! Send me two photos, and I paint the first in the style of the second.\n\n"
            "Send them together or one after the other. For the best quality send them as files. "
            "You can watch the painting grow. /help tells the rest."
        )

    def help(self) -> str:
        return self._(
            "Send two photos: first the one to repaint, then the one with the style. "
            "A caption “content” or “style” says which is which.\n\n"
            "• Photos and files up to 20 MB, from any phone.\n"
            "• The button under a painting sends it as a file in full quality.\n"
            "• /cancel forgets the photos sent so far and stops your paintings."
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
            "sticker": self._("I cannot paint stickers yet. Send a photo instead."),
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

    # The status message

    def queued(self, place: int) -> str:
        return self._("In the queue: place {place}.").format(place=place)

    def starting(self) -> str:
        return self._("Mixing the paint…")

    def sketch(self) -> str:
        return self._("A first sketch. Now I paint it properly…")

    def painting(self, share: float, seconds_left: float) -> str:
        """`share` of the time is over: 0 to 1."""
        filled = round(share * BAR_CELLS)
        bar = "▓" * filled + "░" * (BAR_CELLS - filled)
        return self._("Painting {bar} {percent} %, {left} left").format(
            bar=bar, percent=int(share * 100), left=self.duration(seconds_left)
        )

    def duration(self, seconds: float) -> str:
        """Rounded the way a person would say it."""
        if seconds < 90:
            whole = max(1, round(seconds))
            return self.ngettext("{count} second", "{count} seconds", whole).format(count=whole)
        minutes = round(seconds / 60)
        return self.ngettext("{count} minute", "{count} minutes", minutes).format(count=minutes)

    def trying_again(self) -> str:
        return self._("A brush broke. I go on from where I was…")

    def stopped(self) -> str:
        return self._("Cancelled. Send two photos whenever you like.")

    # The end of a job

    def result(self) -> str:
        return self._("Here is your painting. Send two photos for the next one.")

    def apology(self, code: str, error_id: str) -> str:
        """What went wrong, and what to do. `code` is a `Failed.code`."""
        theirs = {
            "unreadable": self._(
                "I could not read one of the two pictures: the file is damaged, or not a picture. "
                "Please send both again, as photos or as JPEG or PNG files."
            ),
            "too_large": self._(
                "One of the two pictures is too large for me. "
                "Please send both again as photos: Telegram makes them smaller."
            ),
            "too_small": self._(
                "One of the two pictures is too small or too narrow to paint. "
                "Please send larger ones, at most 20 times as long as wide."
            ),
        }
        if code == "gone":
            return self._(
                "This painting is not kept any more. Send the two photos again for a new one."
            )
        if code in theirs:
            return theirs[code]
        ours = {
            "out_of_memory": self._("I ran out of memory while painting, sorry."),
            "timed_out": self._("The painting took far too long, so I had to give it up, sorry."),
            "weights_missing": self._("I am not set up completely, so I cannot paint, sorry."),
        }
        return "\n".join(
            (
                ours.get(code, self._("The painting went wrong, and not by your fault, sorry.")),
                self._(
                    "Please send the two photos again in a while. If it happens twice, tell the "
                    "bot's owner this number: {error_id}"
                ).format(error_id=error_id),
            )
        )

    # Buttons and their answers

    def cancel_button(self) -> str:
        return self._("Cancel")

    def file_button(self) -> str:
        return self._("File in full quality")

    def file_coming(self) -> str:
        return self._("The file is on its way.")

    def not_yours(self) -> str:
        return self._("Only the person who asked for this painting can do that.")

    def already_over(self) -> str:
        return self._("This painting is over already.")

    def button_too_old(self) -> str:
        return self._("This button is too old. Send two photos for a new painting.")

    # The menu

    def commands(self) -> dict[str, str]:
        """The bot's commands, and what the menu says of each."""
        return {
            "start": self._("How to begin"),
            "help": self._("What I can do"),
            "cancel": self._("Stop your paintings, forget the photos"),
        }


def texts_for(language: str) -> Texts:
    """The texts in a person's language (an IETF tag, as Telegram gives it), or in English."""
    return Texts(gettext.NullTranslations())


def is_ours(code: str) -> bool:
    """Whether a failure is the service's fault, and not the pictures'."""
    return code not in {"unreadable", "too_large", "too_small", "gone"}
