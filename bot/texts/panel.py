"""What the panel of settings says. Pure."""

from bot.texts.base import Base


class PanelPages(Base):
    """Messages: at most 4096 characters."""

    def settings_page(self, private: bool) -> str:
        if private:
            return self._("How I paint for you. A change counts from your next painting on.")
        return self._(
            "How I paint in this group. A change counts from the next painting on. "
            "Only the group's admins can change it."
        )

    def setting_pages(self) -> dict[str, str]:
        """What each setting is, by its name."""
        return {
            "quality": self._("How long I paint: a draft is quick, a fine painting takes longest."),
            "strength": self._("How strongly the style shows."),
            "colours": self._("Whose colours the painting has: those of the style, or your own."),
            "size": self._("The long side of the painting, in pixels. Larger ones take longer."),
            "result": self._(
                "How the painting arrives: as a photo to look at, or as a file in full quality."
            ),
            "snapshots": self._(
                "What you see while I paint: the painting as it grows, or how far it is, in words."
            ),
            "language": self._("The language that I speak here."),
        }

    def settings_done(self) -> str:
        return self._("The settings are saved. /settings opens them again.")

    def only_admins(self) -> str:
        return self._("Only this group's admins can change its settings.")


class PanelLabels(Base):
    """Button labels: short enough for a phone."""

    def setting_labels(self) -> dict[str, str]:
        """The settings, by their names."""
        return {
            "quality": self._("Quality"),
            "strength": self._("Style strength"),
            "colours": self._("Colours"),
            "size": self._("Size"),
            "result": self._("Result"),
            "snapshots": self._("Progress"),
            "language": self._("Language"),
        }

    def choice_labels(self) -> dict[tuple[str, str], str]:
        """The choices that have a word of their own, by setting and choice."""
        return {
            ("quality", "draft"): self._("Draft"),
            ("quality", "standard"): self._("Standard"),
            ("quality", "fine"): self._("Fine"),
            ("strength", "soft"): self._("Soft"),
            ("strength", "balanced"): self._("Balanced"),
            ("strength", "strong"): self._("Strong"),
            ("colours", "style"): self._("From the style"),
            ("colours", "content"): self._("My photo's own"),
            ("result", "photo"): self._("Photo"),
            ("result", "file"): self._("File"),
            ("snapshots", "on"): self._("Pictures"),
            ("snapshots", "off"): self._("Words only"),
            ("language", "auto"): self._("As in Telegram"),
        }

    def pixels_label(self, count: int) -> str:
        return self._("{count} px").format(count=count)

    def back_button(self) -> str:
        return self._("← Back")

    def done_button(self) -> str:
        return self._("Done")
