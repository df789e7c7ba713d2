"""Whether matching otherwise says the same: of what both share nothing counts, only of what they do not.

Both are a weighted mean of changes, (2 T - 1) w / sum of w over the treated, of the same windows. So is their
difference, with the weights a = one less other, which add up to 0 in each arm:

    tau - tau' = sum of a_i gain_i        variance = sum over clusters of (sum of a_i (gain_i - mean))^2

The treated are in both and fall out, and so do controls that serve both alike.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from telltale.effects.contract import Effect
from telltale.effects.did import MatchedDid
from telltale.effects.did_window import Windows
from telltale.effects.refutation import Refutation, Verdict, untold
from telltale.effects.sizes import Size, from_to, plain_words
from telltale.effects.variance import Floats, Spread, spread_of_mean, student

_NAME: Final = "other matches"


def other_matches(did: MatchedDid, size: Size = plain_words) -> Refutation:
    """Both kinds of matching err differently, so where both are right they say the same.

    It fails where they differ beyond chance, or where one turns a claim of the other around; it cannot tell
    where a difference as large as the effect could be chance.

    Parameters
    ----------
    size
        An effect in words.
    """
    effect, beside = did.effect, did.beside
    assert beside is not None
    what = f"Matched otherwise: {beside.method} in place of {effect.method}."
    if not (math.isfinite(beside.value) and math.isfinite(effect.low)):
        return untold(_NAME, what, "It told nothing.")
    assert did.weight_beside is not None
    apart = beside.value - effect.value
    spread = spread_of_difference(did.windows, did.weight, did.weight_beside)
    reach = student(spread.freedom, (1 + effect.level) / 2) * spread.standard_error
    beside_that = f"{size(abs(apart))} {'more' if apart > 0 else 'less'}"
    says = f"It says {size(beside.value)} ({from_to(beside.low, beside.high, size)}), {beside_that}"
    turned = _claims(effect) and beside.value * effect.value < 0
    verdict: Verdict
    if not math.isfinite(reach):
        verdict, why = "cannot tell", "how much of that is chance nobody can tell"
    elif abs(apart) > reach:
        verdict, why = "fail", f"chance makes at most {size(reach)}"
    elif turned:
        verdict, why = "fail", "the other way round"
    elif reach > abs(effect.value):
        verdict, why = "cannot tell", f"and chance makes up to {size(reach)}, more than the effect"
    else:
        verdict, why = "pass", f"chance makes up to {size(reach)}"
    return Refutation(_NAME, verdict, what, f"{says}: {why}.", beside.value, beside.low, beside.high)


def spread_of_difference(windows: Windows, one: Floats, other: Floats) -> Spread:
    """How far two matchings of the same windows may differ by chance; weights of both of shape (m,)."""
    treated, sign = windows.treated, np.where(windows.treated, 1.0, -1.0)
    apart = sign * (one / one[treated].sum() - other / other[treated].sum())
    used = (one != 0) | (other != 0)
    mean = [float(windows.gain[used & (treated == arm)].mean()) for arm in (True, False)]
    influence = apart * (windows.gain - np.where(treated, *mean))
    return spread_of_mean(influence[used] * used.sum(), windows.cluster[used])


def _claims(effect: Effect) -> bool:
    return not effect.low <= 0 <= effect.high
