"""What the scenes share."""

from collections.abc import AsyncIterator

import pytest

from tests.faults.lives import Nursery


@pytest.fixture
async def nursery() -> AsyncIterator[Nursery]:
    async with Nursery() as opened:
        yield opened
