"""How photos become requests."""

import json

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.gathering import (
    DEBOUNCE_SECONDS,
    EXPIRY_SECONDS,
    Ask,
    Part,
    Request,
    Role,
    Session,
    add,
    tick,
)

NOW = 1_000_000.0


def part(number: int, role: Role | None = None, album: str | None = None) -> Part:
    return Part(sha256=f"{number:064x}", message_id=number, role=role, album=album)


def test_the_first_photo_makes_the_bot_ask_for_the_style_and_the_second_is_the_style() -> None:
    session, outcomes = add(Session(), part(1), NOW)
    assert outcomes == [Ask(Role.STYLE)]
    session, outcomes = add(session, part(2), NOW + 5)
    assert outcomes == [Request(content=part(1), style=part(2))]
    assert session.parts == ()


def test_a_third_photo_starts_the_next_request() -> None:
    session = Session()
    for number in (1, 2):
        session, _ = add(session, part(number), NOW)
    session, outcomes = add(session, part(3), NOW)
    assert outcomes == [Ask(Role.STYLE)]
    _, outcomes = add(session, part(4), NOW)
    assert outcomes == [Request(content=part(3), style=part(4))]


@pytest.mark.parametrize(
    ("first", "second", "swapped"),
    [
        (None, None, False),
        (Role.CONTENT, None, False),
        (None, Role.STYLE, False),
        (Role.STYLE, None, True),
        (None, Role.CONTENT, True),
        (Role.STYLE, Role.CONTENT, True),
        (Role.STYLE, Role.STYLE, False),
    ],
)
def test_captions_name_roles(first: Role | None, second: Role | None, swapped: bool) -> None:
    session, _ = add(Session(), part(1, first), NOW)
    _, outcomes = add(session, part(2, second), NOW)
    [request] = outcomes
    assert isinstance(request, Request)
    assert (request.content.message_id, request.style.message_id) == ((2, 1) if swapped else (1, 2))


def test_a_lone_style_makes_the_bot_ask_for_the_content() -> None:
    _, outcomes = add(Session(), part(1, Role.STYLE), NOW)
    assert outcomes == [Ask(Role.CONTENT)]


def test_an_album_waits_for_its_parts_and_asks_nothing_in_between() -> None:
    session, outcomes = add(Session(), part(1, album="a"), NOW)
    assert outcomes == []
    session, outcomes = add(session, part(2, album="a"), NOW + 0.1)
    assert outcomes == []
    assert tick(session, NOW + 0.1 + DEBOUNCE_SECONDS - 0.01) == (session, [])
    session, outcomes = tick(session, NOW + 0.1 + DEBOUNCE_SECONDS)
    assert outcomes == [Request(content=part(1, album="a"), style=part(2, album="a"))]
    assert session.due is None


def test_an_albums_order_is_that_of_its_messages_not_of_its_updates() -> None:
    session, _ = add(Session(), part(2, album="a"), NOW)
    session, _ = add(session, part(1, album="a"), NOW)
    _, outcomes = tick(session, NOW + 1)
    assert outcomes == [Request(content=part(1, album="a"), style=part(2, album="a"))]


def test_album_parts_that_arrive_late_join_the_request() -> None:
    session, _ = add(Session(), part(1, album="a"), NOW)
    session, outcomes = tick(session, NOW + DEBOUNCE_SECONDS)
    assert outcomes == [Ask(Role.STYLE)]
    session, _ = add(session, part(2, album="a"), NOW + 3)
    _, outcomes = tick(session, NOW + 3 + DEBOUNCE_SECONDS)
    assert outcomes == [Request(content=part(1, album="a"), style=part(2, album="a"))]


def test_more_album_parts_do_not_put_the_request_off() -> None:
    session, _ = add(Session(), part(1, album="a"), NOW)
    session, _ = add(session, part(2, album="a"), NOW)
    due = session.due
    for number in range(3, 11):
        session, _ = add(session, part(number, album="a"), NOW + number / 20)
    assert session.due == due


def test_a_session_expires_quietly() -> None:
    session, _ = add(Session(), part(1), NOW)
    session, outcomes = add(session, part(2), NOW + EXPIRY_SECONDS + 1)
    assert outcomes == [Ask(Role.STYLE)]
    assert session.parts == (part(2),)


def test_a_complete_album_outlives_a_long_stop_of_the_bot() -> None:
    session, _ = add(Session(), part(1, album="a"), NOW)
    session, _ = add(session, part(2, album="a"), NOW)
    _, outcomes = add(session, part(3), NOW + 2 * EXPIRY_SECONDS)
    assert Request(content=part(1, album="a"), style=part(2, album="a")) in outcomes


class Gathering(RuleBasedStateMachine):
    """Whatever comes when, each photo is in one request at most, and none is lost or stuck."""

    def __init__(self) -> None:
        super().__init__()
        self.session = Session()
        self.now = NOW
        self.sent: list[Part] = []
        self.requests: list[Request] = []
        self.asked = 0

    def take(self, outcomes: list[Ask | Request]) -> None:
        self.requests += [one for one in outcomes if isinstance(one, Request)]
        self.asked += sum(isinstance(one, Ask) for one in outcomes)

    @rule(
        album=st.sampled_from([None, "a", "b"]),
        role=st.sampled_from([None, *Role]),
        wait=st.floats(0, 5),
    )
    def photo(self, album: str | None, role: Role | None, wait: float) -> None:
        self.now += wait
        new = part(len(self.sent) + 1, role, album)
        self.sent.append(new)
        self.session, outcomes = add(self.session, new, self.now)
        self.take(outcomes)

    @precondition(lambda self: self.session.due is not None)
    @rule()
    def ring(self) -> None:
        self.now = max(self.now, self.session.due or 0)
        self.session, outcomes = tick(self.session, self.now)
        self.take(outcomes)
        assert self.session.due is None
        assert len(self.session.parts) <= 1

    @rule()
    def restart(self) -> None:
        parts = json.loads(json.dumps([one.to_dict() for one in self.session.parts]))
        read = tuple(Part.from_dict(one) for one in parts)
        assert read == self.session.parts
        self.session = Session(read, self.session.due, self.session.asked, self.session.touched)

    @invariant()
    def every_photo_is_in_one_place(self) -> None:
        used = [one for request in self.requests for one in (request.content, request.style)]
        everywhere = sorted([*used, *self.session.parts], key=lambda one: one.message_id)
        assert everywhere == self.sent

    @invariant()
    def two_photos_never_wait_longer_than_the_debounce(self) -> None:
        if len(self.session.parts) >= 2:
            assert self.session.due is not None
            assert self.session.due <= self.now + DEBOUNCE_SECONDS < self.now + 1

    @invariant()
    def a_single_photo_is_asked_about_once(self) -> None:
        if self.session.due is None:
            assert self.session.asked == bool(self.session.parts)
        assert self.asked <= len(self.sent)


TestGathering = Gathering.TestCase
TestGathering.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
