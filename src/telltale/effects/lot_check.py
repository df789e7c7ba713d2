"""Was who got it drawn with the chances that were written down? What is left of the treatment must be noise.

    U = sum over lots of x (T - e)      V = sum over lots of x x' e (1 - e)      U' V^-1 U ~ chi^2

with x of 1 and the covariates: 1 alone asks whether as many were treated as the chances say, all together
whether covariates tell who was treated beyond them. V is what the record claims, so nothing is estimated.

Where lots are not known, as in rooms that switched arms at times nobody wrote down, or where some of a room
got the other arm, a lot's rows scatter as they may: U = sum_g u_g of lots' sums u_g of x (T - e), and

    W = U' (sum_g u_g u_g')^-1 U        (G - r) / r  W / (G - W) ~ F(r, G - r)

of G lots and r columns (Hotelling's test of a mean of zero).
"""

from __future__ import annotations

import math
from functools import partial
from typing import Final

import numpy as np
from scipy.stats import chi2, f

from telltale.effects.design import Design
from telltale.effects.refutation import Refutation, Verdict
from telltale.effects.variance import Floats, Ints

_LEVEL: Final = 0.01
"""Of both questions together."""
_LOTS_EACH: Final = 10
"""Lots for each covariate, under which sums of them are not normal."""


def lot_as_recorded(design: Design) -> Refutation:
    """Whether logged chances are those of the treatments: by their number, and by all covariates.

    Of a design with logged chances. Where these are right it should fail one time in a hundred. Measured over
    samples of 100 to 400 units with 3 covariates: 0.6 % of 2,001 with normal ones and chances of .05 to .95;
    1.8 % of 1,965 with log-normal ones and a chance of .1 for all. Of 60 rooms drawn at two moments each 3 of
    300 fail; of 40 that switch arms or 80 with slips, where lots are not known, 4 of 400.
    """
    assert design.propensity is not None
    known = _known(design)
    x, left, spread = _one_each(design) if known else _row_by_row(design)
    count = len(left) if known else int(design.lots.max()) + 1
    ask = partial(_p_value, spread=spread) if known else partial(_p_unknown, lots=design.lots)
    number = np.ones((len(left), 1))
    p_number = ask(number, left)
    enough = count >= _LOTS_EACH * (x.shape[1] + 1)
    p_all = ask(np.column_stack([number, x]), left) if enough else 1.0
    p = min(1.0, 2 * min(p_number, p_all))
    found = f"{design.treated.sum():,} got it and {design.propensity.sum():,.1f} were to be expected"
    if p_all < p_number:
        found += f"; of who they were '{design.names[_tells_most(x, left, spread)]}' tells most"
    verdict: Verdict = "fail" if p < _LEVEL else "pass" if enough else "cannot tell"
    return Refutation(
        "the lot was as recorded", verdict, "Compared who got it with the chances that were logged.",
        f"{found} (p = {p:.2g}).", math.nan, math.nan, math.nan,
    )  # fmt: skip


def _known(design: Design) -> bool:
    """Whether one arm was drawn for each lot, as far as can be seen; runs of one arm are none for sure."""
    got = np.bincount(design.lots, weights=design.treated)
    return design.drawn.lot != "stretch" and bool(((got == 0) | (got == np.bincount(design.lots))).all())


def _row_by_row(design: Design) -> tuple[Floats, Floats, Floats]:
    """Covariates (N, p), T - e (N,) and e (1 - e) (N,) of each row."""
    assert design.propensity is not None
    chance = design.propensity
    return design.covariates, design.treated - chance, chance * (1 - chance)


def _one_each(design: Design) -> tuple[Floats, Floats, Floats]:
    """The same of each lot: means of its rows, which share one arm, and mostly one chance."""
    x, left, spread = _row_by_row(design)
    count = np.bincount(design.lots)

    def mean(column: Floats) -> Floats:
        return np.bincount(design.lots, column) / count

    apart = np.array([mean(column) for column in x.T]).reshape(-1, len(count)).T
    return apart, mean(left), mean(np.sqrt(spread)) ** 2


def _p_value(x: Floats, left: Floats, *, spread: Floats) -> float:
    x = _scaled(x)
    score, variance = x.T @ left, x.T @ (x * spread[:, None])
    rank = int(np.linalg.matrix_rank(variance, hermitian=True))
    return float(chi2.sf(score @ np.linalg.pinv(variance, hermitian=True) @ score, rank))


def _p_unknown(x: Floats, left: Floats, *, lots: Ints) -> float:
    """The same of lots (N,) whose rows scatter as they may, whatever spread the record claims."""
    each = np.array([np.bincount(lots, column) for column in (_scaled(x) * left[:, None]).T]).T
    score, variance = each.sum(axis=0), each.T @ each
    rank, count = int(np.linalg.matrix_rank(variance, hermitian=True)), len(each)
    if count <= rank:
        return 1.0
    found = float(score @ np.linalg.pinv(variance, hermitian=True) @ score)
    return float(f.sf((count - rank) / rank * found / max(count - found, 1e-300), rank, count - rank))


def _scaled(x: Floats) -> Floats:
    """Columns in units of their own, so that none looks like nothing beside another."""
    scaled: Floats = x / np.sqrt((x**2).mean(axis=0)).clip(1e-300)
    return scaled


def _tells_most(x: Floats, left: Floats, spread: Floats) -> int:
    """Which covariate goes along with T - e the most, each by itself."""
    apart = x - np.average(x, axis=0, weights=spread)
    return int(np.argmax((apart.T @ left) ** 2 / (apart**2 * spread[:, None]).sum(axis=0)))
