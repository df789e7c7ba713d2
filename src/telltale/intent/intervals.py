"""How sure a judgement is when each person gave many windows: cluster bootstrap, Holm.

Windows of one person are alike, so people are drawn and not windows: each resample takes as many people as
there are, with replacement, and all windows of each. A window then counts as often as its person was drawn,
and every statistic here is a function of such weights. Resamples in which it cannot be told (one class only)
are left out and counted. The resamples depend on the seed and on who is there, not on the order of the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from telltale.core.errors import FormatError
from telltale.core.rng import stream
from telltale.intent.metrics import Floats, Ints, rank, ranked_auc

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
    return percentiles(_as_they_are(statistic, people), drawn, level)


def intervals_of(
    statistics: Mapping[str, Statistic],
    people: npt.ArrayLike,
    seed: int = 0,
    repeats: int = REPEATS,
    level: float = LEVEL,
) -> dict[str, Interval]:
    """Several statistics on the same resamples, by name."""

    def every(weight: Floats) -> Floats:
        return np.stack([statistic(weight) for statistic in statistics.values()], axis=-1)

    whole = every(np.ones((1, len(np.asarray(people)))))[0]
    drawn = resampled(every, people, seed, repeats)
    return {name: percentiles(float(whole[k]), drawn[:, k], level) for k, name in enumerate(statistics)}


def repeats_for(level: float) -> int:
    """Resamples that leave twenty beyond each end of the interval, `REPEATS` at least.

    >>> repeats_for(0.95), repeats_for(0.995)
    (2000, 8000)
    """
    return max(REPEATS, round(40 / (1 - level)))


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
    interval = percentiles(_as_they_are(both, people), drawn, level)
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
    """The statistic of each resample, shape (repeats,), or (repeats, k) of one that tells k numbers."""
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


def percentiles(value: float, drawn: Floats, level: float = LEVEL) -> Interval:
    """A value with the percentiles of its resamples, shape (repeats,); NaN among them is left out."""
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


def mean_interval(each: Floats, level: float = LEVEL) -> Interval:
    """Mean and Student's interval over repeats, shape (r,): other seeds, other splits.

    Repeats that share people know less than as many independent ones: the interval is a little too narrow.

    >>> found = mean_interval(np.array([1.0, 2.0, 3.0]))
    >>> round(found.low, 2), found.value, round(found.high, 2)
    (-0.48, 2.0, 4.48)
    """
    mean = float(each.mean())
    wide = float(stdtrit(len(each) - 1, (1 + level) / 2) * each.std(ddof=1) / np.sqrt(len(each)))
    return Interval(mean, mean - wide, mean + wide, level, len(each), 0)


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
