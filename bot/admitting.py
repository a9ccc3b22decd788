"""Which of the jobs that are wanted can be taken on, and what is said of the others.

By the database and the files.
"""

import time
from collections.abc import Sequence
from dataclasses import replace

from bot import admission
from bot.admission import Taken
from bot.database import Database
from bot.decision import Decision, Policy, Reply
from bot.fairness import Refusal
from bot.files import Files
from bot.jobs import NewJob
from bot.room import Room
from bot.sessions import Where
from bot.texts import Texts


class Admitting:
    """Before anything is said of a job: the limits, the pictures that it names, and the room."""

    def __init__(self, database: Database, files: Files, room: Room, policy: Policy) -> None:
        self._database = database
        self._files = files
        self._room = room
        self._policy = policy

    async def admit(
        self, decision: Decision, where: Where, texts: Texts
    ) -> tuple[Decision, list[Taken]]:
        """Which of the jobs that are wanted are taken; the others are refused in words.

        The pictures of those that are taken are in hand until this task ends.
        """
        if not decision.new_jobs:
            return decision, []
        whole = [job for job in decision.new_jobs if await self._has_all(job)]
        taken, refused = await self._database.run(
            admission.consider, whole, where, self._policy, time.time()
        )
        said = refusals(refused, decision, where, texts)
        if len(whole) < len(decision.new_jobs):
            said.append(Reply(texts.pictures_gone(), _to(decision, where)))
        given = [one for one in taken if one.source is not None]  # these need no room
        if len(given) < len(taken) and not await self._room.there_is():
            taken = given
            said.append(Reply(texts.house_full(), _to(decision, where)))
        if not taken:  # they would say that the painting has begun
            decision = replace(decision, notice="", edit=None)
        return replace(decision, replies=[*decision.replies, *said]), taken

    async def _has_all(self, job: NewJob) -> bool:
        named = {job.content, *job.styles, job.start} - {None}
        return all([await self._files.has(sha256) for sha256 in named if sha256])


def refusals(
    refused: Sequence[Refusal], decision: Decision, where: Where, texts: Texts
) -> list[Reply]:
    """In words."""
    to = _to(decision, where)
    return [Reply(texts.refused(no.full, no.limit, no.waiting, no.again_in), to) for no in refused]


def _to(decision: Decision, where: Where) -> int | None:
    # In a group it must be seen whom it is said to.
    return None if where.private else decision.new_jobs[-1].reply_to
