"""Whether matching otherwise says the same: of what both share nothing counts, only of what they do not.

Both are means over the treated of the same windows. What a window adds to one by chance, less what it adds to
the other, is what it adds to their difference; rows are summed by cluster before they are squared:

    tau - tau' = mean of (psi_i - psi'_i)        psi_i = d_i (m1 - m0 - tau) + (2 T_i - 1) w_i (gain_i - m_T)

with m what the covariates of each matching say of the gain. The weights w are no constants here: those
matched on the past are made of the very periods that stand in the gain. Given m, they count for what they
leave unexplained alone.
"""

from __future__ import annotations

import math
from typing import Final

from telltale.effects.contract import Effect
from telltale.effects.design import Design
from telltale.effects.did import MatchedDid
from telltale.effects.matching_errors import influence_of_matching
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
    apart = beside.value - effect.value
    spread = spread_of_difference(did)
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


def spread_of_difference(did: MatchedDid) -> Spread:
    """How far both matchings may differ by chance."""
    one, other = did.weight, did.weight_beside
    assert other is not None
    assert did.design_beside is not None
    used = (one != 0) | (other != 0)
    apart = _influence(did.design, one) - _influence(did.design_beside, other)
    return spread_of_mean(apart[used] * float(used.mean()), did.windows.cluster[used])


def _influence(design: Design, weight: Floats) -> Floats:
    return influence_of_matching(design, design.treated & (weight != 0), weight)


def _claims(effect: Effect) -> bool:
    return not effect.low <= 0 <= effect.high
