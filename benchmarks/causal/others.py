"""Structure learning by the libraries of others: X of shape (n, d) in, edges of shape (d, d) out.

`edges[i, j]` is i -> j, and both ways a tie. Each library is imported where it is used:

    pip install "telltale-live[bench]"
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from telltale.causal.library_graphs import edges_of, quietly

Floats = npt.NDArray[np.float64]
Edges = npt.NDArray[np.bool_]


def notears_gcastle(X: Floats) -> Edges:  # noqa: N803
    """NOTEARS as gcastle carries it: L-BFGS-B over all weights, h in Yu's polynomial form."""
    from castle.algorithms import Notears

    logging.disable(logging.INFO)
    model = Notears()
    model.learn(X)
    return np.abs(np.asarray(model.weight_causal_matrix)) > 0.3


def dagma(X: Floats) -> Edges:  # noqa: N803
    """DAGMA with its defaults."""
    from dagma.linear import DagmaLinear

    with quietly():
        return np.abs(DagmaLinear(loss_type="l2").fit(X, lambda1=0.02)) > 0.3


def pc(X: Floats) -> Edges:  # noqa: N803
    """PC with Fisher's z at 5 %."""
    from causallearn.search.ConstraintBased.PC import pc as run

    return edges_of(run(X, 0.05, "fisherz", show_progress=False).G)


def ges(X: Floats) -> Edges:  # noqa: N803
    """GES with BIC."""
    from causallearn.search.ScoreBased.GES import ges as run

    return edges_of(run(X)["G"])


def boss(X: Floats) -> Edges:  # noqa: N803
    """BOSS with the library's penalty of 2."""
    from causallearn.search.PermutationBased.BOSS import boss as run

    random.seed(0)
    return edges_of(run(X, verbose=False))


def grasp(X: Floats) -> Edges:  # noqa: N803
    """GRaSP with the library's penalty of 2."""
    from causallearn.search.PermutationBased.GRaSP import grasp as run

    random.seed(0)
    with quietly():
        return edges_of(run(X, verbose=False))


def r2_sort(X: Floats) -> Edges:  # noqa: N803
    """Sort by R2, then an adaptive Lasso by BIC on those before, as Reisach and others (2023)."""
    from sklearn.linear_model import LassoLarsIC, LinearRegression

    from telltale.causal.sortability import r2_of_each

    order = np.argsort(r2_of_each(np.cov(X.T)))
    edges = np.zeros((X.shape[1],) * 2, bool)
    for place in range(1, len(order)):
        before, target = order[:place], order[place]
        weight = np.abs(LinearRegression().fit(X[:, before], X[:, target]).coef_)
        chosen = LassoLarsIC(criterion="bic").fit(X[:, before] * weight, X[:, target]).coef_ * weight
        edges[before, target] = chosen != 0
    return edges


OTHERS: dict[str, Callable[[Floats], Edges]] = {
    "notears-gcastle": notears_gcastle,
    "dagma": dagma,
    "pc": pc,
    "ges": ges,
    "boss": boss,
    "grasp": grasp,
    "r2-sort": r2_sort,
}
