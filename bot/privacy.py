"""/privacy and /forget: what is kept of a person, and the question before it is deleted. Pure."""

from dataclasses import asdict, replace
from typing import Any

from bot.buttons import Action, Button
from bot.decision import Decision, Facts, Policy, Reply
from bot.forgetting import Kept
from bot.incoming import Incoming
from bot.texts import Texts

COMMANDS = ("privacy", "forget")


def commanded(
    name: str, incoming: Incoming, facts: Facts, policy: Policy, texts: Texts
) -> Decision:
    """Tell, or ask."""
    reply_to = None if incoming.where.private else incoming.message_id
    if name == "privacy":
        reply = Reply(texts.privacy(policy.kept_days), reply_to)
    elif incoming.as_chat:
        reply = Reply(texts.forget_in_private(), reply_to)
    elif not facts.kept:
        reply = Reply(texts.nothing_kept(), reply_to)
    else:
        question = texts.forget_question(**_counts(facts.kept))
        reply = Reply(question, reply_to, _buttons(incoming.where.user_id, texts))
    return Decision(facts.session, [reply])


def pressed(button: Button, incoming: Incoming, facts: Facts, texts: Texts) -> Decision:
    """Delete, or do not. Whatever the button says: what is deleted is the presser's own."""
    if button.owner_id != incoming.where.user_id:
        return Decision(facts.session, notice=texts.not_for_you())
    match button.words:
        case ("yes",):
            kept = facts.kept or Kept()
            text = texts.forgotten(**_counts(kept)) if kept else texts.nothing_kept()
            # The session stays until it is deleted with the rest: its files are found by it.
            decision = Decision(facts.session, edit=Reply(text), cancelled=kept.active)
            return replace(decision, forget=True)
        case ("no",):
            return Decision(facts.session, edit=Reply(texts.nothing_deleted()))
        case _:
            return Decision(facts.session, notice=texts.button_too_old())


def _buttons(owner_id: int, texts: Texts) -> list[list[tuple[str, Button]]]:
    return [
        [(texts.forget_button(), Button(Action.FORGET, owner_id=owner_id, words=("yes",)))],
        [(texts.keep_button(), Button(Action.FORGET, owner_id=owner_id, words=("no",)))],
    ]


def _counts(kept: Kept) -> dict[str, Any]:
    return asdict(kept) | {"active": len(kept.active)}
