"""Whether a probability means what it says: reliability, its error, two corrections.

Bins hold equal counts; rows with one probability stand in one bin, so with ties there may be fewer bins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit, ndtri

from telltale.core.errors import FormatError
from telltale.core.rng import stream
from telltale.intent.intervals import number_people
from telltale.intent.metrics import Bools, Floats, Ints, checked, checked_probability

BINS: Final = 10
_NEWTON_STEPS: Final = 100
_NO_SPREAD: Final = 1e-200
"""Scores closer than that are one score: a slope between them would not fit into a float."""
_CONVERGED: Final = 1e-14
"""Newton's decrement in nats a row: the step that still follows squares the error."""


@dataclass(frozen=True, slots=True, eq=False)
class ReliabilityCurve:
    """What was forecast and what came, by bins of rising probability."""

    probability: Floats
    """Shape (bins,): mean forecast."""
    share: Floats
    """Shape (bins,): how many of the bin were positive."""
    low: Floats
    """Shape (bins,): Wilson's interval of the share."""
    high: Floats
    """Shape (bins,)."""
    count: Ints
    """Shape (bins,): rows."""
    effective_count: Floats
    """Shape (bins,): independent rows that would tell as much; `count` where no people were given."""


def reliability_curve(
    label: npt.ArrayLike,
    probability: npt.ArrayLike,
    people: npt.ArrayLike | None = None,
    bins: int = BINS,
    level: float = 0.95,
) -> ReliabilityCurve:
    """Reliability with Wilson's intervals, which are widened when people are given.

    Without `people` every window counts as a witness of its own. With them (shape (n,), who each window is
    of) the count of a bin is divided by its design effect (Rao and Scott, Biometrics 48, 1992): the variance
    of the share between people, over that of independent rows. A share of 0 or 1 shows no variance; there
    each person counts once.

    >>> curve = reliability_curve([0, 0, 1, 0, 1, 1], [0.1, 0.1, 0.3, 0.6, 0.7, 0.8], bins=2)
    >>> curve.share.round(2).tolist(), curve.low.round(2).tolist(), curve.high.round(2).tolist()
    ([0.33, 0.67], [0.06, 0.21], [0.79, 0.94])
    """
    y, p = checked_probability(label, probability)
    bin_of, count = _equal_counts(p, bins)
    share = np.bincount(bin_of, y) / count
    effective = count.astype(np.float64)
    if people is not None:
        effective = np.minimum(effective, _effective_count(y, share, bin_of, people))
    low, high = _wilson(share, effective, level)
    return ReliabilityCurve(np.bincount(bin_of, p) / count, share, low, high, count, effective)


