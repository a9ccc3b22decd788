"""How photos become requests."""

import json
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.gathering import (
    DEBOUNCE_SECONDS,
    EXPIRY_SECONDS,
    JOIN_SECONDS,
    MAX_ALBUM,
    MAX_DEBOUNCE_SECONDS,
    Ask,
    Outcome,
    Part,
    Request,
    Role,
    Session,
    add,
    add_named,
    choose,
    swap,
    take_up,
    tick,
)

NOW = 1_000_000.0
MOSAIC, NEON = "0" * 63 + "m", "0" * 63 + "n"


def part(number: int, role: Role | None = None, album: str | None = None) -> Part:
    return Part(sha256=f"{number:064x}", message_id=number, role=role, album=album)


def settled(session: Session) -> tuple[Session, list[Outcome]]:
    """What comes of it when its time has come."""
    assert session.due is not None
    return tick(session, session.due)


def sent(
    *parts: Part, session: Session | None = None, at: float = NOW
) -> tuple[Session, list[Outcome]]:
    """All of these at once, and what comes of them in the end."""
    session, outcomes = session or Session(), []
    for one in parts:
        session, more = add(session, one, at)
        outcomes += more
    if session.due is not None:
        session, more = settled(session)
        outcomes += more
    return session, outcomes


def ids(outcome: Outcome) -> tuple[int, ...]:
    """The content's message, then the styles'."""
    assert isinstance(outcome, Request), outcome
    return outcome.content.message_id, *(style.message_id for style in outcome.styles)


def test_the_first_photo_makes_the_bot_ask_for_the_style_and_the_second_is_the_style() -> None:
    session, outcomes = sent(part(1))
    assert outcomes == [Ask(Role.STYLE, part(1))]
    session, outcomes = add(session, part(2), NOW + 5)
    assert outcomes == [Request(content=part(1), styles=(part(2),))]
    assert session.parts == ()


def test_two_photos_that_come_at_once_need_no_question() -> None:
    session, outcomes = add(Session(), part(1), NOW)
    assert outcomes == []
    _, outcomes = add(session, part(2), NOW + DEBOUNCE_SECONDS / 2)
    assert outcomes == [Request(content=part(1), styles=(part(2),))]


def test_a_third_photo_starts_the_next_request() -> None:
    session, outcomes = sent(part(1), part(2), part(3))
    assert [type(one) for one in outcomes] == [Request, Ask]
    _, outcomes = add(session, part(4), NOW + 5)
    assert [ids(one) for one in outcomes] == [(3, 4)]


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
        (Role.CONTENT, Role.CONTENT, False),
    ],
)
@pytest.mark.parametrize("album", [None, "a"])
def test_captions_name_roles(
    first: Role | None, second: Role | None, swapped: bool, album: str | None
) -> None:
    _, outcomes = sent(part(1, first, album), part(2, second, album))
    assert [ids(one) for one in outcomes] == [(2, 1) if swapped else (1, 2)]


def test_a_lone_style_makes_the_bot_ask_for_the_content() -> None:
    _, outcomes = sent(part(1, Role.STYLE))
    assert outcomes == [Ask(Role.CONTENT, part(1, Role.STYLE))]


def test_an_album_waits_for_its_parts_and_asks_nothing_in_between() -> None:
    session, outcomes = add(Session(), part(1, album="a"), NOW)
    assert outcomes == []
    session, outcomes = add(session, part(2, album="a"), NOW + 0.1)
    assert outcomes == []
    assert tick(session, NOW + 0.1 + DEBOUNCE_SECONDS - 0.01) == (session, [])
    session, outcomes = tick(session, NOW + 0.1 + DEBOUNCE_SECONDS)
    assert [ids(one) for one in outcomes] == [(1, 2)]
    assert session.due is None


