"""HTML to entities, with Telegram's offsets."""

import pytest

from bot.sandbox.entities import parse
from bot.sandbox.errors import ApiError


def _marked(text: str, mode: str = "HTML") -> tuple[str, list[tuple[str, str]]]:
    plain, entities = parse(text, mode, None)
    encoded = plain.encode("utf-16-le")
    return plain, [
        (
            one["type"],
            encoded[2 * one["offset"] : 2 * (one["offset"] + one["length"])].decode("utf-16-le"),
        )
        for one in entities
    ]


@pytest.mark.parametrize(
    ("html", "plain", "entities"),
    [
        ("<b>bold</b> &lt;3", "bold <3", [("bold", "bold")]),
        ("😀 <i>i</i>", "😀 i", [("italic", "i")]),
        ("  <b> x </b>  ", "x", [("bold", "x")]),
        ("<b>a<i>b</i></b>", "ab", [("bold", "ab"), ("italic", "b")]),
        ('<a href="http://x.y">l</a>', "l", [("text_link", "l")]),
        ("/start @someone #tag", "/start @someone #tag",
         [("bot_command", "/start"), ("mention", "@someone"), ("hashtag", "#tag")]),
        ("<code>/start</code> and/or", "/start and/or", [("code", "/start")]),
    ],
)  # fmt: skip
def test_html_becomes_entities(html: str, plain: str, entities: list[tuple[str, str]]) -> None:
    shown, found = _marked(html)
    assert shown == plain
    assert sorted(found) == sorted(entities)


@pytest.mark.parametrize("html", ["<b>open", "<b>x</i>", "<h1>x</h1>", "</b>"])
def test_broken_html_is_refused(html: str) -> None:
    with pytest.raises(ApiError, match="can't parse entities"):
        parse(html, "HTML", None)


def test_a_mode_that_is_not_built_is_refused() -> None:
    with pytest.raises(ApiError, match="only HTML"):
        parse("*x*", "MarkdownV2", None)