def _equal_counts(p: Floats, bins: int) -> tuple[Ints, Ints]:
    """The bin of each row, shape (n,), and how many stand in each, shape (bins,)."""
    if bins < 1:
        raise ValueError(f"bins must be 1 or more, not {bins}")
    if not len(p):
        raise FormatError("there are no rows to judge", hint="give one or more")
    line = np.sort(p)
    first = np.unique(line[len(p) * np.arange(1, bins) // bins])
    bin_of = np.searchsorted(first[first > line[0]], p, side="right")
    return bin_of, np.bincount(bin_of)


def _effective_count(y: Bools, share: Floats, bin_of: Ints, people: npt.ArrayLike) -> Floats:
    """Shape (bins,): s (1 - s) / V, V = P / (P - 1) sum over the P people of (sum of y - s)^2 / n^2."""
    person, known = number_people(people, windows=len(y))
    cell, shape = bin_of * known + person, (len(share), known)
    rows = np.bincount(cell, minlength=len(share) * known).reshape(shape)
    excess = np.bincount(cell, y - share[bin_of], minlength=len(share) * known).reshape(shape)
    there = (rows > 0).sum(axis=1)
    variance = there / np.maximum(there - 1, 1) * (excess**2).sum(axis=1) / rows.sum(axis=1) ** 2
    told = (there > 1) & (share > 0) & (share < 1)
    effective: Floats = np.where(told, np.inf, there)
    np.divide(share * (1 - share), variance, out=effective, where=told & (variance > 0))
    return effective


def _wilson(share: Floats, count: Floats, level: float) -> tuple[Floats, Floats]:
    """Wilson's interval (J Am Stat Assoc 22, 1927): (s + z^2 / 2n +- z sqrt(s (1 - s) / n + z^2 / 4n^2))
    / (1 + z^2 / n)."""
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level}")
    z = float(ndtri((1 + level) / 2))
    middle = share + z**2 / (2 * count)
    half = z * np.sqrt(share * (1 - share) / count + (z / (2 * count)) ** 2)
    # Rounding must not leave a share of 0 or 1 outside its own interval.
    low, high = ((middle + side) / (1 + z**2 / count) for side in (-half, half))
    return np.minimum(np.maximum(low, 0), share), np.maximum(np.minimum(high, 1), share)


def calibration_error(label: npt.ArrayLike, probability: npt.ArrayLike, bins: int = BINS) -> float:
    """ECE = sum over bins of n_b / n |share_b - mean probability_b|.

    Above zero even for perfect forecasts, by about sqrt(2 s (1 - s) bins / (pi n)): compare it only at one n.

    >>> round(calibration_error([0, 1, 0, 1], [0.2, 0.2, 0.9, 0.9], bins=2), 3)
    0.35
    """
    curve = reliability_curve(label, probability, bins=bins)
    return float(np.abs(curve.share - curve.probability) @ curve.count / curve.count.sum())


def error_of_perfect(
    probability: npt.ArrayLike, seed: int = 0, *, draws: int = 200, bins: int = BINS
) -> float:
    """The calibration error that nineteen of twenty samples of true probabilities stay under.

    Labels are drawn with the very probabilities told, each moment by itself, so it is a little too strict
    where moments of one person go together.

    >>> error_of_perfect([0.5] * 100) < error_of_perfect([0.5] * 25)
    True
    """
    p = np.asarray(probability, dtype=np.float64)
    bin_of, count = _equal_counts(p, bins)
    drawn = stream(seed, "intent", "perfect").random((draws, len(p))) < p
    apart = np.zeros((draws, len(count)))
    for k in range(len(count)):
        apart[:, k] = (drawn[:, bin_of == k] - p[bin_of == k]).sum(axis=1)
    return float(np.quantile(np.abs(apart).sum(axis=1) / len(p), 0.95))


def prior_corrected(probability: npt.ArrayLike, from_share: float, to_share: float) -> Floats:
    """Probabilities for a world with another share of positives (Saerens, Latinne and Decaestecker 2002).

    A model fitted where a share f buys is used where a share t does, buyers looking like buyers in both:

        p' / (1 - p') = p / (1 - p) * r,    r = (t / (1 - t)) / (f / (1 - f)),    p' = p r / (p r + 1 - p)

    0 and 1 stay what they are. The result has the shape of `probability`.

    >>> prior_corrected([0.0, 0.5, 1.0], from_share=0.5, to_share=0.1).round(3).tolist()
    [0.0, 0.1, 1.0]
    """
    p = np.asarray(probability, dtype=np.float64)
    if not np.all((p >= 0) & (p <= 1)):
        raise FormatError("a probability lies outside 0 to 1", hint="correct probabilities, not raw scores")
    for name, share in (("from_share", from_share), ("to_share", to_share)):
        if not 0 < share < 1:
            raise ValueError(f"{name} must lie between 0 and 1, not {share}")
    ratio = (to_share / (1 - to_share)) / (from_share / (1 - from_share))
    return np.asarray(p * ratio / (p * ratio + (1 - p)), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class PlattScale:
    """From a score to a probability: 1 / (1 + exp(-(slope * score + offset)))."""

    slope: float
    """Per unit of the score; negative when high scores speak against a purchase."""
    offset: float

    def apply(self, score: npt.ArrayLike) -> Floats:
        """Probabilities, in the shape of `score`.

        >>> PlattScale(slope=2.0, offset=-1.0).apply([0.5]).tolist()
        [0.5]
        """
        z = self.slope * np.asarray(score, dtype=np.float64) + self.offset
        return np.asarray(expit(z), dtype=np.float64)


def fit_platt(label: npt.ArrayLike, score: npt.ArrayLike) -> PlattScale:
    """Fit Platt's scale (1999) on rows that the model has not learnt from.

        minimise  mean(log(1 + exp(z)) - t z),   z = slope * score + offset

    with t = (N1 + 1) / (N1 + 2) for the N1 positives and 1 / (N0 + 2) for the N0 negatives, which keeps the
    slope finite when the classes do not overlap. Newton's method with the step halved until it helps (Lin,
    Lin and Weng, Mach Learn 68, 2007).

    >>> scale = fit_platt([0, 0, 1, 0, 1, 1], [-2.0, -1.0, -0.5, 0.5, 1.0, 2.0])
    >>> scale.apply([-2.0, 0.0, 2.0]).round(2).tolist()
    [0.22, 0.5, 0.78]
    """
    y, s = checked(label, score)
    positives = int(y.sum())
    if positives in (0, len(y)):
        raise FormatError("all labels are the same", hint="fit on rows of both classes")
    target = np.where(y, (positives + 1) / (positives + 2), 1 / (len(y) - positives + 2))
    mean, spread = float(s.mean()), float(np.ptp(s))
    if spread < _NO_SPREAD:
        return PlattScale(0.0, float(logit(target.mean())))
    # In units of the spread both numbers are of one size, whatever the scores are measured in.
    slope, offset = _fit_logistic((s - mean) / spread, target)
    return PlattScale(slope / spread, offset - slope * mean / spread)


def _fit_logistic(x: Floats, target: Floats) -> tuple[float, float]:
    """Slope and offset; `target`, shape (n,), lies between 0 and 1."""
    design = np.column_stack([x, np.ones_like(x)])

    def loss(b: Floats) -> float:
        z = design @ b
        return float(np.mean(np.logaddexp(0, z) - target * z))

    b = np.array([0.0, float(logit(target.mean()))])
    for _ in range(_NEWTON_STEPS):
        p = expit(design @ b)
        gradient = design.T @ (p - target) / len(x)
        # Least squares, because one score far out leaves the others nearly one number: a singular curvature.
        curvature = (design.T * (p * (1 - p))) @ design / len(x)
        step = np.linalg.lstsq(curvature, gradient, rcond=None)[0]
        decrement, size = float(gradient @ step), 1.0
        while loss(b - size * step) > loss(b) - size * decrement / 4 and size > 1e-6:
            size /= 2
        b = b - size * step
        if decrement < _CONVERGED:
            break
    return float(b[0]), float(b[1])
