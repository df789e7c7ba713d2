"""Columns of a design from a panel: means of each unit's time, and which of them are worth adjusting for."""

from __future__ import annotations

from typing import Final

import numpy as np

from telltale.effects.variance import Bools, Floats, Ints
from telltale.factors.panel import FactorPanel

_SAME: Final = 1e-8
_ROWS_A_COVARIATE: Final = 10
_FEWEST_APART: Final = 10
_SHARE_APART: Final = 0.05
_LEFT: Final = 0.2
"""Standard deviations that others must leave of a covariate: 4 % of its variance."""


def parts_of(panel: FactorPanel, place: Ints, moment: Floats, until: Floats) -> tuple[Ints, Ints]:
    """Of each row of the panel, whose time before the moment it is, and whose after; -1 for nobody's.

    Parameters
    ----------
    place
        Shape (n,): the units' places in the panel's session ids, each once.
    moment, until
        Shape (n,): seconds; after is what begins at the moment or later and ends by `until`.

    Returns
    -------
    Both of shape (N,), codes 0 to n - 1. A step in which the moment falls is neither.
    """
    owner = np.full(len(panel.session_ids), -1)
    owner[place] = np.arange(len(place))
    whose = owner[panel.session]
    at, end = np.append(moment, np.nan)[whose], np.append(until, np.nan)[whose]
    starts, ends = panel.step * panel.grid_s, (panel.step + 1) * panel.grid_s
    before = np.where((whose >= 0) & (ends <= at), whose, -1)
    after = np.where((whose >= 0) & (starts >= at) & (ends <= end), whose, -1)
    return before, after


def means(values: Floats, whose: Ints, count: int) -> Floats:
    """Mean of each unit's part, shape (count,); NaN where nothing was seen.

    >>> means(np.array([1.0, 3.0, np.nan, 5.0]), np.array([0, 0, 1, -1]), 2).tolist()
    [2.0, nan]
    """
    used = (whose >= 0) & np.isfinite(values)
    sums = np.bincount(whose[used], weights=values[used], minlength=count)
    often = np.bincount(whose[used], minlength=count)
    found: Floats = np.divide(sums, often, out=np.full(count, np.nan), where=often > 0)
    return found


def outcome_of(panel: FactorPanel, name: str, whose: Ints, count: int) -> Floats:
    """A factor's mean over each unit's part, or whether an event came in it; shape (count,)."""
    mean = means(panel.column(name), whose, count)
    if panel.factor(name).kind == "continuous":
        return mean
    came: Floats = np.where(np.isfinite(mean), mean > 0, np.nan).astype(np.float64)
    return came


def independent(table: Floats, first: int) -> tuple[list[int], list[int]]:
    """Columns that vary, `first` before all others, and those that the ones before nearly tell.

    What is the same for all but a few would stand for those few.

    >>> x = np.arange(40.0)
    >>> independent(np.column_stack([x, np.ones(40), 2 * x, np.sin(x)]), 2)
    ([2, 3], [0])
    """
    if not len(table) or not table.shape[1]:
        return [], []
    centred = table - table.mean(axis=0)
    spread = centred.std(axis=0)
    rare = np.array([len(x) - np.unique(x, return_counts=True)[1].max() for x in table.T])
    moving = np.flatnonzero(varying(table) & (rare >= max(_FEWEST_APART, _SHARE_APART * len(table))))
    if not len(moving):
        return [], []
    order = moving[np.argsort(moving != first, kind="stable")]
    left = np.abs(np.diagonal(np.linalg.qr(centred[:, order] / spread[order], mode="r")))
    told = order[: len(left)][left <= _LEFT * np.sqrt(len(table))].tolist() + order[len(left) :].tolist()
    return sorted(set(order.tolist()) - set(told)), sorted(told)


def varying(table: Floats) -> Bools:
    """Shape (p,): columns of a table of shape (m, p) that are more than rounding apart."""
    spread, size = table.std(axis=0), np.abs(table).max(axis=0, initial=0.0)
    found: Bools = spread > _SAME * np.maximum(size, 1e-300)
    return found


def told_by(table: Floats, column: int, others: list[int]) -> bool:
    """Whether a column of a table of shape (m, p) is a sum of others and a constant, but for rounding.

    >>> x = np.arange(5.0)
    >>> told_by(np.column_stack([x, 2 * x + 1, x**2]), 1, [0]), told_by(np.column_stack([x, x**2]), 1, [0])
    (True, False)
    """
    centred = table - table.mean(axis=0)
    y, x = centred[:, column], centred[:, others]
    left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return bool(np.abs(left).max() <= 1e-6 * np.abs(y).max())


def telling(table: Floats, kept: list[int], treated: Bools, y: Floats, before: int) -> list[int]:
    """As many as the rows bear, in their order: `before` first, then what goes along with either most.

    Parameters
    ----------
    table
        Shape (m, p).
    kept
        Columns to choose from.
    treated, y
        Shape (m,).
    before
        The column of the outcome before the moment; it always stays.
    """
    arm = min(int(treated.sum()), int((~treated).sum()))
    most = max(1, arm // _ROWS_A_COVARIATE)
    if len(kept) <= most:
        return kept
    with np.errstate(invalid="ignore", divide="ignore"):
        along = np.abs(np.corrcoef(np.column_stack([table[:, kept], treated, y]).T)[:-2, -2:])
    score = np.nan_to_num(along.max(axis=1))
    score[[k == before for k in kept]] = np.inf
    return sorted(kept[k] for k in np.argsort(-score, kind="stable")[:most].tolist())