def test_an_albums_order_is_that_of_its_messages_not_of_its_updates() -> None:
    _, outcomes = sent(*(part(number, album="a") for number in (3, 1, 2)))
    assert [ids(one) for one in outcomes] == [(1, 2, 3)]


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ((None, None, None), (1, 2, 3)),
        ((None, None, Role.CONTENT), (3, 1, 2)),
        ((Role.STYLE, None, None), (2, 1, 3)),
        ((Role.STYLE, Role.STYLE, None), (3, 1, 2)),
        ((Role.STYLE, Role.STYLE, Role.STYLE), (1, 2, 3)),
    ],
)
def test_of_an_album_of_three_one_is_the_content_and_the_rest_are_blended(
    roles: tuple[Role | None, ...], expected: tuple[int, ...]
) -> None:
    _, outcomes = sent(*(part(n, role, "a") for n, role in enumerate(roles, 1)))
    assert [ids(one) for one in outcomes] == [expected]


def test_an_album_after_a_photo_is_its_styles() -> None:
    session, _ = sent(part(1))
    _, outcomes = sent(part(2, album="a"), part(3, album="a"), session=session, at=NOW + 9)
    assert [ids(one) for one in outcomes] == [(1, 2, 3)]


def test_an_album_after_a_style_is_painted_photo_by_photo() -> None:
    session, _ = sent(part(1, Role.STYLE))
    _, outcomes = sent(part(2, album="a"), part(3, album="a"), session=session, at=NOW + 9)
    assert [ids(one) for one in outcomes] == [(2, 1), (3, 1)]


def test_two_albums_at_once_are_two_requests() -> None:
    _, outcomes = sent(*(part(n, album="a" if n < 3 else "b") for n in range(1, 6)))
    assert [ids(one) for one in outcomes] == [(1, 2), (3, 4, 5)]


def test_album_parts_that_arrive_late_join_the_photo_that_waits() -> None:
    session, outcomes = sent(part(1, album="a"))
    assert outcomes == [Ask(Role.STYLE, part(1, album="a"))]
    _, outcomes = sent(part(2, album="a"), session=session, at=NOW + 3)
    assert [ids(one) for one in outcomes] == [(1, 2)]


@pytest.mark.parametrize("late", [1, 2, 3])
def test_a_part_that_is_later_than_its_request_makes_it_anew(late: int) -> None:
    early = [part(number, album="a") for number in (1, 2, 3) if number != late]
    session, [first] = sent(*early)
    session, [second] = sent(part(late, album="a"), session=session, at=NOW + 10)
    assert ids(second) == (1, 2, 3)
    assert isinstance(second, Request)
    assert second.replaces == ids(first)[0]
    assert session.parts == ()
    _, [third] = sent(part(4, album="a"), session=session, at=NOW + 20)
    assert ids(third) == (1, 2, 3, 4)


def test_a_late_part_that_is_another_content_is_painted_as_well() -> None:
    session, _ = sent(part(1, Role.STYLE, "a"), part(2, Role.CONTENT, "a"))
    _, outcomes = sent(part(3, Role.CONTENT, "a"), session=session, at=NOW + 10)
    assert [ids(one) for one in outcomes] == [(2, 1), (3, 1)]
    assert [one.replaces for one in outcomes if isinstance(one, Request)] == [2, None]


def test_a_part_that_is_very_late_is_a_photo_like_any_other() -> None:
    session, _ = sent(part(1, album="a"), part(2, album="a"))
    _, outcomes = sent(part(3, album="a"), session=session, at=NOW + JOIN_SECONDS + 1)
    assert outcomes == [Ask(Role.STYLE, part(3, album="a"))]


def test_more_album_parts_put_the_request_off_but_not_for_ever() -> None:
    session, now = Session(), NOW
    for number in range(1, MAX_ALBUM):
        session, outcomes = add(session, part(number, album="a"), now)
        assert outcomes == []
        assert session.due == min(now + DEBOUNCE_SECONDS, NOW + MAX_DEBOUNCE_SECONDS)
        now += 0.5
        if now >= NOW + MAX_DEBOUNCE_SECONDS:
            break
    else:
        pytest.fail("the cap was never reached")


