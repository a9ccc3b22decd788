"""An operator's own pictures for the gallery: whether each can be read. Decodes them."""

from collections.abc import Iterator
from pathlib import Path

from bot.check.finding import Finding, fail, note, ok
from nst import gallery
from nst.errors import NstError

SHOWN = 5  # files that are named


def look(folder: Path) -> Finding:
    """Of the folder that ATELIER_STYLES_DIR names."""
    if not folder.is_dir():
        return fail("styles", f"there is no folder {folder}: make it, or unset ATELIER_STYLES_DIR")
    try:
        ours = gallery.Gallery(folder)
        strangers = {path for path in folder.iterdir() if not path.name.startswith(".")}
    except OSError as error:
        return fail("styles", f"the folder {folder} cannot be read: {error.strerror}")
    strangers -= {*ours.files.values()}
    bad = []
    for name, path in ours.files.items():
        try:
            ours.style(name)
        except (NstError, OSError) as error:
            bad.append(str(error) if path.name in str(error) else f"{path.name}: {error}")
    text = f"{len(ours.files) - len(bad)} pictures of your own in {folder}"
    if strangers:
        text += f"\nleft out, by their names or endings: {_some(one.name for one in strangers)}"
    if bad:
        return fail("styles", "\n".join([text, *bad[:SHOWN]]))
    return note("styles", text) if strangers else ok("styles", text)


def _some(names: Iterator[str]) -> str:
    known = sorted(names)
    more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
    return ", ".join(known[:SHOWN]) + more
