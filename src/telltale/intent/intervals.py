"""How sure a judgement is when each person gave many windows: cluster bootstrap, clustered DeLong, Holm.

Windows of one person are alike, so people are drawn and not windows: each resample takes as many people as
there are, with replacement, and all windows of each. A window then counts as often as its person was drawn,
and every statistic here is a function of such weights. Resamples in which it cannot be told (one class only)
are left out and counted. The resamples depend on the seed and on who is there, not on the order of the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from telltale.core.errors import FormatError
from telltale.core.rng import stream
from telltale.intent.metrics import Floats, Ints, Ranking, rank, ranked_auc

Statistic = Callable[[Floats], Floats]
"""From weights of the windows, shape (b, n), to values, shape (b,), NaN where it cannot be told."""

REPEATS: Final = 2000
LEVEL: Final = 0.95
_CELLS: Final = 1 << 19
"""Weights held at a time, 4 MB of them: what the processor's cache still holds is also the fastest."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and the percentile interval of its resamples."""

    value: float
    """On the windows as they are."""
    low: float
    high: float
    level: float
    """Such as 0.95."""
    repeats: int
    dropped: int
    """Resamples left out, of `repeats`."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How much better one is than another on the same windows."""

    interval: Interval
    """Of a - b."""
    p_value: float
    """Two-sided: 2 min((1 + #{d* <= 0}) / (1 + B), (1 + #{d* >= 0}) / (1 + B)), at most 1."""


def auc_interval(
    label: npt.ArrayLike,
    score: npt.ArrayLike,
    people: npt.ArrayLike,
    seed: int = 0,
    repeats: int = REPEATS,
    level: float = LEVEL,
) -> Interval:
    """AUC and its interval; `label`, `score` and `people` (who each window is of) have shape (n,).

    >>> found = auc_interval([0, 1] * 20, [0.1, 0.4, 0.5, 0.3] * 10, [f"p{i // 4}" for i in range(40)])
    >>> found.value, found.low <= found.value <= found.high, found.dropped
    (0.5, True, 0)
    """
    return interval_of(_auc_of(label, score, people), people, seed, repeats, level)


def paired_difference(
    label: npt.ArrayLike,
    score_a: npt.ArrayLike,
    score_b: npt.ArrayLike,
    people: npt.ArrayLike,
    seed: int = 0,
    repeats: int = REPEATS,
    level: float = LEVEL,
) -> Difference:
    """AUC of a less AUC of b, on the same resamples."""
    a, b = (_auc_of(label, score, people) for score in (score_a, score_b))
    return difference_of(a, b, people, seed, repeats, level)


def _auc_of(label: npt.ArrayLike, score: npt.ArrayLike, people: npt.ArrayLike) -> Statistic:
    ranking = rank(label, score)
    number_people(people, windows=ranking.rows)
    return partial(ranked_auc, ranking)


def interval_of(
    statistic: Statistic,
    people: npt.ArrayLike,
    seed: int = 0,
    repeats: int = REPEATS,
    level: float = LEVEL,
) -> Interval:
    """Any statistic of weighted windows with its interval.

    >>> error = np.array([0.1, 0.3, 0.2, 0.4])
    >>> mean = interval_of(lambda weight: weight @ error / weight.sum(axis=1), ["a", "a", "b", "b"])
    >>> round(mean.value, 3), round(mean.low, 3), round(mean.high, 3)
    (0.25, 0.2, 0.3)
    """
    drawn = resampled(statistic, people, seed, repeats)
    return _percentiles(_as_they_are(statistic, people), drawn, level)


def difference_of(
    a: Statistic,
    b: Statistic,
    people: npt.ArrayLike,
    seed: int = 0,
    repeats: int = REPEATS,
    level: float = LEVEL,
) -> Difference:
    """The same statistic of two models, a - b, on the same resamples."""

    def both(weight: Floats) -> Floats:
        return a(weight) - b(weight)

    drawn = resampled(both, people, seed, repeats)
    interval = _percentiles(_as_they_are(both, people), drawn, level)
    # NaN is neither above nor below: what was dropped counts on no side.
    tail = 1 + min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    return Difference(interval, min(1.0, 2 * tail / (1 + repeats - interval.dropped)))


def repeating(statistic: Callable[..., float], *columns: npt.ArrayLike) -> Statistic:
    """A statistic that knows no weights: each row is repeated as often as it was drawn. One loop a resample.

    >>> twice = repeating(lambda x: x.max() - x.min(), [1.0, 5.0, 9.0])
    >>> twice(np.array([[1.0, 1.0, 0.0], [0.0, 2.0, 1.0]])).tolist()
    [4.0, 4.0]
    """
    tables = [np.asarray(column) for column in columns]

    def of_weights(weight: Floats) -> Floats:
        times = weight.astype(np.intp)
        return np.array([statistic(*(np.repeat(table, row, axis=0) for table in tables)) for row in times])

    return of_weights


