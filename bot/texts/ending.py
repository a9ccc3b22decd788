"""What comes with a result, or instead of it. Pure."""

from bot.texts.base import Base


class Ending(Base):
    """Captions and messages: at most 1024 characters."""

    def result(self) -> str:
        return self._("Here is your painting. Send two photos for the next one.")

    def result_as_it_is(self) -> str:
        return self._("Here is your painting, as far as it came. Send two photos for the next one.")

    def result_at_once(self) -> str:
        return self._(
            "I have painted exactly this before, so here it is at once. "
            "/again paints it once more, differently."
        )

    def apology(self, code: str, error_id: str) -> str:
        """What went wrong, and what to do. `code` is a `Failed.code`, or what was refused."""
        theirs, refused = self.pictures_at_fault(), self.extras_refused()
        if code in theirs:
            return theirs[code]
        if code in refused:
            return "\n".join((refused[code], self.press_again(error_id)))
        ours = {
            "out_of_memory": self._("I ran out of memory while painting, sorry."),
            "timed_out": self._("The painting took far too long, so I had to give it up, sorry."),
            "weights_missing": self._("I am not set up completely, so I cannot paint, sorry."),
        }
        other = self._("The painting went wrong, and not by your fault, sorry.")
        return "\n".join((ours.get(code, other), self.try_again(error_id)))

    def pictures_at_fault(self) -> dict[str, str]:
        """What is wrong with the pictures, by `Failed.code`; `gone`: they are not kept any more."""
        return {
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
            "gone": self._(
                "This painting is not kept any more. Send the two photos again for a new one."
            ),
        }

    def extras_refused(self) -> dict[str, str]:
        """What Telegram has not taken, beside a painting that has arrived."""
        return {
            "film_refused": self._(
                "Telegram does not take the film of this painting, sorry. "
                "The painting itself is not touched by that."
            ),
            "pair_refused": self._(
                "Telegram does not take the picture of before and after, sorry. "
                "The painting itself is not touched by that."
            ),
            "file_refused": self._(
                "Telegram does not take the file of this painting, sorry. "
                "The painting itself is not touched by that."
            ),
        }

    def press_again(self, error_id: str) -> str:
        return self._(
            "You can press the button again in a while. If it happens twice, send the bot's owner "
            "this number: {error_id}"
        ).format(error_id=error_id)

    def try_again(self, error_id: str) -> str:
        return self._(
            "Please send the two photos again in a while. If it happens twice, tell the "
            "bot's owner this number: {error_id}"
        ).format(error_id=error_id)


def is_ours(code: str) -> bool:
    """Whether a failure is the service's fault, and not the pictures'."""
    return code not in {"unreadable", "too_large", "too_small", "gone"}
