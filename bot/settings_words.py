"""Settings in words: what each may be, and what is wrong with a value. Pure."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from bot.logs import redacted
from bot.secret_files import SUFFIX, SecretFile, secrets

PREFIX = "ATELIER_"
# Of the library's cache of rendered styles, and of compose.yaml: no settings, but known.
OTHERS = ("ATELIER_CACHE", "ATELIER_MEMORY")
LONGEST = 60  # characters of a value that are shown
# What a field's type and range say; everything else is said by whoever refuses a value.
SAID_BY_THE_FIELD = ("literal_error", "bool", "int", "float", "greater_than", "less_than", "finite")


def variable(field: str) -> str:
    """What the environment calls a field."""
    return f"{PREFIX}{field.upper()}"


def allowed(field: FieldInfo) -> str:
    """The values that a setting may have; empty where a type alone says too little."""
    kind = _kind(field)
    if get_origin(kind) is Literal:
        return f"one of {', '.join(map(str, get_args(kind)))}"
    if kind is bool:
        return "true or false"
    if kind in (int, float):
        number = "a whole number" if kind is int else "a number"
        return f"{number}{_range(field)}"
    if get_origin(kind) is tuple:
        return "whole numbers with commas between"
    return "a secret" if kind is SecretStr else ""


def problem(error: ErrorDetails, model: type[BaseModel]) -> str:
    """A line on a value that was refused: the setting, what it may be. Never a secret's value."""
    value = error["input"]
    if not error["loc"]:  # of several settings together
        return _sentence(_message(error))
    name = str(error["loc"][0])
    setting = value.setting if isinstance(value, SecretFile) else variable(name)
    field = model.model_fields[name]
    words = allowed(field)
    if len(error["loc"]) > 1:
        text = f"{_shown(value)} is not a whole number; give {words}"
    elif words and name not in secrets(model) and error["type"].startswith(SAID_BY_THE_FIELD):
        text = f"{_shown(value)} is not {words}"
    else:
        text = _message(error)
    return f"{setting}: {_sentence(text)}"


def unknown(given: Iterable[str], model: type[BaseModel]) -> list[str]:
    """A line on each variable that has a setting's prefix, and is none: likely a slip."""
    known = [variable(name) for name in model.model_fields]
    known += [f"{variable(name)}{SUFFIX}" for name in secrets(model)]
    names = {name.upper() for name in given if name.upper().startswith(PREFIX)}
    lines = []
    for name in sorted(names - {*known, *OTHERS}):
        near = get_close_matches(name, known, 1, cutoff=0.8)
        hint = f"do you mean {near[0]}?" if near else "it changes nothing."
        lines.append(f"{_printable(name)} is no setting: {hint}")
    return lines


def _kind(field: FieldInfo) -> Any:
    """The type, without None."""
    kinds = [one for one in get_args(field.annotation) if one is not type(None)]
    optional = type(None) in get_args(field.annotation)
    return kinds[0] if optional and len(kinds) == 1 else field.annotation


def _range(field: FieldInfo) -> str:
    bounds: dict[str, Any] = {}
    for one in field.metadata:
        bounds |= {name: getattr(one, name) for name in ("ge", "gt", "le") if hasattr(one, name)}
    low, above, high = bounds.get("ge"), bounds.get("gt"), bounds.get("le")
    if low is not None and high is not None:
        return f" from {low} to {high}"
    words = [f" above {above}"] if above is not None else []
    words += [f" of at least {low}"] if low is not None else []
    words += [f" of at most {high}"] if high is not None else []
    return " and".join(words)


def _message(error: ErrorDetails) -> str:
    if isinstance(cause := error.get("ctx", {}).get("error"), ValueError):
        return str(cause)
    return error["msg"]


def _shown(value: object) -> str:
    text = redacted(str(value))
    return f"'{_printable(text if len(text) <= LONGEST else text[:LONGEST] + '…')}'"


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in text)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."
