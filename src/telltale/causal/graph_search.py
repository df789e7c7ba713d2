"""One graph from one set of sums: by a score over orders, or by noise that is not normal; and which of them.

    score     order search: the best Gaussian score; what no score can turn stays tied
    LiNGAM    what was before is taken out of what is now, the order within the step is read from the noise
              that is left (DirectLiNGAM), and each factor picks its parents in that order by the same score
    NOTEARS   the paper's method (equations 8 and 9) with arrows from before (DYNOTEARS), each factor scaled
              to variance 1, where the way it points within a step is no news: only if asked for

Which one, by what the score's own graph leaves: where nearly all of it looks normal the noise tells no order.
Else both graphs are held against each other by how much their residuals e still tell of one another. For
graphs without circles that is, but for what both share,

    sum over factors of  n_i H(e_i) + price of its arrows       H: entropy, log sd and form

and LiNGAM's stands if it has no more: an order that noise seemed to tell must earn its arrows.

Hyvarinen, Zhang, Shimizu and Hoyer (2010), "Estimation of a structural vector autoregression model using
non-Gaussianity".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from telltale.causal.dag import Edges, Floats, known_edges
from telltale.causal.dynotears import dynotears_of_sums
from telltale.causal.graph_rows import GraphRows
from telltale.causal.lingam import causes_first, entropy, normality_of, parents_in_order, weights_of
from telltale.causal.moments import Moments
from telltale.causal.order_search import order_search

Method = Literal["order", "lingam", "notears"]
NAMES: dict[Method, str] = {"order": "order search", "lingam": "LiNGAM", "notears": "NOTEARS"}


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """One search."""

    dag: Edges
    """Shape (n + Ln, n): arrows into the factors now, from now and from before."""
    tied: Edges
    """Shape (n, n): arrows within the step that the data do not turn."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A method and why."""

    method: Method
    because: str


def by_score(
    rows: GraphRows, moments: Moments, *, penalty: float, starts: int, seed: int, share: float = 1.0
) -> Searched:
    """The graph with the best score.

    Parameters
    ----------
    moments
        Of all rows or of some.
    penalty, starts, seed
        See `order_search`.
    share
        Of the independent rows that the moments hold.
    """
    n, moving = rows.size, rows.moving
    found = order_search(
        moments.covariance[np.ix_(moving, moving)],
        worth_of(rows, share),
        penalty=penalty,
        starts=starts,
        allowed=rows.allowed[np.ix_(moving, moving)],
        required=rows.required[np.ix_(moving, moving)],
        seed=seed,
    )
    dag, graph = np.zeros((2, len(rows.allowed), len(rows.allowed)), bool)
    dag[np.ix_(moving, moving)], graph[np.ix_(moving, moving)] = found.dag, found.graph
    return Searched(dag[:, :n], graph[:n, :n] & graph[:n, :n].T)


def by_noise(
    rows: GraphRows, moments: Moments, sample: Floats, *, penalty: float, share: float = 1.0
) -> Searched:
    """The graph whose order within the step noise tells.

    Parameters
    ----------
    sample
        Shape (M, d): rows of those that the moments hold.
    """
    n, moving = rows.size, rows.moving
    known = known_edges(len(rows.allowed), rows.allowed, rows.required)
    first = causes_first(
        _without_before(rows, sample), known_edges(n, known.allowed[:n, :n], known.required[:n, :n])
    )
    order = [*moving[moving >= n].tolist(), *first]
    place = {column: k for k, column in enumerate(moving.tolist())}
    edges = parents_in_order(
        [place[column] for column in order],
        moments.covariance[np.ix_(moving, moving)],
        worth_of(rows, share),
        penalty,
        known_edges(len(moving), *(mask[np.ix_(moving, moving)] for mask in (rows.allowed, rows.required))),
    )
    dag = np.zeros((len(rows.allowed),) * 2, bool)
    dag[np.ix_(moving, moving)] = edges
    return Searched(dag[:, :n], np.zeros((n, n), bool))


