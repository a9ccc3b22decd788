"""What the driver says of the card's memory, and that nothing of it is kept."""

import ctypes
from typing import Any

import pytest

from nst import card


class Driver:
    """In place of NVIDIA's library: one card; the function named in `fails` returns an error."""

    def __init__(self, fails: str = "") -> None:
        self.fails = fails
        self.contexts = 0
        self.pushed = 0

    def __getattr__(self, name: str) -> Any:
        def function(*given: Any) -> int:
            if name == self.fails:
                return 100
            getattr(type(self), f"_{name}", lambda *given: None)(self, *given)
            return 0

        return function

    def _cuDevicePrimaryCtxRetain(self, context: Any, device: Any) -> None:  # noqa: N802
        assert device.value == 7
        self.contexts += 1
        context._obj.value = 99

    def _cuDevicePrimaryCtxRelease_v2(self, device: Any) -> None:  # noqa: N802
        self.contexts -= 1

    def _cuCtxPushCurrent_v2(self, context: Any) -> None:  # noqa: N802
        assert context.value == 99
        self.pushed += 1

    def _cuCtxPopCurrent_v2(self, context: Any) -> None:  # noqa: N802
        self.pushed -= 1

    def _cuDeviceGet(self, device: Any, number: int) -> None:  # noqa: N802
        assert number == 0
        device._obj.value = 7

    def _cuMemGetInfo_v2(self, free: Any, total: Any) -> None:  # noqa: N802
        assert self.pushed == self.contexts == 1
        free._obj.value, total._obj.value = 3 * 2**30, 8 * 2**30 + 5


def loaded(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: driver)


def test_is_what_the_driver_says_in_megabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver()
    loaded(driver, monkeypatch)
    assert card.memory_mb() == (3072, 8192)
    assert (driver.pushed, driver.contexts) == (0, 0)


@pytest.mark.parametrize(
    "fails",
    [
        "cuInit",
        "cuDeviceGet",
        "cuDevicePrimaryCtxRetain",
        "cuCtxPushCurrent_v2",
        "cuMemGetInfo_v2",
    ],
)
def test_an_error_is_no_answer_and_leaves_nothing(
    fails: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = Driver(fails)
    loaded(driver, monkeypatch)
    assert card.memory_mb() is None
    assert (driver.pushed, driver.contexts) == (0, 0)


def test_without_a_driver_there_is_no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "DRIVER", "no-such-library.so")
    assert card.memory_mb() is None
