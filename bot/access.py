"""Who is served at all. Pure."""

from bot.decision import Decision, Facts, Policy, Reply
from bot.incoming import Incoming, Photo, Pressed
from bot.texts import Texts


def turned_away(incoming: Incoming, facts: Facts, policy: Policy, texts: Texts) -> Decision | None:
    """What an update from somebody who is not served leads to; None for all others.

    To the blocked nothing is said: an answer would be something to play with. Others are told
    once how to be let in, and not for every photo of an album; groups are not told.
    """
    where = incoming.where
    if where.user_id in policy.admins:
        return None
    if facts.blocked:
        return Decision(facts.session)
    if not policy.allowed or where.chat_id in policy.allowed:
        return None
    many = isinstance(incoming.what, Photo) and incoming.what.album is not None
    if isinstance(incoming.what, Pressed) or many or not where.private:
        return Decision(facts.session)
    return Decision(facts.session, [Reply(texts.not_invited(where.chat_id))])
