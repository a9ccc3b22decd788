"""The short answers to a press. Pure."""

from bot.texts.base import Base


class Notices(Base):
    """At most 200 characters: https://core.telegram.org/bots/api#answercallbackquery."""

    def finishing_now(self) -> str:
        return self._("I stop here. The picture is on its way.")

    def not_begun(self) -> str:
        return self._("I have not begun this painting, so there is no picture yet.")

    def file_coming(self) -> str:
        return self._("The file is on its way.")

    def not_yours(self) -> str:
        return self._("Only the person who asked for this painting can do that.")

    def not_for_you(self) -> str:
        return self._("This button is for somebody else.")

    def already_over(self) -> str:
        return self._("This painting is over already.")

    def button_too_old(self) -> str:
        return self._("This button is too old. Send two photos for a new painting.")
