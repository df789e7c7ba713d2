"""The checks that every effect gets: what is drawn by lot must have none, and no part may carry it alone."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import fdtri
from sklearn.base import clone

from telltale.core.errors import FormatError, TelltaleError
from telltale.core.progress import Progress, silent
from telltale.core.rng import stream
from telltale.effects.contract import Effect, EffectEstimator
from telltale.effects.design import Design
from telltale.effects.group_check import leave_one_group_out
from telltale.effects.lot_check import lot_as_recorded
from telltale.effects.refit import value_of, value_of_part
from telltale.effects.refutation import Refutation, Verdict, placebo, untold
from telltale.effects.sensitivity import bias_curve
from telltale.effects.sizes import Size, from_to, plain_words
from telltale.effects.variance import student

_CHANCE: Final = 0.01
"""How often a check by draws may fail where nothing is wrong."""
_OWN: Final = 0.3
"""Of a standard error: what a sample keeps in the mean of all lots. Measured (200 rows, 10 covariates): up
to .3 for matching on all covariates, .1 for matching on the propensity and for weighting."""
_MOVED: Final = 0.5
"""Standard errors by which what means nothing may move an effect."""
_TOLD: Final = 18.0
"""Degrees of freedom of a told error at most: from sample to sample those of matching scatter by a sixth."""
_SAME: Final = 1e-9
_FEWEST: Final = 5
"""Draws or groups of which a check can speak."""


def refute(
    estimator: EffectEstimator,
    design: Design,
    effect: Effect,
    *,
    earlier_outcome: npt.ArrayLike | None = None,
    pretended: Design | None = None,
    groups: npt.ArrayLike | None = None,
    draws: int = 20,
    seed: int = 0,
    progress: Progress = silent,
    size: Size = plain_words,
) -> tuple[Refutation, ...]:
    """All checks of one effect.

    Parameters
    ----------
    estimator
        The method that told it, fitted; it is copied, not changed.
    earlier_outcome
        Shape (N,): the outcome before the treatment, on which there can be no effect.
    pretended
        The same question of an earlier moment, told from what was before the real one.
    groups
        Shape (N,): rooms, hosts or categories, each left out once.
    draws
        Of each check that draws.
    size
        An effect in words.
    """
    checks = [
        placebo_treatment(estimator, design, effect, draws=draws, seed=seed, progress=progress, size=size),
        random_common_cause(estimator, design, effect, draws=max(3, draws // 4), seed=seed, size=size),
        subsets(estimator, design, effect, draws=draws, seed=seed, progress=progress, size=size),
    ]
    if earlier_outcome is not None:
        checks.append(placebo_outcome(estimator, design, effect, earlier_outcome, size))
    if pretended is not None:
        checks.append(placebo_in_time(estimator, pretended, effect, size))
    if groups is not None:
        checks.append(
            leave_one_group_out(estimator, design, effect, groups, draws=draws // 2, seed=seed, size=size)
        )
    if design.propensity is not None:
        checks.append(lot_as_recorded(design))
    elif design.names:
        checks.append(hidden_cause(design, effect, size))
    return tuple(checks)


def placebo_treatment(
    estimator: EffectEstimator,
    design: Design,
    effect: Effect,
    *,
    draws: int = 20,
    seed: int = 0,
    progress: Progress = silent,
    size: Size = plain_words,
) -> Refutation:
    """A treatment drawn by lot, as many treated, must do nothing on average."""
    values: list[float] = []
    for draw in progress(range(draws), total=draws, label="placebo treatments"):
        rng = stream(seed, "placebo treatment", draw)
        treated = _shuffled(design, rng)
        # By lot all have one chance.
        chance = None if design.propensity is None else np.full(len(design), treated.mean())
        try:
            lot = replace(design, treated=treated, propensity=chance)
        except FormatError:  # Few lots of many rows may leave an arm next to nobody.
            continue
        values += value_of(estimator, lot)
    found = np.array(values)
    did = f"Treated others by lot, {len(found)} times."
    if len(found) < _FEWEST:
        return untold("placebo treatment", did, "The method could not be run on them.")
    mean, by_draw = float(found.mean()), float(found.std(ddof=1) / np.sqrt(len(found)))
    # Matching has favourites among the rows, so a sample keeps a mean of its own, however many draws.
    own = _OWN * effect.standard_error if math.isfinite(effect.standard_error) else 0.0
    wide = student(len(found) - 1, 1 - _CHANCE / 2) * math.hypot(by_draw, own)
    as_large = int((np.abs(found) >= abs(effect.value)).sum())
    low, high = mean - wide, mean + wide
    biased = not low <= 0 <= high
    says = (
        f"It gave {size(mean)} on average; {as_large} of {len(found)} were as large as the claimed"
        f" {size(effect.value)}."
    )
    verdict: Verdict = "fail" if biased else "pass" if as_large <= 0.05 * len(found) else "cannot tell"
    return Refutation("placebo treatment", verdict, did, says, mean, low, high)


def placebo_outcome(
    estimator: EffectEstimator,
    design: Design,
    effect: Effect,
    earlier: npt.ArrayLike,
    size: Size = plain_words,
) -> Refutation:
    """What was there before the treatment cannot have been moved by it."""
    before = np.asarray(earlier, dtype=np.float64)
    did = "Asked the same of the outcome before the treatment."
    if before.shape != design.outcome.shape:
        raise FormatError(f"an earlier outcome of shape {before.shape}", hint=f"give ({len(design)},)")
    try:
        found = clone(estimator).fit(_without_itself(design, before)).effect()
    except TelltaleError as error:
        return untold("placebo outcome", did, f"It could not be asked: {error.message}.")
    return placebo("placebo outcome", did, found, effect, size)


def placebo_in_time(
    estimator: EffectEstimator, pretended: Design | None, effect: Effect, size: Size = plain_words
) -> Refutation:
    """A treatment that is pretended earlier than it came cannot have done anything yet.

    Parameters
    ----------
    pretended
        The design of the earlier moment, told from what was before the real one; None where nothing was.
    """
    did = "Pretended that the treatment came earlier, and asked what followed until it really came."
    if pretended is None:
        return untold("placebo in time", did, "Too little was seen before the moment.")
    try:
        found = clone(estimator).fit(pretended).effect()
    except TelltaleError as error:
        return untold("placebo in time", did, f"It could not be asked: {error.message}.")
    return placebo("placebo in time", did, found, effect, size)


def random_common_cause(
    estimator: EffectEstimator,
    design: Design,
    effect: Effect,
    *,
    draws: int = 5,
    seed: int = 0,
    size: Size = plain_words,
) -> Refutation:
    """A cause that means nothing must not move the effect.

    Matching finds other matches with every column more, so the effect is held against the scatter of the
    draws: it is as if it were one of them. It fails where it is not and lies half a standard error off, or
    where draws lie further off than its error allows: then that leaves out what noise does to the method.
    """
    values: list[float] = []
    for draw in range(draws):
        noise = stream(seed, "random common cause", draw).standard_normal(len(design))
        names = (*design.names, "drawn by chance")
        more = replace(design, covariates=np.column_stack([design.covariates, noise]), names=names)
        values += value_of(estimator, more)
    did = "Added a covariate that was drawn by chance."
    if len(values) < 2:
        return untold("random common cause", did, "The method could not be run with it.")
    found, error = np.array(values), effect.standard_error
    moved, far = float(found.mean()) - effect.value, float(np.sqrt(((found - effect.value) ** 2).mean()))
    scatter = float(found.std(ddof=1)) * math.sqrt(1 + 1 / len(found))
    says = f"The effect moved by {size(moved)}, of a standard error of {size(error)}."
    if not math.isfinite(error):
        return Refutation("random common cause", "cannot tell", did, says, moved, np.nan, np.nan)
    led = abs(moved) > max(_MOVED * error, student(len(found) - 1, 1 - _CHANCE / 2) * scatter)
    verdict: Verdict = "fail" if led or far > _reach(effect) else "pass"
    return Refutation("random common cause", verdict, did, says, moved, min(values), max(values))


def subsets(
    estimator: EffectEstimator,
    design: Design,
    effect: Effect,
    *,
    draws: int = 20,
    seed: int = 0,
    progress: Progress = silent,
    size: Size = plain_words,
) -> Refutation:
    """Random halves of the clusters must say what the whole says, within what chance allows.

    The mean of many halves of a smooth method is the whole, about which they scatter by one standard error
    of it. Matching chooses anew in each: its halves scatter by up to the root of two, as if each were drawn
    by itself, and their mean may lie off by the chance of its own that the whole has. A method is tuned as it
    was on all rows.
    """
    codes, tuned = np.unique(design.cluster), estimator.tuned()
    values: list[float] = []
    for draw in progress(range(draws), total=draws, label="halves"):
        chosen = stream(seed, "half", draw).permutation(codes)[: len(codes) // 2]
        values += value_of_part(tuned, design, np.isin(design.cluster, chosen))
    found = np.array(values)
    did = f"Asked {len(found)} random halves."
    if len(found) < _FEWEST or not effect.standard_error > 0:
        return untold("subsets", did, "The method could not be run on them.")
    low, high = (float(x) for x in np.quantile(found, [0.05, 0.95]))
    mean = float(found.mean())
    off = abs(mean - effect.value) > _reach(effect)
    # Both spreads are told from little: their ratio is F-distributed.
    ratio = fdtri(len(found) - 1, min(effect.freedom, _TOLD), 1 - _CHANCE / 2)
    wide = float(found.var(ddof=1)) > 2 * ratio * effect.standard_error**2
    says = (
        f"Nine of ten said {from_to(low, high, size)}, {size(mean)} on average; the whole says"
        f" {size(effect.value)}."
    )
    return Refutation("subsets", "fail" if off or wide else "pass", did, says, mean, low, high)


def _reach(effect: Effect) -> float:
    """How far chance may set an effect off from the mean of draws that match anew, in the outcome's unit."""
    return student(min(effect.freedom, _TOLD), 1 - _CHANCE / 2) * effect.standard_error


