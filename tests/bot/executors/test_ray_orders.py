"""What is ordered of runs on a cluster, without one."""

import asyncio

import pytest

from bot.executors.ray_orders import Orders


async def soon(orders: Orders, run: str, seen: int) -> list[str]:
    async with asyncio.timeout(5):
        return [*await orders.after(run, seen)]


async def test_a_run_that_asks_late_is_told_all_and_then_only_what_is_new() -> None:
    orders = Orders()
    await orders.give("one", "finish")
    await orders.give("two", "close")
    await orders.give("one", "cancel")
    assert await soon(orders, "one", 0) == ["finish", "cancel"]
    assert await soon(orders, "one", 1) == ["cancel"]


async def test_a_run_that_asks_early_waits_for_its_own() -> None:
    orders = Orders()
    waiting = asyncio.create_task(soon(orders, "one", 0))
    await asyncio.sleep(0)
    await orders.give("two", "cancel")
    await asyncio.sleep(0)
    assert not waiting.done()
    await orders.give("one", "finish")
    assert await waiting == ["finish"]


@pytest.mark.parametrize("asked", [0, 1])
async def test_a_run_that_is_over_waits_no_more_and_leaves_nothing(asked: int) -> None:
    orders = Orders()
    for _ in range(asked):
        await orders.give("one", "cancel")
    waiting = asyncio.create_task(soon(orders, "one", asked))
    await asyncio.sleep(0)
    await orders.forget("one")
    assert await waiting == []
    await orders.forget("never seen")
    assert (orders._given, orders._waiting) == ({}, {})
