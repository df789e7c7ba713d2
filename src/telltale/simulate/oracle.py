"""The best score that is possible: the probability of a cart, by Bayes, from what the channels show.

A window's channels tell which kind of act came in which row (`faces.decode_acts`); nothing else
in them depends on a coming cart but slow affect, which the second score below takes in. With the row's
act a_r (none, or a kind), u the rows that were read and are not in an act's pause, and s the stratum:

    log p(window | y, s, e) = sum over r in u of log q_y(a_r | r, s, e)

y = 1 takes the rates for a cart at the window's end, y = 0 those at rest. Expressivity e is integrated out
by Gauss-Hermite quadrature, the stratum by its share among the study's windows of each label.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.core.channels import RATE_HZ
from telltale.simulate.acts import LEAD_S, PAUSE_ROWS, ActTable, Stratum

Array = npt.NDArray[np.float64]
Places = tuple[npt.NDArray[np.intp], ...]
"""Of acts among windows: which window, which row."""

WINDOW_ROWS = round(LEAD_S * RATE_HZ)
_NODES = 9
_SAME_S = 1e-6


@dataclass(frozen=True)
class SeenActs:
    """What can be read in one session: the acts whose apex row was read, and which rows were."""

    row: npt.NDArray[np.int64]
    kind: npt.NDArray[np.int64]
    read: npt.NDArray[np.bool_]
    """shape (rows + 1,), indexed by row number from 1."""


def stack_windows(
    sessions: dict[str, SeenActs], session_ids: list[str], ends_s: Array
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_], Array]:
    """Cut windows out of sessions.

    Returns
    -------
    The kind of act in each row (-1 for none), shape (N, 300); whether an act could come and be seen there,
    shape (N, 300); and the seconds from the row's middle to the window's end, shape (N, 300).
    """
    kind = np.full((len(ends_s), WINDOW_ROWS), -1, dtype=np.int64)
    usable = np.zeros(kind.shape, dtype=bool)
    # The last row is the one that ends at or before the window's end.
    last = np.floor(ends_s * RATE_HZ + 1e-6).astype(np.int64)
    rows = last[:, None] - np.arange(WINDOW_ROWS)[::-1]
    tau_s: Array = ends_s[:, None] - (rows - 0.5) / RATE_HZ
    whose = np.array(session_ids)
    for name in np.unique(whose):
        here = np.flatnonzero(whose == name)
        kind_of_row, usable_row = _by_row(sessions[str(name)])
        inside = (rows[here] >= 1) & (rows[here] < len(usable_row))
        at = np.where(inside, rows[here], 0)
        kind[here] = np.where(inside, kind_of_row[at], -1)
        usable[here] = inside & usable_row[at]
    return kind, usable, tau_s


def _by_row(seen: SeenActs) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """The act in each row of a session, and whether one could come and be seen there."""
    kind = np.full(len(seen.read), -1, dtype=np.int64)
    kind[seen.row] = seen.kind
    usable = seen.read.copy()
    for row in seen.row.tolist():
        usable[row + 1 : row + PAUSE_ROWS] = False
    return kind, usable


def log_likelihood_ratio(
    table: ActTable,
    kind: npt.NDArray[np.int64],
    usable: npt.NDArray[np.generic],
    tau_s: Array,
    strata: dict[str, Stratum],
    share: dict[str, tuple[float, float]],
    expressivity_sd: float,
) -> Array:
    """log p(window | cart at its end) - log p(window | no cart near).

    Parameters
    ----------
    kind, usable, tau_s
        From `stack_windows`, shape (N, 300). `usable` may have further axes in front, (..., N, 300): the
        same windows with other rows to be seen.
    share
        For each stratum its share among windows with a cart and among those without.

    Returns
    -------
    shape (..., N)
    """
    if np.ptp(tau_s, axis=0).max(initial=0) < _SAME_S:
        tau_s = tau_s[:1]  # All windows end so long after a row: what a row says of no act is said once.
    seen: Array = usable.astype(np.float64)
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    expressivity = np.exp(expressivity_sd * nodes - expressivity_sd**2 / 2)
    log_weights = np.log(weights / weights.sum())
    acts = np.nonzero(kind >= 0)  # Acts are few: only where one came its kind is looked up.
    rest = np.full((1, kind.shape[-1]), table.per_row.sum())
    rest_act = np.log(table.per_row)[kind[acts]]
    # Without a cart near, all strata act alike.
    without = [
        log_weight + _log_density(acts, seen, rest, rest_act, e)
        for e, log_weight in zip(expressivity, log_weights, strict=True)
    ]
    with_cart = []
    for name, stratum in strata.items():
        of_carts, _ = share.get(name, (0.0, 0.0))
        if of_carts == 0:
            continue
        total, act = _near_rates(table, stratum, acts, kind[acts], tau_s)
        for e, log_weight in zip(expressivity, log_weights, strict=True):
            with_cart.append(np.log(of_carts) + log_weight + _log_density(acts, seen, total, act, e))
    ratio = np.logaddexp.reduce(with_cart) - np.logaddexp.reduce(without)
    # Where nothing is planted both sums are equal but for their last digits, which must not rank windows.
    rounded: Array = np.round(ratio, 9)
    return rounded


def _near_rates(
    table: ActTable, stratum: Stratum, acts: Places, kind: npt.NDArray[np.int64], tau_s: Array
) -> tuple[Array, Array]:
    """For each row the total rate, and for each act, shape (acts,), its log rate."""
    grid_s = np.arange(0, LEAD_S + 1, 0.001)
    rates = table.per_row * table.factors(grid_s, stratum)
    at = np.rint(tau_s * 1000).astype(np.int64)
    window, row = acts
    return rates.sum(axis=1)[at], np.log(rates[at[0 if len(at) == 1 else window, row], kind])


def _log_density(acts: Places, usable: Array, total: Array, act: Array, expressivity: float) -> Array:
    """Shape (..., N): the sum over the rows that may be seen."""
    none = np.log1p(-expressivity * total)
    # As if no act had come, and then what each act that came says instead.
    same, (window, row) = len(none) == 1, acts
    density: Array = usable @ none[0] if same else np.einsum("...nr,nr->...n", usable, none)
    of_acts = np.zeros_like(density)
    instead = np.log(expressivity) + act - none[0 if same else window, row]
    for place in np.ndindex(density.shape[:-1]):
        said = usable[place][window, row] * instead
        of_acts[place] = np.bincount(window, said, minlength=density.shape[-1])
    return density + of_acts


def auc(label: npt.NDArray[np.int64], score: Array) -> float | None:
    """Area under the ROC curve, ties counting half; None where one label is missing.

    >>> auc(np.array([0, 0, 1, 1]), np.array([.1, .4, .35, .8]))
    0.75
    """
    from scipy.stats import rankdata

    ones = int(label.sum())
    zeros = len(label) - ones
    if not ones or not zeros:
        return None
    ranks = rankdata(score)
    return float((ranks[label == 1].sum() - ones * (ones + 1) / 2) / (ones * zeros))
