"""What the bot says of the gallery, and of which photo is which. Pure."""

from bot.texts.base import Base


class Styles(Base):
    """Messages: at most 4096 characters."""

    def ask_style_or_choose(self) -> str:
        return self._("Got it. Now send the style: any picture you like. Or choose one of these:")

    def choose_style(self) -> str:
        return self._("In which style?")

    def choose_style_first(self) -> str:
        return self._("Choose a style, then send the photo. Or send two photos of your own.")

    def no_styles_yet(self) -> str:
        return self._(
            "The gallery is still being hung. Try again in a minute, or send two photos of your "
            "own."
        )

    def no_such_style(self) -> str:
        return self._(
            "I know no style of this name. /styles shows all of them, or send a picture for the "
            "style."
        )

    def style_chosen(self, title: str) -> str:
        return self._("The style: {title}. Now send the photo that I should repaint.").format(
            title=title
        )


class StyleNotices(Base):
    """The short answers to a press: at most 200 characters."""

    def style_taken(self, title: str) -> str:
        return self._("The style: {title}.").format(title=title)

    def style_gone(self) -> str:
        return self._("This style is not in the gallery any more. /styles shows what there is.")

    def photo_waits_no_more(self) -> str:
        return self._("I do not have this photo any more. Send it again, then choose.")


class StyleLabels(Base):
    """Button labels: short enough for a phone."""

    def style_button(self, number: int, title: str) -> str:
        return f"{number}. {title}"

    def more_styles_button(self) -> str:
        return self._("More styles")

    def last_style_button(self) -> str:
        return self._("My last style")

    def last_style(self) -> str:
        return self._("your last one")

    def is_style_button(self) -> str:
        return self._("My photo is the style")

    def is_photo_button(self) -> str:
        return self._("Repaint my photo")


class StyleTitles(Base):
    """Captions and button labels."""

    def style_titles(self) -> dict[str, str]:
        """The built-in styles, by their names."""
        return {
            "nocturne": self._("Nocturne in oil"),
            "waves": self._("Woodblock waves"),
            "stained-glass": self._("Stained glass"),
            "mosaic": self._("Mosaic"),
            "birches": self._("Autumn birches"),
            "engraving": self._("Engraving"),
            "marbling": self._("Marbled paper"),
            "watercolour": self._("Watercolour poppies"),
            "pointillism": self._("Pointillism"),
            "cubism": self._("Cubist planes"),
            "neon": self._("Neon in the rain"),
            "art-deco": self._("Art deco poster"),
            "tapestry": self._("Tapestry"),
            "linocut": self._("Linocut"),
            "ink-wash": self._("Ink wash"),
            "risograph": self._("Risograph"),
            "aurora": self._("Aurora"),
            "suminagashi": self._("Floating ink"),
        }