def hidden_cause(design: Design, effect: Effect, size: Size = plain_words) -> Refutation:
    """Would something hidden, as strong as the strongest known cause, undo the effect?"""
    curve = bias_curve(effect, design)
    strongest = curve.known[0]
    did = f"Imagined a hidden cause as strong as '{strongest.name}', the strongest that is known."
    low, high = strongest.low, strongest.high
    if not math.isfinite(high):
        why = "Nothing can be: it alone tells more than half of what the others leave of who got it."
        return untold("hidden cause", did, why)
    says = (
        f"The effect would lie at {from_to(low, high, size)}; nothing is left of it where a hidden cause"
        f" explains {100 * curve.zero_at:.2g} % of what is left of both."
    )
    if effect.low <= 0 <= effect.high:
        verdict: Verdict = "cannot tell"
    else:
        verdict = "fail" if low * high <= 0 else "pass"
    return Refutation("hidden cause", verdict, did, says, curve.zero_at, low, high)


def _without_itself(design: Design, before: npt.NDArray[np.float64]) -> Design:
    """The design of an outcome that stood among the covariates."""
    apart = design.covariates - before[:, None]
    other = np.abs(apart - apart.mean(axis=0)).max(axis=0) > _SAME * max(float(np.ptp(before)), 1e-300)
    names = tuple(name for name, kept in zip(design.names, other, strict=True) if kept)
    return replace(design, outcome=before, covariates=design.covariates[:, other], names=names)


def _shuffled(design: Design, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Treatments dealt out anew to whole lots; of lots that hold both arms, their shares."""
    lots, got = design.lots, np.bincount(design.lots, weights=design.treated)
    size = np.bincount(lots)
    if ((got > 0) & (got < size)).any():
        return rng.random(len(design)) < rng.permutation(got / size)[lots]
    order = rng.permutation(len(size))
    rows = np.cumsum(size[order])
    count = int(np.argmin(np.abs(rows - got.sum()))) + 1
    return np.isin(lots, order[: min(count, len(size) - 1)])
