"""Who was left out, by arm: a strategy that makes viewers leave chooses who is seen after it.

With l = 1 for who was left out, the difference of both arms

    d = mean of l over who got it - mean of l over who did not

is held against chance, summed by person or room as the design draws. Few losses are not normal, so it must be
rare exactly too: by Fisher's test, or, where whole people or rooms are of one arm, among arms dealt out anew.
Means after the moment are of those who stayed: where arms lose different shares of their viewers, those who
stayed are no longer alike, lot or none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import fisher_exact

from telltale.core.rng import stream
from telltale.effects.refutation import Refutation, Verdict
from telltale.effects.variance import Bools, Ints, Spread, spread_of_mean, student

LEFT_OUT: Final = "who was left out"
_CHANCE: Final = 0.01
"""How often it may fail where nothing is wrong."""
_DEALS: Final = 1999


@dataclass(frozen=True, slots=True, eq=False)
class Attrition:
    """Sessions that were assigned and could not be used, among all n that were."""

    treated: Bools
    """Shape (n,)."""
    lost: Bools
    """Shape (n,)."""
    cluster: Ints
    """Shape (n,): codes of who is not independent of whom."""
    why: str
    """In words: "they ended too early"."""

    def words(self) -> str:
        """How many of each arm; nothing where nobody was left out.

        >>> got = np.arange(40) % 2 == 0
        >>> Attrition(got, np.arange(40) % 8 == 0, np.arange(40), "they ended too early").words()
        '5 of 40 sessions were left out, 5 of 20 who got it and 0 of 20 who did not: they ended too early'
        """
        if not self.lost.any():
            return ""
        lost, n = int(self.lost.sum()), len(self.lost)
        one, other = (
            f"{int((self.lost & arm).sum()):,} of {int(arm.sum()):,}" for arm in (self.treated, ~self.treated)
        )
        were = "session was" if n == 1 else "sessions were"
        return f"{lost:,} of {n:,} {were} left out, {one} who got it and {other} who did not: {self.why}"


def left_out_by_arm(left: Attrition, effect: float, spread: float) -> Refutation:
    """Whether both arms lost the same share of their viewers.

    It fails where the shares differ beyond chance. It cannot tell where a difference that chance would hide
    could make an effect as large as the claimed, were those left out one standard deviation unlike the rest.

    Parameters
    ----------
    effect, spread
        What is claimed and the outcome's standard deviation, in its unit.
    """
    got, lost, n = left.treated, left.lost.astype(np.float64), len(left.lost)
    one, other = float(lost[got].mean()), float(lost[~got].mean())
    apart = one - other
    influence = np.where(got, (lost - one) / got.mean(), -(lost - other) / (~got).mean())
    code = np.unique(left.cluster, return_inverse=True)[1]
    of = spread_of_mean(influence, code, used=1)
    low, high = of.interval(apart, 0.95)
    says = f"{100 * one:.3g} % of those who got it were left out and {100 * other:.3g} % of those who did not"
    if not math.isfinite(low):
        verdict: Verdict = "cannot tell"
        says += ", too few to compare"
    elif _beyond(apart, of) and _p_exact(left, code) < _CHANCE:
        verdict = "fail"
        says += ", which differ by more than chance: those who were seen after it are not alike"
    elif max(-low, high) * spread > abs(effect):
        verdict = "cannot tell"
        says += (
            f", which chance explains; but {100 * low:.2g} to {100 * high:.2g} points apart could hide as"
            " much as is claimed"
        )
    else:
        verdict = "pass"
        says += f", which chance explains ({100 * low:.2g} to {100 * high:.2g} points apart)"
    did = f"Compared how many of each arm were left out, of {n:,}."
    return Refutation(LEFT_OUT, verdict, did, f"{says}.", math.nan, math.nan, math.nan)


def _beyond(apart: float, of: Spread) -> bool:
    return abs(apart) > student(of.freedom, 1 - _CHANCE / 2) * of.standard_error


def _p_exact(left: Attrition, code: Ints) -> float:
    """How often chance sets both shares as far apart; `code` (n,) are the clusters."""
    got, lost = left.treated, left.lost
    size, gone = np.bincount(code), np.bincount(code, weights=lost)
    arm = np.bincount(code, weights=got) / size
    if len(size) == len(code) or not np.isin(arm, (0, 1)).all():
        table = np.array([[(lost & one).sum(), (~lost & one).sum()] for one in (got, ~got)])
        return float(fisher_exact(table)[1])
    rng, whole = stream(0, LEFT_OUT), arm == 1

    def apart(one: Bools) -> float:
        return abs(float(gone[one].sum() / size[one].sum() - gone[~one].sum() / size[~one].sum()))

    seen = apart(whole)
    as_far = sum(apart(rng.permutation(whole)) >= seen for _ in range(_DEALS))
    return (1 + as_far) / (1 + _DEALS)