def resampled(statistic: Statistic, people: npt.ArrayLike, seed: int = 0, repeats: int = REPEATS) -> Floats:
    """The statistic of each resample, shape (repeats,)."""
    person, count = _two_or_more(people)
    at_once = max(1, _CELLS // len(person))
    times = _times_drawn(count, seed, repeats, at_once)
    return np.concatenate([statistic(np.take(some, person, axis=1)) for some in times])


def _times_drawn(people: int, seed: int, repeats: int, at_once: int) -> Iterator[Floats]:
    """How often each resample drew each person, shape (b, people), b at a time and `repeats` in all."""
    if repeats < 1:
        raise ValueError(f"repeats must be 1 or more, not {repeats}")
    draw = stream(seed, "bootstrap", "people")
    for first in range(0, repeats, at_once):
        b = min(at_once, repeats - first)
        cell = draw.integers(people, size=(b, people)) + people * np.arange(b)[:, None]
        counts = np.bincount(cell.ravel(), minlength=b * people)
        yield counts.reshape(b, people).astype(np.float64)


def _as_they_are(statistic: Statistic, people: npt.ArrayLike) -> float:
    return float(statistic(np.ones((1, len(np.asarray(people)))))[0])


def _percentiles(value: float, drawn: Floats, level: float) -> Interval:
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level}")
    kept = drawn[~np.isnan(drawn)]
    ends = np.quantile(kept, [(1 - level) / 2, (1 + level) / 2]) if len(kept) else np.full(2, np.nan)
    return Interval(value, float(ends[0]), float(ends[1]), level, len(drawn), len(drawn) - len(kept))


def number_people(people: npt.ArrayLike, windows: int | None = None) -> tuple[Ints, int]:
    """The number of each window's person in the order of their names, shape (n,), and how many there are.

    >>> number_people(["mia", "ben", "mia"])
    (array([1, 0, 1]), 2)
    """
    names: npt.NDArray[Any] = np.asarray(people)
    if names.ndim != 1 or (windows is not None and len(names) != windows):
        raise FormatError(f"people have shape {names.shape}", hint="give one person for each window")
    # None or NaN for a person would make one person of all that have none.
    if names.dtype.kind not in "USTiu" and not all(isinstance(name, str) for name in names):
        raise FormatError(
            "a person is neither text nor a whole number", hint="name the person of each window"
        )
    known, person = np.unique(names, return_inverse=True)
    return person, len(known)


def _two_or_more(people: npt.ArrayLike, windows: int | None = None) -> tuple[Ints, int]:
    person, count = number_people(people, windows)
    if count < 2:
        raise FormatError(
            f"{count} people tell nothing of others", hint="judge windows of two or more people"
        )
    return person, count


def holm(p_values: npt.ArrayLike) -> Floats:
    """Holm's correction (Scand J Stat 6, 1979) for m comparisons, shape (m,), in the order given.

    With p_(1) <= ... <= p_(m), the corrected p_(k) is max over j <= k of (m - j + 1) p_(j), at most 1.

    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1 or not np.all((p >= 0) & (p <= 1)):
        raise FormatError("these are no p values", hint="give a list of numbers between 0 and 1")
    order = np.argsort(p, kind="stable")
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(1, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return corrected


@dataclass(frozen=True, slots=True, eq=False)
class ClusteredDelong:
    """AUCs of one or several scores on the same windows, and how they vary together."""

    auc: Floats
    """Shape (k,)."""
    covariance: Floats
    """Shape (k, k)."""

    @property
    def standard_error(self) -> Floats:
        """Shape (k,)."""
        # Rounding may leave a perfect score a variance just below zero.
        return np.sqrt(np.maximum(np.diag(self.covariance), 0))


def clustered_delong(label: npt.ArrayLike, scores: npt.ArrayLike, people: npt.ArrayLike) -> ClusteredDelong:
    """AUCs and their covariance when windows cluster in people (Obuchowski, Biometrics 53, 1997).

    V10 of a positive is the share of the N negatives that score below it, V01 of a negative the share of the
    M positives above it, ties half. Person i has m_i positives with sum V10_i and n_i negatives with sum
    V01_i; d10_i = V10_i - m_i AUC, d01_i = V01_i - n_i AUC. I10 people have a positive, I01 a negative, I
    either:

        cov = I10 / (I10 - 1) sum_i d10_i d10_i' / M^2  +  I01 / (I01 - 1) sum_i d01_i d01_i' / N^2
              + I / (I - 1) sum_i (d10_i d01_i' + d01_i d10_i') / (M N)

    With one window a person this is DeLong's. Nothing is drawn: it checks the bootstrap.

    Parameters
    ----------
    scores
        Shape (n,), or (k, n) for k models.
    """
    table = np.atleast_2d(np.asarray(scores, dtype=np.float64))
    rankings = [rank(label, score) for score in table]
    person, count = _two_or_more(people, windows=rankings[0].rows)
    positive = np.asarray(label) == 1
    with_positive, with_negative = (len(np.unique(person[side])) for side in (positive, ~positive))
    if min(with_positive, with_negative) < 2:
        raise FormatError("one class is of fewer than two people", hint="judge more people")
    found = np.array([ranked_auc(ranking, np.ones(ranking.rows)) for ranking in rankings])
    d10 = np.array([_excess(r, a, person, count) for r, a in zip(rankings, found, strict=True)])
    # Seen from the negatives everything is the same with labels and scores turned round.
    turned = [rank(~positive, -score) for score in table]
    d01 = np.array([_excess(r, a, person, count) for r, a in zip(turned, found, strict=True)])
    crossed = _spread(d10, d01, count)
    covariance = _spread(d10, d10, with_positive) + _spread(d01, d01, with_negative) + crossed + crossed.T
    return ClusteredDelong(found, covariance)


def _excess(ranking: Ranking, auc: float, person: Ints, people: int) -> Floats:
    """(V10_i - m_i AUC) / M of each person, shape (people,)."""
    share_below = (ranking.below + ranking.up_to) / (2 * len(ranking.negative))
    excess = np.bincount(person[ranking.positive], share_below - auc, minlength=people)
    return excess / len(ranking.positive)


def _spread(one: Floats, other: Floats, people: int) -> Floats:
    spread: Floats = one @ other.T * (people / (people - 1))
    return spread
