"""Callback data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.buttons import MAX_BYTES, MAX_JOB, MAX_OWNER, Action, Button, decode, encode

words = st.text("abcdefghijklmnopqrstuvwxyz0123456789_-", min_size=1, max_size=16)


@st.composite
def buttons(draw: st.DrawFn) -> Button:
    action = draw(st.sampled_from(Action))
    shape = action.value
    return Button(
        action,
        draw(st.integers(0, MAX_JOB)) if shape.job else None,
        draw(st.integers(-MAX_OWNER, MAX_OWNER)) if shape.owner else None,
        tuple(draw(words) for _ in range(shape.words)),
    )


@given(buttons())
def test_a_button_survives_its_way_through_telegram(button: Button) -> None:
    data = encode(button)
    assert 1 <= len(data.encode()) <= MAX_BYTES
    assert decode(data) == button


@given(st.text(max_size=80) | st.from_regex(r"1:[a-z]{1,2}(:[0-9a-z]{1,20}){0,4}", fullmatch=True))
def test_tampered_data_is_either_a_button_in_its_one_form_or_nothing(data: str) -> None:
    button = decode(data)
    assert button is None or encode(button) == data


@given(buttons(), st.data())
def test_one_changed_character_makes_another_button_or_none(
    button: Button, data: st.DataObject
) -> None:
    whole = encode(button)
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:at] + data.draw(st.characters()) + whole[at + 1 :]
    found = decode(changed)
    assert found is None or (found == button) == (changed == whole)


@pytest.mark.parametrize("action", Action)
def test_the_longest_arguments_of_every_action_fit(action: Action) -> None:
    shape = action.value
    button = Button(
        action,
        MAX_JOB if shape.job else None,
        -MAX_OWNER if shape.owner else None,
        ("a" * 16,) * shape.words,
    )
    assert len(encode(button).encode()) <= MAX_BYTES


def test_no_two_actions_have_the_same_code() -> None:
    codes = [action.value.code for action in Action]
    assert len(set(codes)) == len(codes), codes
    # Python makes members with equal values one: then a name would be missing from the list.
    assert len(codes) == len(Action.__members__)


@pytest.mark.parametrize(
    "data",
    [
        *("", ":", "1", "1:", "1:c", "1:c:", "1:c:01", "1:c:-1", "1:c:+1", "1:c: 1", "1:c:\u0661"),
        *("0:c:1", "2:c:1", "1:zz:1", "1:c:1:", "1:c:1:1", "1:C:1", f"1:c:{MAX_JOB + 1}"),
        *("1:kl:-0:5", "1:kl:--1:5", f"1:kl:-{MAX_OWNER + 1}:5", "1:kl:5"),
    ],
)
def test_data_of_another_version_or_of_nobodys_making_is_nothing(data: str) -> None:
    assert decode(data) is None


def test_data_of_the_first_version_keeps_its_meaning() -> None:
    assert decode("1:c:1") == Button(Action.CANCEL, 1)
    assert decode("1:f:2147483647") == Button(Action.FILE, MAX_JOB)


@pytest.mark.parametrize(
    "arguments", [(), (-1,), (MAX_JOB + 1,), (1, 2), (1, None, ("word",)), (None, 1)]
)
def test_a_button_that_could_not_be_read_back_cannot_be_made(arguments: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"arguments of Action\.CANCEL"):
        Button(Action.CANCEL, *arguments)  # type: ignore[arg-type]
