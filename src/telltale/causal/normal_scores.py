"""Each factor by its ranks, on the scale of a normal: curves that only rise become lines.

    z = Phi^-1((rank - 1/2) / N)        ties at their mean rank

Two values have no curve, so what is yes or no stays as it is. Giving it a normal of its own, cut at a
threshold (the correlation that this bridge implies), was measured to lose arrows where a yes is itself a
cause, as a strategy that is shown is one.

Liu, Lafferty and Wasserman (2009), "The nonparanormal".
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri
from scipy.stats import rankdata

from telltale.causal.dag import Floats
from telltale.factors.panel import FactorPanel

Types = Literal["as they are", "normal scores"]
"""How numbers of different kinds are brought together before arrows are sought."""


def normal_scores(panel: FactorPanel) -> FactorPanel:
    """The panel with ranks on the scale of a normal; without holes."""
    values = panel.values.copy(order="K")
    for place, factor in enumerate(panel.factors):
        if factor.kind != "binary":
            values[:, place] = scores_of(panel.values[:, place])
    return replace(panel, values=values)


def scores_of(values: npt.ArrayLike) -> Floats:
    """One column, shape (N,).

    >>> scores_of([1.0, 10.0, 1000.0]).round(2).tolist()
    [-0.97, 0.0, 0.97]
    """
    ranks = np.asarray(rankdata(np.asarray(values, dtype=np.float64)))
    scores: Floats = ndtri((ranks - 0.5) / len(ranks))
    return scores
