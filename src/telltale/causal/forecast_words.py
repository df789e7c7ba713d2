"""A forecast in three sentences: how good it is beside others, how sure that is, what would make it wrong."""

from __future__ import annotations

import math
from typing import Final, Literal

from telltale.causal.forecast_scores import Lead, Measure, Scores
from telltale.causal.graph_network import PLAIN, ForecastStudy

Score = Literal["r2", "auc"]
_NAMES: Final[dict[str, dict[Score, str]]] = {
    "linear": {"r2": "ridge regression", "auc": "logistic regression"},
    PLAIN: {"r2": f"a {PLAIN}", "auc": f"a {PLAIN}"},
}
"""Where a model's own name is not what a reader would call it."""
NO_EFFECT: Final = (
    "An edge tells what it brings to the forecast of this network as trained, and that is no effect of its"
    " cause: factors that move together, and two steps of one factor, share weight arbitrarily, so that one"
    " of them may even push the other way."
)
_FEW: Final = 30
"""Intervals that draw fewer people are said to be unsure."""


def forecast_sentences(found: ForecastStudy) -> tuple[str, str, str]:
    """The answer, how sure it is, what would make it wrong."""
    return forecast_answer(found), forecast_sureness(found), forecast_doubt(found)


def forecast_answer(found: ForecastStudy) -> str:
    """What the network tells of the value and of rises, each beside the best of the others."""
    scores, r2, auc = found.scores, found.scores.models[0].r2, found.scores.models[0].auc
    what = f"{found.forecaster.target} {found.horizon_s:g} s ahead"
    value = {
        "above": f"explains {100 * r2.value:.0f} % of the variance of {what}",
        "below": f"forecasts {what} worse than its mean would",
        "neither": f"does not certainly forecast {what} any better than its mean would",
        "unknown": f"could not be judged at {what}",
    }[_side(r2, 0.0)]
    rises = {
        "above": f"picks the rise out of two moments {100 * auc.value:.0f} times in 100",
        "below": f"picks the wrong one of two moments as the rise {100 - 100 * auc.value:.0f} times in 100",
        "neither": "does not certainly know a rise from what is none",
        "unknown": "could not be judged at rises",
    }[_side(auc, 0.5)]
    return f"The graph network {value}{_beside(scores, 'r2')}, and {rises}{_beside(scores, 'auc')}."


def forecast_sureness(found: ForecastStudy) -> str:
    """The intervals, on whom they rest, and what they leave out."""
    scores, first = found.scores, found.scores.models[0]
    others = len(scores.models) - 1
    few = "; intervals of so few people may be too narrow" if scores.people < _FEW else ""
    picked = (
        f"; that these people also told which of the {others} others is best flatters that one"
        if others > 1
        else ""
    )
    return (
        f"{100 * scores.level:.3g} % intervals over {scores.people} people of whom no model learnt"
        f" ({scores.windows:,} windows): {_percent(first.r2)} % of the variance, {_percent(first.auc)} times"
        f" in 100, each for itself{few}{picked}; another training may give another network, of which no"
        " interval tells."
    )


def forecast_doubt(found: ForecastStudy) -> str:
    """What would make the forecast wrong, and what its edges are not."""
    shared = (
        f" (in {found.same_rooms:.0%} of what it was judged on, people it learnt from sat in the same room)"
    )
    return (
        f"The forecast is wrong for people or broadcasts unlike these{shared if found.same_rooms else ''};"
        " and what an edge brings to it is no effect of the cause."
    )


def forecast_assumptions(found: ForecastStudy) -> tuple[str, ...]:
    """What intervals of edges rest on."""
    alone = "people of one room are alike by no more than chance, as they are drawn one by one"
    return (
        "a cause could have been as it is set: as in a row in which all else makes that about as likely",
        *([alone] if found.same_rooms else []),
    )


def model_words(name: str, score: Score) -> str:
    """A model's name in a sentence.

    >>> model_words("linear", "auc"), model_words("boosting", "auc")
    ('logistic regression', 'boosting')
    """
    return _NAMES.get(name, {}).get(score, name)


def best_of_others(scores: Scores, score: Score) -> Lead | None:
    """The first model's lead over the best of the others; None where none can be judged."""
    value = {one.model: getattr(one, score).value for one in scores.models[1:]}
    known = [lead for lead in scores.leads if math.isfinite(value[lead.over])]
    return max(known, key=lambda lead: value[lead.over]) if known else None


def _beside(scores: Scores, score: Score) -> str:
    lead = best_of_others(scores, score)
    if lead is None:
        return ""
    by = getattr(lead, score)
    word = {"above": "better than", "below": "worse than"}.get(_side(by, 0.0), "no better than")
    ends = f"{100 * by.low:+.1f} to {100 * by.high:+.1f}"
    return f", {word} {model_words(lead.over, score)} ({100 * by.value:+.1f} points, {ends})"


def _side(measure: Measure, of: float) -> Literal["above", "below", "neither", "unknown"]:
    """Where the whole interval lies.

    >>> _side(Measure(0.2, 0.1, 0.3), 0.0), _side(Measure(0.2, -0.1, 0.3), 0.0)
    ('above', 'neither')
    """
    if not math.isfinite(measure.low):
        return "unknown"
    return "above" if measure.low > of else "below" if measure.high < of else "neither"


def _percent(measure: Measure) -> str:
    if not math.isfinite(measure.low):
        return "an unknown part of 100"
    return f"{100 * measure.low:.1f} to {100 * measure.high:.1f}"
