"""Advice on late faces: each outcome is told of the face when it was, and per its own change of time."""

from __future__ import annotations

from dataclasses import replace

from tests.host.test_driver_words import answer

from telltale.host.advice import Kind, Line
from telltale.host.advice_words import say
from telltale.host.closer import Closer
from telltale.host.driver import Answer, DriverStudy

SALES = answer("interest", 0.24, 0.13, 1.12)
MONEY = answer("interest", 0.24, 0.13, 1.2, "revenue")
LIKES = replace(answer("interest", 0.26, 0.11, 1.05, "likes"), lag_s=30.0)


def expected(first: Answer, *also: Answer, kind: Kind = "more") -> str:
    """What a line says is to be expected."""
    points = {one.outcome: 900 for one in (first, *also)}
    study = DriverStudy(
        (first, *also), tuple(points), {}, {}, points, {}, 12, "host", 12, 25, 0.95, 0, True, 4
    )
    line = Line(kind, first, "published", 0.24, 0.37, (1.12, 1.1, 1.14), None, "", also)
    return say(line, study, Closer()).expect


def test_what_comes_at_once_is_told_as_one() -> None:
    assert expected(SALES, MONEY) == (
        "expect 12 % more purchases (10 to 14 % more) for that change, if the link holds when it is tried;"
        " also 20 % more revenue (18 to 22 % more) for 13 points more of the time"
    )


def test_one_late_among_others_says_when_and_per_its_own_share() -> None:
    told = expected(SALES, MONEY, LIKES)
    assert told.endswith(
        "; also 20 % more revenue (18 to 22 % more) for 13 points more of the time;"
        " 5 % more likes (3 to 7 % more) for 11 points more of the time half a minute before"
    )


def test_one_at_once_beside_a_late_one_says_that_too() -> None:
    late = replace(SALES, lag_s=120.0)
    told = expected(late, replace(MONEY, lag_s=120.0), LIKES, answer("interest", 0.24, 0.13, 1.1, "comments"))
    assert "for that change, 2 minutes after it, if the link holds" in told
    assert "more revenue (18 to 22 % more) for 13 points more of the time 2 minutes before; " in told
    assert "for 11 points more of the time half a minute before; " in told
    assert told.endswith("for 13 points more of the time at once")


def test_what_waits_says_its_own_time_once() -> None:
    waits = [replace(one, verdict="unresolved", reasons=("later",)) for one in (SALES, MONEY, LIKES)]
    at_once = expected(waits[0], waits[1], waits[2], kind="wait")
    assert at_once.count("13 points more of the time") == 1
    assert "also 20 % more revenue (18 to 22 % more); 5" in at_once
    late = expected(waits[2], waits[0], kind="wait")
    assert "when it showed 11 points more of the time half a minute before (26 to 37 %); also 12 %" in late
    assert late.endswith("for 13 points more of the time at once")
