"""How early a model tells: AUC of the second so long before a cart against seconds of plain watching.

    AUC(tau) = P(p of a second tau before a cart > p of a plain second), ties counting half

Its bootstrap over people needs no ranking again: with S_ab the pairs that person a's seconds before a cart
win against person b's plain ones, and w how often each person was drawn,

    AUC_w = sum_ab w_a w_b S_ab / (sum_a w_a P_a  sum_b w_b N_b)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.intent.alarms import PLAIN, Floats, Kinds
from telltale.intent.intervals import interval_of

BEFORE_S: Final = (*range(31), 40, 50, 60)
"""Whole seconds before a cart."""
_EVERY_S: Final = 10
"""One plain second in so many: neighbours see nearly the same window."""
_CELLS: Final = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class AucBySecond:
    """AUC by how long before the cart, with intervals over people."""

    before_s: tuple[int, ...]
    value: Floats
    """Shape (len(before_s),); NaN where no cart has so much time before it."""
    low: Floats
    high: Floats


def auc_by_second(
    told: Sequence[Floats],
    kinds: Sequence[Kinds],
    carts_s: Sequence[Floats],
    people: npt.NDArray[np.str_],
    *,
    seed: int = 0,
) -> AucBySecond:
    """AUC by second before the cart.

    Parameters
    ----------
    told, kinds, carts_s
        For each session: probabilities and kinds of its seconds, shape (seconds,), and its carts.
    people
        Shape (sessions,): whose.
    """
    names, person = np.unique(people, return_inverse=True)
    both = list(zip(kinds, told, strict=True))
    plain = [np.flatnonzero((kind == PLAIN) & np.isfinite(p))[::_EVERY_S] for kind, p in both]
    negative = np.concatenate([p[at] for p, at in zip(told, plain, strict=True)])
    of_negative = np.repeat(person, [len(at) for at in plain])
    found = []
    for before_s in BEFORE_S:
        chosen = [_places(c, before_s, len(p)) for c, p in zip(carts_s, told, strict=True)]
        positive = np.concatenate([p[at] for p, at in zip(told, chosen, strict=True)])
        of_positive = np.repeat(person, [len(at) for at in chosen])
        known = np.isfinite(positive)
        found.append(_auc(positive[known], of_positive[known], negative, of_negative, names, seed))
    return AucBySecond(BEFORE_S, *np.array(found).T)


def _places(carts_s: Floats, before_s: int, seconds: int) -> npt.NDArray[np.intp]:
    """Places of the seconds that end at most a second more than `before_s` before each cart."""
    places = np.floor(carts_s + 1e-6).astype(np.intp) - 1 - before_s
    return places[(places >= 0) & (places < seconds)]


def _auc(
    positive: Floats,
    of_positive: npt.NDArray[np.intp],
    negative: Floats,
    of_negative: npt.NDArray[np.intp],
    names: npt.NDArray[np.str_],
    seed: int,
) -> tuple[float, float, float]:
    if not (len(positive) and len(negative)):
        return (np.nan, np.nan, np.nan)
    wins = _wins(positive, of_positive, negative, of_negative, len(names))
    ours = np.bincount(of_positive, minlength=len(names))
    theirs = np.bincount(of_negative, minlength=len(names))

    def statistic(weight: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            pairs = (weight @ ours) * (weight @ theirs)
            found: Floats = ((weight @ wins) * weight).sum(axis=1) / pairs
        return found

    told = interval_of(statistic, names, seed)
    return told.value, told.low, told.high


def _wins(
    positive: Floats,
    of_positive: npt.NDArray[np.intp],
    negative: Floats,
    of_negative: npt.NDArray[np.intp],
    people: int,
) -> Floats:
    """Pairs that each person's positives win against each person's negatives. Shape (people, people)."""
    order = np.argsort(of_negative, kind="stable")
    negative, of_negative = negative[order], of_negative[order]
    whose, starts = np.unique(of_negative, return_index=True)
    found = np.zeros((people, people))
    at_once = max(1, _CELLS // len(negative))
    for start in range(0, len(positive), at_once):
        score = positive[start : start + at_once, None]
        won = (score > negative) + 0.5 * (score == negative)
        by_person = np.add.reduceat(won, starts, axis=1)
        np.add.at(found, (of_positive[start : start + at_once, None], whose[None]), by_person)
    return found
