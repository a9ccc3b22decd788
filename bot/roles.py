"""The words of a caption, and whether they name the role of its photo. Pure.

In any of the bot's languages.
"""

import re
import unicodedata

from bot.gathering import Role

MAX_WORDS = 4  # a longer caption tells of something else

# English, Russian, Spanish, Portuguese, German, French, Ukrainian, Italian, Turkish, Indonesian.
_NAMES = {
    Role.STYLE: "style стиль estilo stil stile tarz üslup üslubu gaya",
    Role.CONTENT: (
        "content photo контент содержание фото фотография contenido foto fotografia conteúdo "
        "inhalt contenu зміст світлина фотографія contenuto içerik fotoğraf konten isi"
    ),
}
_FILLERS = (
    "the a this that is it s my here это вот мой моё моя este esta es el la mi un una o isto é meu "
    "minha um uma das ist der dies dieses mein ein eine le l voici c est mon ma ce це ось мій моя "
    "ecco questo questa è il lo mio mia bu benim ini itu adalah saya"
)
_WORD = re.compile(r"[^\W_]+")


def role_of(caption: str) -> Role | None:
    """The role that a caption names, and nothing else: "Style!", "#стиль", "this is my photo"."""
    words = words_of(caption)
    named = {_ROLES[word] for word in words if word in _ROLES}
    if len(words) > MAX_WORDS or len(named) != 1:
        return None
    fillers = all(word in _ROLES or word in _PLAIN_FILLERS for word in words)
    return named.pop() if fillers else None


def words_of(text: str) -> list[str]:
    """Its words, as they are compared: without case, accents and what stands between them."""
    return _WORD.findall(_folded(text))


def says_style(word: str) -> bool:
    """Whether one of `words_of` is the word for a style."""
    return _ROLES.get(word) is Role.STYLE


def _folded(text: str) -> str:
    """Without case and accents, so that "STİL" and "conteudo" are understood."""
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


_ROLES = {_folded(word): role for role, words in _NAMES.items() for word in words.split()}
_PLAIN_FILLERS = frozenset(map(_folded, _FILLERS.split()))
