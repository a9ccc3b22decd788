"""Captions that name a role, in the languages of the people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gathering import Role
from bot.roles import role_of


@pytest.mark.parametrize(
    "caption",
    [
        *("style", "стиль", "estilo", "Stil", "style", "stile", "gaya", "üslup", "tarz"),
        *(" Style! ", "#style", "/style", "STİL", "The style.", "Это стиль", "C'est le style"),
        *("das ist der Stil", "Ось стиль", "questo è lo stile", "bu benim stil", "ini gaya"),
        *("este es el estilo", "este é o estilo"),
    ],
)
def test_the_style(caption: str) -> None:
    assert role_of(caption) is Role.STYLE


@pytest.mark.parametrize(
    "caption",
    [
        *("content", "photo", "контент", "Фото", "contenido", "conteúdo", "CONTEUDO", "Inhalt"),
        *("contenu", "зміст", "світлина", "contenuto", "İÇERİK", "fotoğraf", "konten", "isi"),
        *("my photo", "мое фото", "моё фото", "mi foto", "mein Foto", "la mia foto"),
    ],
)
def test_the_content(caption: str) -> None:
    assert role_of(caption) is Role.CONTENT


@pytest.mark.parametrize(
    "caption",
    [
        *("", "!", "in the style of spring", "style photo", "a photo of my style", "styled"),
        *("freestyle", "my style is the best one", "the", "Это мой кот", "стиль весны"),
    ],
)
def test_other_words_say_nothing_of_a_role(caption: str) -> None:
    assert role_of(caption) is None


@given(st.text(max_size=40))
def test_any_caption_can_be_read(caption: str) -> None:
    assert role_of(caption) in (None, *Role)