def test_an_album_that_is_full_waits_for_nothing() -> None:
    session = Session()
    for number in range(1, MAX_ALBUM + 1):
        session, outcomes = add(session, part(number, album="a"), NOW)
    assert [ids(one) for one in outcomes] == [tuple(range(1, MAX_ALBUM + 1))]
    assert session.due is None


def test_a_session_expires_quietly() -> None:
    session, _ = sent(part(1))
    assert session.wake == NOW + EXPIRY_SECONDS
    assert tick(session, NOW + EXPIRY_SECONDS - 1) == (session, [])
    assert tick(session, NOW + EXPIRY_SECONDS) == (Session(), [])
    session, outcomes = sent(part(2), session=session, at=NOW + EXPIRY_SECONDS + 1)
    assert outcomes == [Ask(Role.STYLE, part(2))]
    assert session.parts == (part(2),)


def test_what_was_painted_is_forgotten_in_time_as_well() -> None:
    session, _ = sent(part(1), part(2))
    assert session.last
    assert session.wake == NOW + EXPIRY_SECONDS
    assert tick(session, NOW + EXPIRY_SECONDS) == (Session(), [])
    assert Session().wake is None


def test_a_complete_album_outlives_a_long_stop_of_the_bot() -> None:
    session, _ = add(Session(), part(1, album="a"), NOW)
    session, _ = add(session, part(2, album="a"), NOW)
    _, outcomes = tick(session, NOW + 2 * EXPIRY_SECONDS)
    assert [ids(one) for one in outcomes] == [(1, 2)]


def test_a_style_may_be_chosen_for_the_photo_that_waits() -> None:
    session, _ = sent(part(1))
    changed = choose(session, [MOSAIC], 1, NOW + 5)
    assert changed
    session, [request] = changed
    assert request == Request(part(1), (Part(MOSAIC, 0, Role.STYLE),))
    assert session.parts == ()


def test_another_style_may_be_chosen_for_a_photo_that_was_just_painted() -> None:
    session, _ = sent(part(1))
    for style in (MOSAIC, NEON):
        changed = choose(session, [style], 1, NOW + 5)
        assert changed
        session, [request] = changed
        assert isinstance(request, Request)
        assert (request.content, request.styles[0].sha256) == (part(1), style)
        assert request.replaces is None


def test_a_style_for_a_photo_that_waits_no_more_changes_nothing() -> None:
    session, _ = sent(part(1))
    assert choose(session, [MOSAIC], 7, NOW) is None
    assert choose(session, [MOSAIC], 1, NOW + EXPIRY_SECONDS) is None
    assert swap(session, 7, NOW) is None


def test_a_style_that_is_chosen_first_waits_for_the_next_photo() -> None:
    changed = choose(Session(), [MOSAIC], 0, NOW)
    assert changed
    session, outcomes = changed
    assert outcomes == [Ask(Role.CONTENT, Part(MOSAIC, 0, Role.STYLE))]
    changed = choose(session, [NEON], 0, NOW)
    assert changed
    session, _ = changed
    _, outcomes = add(session, part(1), NOW + 5)
    assert outcomes == [Request(part(1), (Part(NEON, 0, Role.STYLE),))]


def test_a_chosen_style_is_never_the_content() -> None:
    changed = choose(Session(), [MOSAIC], 0, NOW)
    assert changed
    _, outcomes = add(changed[0], part(1, Role.STYLE), NOW)
    assert [ids(one) for one in outcomes] == [(1, 0)]


def test_a_photo_with_the_name_of_a_style_is_painted_and_what_waits_goes_on_waiting() -> None:
    waiting, _ = sent(part(1))
    session, [request] = add_named(waiting, part(2), MOSAIC, NOW + 5)
    assert isinstance(request, Request)
    assert (request.content.message_id, request.styles[0].sha256) == (2, MOSAIC)
    assert (session.parts, session.asked) == (waiting.parts, True)
    chosen = choose(session, [NEON], 1, NOW + 6)
    assert chosen is not None
    _, [then] = chosen
    assert isinstance(then, Request)
    assert then.content.message_id == 1


