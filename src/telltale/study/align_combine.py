"""From what each kind of evidence says by itself to one offset.

Only kinds that are told apart from chance are joined, by inverse variance, so that a kind which says nothing
neither moves nor widens what another says. Each kind is one look: its p-value is multiplied by their number
(Bonferroni). Kinds that are told apart and contradict each other are not joined: one of them measures
something else than the clock, and nobody knows which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from telltale.study.align_estimate import Offset
from telltale.study.align_evidence import LAG_S, Kind

_AGREE_SDS: Final = 4.0
_SHARPEST_S: Final = 1e-4
"""No kind is weighed as if it were known better than this."""


@dataclass(frozen=True, slots=True)
class Combined:
    """What the kinds say, each by itself and together."""

    left: Offset | None
    """The joint offset; the kind's with the lowest p-value where none is told apart. None without evidence,
    or when the kinds disagree."""
    kinds: dict[Kind, Offset] = field(default_factory=dict)
    """Each kind's own offset, its p-value that of one look."""
    disagree: bool = False
    """Whether kinds that are told apart from chance contradict each other."""


def combine(kinds: Mapping[Kind, Offset], level: float) -> Combined:
    """Join the kinds of evidence.

    Parameters
    ----------
    kinds
        Each kind's own offset.
    level
        Largest p-value, after Bonferroni over the kinds, of a kind that is told apart from chance.
    """
    own = dict(kinds)
    if not own:
        return Combined(None)
    looks = len(own)
    told = [offset for offset in own.values() if offset.p_value * looks <= level]
    if not agree(told):
        return Combined(None, own, disagree=True)
    left = _joined(told) if told else min(own.values(), key=lambda offset: offset.p_value)
    return Combined(replace(left, p_value=min(1.0, left.p_value * looks)), own)


def agree(offsets: Sequence[Offset]) -> bool:
    """Whether no two lie further apart than four SDs of their difference and one lag that was tried (s)."""
    pairs = [(a, b) for i, a in enumerate(offsets) for b in offsets[:i]]
    return all(
        abs(a.seconds - b.seconds) <= _AGREE_SDS * float(np.hypot(a.sd_s, b.sd_s)) + LAG_S for a, b in pairs
    )


def _joined(told: Sequence[Offset]) -> Offset:
    """The mean weighed by inverse variance; SD and half the interval add in quadrature."""
    if len(told) == 1:
        return told[0]
    weights = np.array([max(offset.sd_s, _SHARPEST_S) ** -2 for offset in told])
    weights /= weights.sum()
    seconds = float(weights @ [offset.seconds for offset in told])
    sd_s = float(np.linalg.norm(weights * [offset.sd_s for offset in told]))
    reach_s = float(np.linalg.norm(weights * [offset.high_s - offset.seconds for offset in told]))
    lowest = min(offset.p_value for offset in told)
    return Offset(seconds, sd_s, seconds - reach_s, seconds + reach_s, lowest)
