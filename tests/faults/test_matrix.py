"""The description of the kill matrix."""

from typing import Any

from tests.faults.matrix import Call, Cell, Victim, When, calls, cells, instants, table

TRANSCRIPT: list[dict[str, Any]] = [
    {"method": "getMe", "answer": {}},
    {"method": "getUpdates", "answer": {}},
    {"method": "sendMessage", "answer": {}},
    {"method": "getUpdates", "answer": None},
]


def test_every_answered_call_of_a_story_is_in_it_with_its_number() -> None:
    found = calls("private", TRANSCRIPT)
    assert [str(one) for one in found] == [
        "private: getMe 1",
        "private: getUpdates 1",
        "private: sendMessage 1",
    ]
    twice = calls("private", [*TRANSCRIPT, {"method": "getUpdates", "answer": {}}])
    assert twice[-1] == Call("private", "getUpdates", 3), "the one that hangs is counted"


def test_each_is_a_cell_before_and_after_for_every_victim() -> None:
    found = cells(calls("private", TRANSCRIPT))
    assert len(found) == len(set(found)) == 3 * 2 * len(Victim)
    assert len(cells(calls("private", TRANSCRIPT), [Victim.BOT])) == 3 * 2


def test_random_instants_are_the_same_every_time_and_of_all_victims() -> None:
    first, again = list(instants(100, 2.0)), list(instants(100, 2.0))
    assert first == again
    kills = [kill for one in first for kill in one.kills]
    assert len(first) == 100
    assert {victim for victim, _ in kills} == {Victim.BOT, Victim.WORKER, Victim.BOTH}
    assert all(0.0 <= seconds <= 2.0 for _, seconds in kills)
    assert len({seconds for _, seconds in kills}) == len(kills)


def test_the_table_has_a_row_a_call_and_a_column_a_way_to_die() -> None:
    call = Call("private", "getMe", 1)
    text = table(
        {Cell(call, When.BEFORE, Victim.BOT): "well", Cell(call, When.AFTER, Victim.BOT): "again"}
    )
    assert text.splitlines() == [
        "| killed while held | bot, before | bot, after |",
        "|-------------------|-------------|------------|",
        "| private: getMe 1  | well        | again      |",
    ]