@pytest.mark.parametrize("named", [2, 3, 4])
def test_all_of_an_album_are_painted_in_the_style_that_one_caption_names(named: int) -> None:
    session, _ = sent(part(1))
    for number in (2, 3, 4):
        one = part(number, album="x")
        if number == named:
            session, outcomes = add_named(session, one, MOSAIC, NOW + 5)
        else:
            session, outcomes = add(session, one, NOW + 5)
        assert outcomes == []
    session, outcomes = settled(session)
    painted = [one for one in outcomes if isinstance(one, Request)]
    assert len(painted) == len(outcomes)
    assert [(one.content.message_id, one.styles[0].sha256) for one in painted] == [
        (number, MOSAIC) for number in (2, 3, 4)
    ]
    assert session.parts == ()


def test_a_photo_may_be_turned_into_the_style_and_back() -> None:
    session, _ = sent(part(1))
    changed = swap(session, 1, NOW + 5)
    assert changed
    session, outcomes = changed
    assert outcomes == [Ask(Role.CONTENT, part(1, Role.STYLE))]
    _, outcomes = add(session, part(2), NOW + 6)
    assert [ids(one) for one in outcomes] == [(2, 1)]
    changed = swap(session, 1, NOW + 7)
    assert changed
    session, outcomes = changed
    assert outcomes == [Ask(Role.STYLE, part(1, Role.CONTENT))]
    _, outcomes = add(session, part(2), NOW + 8)
    assert [ids(one) for one in outcomes] == [(1, 2)]


def test_what_is_taken_up_is_asked_about_and_then_painted_in_the_next_style() -> None:
    session, [ask] = take_up(Session(), part(4), NOW)
    assert ask == Ask(Role.STYLE, part(4, Role.CONTENT))
    _, [request] = add(session, part(9), NOW + 1)
    assert isinstance(request, Request)
    assert (request.content.message_id, [one.message_id for one in request.styles]) == (4, [9])


def test_what_is_taken_up_leaves_photos_that_have_just_come() -> None:
    session, _ = add(Session(), part(9, album="a"), NOW)
    session, outcomes = take_up(session, part(4), NOW + 0.1)
    assert not outcomes
    _, [request] = tick(session, NOW + 1)
    assert isinstance(request, Request)
    assert (request.content.message_id, [one.message_id for one in request.styles]) == (4, [9])


