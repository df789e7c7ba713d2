"""What may be said: every verdict from the numbers it rests on, and in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from telltale.host.driver import Answer, Checks, Reason, Step
from telltale.host.driver_words import REASON_WORDS, said, size, why_words
from telltale.host.estimate import Estimate
from telltale.host.rungs import RUNGS
from telltale.host.verdict import judge, with_kin

NOTHING = Estimate(0.0, -0.1, 0.1, 0.9)
CLEAR = Estimate(0.14, 0.08, 0.2, 0.0001)
AGAINST = Estimate(-0.14, -0.2, -0.08, 0.0001)
STANDS = Checks(NOTHING, NOTHING, NOTHING, CLEAR, 0.001, 0.002)


def steps(*seen: bool) -> tuple[Step, ...]:
    """The ladder, clear or nothing at each rung."""
    return tuple(
        Step(rung, CLEAR if one else NOTHING, 0.0001 if one else 0.9, 0.01 if one else 0.95)
        for rung, one in zip(RUNGS, seen, strict=True)
    )


ALL = steps(*[True] * 6)


def test_a_driver_stands_everything() -> None:
    assert judge(ALL, STANDS) == ("driver", (), None)
    down = tuple(replace(step, estimate=AGAINST) for step in ALL)
    assert judge(down, replace(STANDS, nearby=AGAINST)) == ("driver", (), None)
    assert judge(ALL, STANDS, coarse=True) == ("unresolved", ("coarse",), None)


@pytest.mark.parametrize(
    ("reason", "checks"),
    [
        ("later", replace(STANDS, later=CLEAR)),
        ("around", replace(STANDS, around=Estimate(0.1, -0.01, 0.21, 0.08))),
        ("shifted", replace(STANDS, shifted=Estimate(-0.1, -0.21, 0.01, 0.08))),
        ("nearby", replace(STANDS, nearby=NOTHING)),
        ("nearby", replace(STANDS, nearby=AGAINST)),
        ("nearby", replace(STANDS, nearby=Estimate(0.1, 0.03, 0.17, 0.006))),
        ("nearby", replace(STANDS, nearby=Estimate(0.1, float("nan"), float("nan"), float("nan")))),
        ("permuted", replace(STANDS, permutation_p=0.006)),
        ("few", replace(STANDS, wild_p=0.06)),
        ("few", replace(STANDS, wild_p=float("nan"))),
    ],
)
def test_each_check_can_sink_it(reason: Reason, checks: Checks) -> None:
    assert judge(ALL, checks) == ("unresolved", (reason,), None)


def test_checks_of_time_are_one_sided() -> None:
    passed = replace(STANDS, later=AGAINST, around=AGAINST, shifted=CLEAR)
    assert judge(ALL, passed)[0] == "driver"


def test_one_rung_alone_is_not_enough() -> None:
    assert judge(steps(True, True, True, True, True, False), STANDS) == ("unresolved", ("between",), None)
    assert judge(steps(True, True, True, True, False, True), STANDS) == ("unresolved", ("within",), None)
    turned = (*ALL[:4], replace(ALL[4], estimate=AGAINST), ALL[5])
    assert judge(turned, STANDS) == ("unresolved", ("within",), None)
    unsure = (*ALL[:5], replace(ALL[5], estimate=Estimate(0.1, -0.01, 0.2, 0.07)))
    assert judge(unsure, STANDS) == ("unresolved", ("few",), None)


def test_what_is_taken_away_is_told_by_what() -> None:
    assert judge(steps(True, False, False, False, False, False), None) == ("explained", (), "host")
    assert judge(steps(True, False, True, False, False, False), None) == ("explained", (), "promotion")
    assert judge(steps(True, True, True, True, True, False), None) == ("explained", (), "within")
    assert judge(steps(False, True, True, True, False, False), None) == ("none", (), None)
    chance = replace(ALL[0], q=0.3)
    assert judge((chance, *steps(*[False] * 6)[1:]), None) == ("none", (), None)


def test_too_weak_once_all_is_counted() -> None:
    weak = (*ALL[:5], replace(ALL[5], q=0.2))
    assert judge(weak, None) == ("unresolved", ("weak",), None)
    assert judge((replace(weak[0], q=0.2), *weak[1:]), None) == ("none", (), None)


def test_what_keeps_its_size_is_not_explained_by_wider_errors() -> None:
    for left, verdict in ((0.1, "unresolved"), (0.06, "explained"), (-0.1, "explained")):
        unsure = Estimate(left, left - 0.2, left + 0.2, 0.2)
        assert judge((*ALL[:5], replace(ALL[5], estimate=unsure, q=0.5)), None)[0] == verdict


def answer(**other: object) -> Answer:
    whole = Answer("purchases", "interest", 0.2, 0.08, CLEAR, ALL, None, CLEAR, STANDS, "driver")
    return replace(whole, **other)  # type: ignore[arg-type]


def test_kin_sink_each_other_by_time_alone() -> None:
    def told(reason: Reason, outcome: str = "purchases") -> list[str]:
        failed = answer(outcome=outcome, verdict="unresolved", reasons=(reason,))
        return [one.verdict for one in with_kin([answer(outcome="revenue"), failed, answer(outcome="likes")])]

    assert told("shifted") == ["unresolved", "unresolved", "driver"]
    assert (
        with_kin([answer(outcome="revenue", verdict="unresolved", reasons=("later",)), answer()])[1]
        == answer()
    )
    assert told("few") == ["driver", "unresolved", "driver"]
    assert told("shifted", "comments") == ["driver", "unresolved", "driver"]
    whole = [
        answer(outcome="comments", verdict="unresolved", reasons=("later",)),
        answer(outcome="engagement"),
    ]
    assert with_kin(whole)[1].reasons == ("kin",)


def test_words_say_what_goes_with_what() -> None:
    driver = said(answer())
    assert driver.startswith(
        "interest comes with 15 % more purchases (8 to 22 % more) when it shows 8 points more of the time"
        " (20 to 28 %), also after"
    )
    assert driver.endswith("test it")
    unresolved = said(answer(verdict="unresolved", reasons=("shifted", "few")))
    assert "but purchases go best with the face shortly after them" in unresolved
    assert "from host to host" in unresolved
    gone = said(
        answer(steps=steps(True, False, False, False, False, False), verdict="explained", gone_at="host")
    )
    assert gone.endswith("once host and platform are taken into account")
    none = said(answer(steps=steps(*[False] * 6), verdict="none"))
    assert none == (
        "no sign that interest goes with purchases:"
        " between 10 % less and 11 % more when it shows 8 points more of the time (20 to 28 %) would fit"
    )
    nan = float("nan")
    lost = tuple(replace(step, estimate=Estimate(nan, nan, nan, nan)) for step in ALL)
    assert said(answer(steps=lost, verdict="none")).startswith(
        "whether interest goes with purchases cannot be told"
    )
    for words in (driver, unresolved, gone, none, *REASON_WORDS.values()):
        assert "cause" not in words.replace("something slow", "")


def test_sizes_and_single_words() -> None:
    assert size(AGAINST, "likes") == "13 % fewer likes (8 to 18 % fewer)"
    assert size(Estimate(0.01, -0.03, 0.05, 0.5), "likes") == "1.0 % more likes (3 % fewer to 5 % more)"
    assert (
        why_words("shifted", "revenue")
        == "revenue goes best with the face shortly after it: it may make the face"
    )


def test_ten_points_of_share() -> None:
    assert answer().for_ten_points.value == pytest.approx(0.14 * 0.1 / 0.08)
