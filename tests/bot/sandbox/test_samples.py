"""Samples come from a helper process: one by one, and this process stays light."""

import sys

import pytest

from bot.sandbox.samples import Samples
from tests.bot.sandbox.pictures import decoded


@pytest.mark.timeout(180)
async def test_the_first_photo_and_style_come_before_the_others() -> None:
    async with Samples() as samples:
        photo, style = await samples.first("photo"), await samples.first("style")
        assert photo
        assert style
        assert max(decoded(photo.jpeg).size) == 1024
        assert max(decoded(style.jpeg).size) >= 512
        assert samples.get(style.name) == style
        assert samples.get("no such sample") is None
        assert len(await samples.beyond(0, 0)) >= 2


async def test_leaving_ends_the_helper() -> None:
    async with Samples() as samples:
        await samples.beyond(0, 0)
        assert not samples.done
    assert samples.done


async def test_a_helper_that_fails_means_no_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    async with Samples() as samples:
        assert await samples.beyond(0, 30) == []
        assert samples.done
        assert await samples.first("photo") is None
