"""Message text: HTML to entities, and the entities that Telegram finds by itself. Pure.

Offsets and lengths are in UTF-16 code units (https://core.telegram.org/bots/api#messageentity).
"""

import re
from html.parser import HTMLParser
from typing import Any

from bot.sandbox.errors import bad_request

Json = dict[str, Any]

_SIMPLE = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline",
    "ins": "underline", "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
    "tg-spoiler": "spoiler", "code": "code", "pre": "pre", "blockquote": "blockquote",
}  # fmt: skip
_FOUND = (
    ("bot_command", re.compile(r"(?<![\w/@])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?!\w)")),
    ("mention", re.compile(r"(?<!\w)@[A-Za-z0-9_]{4,32}(?!\w)")),
    ("url", re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")),
    ("hashtag", re.compile(r"(?<!\w)#\w*[^\W\d]\w*")),
)


def units(text: str) -> int:
    """The length in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def parse(text: str, parse_mode: str, given: list[Json] | None) -> tuple[str, list[Json]]:
    """A text and its entities, as Telegram would send them back.

    `parse_mode` is empty or `HTML`; the Markdown modes are refused, since they are not built.
    """
    if given:
        entities = [dict(entity) for entity in given]
    elif not parse_mode:
        entities = []
    elif parse_mode.lower() == "html":
        text, entities = _from_html(text)
    else:
        raise bad_request(f"the sandbox does not know parse_mode {parse_mode!r}, only HTML")
    text, entities = _trimmed(text, entities)
    return text, sorted(entities + _found(text, entities), key=lambda entity: entity["offset"])


def _trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    cut = units(text) - units(text.lstrip())
    text = text.strip()
    end = units(text)
    kept = []
    for entity in entities:
        start = max(0, entity["offset"] - cut)
        stop = min(end, entity["offset"] + entity["length"] - cut)
        if stop > start:
            kept.append(entity | {"offset": start, "length": stop - start})
    return text, kept


def _found(text: str, entities: list[Json]) -> list[Json]:
    """Commands, mentions, links and hashtags, except inside code and links."""
    closed = [
        range(entity["offset"], entity["offset"] + entity["length"])
        for entity in entities
        if entity["type"] in ("code", "pre", "text_link")
    ]
    result: list[Json] = []
    for kind, pattern in _FOUND:
        for match in pattern.finditer(text):
            offset = units(text[: match.start()])
            if not any(offset in span for span in closed):
                result.append({"type": kind, "offset": offset, "length": units(match.group())})
                closed.append(range(offset, offset + result[-1]["length"]))
    return result


def _from_html(text: str) -> tuple[str, list[Json]]:
    parser = _HtmlReader()
    parser.feed(text)
    parser.close()
    if parser.open:
        raise _unparsable(f"Can't find end tag corresponding to start tag {parser.open[-1][0]}")
    return "".join(parser.parts), parser.entities


def _unparsable(why: str) -> Exception:
    return bad_request(f"can't parse entities: {why}")


class _HtmlReader(HTMLParser):
    """Telegram's subset of HTML (https://core.telegram.org/bots/api#html-style)."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.entities: list[Json] = []
        self.open: list[tuple[str, int, Json]] = []
        self._length = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append((tag, self._length, self._entity(tag, dict(attrs))))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1][0] != tag:
            raise _unparsable(f'Unexpected end tag "{tag}"')
        _, offset, entity = self.open.pop()
        if entity and self._length > offset:
            self.entities.append(entity | {"offset": offset, "length": self._length - offset})

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
        self._length += units(data)

    def _entity(self, tag: str, attributes: dict[str, str | None]) -> Json:
        language = attributes.get("class") or ""
        if tag == "code" and self.open and self.open[-1][0] == "pre":
            if language.startswith("language-"):
                self.open[-1][2]["language"] = language.removeprefix("language-")
            return {}
        if tag == "span" and language == "tg-spoiler":
            return {"type": "spoiler"}
        if tag == "a":
            return {"type": "text_link", "url": attributes.get("href") or ""}
        if tag == "blockquote" and "expandable" in attributes:
            return {"type": "expandable_blockquote"}
        if tag not in _SIMPLE:
            raise _unparsable(f'Unsupported start tag "{tag}"')
        return {"type": _SIMPLE[tag]}
