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


class BumpScores:
    """Scores frame after frame and learns the noise as it goes, from what came before alone."""

    def __init__(self, settings: SpottingSettings) -> None:
        self._settings = settings
        shape = (len(settings.lengths_s), SERIES)
        self._mean_abs: Array = np.full(shape, np.nan)
        self._seen_s: Array = np.zeros(shape)
        self._last_s = -np.inf
        self._cached: tuple[Array, Array] | None = None

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
        near = np.abs(times_s - middle_s) <= s.reach_s + 1e-9
        offsets_s, x = times_s[near] - middle_s, series[near]
        if (np.diff(offsets_s) > s.gap_s).any():
            x = np.full_like(x, np.nan)
        by_length = self._weights(offsets_s)
        heights = _heights(by_length, x)
        gains = np.sqrt((by_length**2).sum(axis=1))
        prior = np.maximum(gains, 0.3)[:, None] * s.noise_prior
        noise = self._noise(prior, gains[:, None] * s.noise_floor)
        scores = heights / noise
        self._learn(middle_s, heights, prior)
        return _best(middle_s, scores, heights, np.array(s.lengths_s))

    def _weights(self, offsets_s: Array) -> Array:
        """Even frames have the same weights again and again."""
        if self._cached is not None:
            known, rows = self._cached
            if len(known) == len(offsets_s) and np.abs(known - offsets_s).max() < 1e-4:
                return rows
        rows = weights(offsets_s, self._settings.lengths_s, self._settings.margin_s)
        self._cached = (offsets_s, rows)
        return rows

    def _noise(self, prior: Array, floor: Array) -> Array:
        """Standard deviation of heights where nothing happens. Shape (K, 51)."""
        learnt = np.where(np.isnan(self._mean_abs), prior, self._mean_abs / GAUSS_MEAN_ABS)
        return np.fmax(learnt, floor)

    def _learn(self, now_s: float, heights: Array, prior: Array) -> None:
        """Move the mean of |a| towards this frame's, clipped so that events do not pass for noise."""
        step_s = min(now_s - self._last_s, self._settings.gap_s)
        self._last_s = now_s
        known = np.where(np.isnan(self._mean_abs), prior * GAUSS_MEAN_ABS, self._mean_abs)
        clipped = np.minimum(np.abs(heights), self._settings.noise_clip * known)
        counted_s = self._seen_s + self._settings.noise_prior_s + step_s
        share = step_s / np.minimum(counted_s, self._settings.noise_s)
        read = np.isfinite(heights)
        self._mean_abs = np.where(read, known + share * (clipped - known), self._mean_abs)
        self._seen_s = self._seen_s + read * step_s


def _heights(by_length: Array, x: Array) -> Array:
    """Heights by length and series, NaN where a frame that counts was not read. Shape (K, 51)."""
    lacking = np.isnan(x)
    heights: Array = np.nan_to_num(by_length) @ np.where(lacking, 0.0, x)
    if lacking.any():
        counts = (np.nan_to_num(by_length) != 0).astype(np.float64) @ lacking
        heights = np.where(counts > 0, np.nan, heights)
    heights[np.isnan(by_length).any(axis=1)] = np.nan
    return heights


def _best(middle_s: float, scores: Array, heights: Array, lengths_s: Array) -> Score:
    """Of each series the length with the highest score."""
    ranked = np.where(np.isnan(scores), -np.inf, scores)
    best = ranked.argmax(axis=0)
    column = np.arange(SERIES)
    judged = np.isfinite(ranked[best, column])
    return Score(
        middle_s,
        np.where(judged, scores[best, column], np.nan),
        np.where(judged, heights[best, column], np.nan),
        np.where(judged, lengths_s[best], np.nan),
    )
