"""Wild cluster bootstrap of several coefficients at once: p that they are all 0, where hosts are few.

As `wild.py` asks of one column, with the null imposed on all: x~ the added columns less what the others
tell of them, S_g = sum of x~ u over cluster g at the fit without them, and for random weights v of clusters

    S(v) = sum_g v_g S_g,   R_g(v) = v_g S_g - sum_h H_gh v_h,   W(v) = S(v)' [sum_g R_g(v) R_g(v)']^-1 S(v)

H_gh is what cluster h does to the residual score of g through the coefficients. p is how often W(v) is as
large as W(1): no model is fitted again.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from telltale.core.rng import stream
from telltale.host.focus import Focus
from telltale.host.glm import GlmFit, centred, cluster_sums, fit_glm
from telltale.host.rungs import Design
from telltale.host.shown import Array, Codes
from telltale.host.wild import DRAWS, FEW

_AT_ONCE: Final = 1_000
_WEBB: Final = np.sqrt([0.5, 1.0, 1.5])
_RIDGE: Final = 1e-12


def joint_p(
    design: Design,
    kept: Array,
    added: Array,
    *,
    instead_of: Codes,
    draws: int = DRAWS,
    seed: int = 0,
) -> float:
    """p that none of the added columns tells anything.

    Parameters
    ----------
    design
        Its other expressions stand among the controls.
    kept
        Shape (n, K): columns of interest that stay in under the null.
    added
        Shape (n, M): those asked about.
    instead_of
        Places of expressions of the design that both take the place of.

    Returns
    -------
    NaN where there are too few clusters for so many columns.
    """
    x = np.column_stack([design.controls, np.delete(design.shares, instead_of, axis=1), kept])
    base = fit_glm(
        x, design.y, offset=design.offset, weight=design.weight, cluster=design.cluster, group=design.group
    )
    if base.clusters <= added.shape[1] + 1:
        return float("nan")
    part, columns = (
        centred(one, base.working, base.group) for one in (x[np.ix_(base.rows, base.kept)], added[base.rows])
    )
    own = columns - part @ (base.bread @ (part.T @ (columns * base.working[:, None])))
    return _turned(base, part, own, draws, seed)


def surely_p(
    design: Design, focus: Focus, kept: Array, added: Array, *, instead_of: Codes, seed: int = 0
) -> float:
    """The same, told by two ways at once: the larger p of this bootstrap and of Hotelling's statistic.

    Parameters
    ----------
    focus
        The fit with both, the added columns last.
    """
    last = np.eye(len(focus.beta))[-added.shape[1] :]
    return float(
        np.maximum(joint_p(design, kept, added, instead_of=instead_of, seed=seed), focus.wald_p(last))
    )


def _turned(base: GlmFit, x: Array, own: Array, draws: int, seed: int) -> float:
    """p of a fit, its rows and columns `x`, and columns `own` (n, M) that share nothing with them."""
    clusters, width = base.clusters, own.shape[1]
    heavy = own * base.working[:, None]
    score = cluster_sums(own * base.residual[:, None], base.cluster, clusters)
    others = cluster_sums(x * base.residual[:, None], base.cluster, clusters) @ base.bread
    size = _products(heavy, own, base.cluster, clusters)
    # Shape (G, G, M): what the weight of cluster h adds to the residual score of g.
    turn = np.einsum("gm,gh->ghm", score, np.eye(clusters))
    turn -= np.einsum("gmk,hk->ghm", _products(heavy, x, base.cluster, clusters), others)
    turn -= np.einsum("gmj,hj->ghm", size, score @ np.linalg.inv(size.sum(axis=0)))

    def wald(v: npt.NDArray[np.floating[Any]]) -> Array:
        total, left = v @ score, np.tensordot(v, turn, axes=(1, 1))
        spread = np.swapaxes(left, 1, 2) @ left
        spread += _RIDGE * np.trace(spread, axis1=1, axis2=2)[:, None, None] * np.eye(width)
        found: Array = np.einsum("dm,dm->d", total, np.linalg.solve(spread, total[:, :, None])[:, :, 0])
        return found

    observed = wald(np.ones((1, clusters)))[0]
    rng, more = stream(seed, "wild joint", clusters, width), 0
    for start in range(0, draws, _AT_ONCE):
        count = min(_AT_ONCE, draws - start)
        v = 1.0 - 2.0 * rng.integers(0, 2, (count, clusters))
        if clusters <= FEW:
            v *= _WEBB[rng.integers(0, 3, (count, clusters))]
        more += int((wald(v) >= observed * (1 - 1e-9)).sum())
    return (1 + more) / (1 + draws)


def _products(a: Array, b: Array, cluster: Codes, clusters: int) -> Array:
    """Sums of a b' by cluster, shape (G, columns of a, columns of b)."""
    return np.stack([a[cluster == g].T @ b[cluster == g] for g in range(clusters)])
