"""What the status message says. Pure."""

from bot.texts.base import Base

BAR_CELLS = 12


class Progress(Base):
    """Captions under snapshots: at most 1024 characters."""

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
