"""What the status message says. Pure."""

import math

from bot.texts.base import Base

BAR_CELLS = 12


class Progress(Base):
    """Captions under snapshots: at most 1024 characters."""

    def queued(self, place: int, wait: float | None) -> str:
        """`wait` is in seconds; None is unknown."""
        if wait is None:
            return self._("In the queue: place {place}.").format(place=place)
        return self._("In the queue: place {place}. Expected wait: {wait}.").format(
            place=place, wait=self.about(wait)
        )

    def starting(self) -> str:
        return self._("Mixing the paint…")

    def sketch(self) -> str:
        return self._("A first sketch. Now I paint it properly…")

    def painting(self, share: float, seconds_left: float) -> str:
        """`share` of the time is over: 0 to 1."""
        filled = round(share * BAR_CELLS)
        bar = "▰" * filled + "▱" * (BAR_CELLS - filled)
        return self._("Painting, {left} left\n{bar} {percent} %").format(
            bar=bar, percent=int(share * 100), left=self.duration(seconds_left)
        )

    def duration(self, seconds: float) -> str:
        """Rounded the way a person would say it."""
        if seconds < 90:
            whole = max(1, round(seconds))
            return self.ngettext("{count} second", "{count} seconds", whole).format(count=whole)
        minutes = round(seconds / 60)
        return self.ngettext("{count} minute", "{count} minutes", minutes).format(count=minutes)

    def about(self, seconds: float) -> str:
        """A wait, rounded so that it changes rarely."""
        minutes = math.ceil(seconds / 60)
        if minutes <= 1:
            return self._("about a minute")
        if minutes < 90:
            return self.ngettext("{count} minute", "{count} minutes", minutes).format(count=minutes)
        hours = round(minutes / 60)
        return self.ngettext("{count} hour", "{count} hours", hours).format(count=hours)

    def finishing(self) -> str:
        return self._("I stop here: your picture comes as it is…")

    def trying_again(self) -> str:
        return self._("A brush broke. I go on from where I was…")

    def stopped(self) -> str:
        return self._("Cancelled. Send two photos whenever you like.")
