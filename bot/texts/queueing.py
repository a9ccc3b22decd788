"""What the bot says of its queue, and to its administrators. Pure."""

from bot.fairness import Full
from bot.texts.progress import Progress
from bot.texts.talking import Talking


class Queueing(Talking, Progress):
    """Messages: at most 4096 characters."""

    def refused(self, full: Full, limit: int, waiting: int, again: float | None) -> str:
        """Why a painting is not taken, what to do, and when: `again` is in seconds."""
        why = {
            Full.DAY: self.too_many_today,
            Full.PERSON: self.too_many_yours,
            Full.GROUP: self.too_many_here,
        }
        lines = [why[full](limit) if full in why else self.queue_full()]
        if full is not Full.DAY:
            lines.append(self.queue_length(waiting))
        if again is not None:
            lines.append(self._("Try again in {wait}.").format(wait=self.about(again)))
        return "\n".join(lines)

    def house_full(self) -> str:
        return self._(
            "I have no room for more pictures just now, sorry: please try again in a few hours."
        )

    def queue_length(self, waiting: int) -> str:
        return self._("Paintings in the queue: {count}.").format(count=waiting)

    def your_queue(self) -> str:
        return self._("Your paintings:")

    def nothing_queued(self) -> str:
        return self._("You have no painting in the queue or in work. Send two photos to begin.")

    def queued_one(self, number: int, place: int, wait: float | None) -> str:
        """One line of the list; `wait` is in seconds."""
        return f"{number}. {self.queued(place, wait)}"

    def running_one(self, number: int, left: float | None) -> str:
        """One line of the list; `left` is in seconds."""
        state = self._("In work.")
        if left is not None:
            state = self._("In work. Time left: {left}.").format(left=self.about(left))
        return f"{number}. {state}"

    def nothing_to_repeat(self) -> str:
        return self._("There is nothing to repeat yet. Send two photos to begin.")

    def not_invited(self, chat_id: int) -> str:
        return self._(
            "I serve invited chats only. To be let in, tell the bot's owner this number: {chat_id}"
        ).format(chat_id=chat_id)

    # To administrators

    def blocked(self, user_id: int, jobs: int) -> str:
        return self._("Blocked: {user_id}. Cancelled paintings: {count}.").format(
            user_id=user_id, count=jobs
        )

    def unblocked(self, user_id: int) -> str:
        return self._("No longer blocked: {user_id}.").format(user_id=user_id)

    def was_not_blocked(self, user_id: int) -> str:
        return self._("This person was not blocked: {user_id}.").format(user_id=user_id)

    def block_whom(self) -> str:
        return self._(
            "Whom? Send the command as a reply to a message of the person, or with their id, "
            "as in /block 123456789"
        )

    def never_blocked(self) -> str:
        return self._("Administrators cannot be blocked.")

    def stats_counts(
        self, waiting: int, running: int, finished: int, failed: int, cancelled: int
    ) -> str:
        return "\n".join(
            (
                self._("In the queue: {count}").format(count=waiting),
                self._("In work: {count}").format(count=running),
                self._("Within 24 hours:"),
                self._("• painted: {count}").format(count=finished),
                self._("• failed: {count}").format(count=failed),
                self._("• cancelled: {count}").format(count=cancelled),
            )
        )

    def stats_people(self, cached: int, people: int, blocked: int) -> str:
        return "\n".join(
            (
                self._("• answered from what was painted before: {count}").format(count=cached),
                self._("• people: {count}").format(count=people),
                self._("Blocked: {count}").format(count=blocked),
            )
        )

    def stats_quality(self, quality: str, seconds: float) -> str:
        return self._("Time for “{quality}”: {time}").format(
            quality=quality, time=self.duration(seconds)
        )
