"""Sentences of an effect: what a check sank is never the headline."""

from __future__ import annotations

from dataclasses import replace

import pytest

from telltale.effects.contract import Effect
from telltale.effects.drawn import Drawn
from telltale.effects.refutation import Finding, Refutation, Verdict
from telltale.effects.sizes import hundred_words
from telltale.effects.words import answer_words, stood_words, wrong_if

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
