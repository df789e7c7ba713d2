"""No single group may carry an effect: each is left out once, and what that changes is held against chance.

Leaving out a share s of the clusters moves an estimate by chance alone with a spread of

    standard_error sqrt(s / (1 - s))

of a smooth method, tuned as it was on all. Matching moves further, as matches are chosen anew: the other
groups, and sets of as many clusters drawn by lot, tell by how much.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from telltale.core.errors import FormatError
from telltale.core.rng import stream
from telltale.effects.contract import Effect, EffectEstimator
from telltale.effects.design import Design
from telltale.effects.refit import value_of_part
from telltale.effects.refutation import Refutation, Verdict, untold
from telltale.effects.sizes import Size, plain_words
from telltale.effects.variance import Bools, Floats, Ints

_NAME: Final = "leave one group out"
_MOST_GROUPS: Final = 12
"""Left out one by one; more are put together by lot."""
_LOST: Final = 0.5
"""Share of a claim that has to be left."""
_CHANCE: Final = 0.02
"""Of all groups together: a change that is rarer is beyond chance,"""
_FAR: Final = 0.001
"""and one as rare as this by far."""
_MANY: Final = 1e9
"""Degrees of freedom that stand for endless ones."""


def leave_one_group_out(
    estimator: EffectEstimator,
    design: Design,
    effect: Effect,
    groups: npt.ArrayLike,
    *,
    draws: int = 10,
    seed: int = 0,
    size: Size = plain_words,
) -> Refutation:
    """No single group may carry the effect.

    It fails where less than half of the effect is left without one of them and the change is beyond chance,
    or where it is so by far; nothing is said where nothing is claimed.

    Parameters
    ----------
    estimator
        Fitted to all rows: without a group it keeps what it chose there.
    groups
        Shape (N,), each left out once; of more than 12, 12 sets of them.
    draws
        Sets by lot that tell how far the method moves by chance.
    size
        An effect in words.
    """
    owner = np.asarray(groups)
    if owner.shape != (len(design),):
        raise FormatError(f"groups of shape {owner.shape}", hint=f"give ({len(design)},)")
    names, owner = np.unique(owner, return_inverse=True)
    did = f"Left each of {len(names)} groups out once."
    if len(names) > _MOST_GROUPS:
        did = f"Left {_MOST_GROUPS} sets of groups, drawn by lot, out once each, of {len(names)} groups."
        owner = stream(0, "sets of groups").permutation(len(names))[owner] % _MOST_GROUPS
        names = np.array([f"set {k + 1}" for k in range(_MOST_GROUPS)])
    if len(names) < 3:
        return untold(_NAME, did, "Of fewer than three nothing can be said.")
    tuned = estimator.tuned()
    found = [value_of_part(tuned, design, owner != code) for code in range(len(names))]
    if not all(found):
        return untold(_NAME, did, "Without some of them the method could not be run.")
    values = np.array(found)[:, 0]
    least, most = int(values.argmin()), int(values.argmax())
    low, high = float(values[least]), float(values[most])
    ends = (f"{size(end)} (without {names[k]})" for end, k in ((low, least), (high, most)))
    says = f"The effect lay between {' and '.join(ends)}"
    if not (math.isfinite(effect.low) and not effect.low <= 0 <= effect.high):
        says += ": nothing is claimed that one of them could carry."
        return Refutation(_NAME, "cannot tell", did, says, effect.value, low, high)
    share = _shares(design, owner, len(names))
    change = (values - effect.value) / _chance(effect, share)
    by_lot = _by_lot(tuned, design, effect, share, draws, seed)
    spread, freedom = _restless(change, by_lot, effect.freedom)
    lost, change = values / effect.value < _LOST, np.abs(change) / spread
    by_chance, by_far = (stdtrit(freedom, 1 - p / 2 / len(names)) for p in (_CHANCE, _FAR))
    carried = bool(((lost & (change > by_chance)) | (change > by_far)).any())
    verdict: Verdict = "fail" if carried else "pass"
    return Refutation(_NAME, verdict, did, f"{says}.", effect.value, low, high)


def _shares(design: Design, owner: Ints, groups: int) -> Floats:
    """Shape (groups,): of the clusters, each a part of them that its rows are."""
    codes, count = np.unique(design.cluster, return_inverse=True, return_counts=True)[1:]
    of_rows = np.bincount(owner, weights=1.0 / count[codes], minlength=groups)
    return of_rows / len(count)


def _chance(effect: Effect, share: Floats) -> Floats:
    """The spread of a change by chance."""
    spread: Floats = effect.standard_error * np.sqrt(share / (1 - share))
    return spread


def _by_lot(
    estimator: EffectEstimator, design: Design, effect: Effect, share: Floats, draws: int, seed: int
) -> Floats:
    """Changes without sets of clusters drawn by lot, each in units of a smooth method's; shape (draws,)."""
    codes = np.unique(design.cluster)
    out: list[float] = []
    for draw in range(draws):
        size = max(1, round(float(share[draw % len(share)]) * len(codes)))
        left_out = stream(seed, "left out by lot", draw).permutation(codes)[:size]
        rows: Bools = ~np.isin(design.cluster, left_out)
        spread = float(_chance(effect, np.array(size / len(codes))))
        out += [(value - effect.value) / spread for value in value_of_part(estimator, design, rows)]
    return np.array(out)


def _restless(change: Floats, by_lot: Floats, freedom: float) -> tuple[Floats, Floats]:
    """How many times further than a smooth method this one moves, and the degrees of freedom of a change held
    against that; both of shape (groups,).

    Of each group told by all the others and by the lots, so that one that carries the effect does not hide.
    """
    others = float(change @ change + by_lot @ by_lot) - change**2
    count = len(change) + len(by_lot) - 1
    further = others > count
    spread = np.sqrt(np.where(further, others / count, 1.0))
    return spread, np.where(further, min(count, freedom), min(freedom, _MANY))
