"""From curves to an offset with its uncertainty, and to whether there is one at all.

The offset is the lag of the curve's peak, after a parabola over 0.4 s has smoothed it. Its standard
deviation is that of the peak when the events (or, over a study, the sessions) are drawn anew with
replacement; the interval is the offset -+ t(n - 1) SD, the SD widened by sqrt(n / (n - 1)).

Chance is what the same events give when they are moved around the circle of the session by a random time:
everything stays as it was but the tie between log and face. The largest value over all lags is then an
extreme, so the tail of a Gumbel law of the moved maxima's mean and SD gives the p-value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage, signal, stats

from telltale.core.rng import stream
from telltale.study.align_evidence import LAG_S, Floats

_EULER: Final = 0.5772156649015329
_FEWEST_MOVES: Final = 10
"""Less room than so many windows of lags tells nothing about chance."""
_SMOOTH_LAGS: Final = 17
"""Each point of a curve becomes that of the parabola through the 0.4 s around it."""


@dataclass(frozen=True, slots=True)
class Offset:
    """How much later things stand in the video than in the log, by one body of evidence."""

    seconds: float
    sd_s: float
    low_s: float
    """Ends of the 95 % interval."""
    high_s: float
    p_value: float
    """Probability of so high a peak by chance."""


def peak_lag_s(curves: Floats, lags_s: Floats) -> Floats:
    """Lag of each curve's peak, refined. Curves of shape (..., L) give shape (...)."""
    smooth = signal.savgol_filter(curves, _SMOOTH_LAGS, 2, axis=-1, mode="nearest")
    top = np.clip(np.argmax(smooth, axis=-1), 1, smooth.shape[-1] - 2)
    before, at, after = (
        np.take_along_axis(smooth, (top + step)[..., None], axis=-1)[..., 0] for step in (-1, 0, 1)
    )
    bend = before - 2 * at + after
    part = np.where(bend < 0, 0.5 * (before - after) / np.where(bend < 0, bend, -1.0), 0.0)
    refined: Floats = lags_s[top] + np.clip(part, -0.5, 0.5) * LAG_S
    return refined


def estimate(
    sums: Floats,
    counts: Floats,
    lags_s: Floats,
    p_value: float,
    *,
    draws: int,
    names: tuple[int, *tuple[str, ...]],
) -> Offset:
    """The offset from units of evidence that can be drawn anew.

    Parameters
    ----------
    sums, counts
        Shape (n, L): summed activity at each lag and how many values were summed, for each of n events or
        sessions.
    draws
        How often the units are drawn anew.
    names
        The seed, then whose numbers they are, for the stream of randomness.
    """
    n = len(sums)
    numbers = stream(names[0], "align", *names[1:])
    weights = numbers.multinomial(n, np.full(n, 1 / n), size=draws).astype(np.float64)
    whole = _mean(sums.sum(axis=0), counts.sum(axis=0))
    seconds = float(peak_lag_s(whole, lags_s))
    drawn = peak_lag_s(_mean(weights @ sums, weights @ counts), lags_s)
    sd_s = float(np.std(drawn, ddof=1) * np.sqrt(n / (n - 1)))
    reach_s = float(stats.t.ppf(0.975, n - 1)) * sd_s
    return Offset(seconds, sd_s, seconds - reach_s, seconds + reach_s, p_value)


def p_within(moved: Floats, width: int) -> float:
    """p-value of the peak in the `width` rows around no move, against the peaks of all other moves.

    Parameters
    ----------
    moved
        Shape (T,), from `shift_curve`: index s is a move by s rows, negative ones count from the end.
    """
    highest = ndimage.maximum_filter1d(moved, width, mode="wrap")
    if not enough_moves(len(moved), width):
        return 1.0
    return gumbel_tail(float(highest[0]), highest[width:-width])


def enough_moves(rows: int, width: int) -> bool:
    """Whether a session of so many rows has room enough for windows of `width` to tell what chance gives."""
    return rows >= _FEWEST_MOVES * width


def gumbel_tail(value: float, extremes: Floats) -> float:
    """Probability that a Gumbel law of the extremes' mean and SD exceeds `value`."""
    scale = float(np.std(extremes)) * np.sqrt(6) / np.pi
    if not scale > 0:
        return 1.0
    return float(stats.gumbel_r.sf(value, loc=float(np.mean(extremes)) - _EULER * scale, scale=scale))


def told_apart(p_values: npt.ArrayLike, false_share: float) -> npt.NDArray[np.bool_]:
    """Which p-values stand out when at most `false_share` of those named may be false (Benjamini-Hochberg).

    >>> told_apart([0.001, 0.2, 0.02, 0.9], 0.05).tolist()
    [True, False, True, False]
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p)
    passes = np.flatnonzero(p[order] <= false_share * np.arange(1, len(p) + 1) / max(len(p), 1))
    named = np.zeros(len(p), dtype=bool)
    if len(passes):
        named[order[: passes[-1] + 1]] = True
    return named


def _mean(sums: Floats, counts: Floats) -> Floats:
    """Sums over counts; a lag without any value stands at the usual level, which is 0."""
    return sums / np.maximum(counts, 1)
