"""How good forecasts are on people that nobody learnt from, and how sure that is: whole people are drawn.

Every score is made of sums by person, so a resample of people is a weighted sum. For the area under the curve
the sums are by pair of people: how many rises of the one are ranked over non-rises of the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.causal.draw_ends import at_least, ends_of
from telltale.causal.forecast_rows import Windows
from telltale.core.rng import stream

Array = npt.NDArray[np.float64]
SCORES: Final = ("r2", "mae", "auc", "log_loss")
_SURE: Final = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What a model says of M windows."""

    value: Array
    """Shape (M,): the target, in its own units."""
    rise: Array
    """Shape (M,): the probability that it rises."""


@dataclass(frozen=True, slots=True, eq=False)
class RisesTold:
    """What a model said of rises and what came: of single windows, so that no file keeps it."""

    probability: Array
    """Shape (M,)."""
    came: npt.NDArray[np.bool_]
    """Shape (M,)."""
    person: npt.NDArray[np.int64]
    """Shape (M,)."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A score and its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ForecastScore:
    """How good one model is."""

    model: str
    r2: Measure
    """Share of the variance that is explained."""
    mae: Measure
    """Mean absolute error, in the target's units."""
    auc: Measure
    """Of rises: how often one is ranked over what was none."""
    log_loss: Measure
    """Of rises."""


@dataclass(frozen=True, slots=True)
class Lead:
    """How much better one model is than another on the same windows; below 0 where it is worse."""

    over: str
    r2: Measure
    auc: Measure


@dataclass(frozen=True, slots=True)
class Scores:
    """Of all models."""

    models: tuple[ForecastScore, ...]
    """In the order given."""
    leads: tuple[Lead, ...]
    """Of the first over each other."""
    people: int
    windows: int
    rises: float
    """Share of windows."""
    level: float


def score_forecasts(
    told: Mapping[str, Told], judged: Windows, *, draws: int = 500, level: float = 0.95, seed: int = 0
) -> Scores:
    """Score models on the same windows, with intervals that draw people.

    Parameters
    ----------
    told
        By model; the first is the one that is compared with the others.
    judged
        Of people whom no model has seen.
    """
    draws = at_least(draws, level, len(np.unique(judged.person)))
    person, often = people_drawn(judged.person, draws, stream(seed, "forecast", "scores"))
    people = often.shape[1]
    found = {name: _resampled(one, judged, person, often) for name, one in told.items()}
    models = tuple(
        ForecastScore(name, **{score: _measure(one[score], level, people) for score in SCORES})
        for name, one in found.items()
    )
    first, *others = found
    leads = tuple(
        Lead(
            name,
            *(_measure(found[first][score] - found[name][score], level, people) for score in ("r2", "auc")),
        )
        for name in others
    )
    return Scores(models, leads, people, len(judged), float(judged.rises.mean()), level)


def people_drawn(
    person: npt.NDArray[np.int64], draws: int, draw: np.random.Generator
) -> tuple[npt.NDArray[np.intp], Array]:
    """Who each of M windows is of, from 0 on, and how often each of P people is drawn again.

    Returns
    -------
    Shapes (M,) and (1 + draws, P); the first row is of the people as they are.
    """
    _, whose = np.unique(person, return_inverse=True)
    people = int(whose.max()) + 1
    often = draw.multinomial(people, np.full(people, 1 / people), size=draws).astype(np.float64)
    return whose, np.concatenate([np.ones((1, people)), often])


def ratio(
    above: Array, below: Array, whose: npt.NDArray[np.intp], often: Array, level: float = 0.95
) -> Measure:
    """Sum of `above` over sum of `below`, with an interval that draws whole people.

    Parameters
    ----------
    above, below
        Shape (M,) each.
    whose, often
        As `people_drawn` gives them.

    >>> whose, often = people_drawn(np.array([7, 7, 9]), 200, stream(0, "example"))
    >>> ratio(np.array([1.0, 1.0, 4.0]), np.ones(3), whose, often)
    Measure(value=2.0, low=1.0, high=4.0)
    """
    top, under = (often @ np.bincount(whose, weights=one) for one in (above, below))
    return _measure(
        np.divide(top, under, out=np.full_like(top, np.nan), where=under > 0), level, often.shape[1]
    )


def _resampled(told: Told, judged: Windows, person: npt.NDArray[np.intp], often: Array) -> dict[str, Array]:
    """Each score by resample, shape (1 + draws,); the first is of the people as they are."""
    truth = judged.truth - judged.truth.mean()
    missed = judged.truth - told.value
    chance = np.clip(told.rise, _SURE, 1 - _SURE)
    surprise = -np.log(np.where(judged.rises, chance, 1 - chance))
    columns = (np.ones(len(judged)), truth, truth**2, missed**2, np.abs(missed), surprise)
    sums = often @ np.stack([np.bincount(person, weights=column) for column in columns], axis=1)
    count, total, squares, left, off, lost = sums.T
    around = squares - total**2 / count
    ranked, pairs = _pairs(told.rise, judged.rises, person)
    above = np.einsum("rp,pq,rq->r", often, ranked, often, optimize=True)
    all_pairs = np.einsum("rp,pq,rq->r", often, pairs, often, optimize=True)
    return {
        "r2": 1 - np.divide(left, around, out=np.full_like(left, np.nan), where=around > 0),
        "mae": off / count,
        "auc": np.divide(above, all_pairs, out=np.full_like(above, np.nan), where=all_pairs > 0),
        "log_loss": lost / count,
    }


def _pairs(score: Array, rises: npt.NDArray[np.bool_], person: npt.NDArray[np.intp]) -> tuple[Array, Array]:
    """Shape (P, P): rises of p ranked over non-rises of q, ties by half; and how many such pairs there are.

    >>> ranked, pairs = _pairs(np.array([0.9, 0.2, 0.2]), np.array([True, False, True]), np.array([0, 0, 1]))
    >>> ranked.tolist(), pairs.tolist()
    ([[1.0, 0.0], [0.5, 0.0]], [[1.0, 0.0], [1.0, 0.0]])
    """
    people = int(person.max()) + 1
    counts = [
        np.bincount(person[rises == side], minlength=people).astype(np.float64) for side in (True, False)
    ]
    ranked = np.zeros((people, people))
    up, whose = score[rises], person[rises]
    for q in range(people):
        still = np.sort(score[~rises & (person == q)])
        over = (np.searchsorted(still, up, "left") + np.searchsorted(still, up, "right")) / 2
        ranked[:, q] = np.bincount(whose, weights=over, minlength=people)
    return ranked, np.outer(*counts)


def _measure(values: Array, level: float, people: int) -> Measure:
    """The first value, and the interval of the others; resamples in which it cannot be told are left out."""
    drawn = values[1:][np.isfinite(values[1:])]
    if not len(drawn):
        return Measure(float(values[0]), float("nan"), float("nan"))
    low, high = ends_of(drawn, level, people)
    return Measure(float(values[0]), float(low), float(high))
