"""The panel of settings: a message whose buttons change it in place. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from bot.buttons import Action, Button, Rows
from bot.choices import AUTO, SIZES, WORDS, Preferences
from bot.decision import Decision, Facts, Policy, Reply
from bot.incoming import Command, Incoming, Pressed
from bot.languages import chosen
from bot.texts import Texts, texts_for

COMMANDS = {"settings": "main", "language": "language"}  # and the pages that they open
ACTIONS = (Action.PANEL, Action.SET)
ORDER = ("quality", "strength", "colours", "size", "result", "snapshots", "language")
COLUMNS = {"language": 2}  # where not one
TICK = "✓ "


def concerns(incoming: Incoming) -> bool:
    """Whether this update wants to see or change a chat's settings."""
    match incoming.what:
        case Command(name):
            return name in COMMANDS
        case Pressed(_, button):
            return button is not None and button.action in ACTIONS
        case _:
            return False


def commanded(
    name: str, incoming: Incoming, facts: Facts, policy: Policy, texts: Texts
) -> Decision:
    """Open the panel. Without a right to it, in a group, say who has it."""
    private = incoming.where.private
    reply_to = None if private else incoming.message_id
    if not (private or facts.is_admin):
        return Decision(facts.session, [Reply(texts.only_admins(), reply_to)])
    page = _page(COMMANDS[name], facts.preferences, private, policy, texts)
    return Decision(facts.session, [replace(page, reply_to=reply_to)])


def pressed(
    button: Button, incoming: Incoming, facts: Facts, policy: Policy, texts: Texts
) -> Decision:
    """Turn to another page, or make a choice."""
    private = incoming.where.private
    if not (private or facts.is_admin):
        return Decision(facts.session, notice=texts.only_admins())
    if button.action is Action.SET:
        preferences = facts.preferences.changed(*button.words)
        if preferences is None:
            return Decision(facts.session, notice=texts.button_too_old())
        texts = texts_for(preferences.language or incoming.language, group=not private)
        page = _page("main", preferences, private, policy, texts)
        return Decision(facts.session, edit=page, preferences=preferences)
    name = button.words[0]
    if name == "done":
        return Decision(facts.session, edit=Reply(texts.settings_done()))
    if name != "main" and name not in ORDER:
        return Decision(facts.session, notice=texts.button_too_old())
    page = _page(name, facts.preferences, private, policy, texts)
    return Decision(facts.session, edit=page)


def _page(
    name: str, preferences: Preferences, private: bool, policy: Policy, texts: Texts
) -> Reply:
    words = _in_force(preferences, policy, texts)
    if name == "main":
        main = [
            [(f"{label} · {_label(one, words[one], texts)}", Button(Action.PANEL, words=(one,)))]
            for one, label in texts.setting_labels().items()
        ]
        done = [(texts.done_button(), Button(Action.PANEL, words=("done",)))]
        return Reply(texts.settings_page(private), rows=[*main, done])
    marked = (preferences.language or AUTO) if name == "language" else words[name]
    buttons = [
        (
            TICK * (word == marked) + _label(name, word, texts),
            Button(Action.SET, words=(name, word)),
        )
        for word in _offered(name, policy)
    ]
    back = [(texts.back_button(), Button(Action.PANEL, words=("main",)))]
    rows = [*_in_columns(buttons, COLUMNS.get(name, 1)), back]
    return Reply(texts.setting_pages()[name], rows=rows)


def _in_force(preferences: Preferences, policy: Policy, texts: Texts) -> dict[str, str]:
    """What counts now, for every setting: what was chosen, or else the operator's choice."""
    options = preferences.options(policy.options, policy.max_size)
    return {
        "quality": options.get("quality", "standard"),
        "strength": preferences.strength or "balanced",
        "colours": preferences.colours or "style",
        "size": str(options["size"]),
        "result": preferences.result or "photo",
        "snapshots": preferences.snapshots or "on",
        "language": texts.language.code,
    }


def _offered(name: str, policy: Policy) -> Sequence[str]:
    if name == "size":
        sizes = {size for size in SIZES if size <= policy.max_size} | {policy.options["size"]}
        return [str(size) for size in sorted(sizes)]
    return (*WORDS[name], AUTO) if name == "language" else WORDS[name]


def _label(name: str, word: str, texts: Texts) -> str:
    if name == "size":
        return texts.pixels_label(int(word))
    if name == "language" and word != AUTO:
        return chosen(word).name
    return texts.choice_labels()[name, word]


def _in_columns(buttons: Sequence[tuple[str, Button]], columns: int) -> Rows:
    return [buttons[start : start + columns] for start in range(0, len(buttons), columns)]
