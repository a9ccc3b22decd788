"""Callback data."""

from hypothesis import given
from hypothesis import strategies as st

from bot.buttons import MAX_BYTES, Button, CancelJob, SendFile, decode, encode

buttons = st.builds(CancelJob, st.integers(0, 2**31 - 1)) | st.builds(
    SendFile, st.integers(0, 2**31 - 1)
)


@given(buttons)
def test_a_button_survives_its_way_through_telegram(button: Button) -> None:
    data = encode(button)
    assert 1 <= len(data.encode()) <= MAX_BYTES
    assert decode(data) == button


@given(st.text(max_size=80) | st.from_regex(r"[0-9]:[a-z]:[0-9]{1,20}", fullmatch=True))
def test_tampered_data_is_either_a_button_in_its_one_form_or_nothing(data: str) -> None:
    button = decode(data)
    assert button is None or encode(button) == data


def test_data_of_another_version_is_nothing() -> None:
    assert decode("0:c:1") is None
    assert decode("1:c:1") == CancelJob(1)
    assert decode(f"1:c:{2**31}") is None
