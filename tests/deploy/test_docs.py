"""What the documentation says is there: files, links, headings, and the bot's own words."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.settings_words import OTHERS

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *ROOT.glob("[bn]*/**/*.md"))
    if ".venv" not in path.parts
)
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
# Files and folders of the repository, and not what a machine or a user has.
PATH = re.compile(
    r"(?<![\w/.~*-])((?:bot|nst|tests|docs|\.ci)/[\w./*-]*|[\w.-]+\.(?:lock|toml|yaml))"
)
OURS_LATER = {"uv.lock", "atelier.db"}  # made on a machine, and kept out of git
OF_TESTS = {"ATELIER_TEST_DATABASE", "ATELIER_TEST_EXECUTOR"}  # what they run the bot on


@pytest.fixture(params=PAGES, ids=NAMES)
def page(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def anchors(text: str) -> set[str]:
    """Of headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", _without_code(text), re.M)
    return {re.sub(r"[^\w\- ]", "", one.lower()).strip().replace(" ", "-") for one in headings}


def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", _without_code(page.read_text())):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text()), link


def test_paths_that_are_named_exist(page: Path) -> None:
    for name in PATH.findall(page.read_text()):
        at = name.rstrip(".")
        assert at in OURS_LATER or any(ROOT.glob(at)), name


def test_settings_that_are_named_exist(page: Path) -> None:
    known = {f"ATELIER_{name.upper()}" for name in Settings.model_fields} | set(OTHERS)
    known |= OF_TESTS
    for name in re.findall(r"\bATELIER_[A-Z_]+[A-Z]\b", page.read_text()):
        assert name.removesuffix("_FILE") in known, name


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs/README.md").read_text()
    for path in (ROOT / "docs").glob("*.md"):
        assert path.name == "README.md" or f"({path.name})" in index, path.name
    assert "(docs/README.md)" in (ROOT / "README.md").read_text()


def test_what_is_quoted_of_the_bot_is_what_it_says() -> None:
    found = 0
    for path in (ROOT / "docs").glob("*.md"):
        for quote in re.findall(r"^> (.*)$", path.read_text(), re.M):
            assert any(_same(quote, said) for said in _sayings()), f"{path.name}: {quote}"
            found += 1
    assert found > 20


def test_a_sentence_that_the_bot_does_not_say_is_noticed() -> None:
    assert not any(_same("Telegram is unreachable", said) for said in _sayings())
    assert not any(_same("There is … token.", said) for said in _sayings())


def test_commands_of_the_lock_files_name_all_of_them() -> None:
    text = (ROOT / "docs/contributing.md").read_text()
    commands = text.partition("<!-- lock files")[2].partition("```\n")[0]
    made = re.findall(r"-o (\S+)", commands)
    assert sorted(made) == sorted(path.name for path in ROOT.glob("requirements*.lock"))


@cache
def _sayings() -> frozenset[str]:
    """All strings of the code, with `…` for what is filled in."""
    strings = set()
    for path in (*(ROOT / "bot").rglob("*.py"), *(ROOT / "nst").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                parts = [
                    str(one.value) if isinstance(one, ast.Constant) else "…" for one in node.values
                ]
                strings.add("".join(parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                strings.add(re.sub(r"\{\w+\}", "…", node.value))
    return frozenset(strings)


def _same(quote: str, said: str) -> bool:
    """Whole, or whole sentences from its beginning."""
    rest = said.removeprefix(quote)
    return rest != said and (rest == "" or (quote.endswith(".") and rest[0].isspace()))


def _without_code(text: str) -> str:
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.M | re.S)
