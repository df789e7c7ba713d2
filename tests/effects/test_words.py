"""Sentences of an effect: what a check sank is never the headline."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from telltale.core.rng import stream
from telltale.effects.contract import Effect
from telltale.effects.drawn import Drawn
from telltale.effects.refutation import Finding, Refutation, Verdict
from telltale.effects.sizes import hundred_words, told_words
from telltale.effects.smallest_effect import smallest_value
from telltale.effects.variance import student
from telltale.effects.words import answer_words, how_sure_words, stood_words, wrong_if

EFFECT = Effect(
    "ATE", 0.1, 0.03, 0.18, 0.04, 0.95, "dr", "viewer", "note", "spend", 40, 60, 30, 2, "observed",
    notes=("30 people", "adjusted for 3 of 5 covariates"),
)  # fmt: skip


def finding(effect: Effect, *verdicts: Verdict) -> Finding:
    checks = (Refutation(f"check {k}", one, "", "", 0, 0, 0) for k, one in enumerate(verdicts))
    return Finding(effect, tuple(checks))


def size(value: float) -> str:
    return f"{value:g}"


@pytest.mark.parametrize(
    ("ends", "stands", "sunk"),
    [
        (
            (0.03, 0.18),
            "note raised spend by 0.1, on average over all viewers.",
            "Not to be relied on: note seems to have raised spend by 0.1, on average over all viewers, but"
            " that fails 1 of 3 checks (check 1).",
        ),
        (
            (-0.03, 0.18),
            "There is no evidence that note changed spend.",
            "Not to be relied on: no evidence was found that note changed spend, but that fails 1 of 3"
            " checks (check 1).",
        ),
        (
            (float("nan"), float("nan")),
            "note may have moved spend by 0.1; how sure that is nobody can say.",
            "Not to be relied on: note may have moved spend by 0.1, but that fails 1 of 3 checks (check 1).",
        ),
    ],
)
def test_the_first_sentence_says_itself_that_a_check_sank_it(
    ends: tuple[float, float], stands: str, sunk: str
) -> None:
    effect = replace(EFFECT, low=ends[0], high=ends[1])
    assert answer_words(finding(effect, "pass", "cannot tell", "pass"), size) == stands
    assert answer_words(finding(effect, "pass", "fail", "pass"), size) == sunk


def test_what_failed_is_told_once() -> None:
    """The answer names it; the last sentence goes on to what no check can see."""
    assert wrong_if(finding(EFFECT, "pass", "fail")) == "It is wrong too if"
    assert wrong_if(finding(EFFECT, "fail", "cannot tell")) == "Check 1 cannot tell. It is wrong too if"
    assert wrong_if(finding(EFFECT, "pass", "pass")) == "It stands 2 of 2 checks. It is wrong if"


def test_where_nothing_is_claimed_checks_that_cannot_tell_are_no_failure() -> None:
    null = replace(EFFECT, low=-0.1)
    assert stood_words(finding(null, "cannot tell", "cannot tell")) == (
        "The checks cannot tell: nothing is claimed"
    )
    assert stood_words(finding(null, "pass", "cannot tell")).startswith("It stands 1 of 2 checks")
    assert stood_words(finding(EFFECT, "cannot tell")) == "It stands 0 of 1 checks; check 0 cannot tell"


def test_an_effect_in_one_line_says_who_is_drawn_once() -> None:
    line = str(replace(EFFECT, drawn=Drawn("person")))
    assert line.endswith(
        "; no lot used; 40 got it, 60 did not, of 30 people, 2 left out; adjusted for 3 of 5 covariates"
    )
    few = replace(EFFECT, drawn=Drawn("person"), notes=("39 clusters: few, so the interval is rough",))
    assert str(few).endswith(", of 30 people, 2 left out; few, so the interval is rough")


def test_events_are_told_of_a_hundred_viewers() -> None:
    assert hundred_words(-0.0139) == "-1.4 per 100 viewers"


def test_what_is_said_to_have_been_seen_is_seen_as_often() -> None:
    """The size told is found four times in five; half of it not even twice in five, but not never."""
    least = smallest_value(EFFECT)
    told = how_sure_words(EFFECT, least, "no lot is used", size, Drawn("person"))
    says = f"an effect of {least:g} would have been seen four times in five, smaller ones less often"
    assert told.endswith(f"; {says}.")
    draw, wide = stream(1, "seen"), student(EFFECT.freedom, 0.975)
    noise = draw.standard_normal(20_000)
    far = least / EFFECT.standard_error
    seen = [float((np.abs(share * far + noise) > wide).mean()) for share in (1.0, 0.8, 0.5)]
    assert seen[0] == pytest.approx(0.8, abs=0.02)
    # Most effects somewhat under it are seen too.
    assert 0.5 < seen[1] < seen[0]
    assert 0.1 < seen[2] < 0.4


def test_one_line_is_told_in_the_unit_it_is_given() -> None:
    line = EFFECT.line(partial(told_words, told="binary"))
    assert ": 10 percentage points, 95 % interval 3 to 18 percentage points; " in line
    assert ": 0.1, 95 % interval 0.03 to 0.18; " in str(EFFECT)
