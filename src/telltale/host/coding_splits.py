"""In which of the acted expressions the right one was among the first three: by row, and by how it was acted.

What was acted is told by the acting's own record: the form that was meant, what of it was left out or came
beside, and how strongly units truly moved. Intervals are Wilson's (J Am Stat Assoc 22, 1927) of 95 %, as if
each expression were another face's: of a row nearly all are; of a split some eight are of one face.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

from telltale.core.channels import ACTION_UNITS, unit_channels
from telltale.host.acted_clips import Acted, ActedClip
from telltale.signs.coding_units import AWAY, UNTOLD
from telltale.signs.expressions import ExpressionTable, load_table

Array = npt.NDArray[np.float64]

FEW: Final = 3
"""Among so many an expression wants to be."""
_TALKS: Final = 0.5
"""Share of its middle from which on an expression is shown while talking."""


@dataclass(frozen=True, slots=True)
class Share:
    """In how many of some expressions the right one was told."""

    instances: int
    first: float
    """Share of them in which it ranks first."""
    few: float
    """Share in which it is among the first three."""
    low: float
    """The interval of that."""
    high: float
    ceiling: float
    """The same from the units as they truly moved."""


@dataclass(frozen=True, slots=True)
class Split:
    """Expressions that were acted in one way."""

    by: str
    """What is told apart: changed, form, strength, speech or maker."""
    which: str
    share: Share


def share_of(ranks: Array, true: Array) -> Share:
    """Sum up the places of what is shown, 0 first, NaN where it was not coded, read and from true units.

    >>> found = share_of(np.array([0.0, 1.0, 3.0, np.nan]), np.array([0.0, 0.0, 0.0, 2.0]))
    >>> found.first, found.few, round(found.low, 2), round(found.high, 2), found.ceiling
    (0.25, 0.5, 0.15, 0.85, 1.0)
    """
    few = ranks < FEW
    told = binomtest(int(few.sum()), len(few)).proportion_ci(method="wilson")
    shares = ((ranks < 1).mean(), few.mean(), told.low, told.high, (true < FEW).mean())
    return Share(len(ranks), *map(float, shares))


def splits_of(every: Sequence[tuple[ActedClip, Acted]], ranks: Array, true: Array) -> tuple[Split, ...]:
    """Every split of some expressions; one without an expression is left out.

    Parameters
    ----------
    every
        Each with the clip that shows it.
    ranks, true
        Shape (instances,): as in `share_of`, in the same order.
    """
    table = load_table()
    words = {
        "changed": [_changed(one) for _, one in every],
        "form": [_form(one, table) for _, one in every],
        "strength": _strengths([strength_of(clip, one) for clip, one in every]),
        "speech": [_speech(clip, one) for clip, one in every],
        "maker": [clip.maker for clip, _ in every],
    }
    return tuple(split for by, told in words.items() for split in _split(by, np.array(told), ranks, true))


def _split(by: str, words: npt.NDArray[np.str_], ranks: Array, true: Array) -> list[Split]:
    return [
        Split(by, str(word), share_of(ranks[words == word], true[words == word]))
        for word in dict.fromkeys(sorted(words.tolist()))
        if word
    ]


def _changed(one: Acted) -> str:
    meant = {n for n in one.form if n not in UNTOLD}
    if meant - set(one.units):
        return "a unit missing"
    return "a unit added" if set(one.units) - meant - {AWAY} else "as meant"


def _form(one: Acted, table: ExpressionTable) -> str:
    row = table[one.expression]
    own = [{*row.units, n} for n in row.either] or [{*row.units}]
    return "the table's" if {*one.form} in own else "another published"


def _speech(clip: ActedClip, one: Acted) -> str:
    talks = clip.speaking[one.middle(clip.read)]
    return "talking" if len(talks) and talks.mean() >= _TALKS else "silent"


def strength_of(clip: ActedClip, one: Acted) -> float:
    """How strongly units of the face truly moved in the middle of an expression; NaN where none did."""
    columns = [ACTION_UNITS.index(n) for n in one.units if n in ACTION_UNITS]
    if not columns:
        return float("nan")
    rows = clip.true.values[one.middle(clip.true)]
    sides = [rows[:, unit_channels(f"intensity_{side}")[columns]] for side in ("left", "right")]
    return float(np.maximum(*sides).mean())


def _strengths(values: Sequence[float]) -> list[str]:
    """The third in which each lies of those that occur.

    >>> _strengths([0.3, 0.5, float("nan"), 0.9])
    ['0.30 to 0.43', '0.43 to 0.63', '', '0.63 to 0.90']
    """
    told = [value for value in values if value == value]
    low, *inner, high = np.quantile(told, [0, 1 / 3, 2 / 3, 1]).tolist() if told else (0.0, 0.0)
    bounds = [low, *inner, high]
    places = np.searchsorted(inner, values, side="right").tolist()
    return [
        f"{bounds[k]:.2f} to {bounds[k + 1]:.2f}" if value == value else ""
        for k, value in zip(places, values, strict=True)
    ]
