"""The buttons under a result, and what they are answered with. Pure."""

from bot.texts.base import Base


class VariationLabels(Base):
    """Button labels, two in a row: short enough for a phone."""

    def stronger_button(self) -> str:
        return self._("Stronger")

    def softer_button(self) -> str:
        return self._("Softer")

    def keep_colours_button(self) -> str:
        return self._("Keep my colours")

    def style_colours_button(self) -> str:
        return self._("The style's colours")

    def bigger_button(self) -> str:
        return self._("Bigger")

    def swap_button(self) -> str:
        return self._("Swap")

    def another_style_button(self) -> str:
        return self._("Another style")

    def pair_button(self) -> str:
        return self._("Before and after")

    def film_button(self) -> str:
        return self._("Timelapse")


class VariationNotices(Base):
    """The short answers to a press: at most 200 characters."""

    def going_on(self) -> str:
        return self._("I go on from this painting.")

    def beginning_anew(self) -> str:
        return self._("I begin a new painting.")

    def pair_coming(self) -> str:
        return self._("The picture is on its way.")

    def film_coming(self) -> str:
        return self._("The film is on its way.")

    def strongest(self) -> str:
        return self._("This is as strong as it gets.")

    def softest(self) -> str:
        return self._("This is as soft as it gets.")

    def biggest(self, pixels: int) -> str:
        return self._("This is as big as it gets here: at most {pixels} pixels.").format(
            pixels=pixels
        )

    def at_it_already(self) -> str:
        return self._("I am at it already.")

    def nothing_to_swap(self) -> str:
        return self._("With several styles I cannot tell which one to swap.")

    def pictures_gone(self) -> str:
        return self._(
            "I do not keep the pictures of this painting any more, sorry. "
            "Send the two photos again, and I paint it anew."
        )