class Gathering(RuleBasedStateMachine):
    """Whatever comes when: no photo is lost, none is stuck, and none is asked about twice."""

    def __init__(self) -> None:
        super().__init__()
        self.session = Session()
        self.now = NOW
        self.sent: list[Part] = []
        self.used: set[int] = set()
        self.expired: set[int] = set()
        self.asked_about: list[int] = []
        self.taken_up: set[int] = set()

    def take(self, outcomes: list[Outcome]) -> None:
        for one in outcomes:
            if isinstance(one, Ask):
                assert one.part in self.session.parts
                self.asked_about.append(one.part.message_id)
                continue
            parts = (one.content, *one.styles)
            assert len(set(parts)) == len(parts) >= 2
            assert one.content.message_id != 0
            self.used |= {part.message_id for part in parts}

    @rule(
        album=st.sampled_from([None, "a", "b"]),
        role=st.sampled_from([None, *Role]),
        wait=st.floats(0, 5),
        late=st.booleans(),
    )
    def photo(self, album: str | None, role: Role | None, wait: float, late: bool) -> None:
        self.now += wait
        # An update may be overtaken by the next one.
        number = len(self.sent) * 2 + (1 if late else 4)
        while number in {one.message_id for one in self.sent}:
            number += 1
        new = part(number, role, album)
        self.sent.append(new)
        if self.session.wake is not None and self.session.due is None:
            assert self.now < self.session.wake
        self.session, outcomes = add(self.session, new, self.now)
        self.take(outcomes)

    @rule(
        album=st.sampled_from([None, "a", "b"]),
        style=st.sampled_from([MOSAIC, NEON]),
        wait=st.floats(0, 5),
    )
    def name(self, album: str | None, style: str, wait: float) -> None:
        self.now += wait
        number = max([0, *(one.message_id for one in self.sent)]) + 2
        new = part(number, None, album)
        self.sent.append(new)
        before = self.session
        self.session, outcomes = add_named(before, new, style, self.now)
        if album is None:
            assert [type(one) for one in outcomes] == [Request]
            assert self.session.parts == before.parts
        else:  # what does not belong to the album makes way
            left = set(before.parts) - set(self.session.parts)
            self.expired |= {one.message_id for one in left if one.album != album}
        self.take(outcomes)

    @precondition(lambda self: self.session.wake is not None)
    @rule()
    def ring(self) -> None:
        settling = self.session.due is not None
        self.now = max(self.now, self.session.wake or 0)
        if not settling:
            self.expired |= {one.message_id for one in self.session.parts}
        self.session, outcomes = tick(self.session, self.now)
        self.take(outcomes)
        assert self.session.due is None
        assert len(self.session.parts) <= 1
        assert settling or self.session == Session()

    @rule(style=st.sampled_from([MOSAIC, NEON]), data=st.data())
    def pick(self, style: str, data: st.DataObject) -> None:
        known = [0, *(one.message_id for one in self.sent)]
        changed = choose(self.session, [style], data.draw(st.sampled_from(known)), self.now)
        if changed is not None:
            before = {one.message_id for one in self.session.parts}
            self.session, outcomes = changed
            if outcomes and isinstance(outcomes[0], Ask):  # it takes the place of another style
                self.expired |= before
            self.take(outcomes)

    @precondition(lambda self: self.used - {0})
    @rule(data=st.data())
    def take_up(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.used - {0})))
        before = self.session
        self.taken_up.add(number)
        self.session, outcomes = take_up(before, part(number), self.now)
        if self.session.due is None and [type(one) for one in outcomes] == [Ask]:
            assert [one.message_id for one in self.session.parts] == [number]
            self.expired |= {one.message_id for one in before.parts}
        self.take(outcomes)

    @precondition(lambda self: self.session.parts)
    @rule()
    def turn(self) -> None:
        changed = swap(self.session, self.session.parts[0].message_id, self.now)
        if changed is not None:
            turned = [replace(one, role=None) for one in changed[0].parts]
            assert turned == [replace(one, role=None) for one in self.session.parts]
            self.session, outcomes = changed
            assert [type(one) for one in outcomes] == [Ask] * (self.session.due is None)

    @rule()
    def restart(self) -> None:
        parts = json.loads(json.dumps([one.to_dict() for one in self.session.parts]))
        read = tuple(Part.from_dict(one) for one in parts)
        assert read == self.session.parts
        last = self.session.last
        if last is not None:
            last = Request.from_dict(json.loads(json.dumps(last.to_dict())))
            assert last == self.session.last
        self.session = replace(self.session, parts=read, last=last)

    @invariant()
    def every_photo_is_accounted_for(self) -> None:
        waiting = {one.message_id for one in self.session.parts}
        everything = {one.message_id for one in self.sent}
        assert everything <= self.used | waiting | self.expired

    @invariant()
    def nothing_waits_longer_than_it_should(self) -> None:
        if len(self.session.parts) >= 2:
            assert self.session.due is not None
        if self.session.due is not None:
            assert self.session.due <= self.now + DEBOUNCE_SECONDS
            assert self.session.due <= self.session.began + MAX_DEBOUNCE_SECONDS

    @invariant()
    def a_single_photo_is_asked_about_once(self) -> None:
        if self.session.due is None:
            assert self.session.asked == bool(self.session.parts)
        # What is taken up is to be asked about once more.
        sent_ones = [one for one in self.asked_about if one not in self.taken_up | {0}]
        assert len(sent_ones) == len(set(sent_ones))


TestGathering = Gathering.TestCase
TestGathering.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
