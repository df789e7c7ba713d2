"""Brief bumps in noise: matched filters over the frames' real times, and the noise that each is held against.

Around a frame at time c, x is fitted by least squares as

    x(t) = a cos^2(pi (t - c) / d)  +  level  +  slope (t - c)         (the bump only within d / 2 of c)

for each length d. The height a is linear in x with weights that depend on the times alone, so the 51 series
(17 units; left, right, their mean) share them. a over the usual size of a where nothing happens is the score:
this takes in how the noise is coloured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core.channels import ACTION_UNITS
from telltale.units.spotting_settings import SpottingSettings

Array = npt.NDArray[np.float64]

UNITS: Final = len(ACTION_UNITS)
SERIES: Final = 3 * UNITS
"""Left of each unit, right of each unit, mean of both: two sides that agree stand out of their noise."""

GAUSS_MEAN_ABS: Final = 0.79
"""Mean of min(|z|, 2) of a standard normal z, a little under the 0.80 of |z|."""


def as_series(intensity: Array) -> Array:
    """Left, right and mean. Shape (17, 2) to (51,).

    >>> as_series(np.tile([0.2, 0.4], (17, 1)))[[0, 17, 34]].round(3).tolist()
    [0.2, 0.4, 0.3]
    """
    left, right = intensity[:, 0], intensity[:, 1]
    return np.concatenate([left, right, (left + right) / 2])


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """What the bumps around one frame look like, each of shape (51,); NaN where they cannot be judged."""

    time_s: float
    score: Array
    """Height over noise, of the length that fits best."""
    height: Array
    length_s: Array


def weights(offsets_s: Array, lengths_s: tuple[float, ...], margin_s: float) -> Array:
    """How each frame adds to the height of a bump of each length at offset 0. Shape (K, F).

    A length whose bump holds no frame but the middle one is a spike there; one whose surroundings hold fewer
    than a frame on either side cannot be judged and has NaN.
    """
    rows = np.full((len(lengths_s), len(offsets_s)), np.nan)
    for k, length_s in enumerate(lengths_s):
        within = np.abs(offsets_s) <= length_s / 2 + margin_s
        t = offsets_s[within]
        inside = np.abs(t) < length_s / 2
        if not (t <= -length_s / 2).any() or not (t >= length_s / 2).any():
            continue
        bump = np.where(inside, np.cos(np.pi * t / length_s) ** 2, 0.0)
        terms = np.column_stack([bump, np.ones_like(t), t])
        rows[k] = 0.0
        rows[k, within] = np.linalg.pinv(terms)[0] if len(t) >= 3 else np.nan
    return rows


@dataclass(frozen=True, slots=True, eq=False)
class _Fits:
    """The weights of one frame's surroundings and what follows from them alone; shape (K, F) by length."""

    offsets_s: Array
    rows: Array
    """NaN as 0."""
    counts: Array
    """1 where a frame counts."""
    judged: npt.NDArray[np.bool_]
    """Shape (K, 1)."""
    prior: Array
    """Shape (K, 1): what noise is taken for granted."""
    floor: Array
    """Shape (K, 1): the least."""

    def holds_at(self, offsets_s: Array) -> bool:
        """Whether other surroundings have their frames at the same times."""
        known = self.offsets_s
        return len(known) == len(offsets_s) and bool(np.abs(known - offsets_s).max() < 1e-4)


class BumpScores:
    """Scores frame after frame and learns the noise as it goes, from what came before alone."""

    def __init__(self, settings: SpottingSettings) -> None:
        self._settings = settings
        shape = (len(settings.lengths_s), SERIES)
        self._mean_abs: Array = np.full(shape, np.nan)
        self._seen_s: Array = np.zeros(shape)
        self._last_s = -np.inf
        self._lengths_s: Array = np.array(settings.lengths_s)
        self._fits: _Fits | None = None

    def at(self, middle_s: float, times_s: Array, series: Array) -> Score:
        """Score the bumps around one frame.

        Parameters
        ----------
        middle_s
            The frame's time; later than the one before.
        times_s
            Shape (F,): all frames around it that are known.
        series
            Shape (F, 51); NaN where unread: what the fit would need and lacks is not judged.
        """
        s = self._settings
        first, last = np.searchsorted(times_s, (middle_s - s.reach_s - 1e-9, middle_s + s.reach_s + 1e-9))
        offsets_s, x = times_s[first:last] - middle_s, series[first:last]
        if (offsets_s[1:] - offsets_s[:-1]).max(initial=0.0) > s.gap_s:
            x = np.full_like(x, np.nan)
        fits = self._fits_at(offsets_s)
        heights = _heights(fits, x)
        known = np.where(np.isnan(self._mean_abs), fits.prior * GAUSS_MEAN_ABS, self._mean_abs)
        scores = heights / np.fmax(known / GAUSS_MEAN_ABS, fits.floor)
        self._learn(middle_s, heights, known)
        return _best(middle_s, scores, heights, self._lengths_s)

    def _fits_at(self, offsets_s: Array) -> _Fits:
        """Even frames have the same weights again and again."""
        fits = self._fits
        if fits is not None and fits.holds_at(offsets_s):
            return fits
        s = self._settings
        rows = weights(offsets_s, s.lengths_s, s.margin_s)
        judged = np.asarray(~np.isnan(rows).any(axis=1, keepdims=True))
        filled = np.nan_to_num(rows)
        gains = np.sqrt((rows**2).sum(axis=1, keepdims=True))
        prior, floor = np.maximum(gains, 0.3) * s.noise_prior, gains * s.noise_floor
        self._fits = _Fits(offsets_s, filled, (filled != 0).astype(np.float64), judged, prior, floor)
        return self._fits

    def _learn(self, now_s: float, heights: Array, known: Array) -> None:
        """Move the mean of |a| towards this frame's, clipped so that events do not pass for noise."""
        step_s = min(now_s - self._last_s, self._settings.gap_s)
        self._last_s = now_s
        clipped = np.minimum(np.abs(heights), self._settings.noise_clip * known)
        counted_s = self._seen_s + self._settings.noise_prior_s + step_s
        share = step_s / np.minimum(counted_s, self._settings.noise_s)
        read = np.isfinite(heights)
        self._mean_abs = np.where(read, known + share * (clipped - known), self._mean_abs)
        self._seen_s = self._seen_s + read * step_s


def _heights(fits: _Fits, x: Array) -> Array:
    """Heights by length and series, NaN where a frame that counts was not read. Shape (K, 51)."""
    lacking = np.isnan(x)
    if not lacking.any():
        heights: Array = fits.rows @ x
    else:
        heights = fits.rows @ np.where(lacking, 0.0, x)
        heights[fits.counts @ lacking > 0] = np.nan
    return heights if fits.judged.all() else np.where(fits.judged, heights, np.nan)


def _best(middle_s: float, scores: Array, heights: Array, lengths_s: Array) -> Score:
    """Of each series the length with the highest score."""
    ranked = np.where(np.isnan(scores), -np.inf, scores)
    best = ranked.argmax(axis=0)
    judged = np.isfinite(ranked[best, _COLUMNS])
    return Score(
        middle_s,
        np.where(judged, scores[best, _COLUMNS], np.nan),
        np.where(judged, heights[best, _COLUMNS], np.nan),
        np.where(judged, lengths_s[best], np.nan),
    )


_COLUMNS: Final = np.arange(SERIES)