def by_squares(rows: GraphRows, moments: Moments) -> Searched:
    """The graph of NOTEARS over time; ways that time does not tell count as tied, for variances are all 1."""
    n, moving = rows.size, rows.moving
    known = known_edges(len(rows.allowed), rows.allowed, rows.required)
    fixed = np.setdiff1d(np.arange(len(rows.allowed)), moving)
    may, must = known.allowed[:, :n].copy(), known.required[:, :n]
    may[fixed] = False
    spread = np.sqrt(np.diag(moments.covariance))
    spread = np.where(spread > 0, spread, 1.0)
    found = dynotears_of_sums(moments.covariance / np.outer(spread, spread), may, must)
    dag = np.concatenate([found.edges_now, found.edges_before.reshape(-1, n)])
    guessed = found.edges_now & rows.turnable
    return Searched(dag, guessed | guessed.T)


def choose(rows: GraphRows, scored: Searched, penalty: float) -> tuple[Choice, Searched]:
    """Which of both graphs stands.

    Parameters
    ----------
    scored
        That of `by_score` over all rows.
    """
    turns = np.flatnonzero(rows.turnable.any(axis=0))
    if not len(turns):
        return Choice("order", "time alone says which way every arrow points"), scored
    normality = normality_of(residuals_of(rows, scored)[:, turns])
    normal = round((1 - normality.share) * len(turns))
    if not normality.may_use_lingam:
        told = f"of {len(turns)} factors that time does not order {normal} have noise that looks normal"
        return Choice("order", f"{told}, and normal noise tells no order"), scored
    noisy = by_noise(rows, rows.structure.total(), rows.sample.values, penalty=penalty)
    gain = _told_of_one_another(rows, scored, penalty) - _told_of_one_another(rows, noisy, penalty)
    told = (
        f"of {len(turns)} factors that time does not order the noise of {len(turns) - normal} is not normal"
    )
    if gain >= 0:
        return Choice("lingam", f"{told}, and the order that it tells leaves no more unexplained"), noisy
    return Choice("order", f"{told}, but the order that it tells leaves more unexplained"), scored


def residuals_of(rows: GraphRows, found: Searched) -> Floats:
    """What a graph leaves of the factors now in the sampled rows, shape (M, n)."""
    n = rows.size
    edges = np.zeros((len(rows.allowed),) * 2, bool)
    edges[:, :n] = found.dag
    weights = weights_of(edges, rows.clusters.total().covariance)[:, :n]
    sample = rows.sample.values - rows.sample.values.mean(axis=0)
    left: Floats = sample[:, :n] - sample @ weights
    return left


def _told_of_one_another(rows: GraphRows, found: Searched, penalty: float) -> float:
    """How much residuals tell of one another, and the price of arrows, but for what all graphs share."""
    left = residuals_of(rows, found)
    spread = left.std(axis=0)
    moves = spread > 0
    left, spread = left[:, moves], spread[moves]
    bits = entropy((left - left.mean(axis=0)) / spread) + np.log(spread)
    # Form is known from the sampled rows alone, so no more than these count.
    n = np.minimum(rows.worth[moves], len(left))
    return float(n @ bits) + 0.5 * penalty * math.log(n.max()) * int(found.dag.sum())


def _without_before(rows: GraphRows, sample: Floats) -> Floats:
    """The factors now less what was before, of variance 1; shape (M, n)."""
    centred = sample - sample.mean(axis=0)
    now, before = centred[:, : rows.size], centred[:, rows.moving[rows.moving >= rows.size]]
    if before.shape[1]:
        now = now - before @ np.linalg.lstsq(before, now, rcond=None)[0]
    spread = now.std(axis=0)
    left: Floats = now / np.where(spread > 0, spread, 1.0)
    return left


def worth_of(rows: GraphRows, share: float = 1.0) -> Floats:
    """Independent rows of each column that changes, as an effect; of some more than there are columns."""
    worth = np.append(rows.worth, np.full(rows.size * rows.lags, rows.independent))[rows.moving] * share
    # A covariance of d columns says nothing below d rows; what is left of facts may be few.
    most = worth == worth.max()
    return np.where(most, np.maximum(worth, len(worth) + 1), np.maximum(worth, 1.0))
