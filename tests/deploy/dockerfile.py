"""Reads a Dockerfile of the plain kind that ours is. Pure: text in, stages out.

What it does not know is an error, so that no step can go unseen: here-documents, `--mount`,
parser directives and the like.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

KNOWN = {
    *("FROM", "ARG", "ENV", "RUN", "COPY", "WORKDIR", "USER", "LABEL"),
    *("VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"),
}
_VARIABLE = re.compile(r"\$\{([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*)")
_PAIR = re.compile(r'(\S+?)=("(?:[^"\\]|\\.)*"|\S*)')


@dataclass(frozen=True)
class Instruction:
    """One instruction: `RUN`, and all that follows it in one line."""

    word: str
    rest: str

    def pairs(self) -> dict[str, str]:
        """Of `ENV`, `LABEL` and `ARG`: names and values, without quotes."""
        return {name: value.strip('"') for name, value in _PAIR.findall(self.rest)}

    def options(self) -> dict[str, str]:
        """What stands as `--name=value` at the beginning."""
        return dict(re.findall(r"--([\w-]+)=(\S+)", self.rest))

    def operands(self) -> list[str]:
        """What follows the options: the words, or those of a list in JSON."""
        rest = re.sub(r"^(--\S+\s+)+", "", self.rest).removeprefix("CMD ")
        return json.loads(rest) if rest.startswith("[") else rest.split()


@dataclass
class Stage:
    """From one `FROM` to the next."""

    base: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)

    def last(self, word: str) -> Instruction:
        """The one that counts of several. Raises `IndexError` where there is none."""
        return [one for one in self.instructions if one.word == word][-1]


def stages(text: str) -> list[Stage]:
    """All stages, in order. Raises `ValueError` for what is unknown."""
    found: list[Stage] = []
    arguments: dict[str, str] = {}
    for one in _instructions(text):
        if one.word == "FROM":
            base, _, name = one.rest.partition(" AS ")
            found.append(Stage(expanded(base.strip(), arguments), name.strip()))
        elif found:
            found[-1].instructions.append(one)
        elif one.word == "ARG":
            arguments |= one.pairs()
        else:
            raise ValueError(f"{one.word} stands before the first FROM")
    return found


def expanded(text: str, variables: Mapping[str, str]) -> str:
    """With `${NAME}` and `$NAME` filled in. Raises `KeyError` for an unknown one."""
    return _VARIABLE.sub(lambda match: variables[match[1] or match[2]], text)


def _instructions(text: str) -> Iterator[Instruction]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    for line in filter(None, map(str.strip, joined.splitlines())):
        word, _, rest = line.partition(" ")
        if word not in KNOWN or "<<" in rest or "--mount" in rest:
            raise ValueError(f"this is not read here: {line}")
        yield Instruction(word, " ".join(rest.split()))
