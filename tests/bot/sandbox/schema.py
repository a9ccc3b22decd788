"""Checks JSON against the machine-readable Bot API, where it lies beside the project."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).parents[3].parent / "shared" / "botapi" / "bot-api-10.1.json"
_PLAIN: dict[str, Any] = {"Integer": int, "String": str, "Boolean": bool, "Float": (int, float)}


@cache
def spec() -> dict[str, Any]:
    """The description of the Bot API; skips the test where it is absent."""
    if not FILE.is_file():
        pytest.skip(f"{FILE.name} is not beside the project")
    loaded: dict[str, Any] = json.loads(FILE.read_text())
    return loaded


def problems(value: Any, types: list[str], where: str = "") -> list[str]:
    """What is wrong with a value that should be of one of these types; empty if nothing is."""
    found = [_problems(value, one, where) for one in types]
    return min(found, key=len)


def _problems(value: Any, kind: str, where: str) -> list[str]:
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            return [f"{where}: no array"]
        inner = [kind.removeprefix("Array of ")]
        return [
            problem
            for index, one in enumerate(value)
            for problem in problems(one, inner, f"{where}[{index}]")
        ]
    if kind in _PLAIN:
        right = isinstance(value, _PLAIN[kind]) and (kind == "Boolean") == isinstance(value, bool)
        return [] if right else [f"{where}: {value!r} is no {kind}"]
    described = spec()["types"][kind]
    if subtypes := described.get("subtypes"):
        return problems(value, subtypes, where)
    return _object_problems(value, described, where)


def _object_problems(value: Any, described: dict[str, Any], where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where}: no object of type {described['name']}"]
    fields = {field["name"]: field for field in described.get("fields", [])}
    found = [f"{where}.{name}: unknown to {described['name']}" for name in value.keys() - fields]
    for name, field in fields.items():
        if name in value:
            found += problems(value[name], field["types"], f"{where}.{name}")
        elif field["required"]:
            found.append(f"{where}.{name}: missing from {described['name']}")
    return found
