"""What stands on the buttons. Pure."""

from bot.texts.base import Base


class Labels(Base):
    """Button labels: short enough for a phone."""

    def cancel_button(self) -> str:
        return self._("Cancel")

    def cancel_one_button(self, number: int) -> str:
        return self._("Cancel {number}").format(number=number)

    def finish_button(self) -> str:
        return self._("Finish now")

    def file_button(self) -> str:
        return self._("File in full quality")
