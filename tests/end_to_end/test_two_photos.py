"""The main job over real HTTP, with the real engine at a small size."""

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from pydantic import SecretStr

import bot.status_message
from bot.app import running
from bot.sandbox import server
from bot.sandbox.client import SandboxClient
from bot.sandbox.view import Change, Message
from bot.settings import Settings
from nst import gallery, samples

SIZE = 256


def _jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def _pixels(picture: Image.Image) -> npt.NDArray[np.float64]:
    return np.asarray(picture.convert("RGB").resize((120, 90)), np.float64)


def _colours(picture: Image.Image) -> npt.NDArray[np.float64]:
    """The mean and the covariance of the colours: what a style has and a layout has not."""
    flat = _pixels(picture).reshape(-1, 3) / 255
    return np.concatenate([flat.mean(0), np.cov(flat.T).ravel()])


@pytest.mark.timeout(280)
async def test_two_photos_become_a_painting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.status_message, "PRIVATE_SECONDS", 0.5)
    content, style = samples.content(), gallery.style("waves", 256)
    async with server.running() as sandbox, SandboxClient(sandbox.url) as person:
        settings = Settings(
            token=SecretStr(sandbox.token),
            api_url=sandbox.url,
            data_dir=tmp_path,
            size=SIZE,
            quality="draft",
        )
        async with running(settings):
            await person.send_album([_jpeg(content), _jpeg(style)])
            (result,) = await person.wait_for(
                lambda chat: [one for one in chat if "Here is" in one.text], within=240
            )
            await person.press(result.id, "File")
            (file,) = await person.wait_for(
                lambda chat: [one.document for one in chat if one.document]
            )
        views = [
            one
            for one in await _history(person)
            if one.from_bot and one.photo and one.id != result.id
        ]
        pictures = [Image.open(io.BytesIO(await person.file(one.photo or ""))) for one in views]
        painting = Image.open(io.BytesIO(await person.file(result.photo or "")))
        lossless = Image.open(io.BytesIO(await person.file(file)))

    assert "sketch" in views[0].text
    assert len({one.photo for one in views}) >= 2, "a sketch, and then at least one snapshot"
    assert all("%" in one.text and one.id == views[0].id for one in views[1:])
    assert lossless.format == "PNG"
    assert lossless.size == painting.size == (SIZE, SIZE * 3 // 4)
    assert np.abs(_pixels(lossless) - _pixels(painting)).mean() < 6, "the same picture twice"
    assert np.abs(_pixels(painting) - _pixels(content)).mean() > 8, "it was repainted"
    assert np.abs(_pixels(pictures[-1]) - _pixels(pictures[0])).mean() > 3, "it changed on the way"
    before = np.linalg.norm(_colours(content) - _colours(style))
    after = np.linalg.norm(_colours(painting) - _colours(style))
    assert after < 0.9 * before, "its colours go towards the style's"


async def _history(person: SandboxClient) -> list[Message]:
    """Every state that a message of the chat has been in."""
    last = await person.revision()
    seen: list[Message] = []

    def at_end(change: Change) -> bool:
        if change.message and change.type != "deleted":
            seen.append(change.message)
        return change.revision >= last

    await person.wait_for_change(at_end)
    return seen


@pytest.mark.timeout(280)
def test_the_demo_paints_its_samples_on_the_dumbest_terminal(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from bot.cli import main; main()", "demo", "-o", "out"],
        cwd=tmp_path,
        env=os.environ
        | {
            "TERM": "dumb",
            "PYTHONIOENCODING": "ascii",
            "ATELIER_SIZE": "128",
            "ATELIER_QUALITY": "draft",
            "HTTP_PROXY": "http://127.0.0.1:9",  # nobody: loopback must not go there
        },
        capture_output=True,
        text=True,
        timeout=270,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\x1b" not in done.stdout
    assert "result.png" in done.stdout.splitlines()[-1]
    assert Image.open(tmp_path / "out" / "result.png").size == (128, 96)
    assert {path.name for path in tmp_path.iterdir()} == {"out"}
