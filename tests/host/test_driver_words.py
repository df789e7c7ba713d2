"""What a ratio is per: a standard deviation told as a change of time, in sentences and in the headline."""

from __future__ import annotations

import math
from dataclasses import replace

from telltale.host.driver import Answer, Step
from telltale.host.driver_words import headline, more_points, of_the_time, said, verdict_words, when_more
from telltale.host.estimate import Estimate
from telltale.host.rungs import RUNGS

NONE = Estimate(0.0, -0.1, 0.1, 1.0)


def answer(name: str, mean: float, sd: float, ratio: float, outcome: str = "purchases") -> Answer:
    """A driver whose last rung tells a ratio."""
    value = math.log(ratio)
    steps = tuple(
        Step(rung, Estimate(value, value - 0.02, value + 0.02, 0.001), 0.001, 0.01) for rung in RUNGS
    )
    return Answer(outcome, name, mean, sd, NONE, steps, None, NONE, None, "driver")


def test_a_standard_deviation_is_told_as_time() -> None:
    usual = answer("interest", 0.238, 0.127, 1.12)
    assert when_more(usual) == "when it shows 12 points more of the time (24 to 36 %)"
    rare = replace(usual, mean=0.021, sd=0.0123)
    assert (more_points(rare), of_the_time(rare)) == ("1.2 points", "2.1 to 3.3 %")
    rarer = replace(usual, mean=0.0061, sd=0.002)
    assert (more_points(rarer), of_the_time(rarer)) == ("0.20 points", "0.61 to 0.81 %")
    one = replace(usual, mean=0.5, sd=0.0301)
    assert more_points(one) == "3 points"


def test_what_came_late_says_how_late() -> None:
    late = replace(answer("interest", 0.24, 0.13, 1.12), lag_s=60.0)
    when = "when it showed 13 points more of the time a minute before (24 to 37 %)"
    assert when_more(late) == when
    assert headline([late]) == f"Interest goes with 12 % more purchases {when}"
    assert verdict_words(late) == "stays, a minute before"
    assert verdict_words(replace(late, lag_s=120.0, verdict="unresolved")) == "unresolved, 2 minutes before"
    assert verdict_words(replace(late, lag_s=0.0)) == "stays"
    assert verdict_words(replace(late, verdict="none")) == ""


def test_more_than_all_of_the_time_is_never_told() -> None:
    nearly = answer("interest", 0.93, 0.2, 1.12)
    assert of_the_time(nearly) == "73 to 93 %"
    # The widest that a share can vary about its mean.
    widest = replace(nearly, mean=0.9, sd=0.3)
    assert of_the_time(widest) == "60 to 90 %"


def test_the_ends_and_the_points_between_them_agree() -> None:
    for mean in (0.005, 0.034, 0.246, 0.7531):
        for sd in (0.0011, 0.0049, 0.0149, 0.06, 0.1261):
            one = answer("awe", mean, sd, 1.1)
            low, high = (float(end) for end in of_the_time(one).removesuffix(" %").split(" to "))
            assert math.isclose(high - low, float(more_points(one).split()[0]), abs_tol=1e-9)
            assert abs(high - low - 100 * sd) < max(0.1 * 100 * sd, 1.01)


def test_the_headline_says_per_what() -> None:
    first, second = answer("interest", 0.24, 0.13, 1.12), answer("elation", 0.1, 0.05, 0.91)
    assert headline([first]) == (
        "Interest goes with 12 % more purchases when it shows 13 points more of the time (24 to 37 %)"
    )
    assert headline([first, second]) == f"{headline([first])}, elation with 9 % fewer (10 to 15 %)"
    money = [replace(one, outcome="revenue") for one in (second, first)]
    assert headline(money).startswith("Elation goes with 9 % less revenue when it shows 5 points more")
    assert headline(money).endswith("interest with 12 % more (24 to 37 %)")


def test_one_late_among_others_says_when_in_the_headline() -> None:
    once, late = answer("interest", 0.24, 0.13, 1.12), replace(answer("elation", 0.1, 0.05, 0.91), lag_s=30.0)
    told = "(24 to 37 %), elation with 9 % fewer (10 to 15 %, half a minute before the count)"
    assert headline([once, late]).endswith(told)
    # After a late one, one at once would pass for late.
    assert headline([late, once]).endswith("(10 to 15 %), interest with 12 % more (24 to 37 %, at once)")
    minute = replace(once, lag_s=60.0)
    assert headline([late, minute]).endswith(
        "interest with 12 % more (24 to 37 %, a minute before the count)"
    )


def test_no_sentence_leaves_a_reader_with_a_standard_deviation() -> None:
    one = answer("interest", 0.24, 0.13, 1.12)
    told = [
        said(one),
        said(replace(one, verdict="unresolved", reasons=("later",))),
        said(replace(one, verdict="explained", gone_at="host")),
        said(replace(one, verdict="none")),
    ]
    for words in told:
        assert "when it shows 13 points more of the time (24 to 37 %)" in words
        assert "standard deviation" not in words
