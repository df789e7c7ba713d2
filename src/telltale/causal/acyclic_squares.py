"""Least squares with an L1 price and without a circle: the problem of NOTEARS and of DYNOTEARS.

    min  1/2n ||Y - Z W||^2 + sum l1 o |W|    so that    h(A) = 0,  A = the first d rows of W

Y has d columns, Z has p. Only Z'Z / n and Z'Y / n are needed, so the cost does not depend on n. As in the
papers an augmented Lagrangian, f + alpha h + rho/2 h^2, is brought to its minimum again and again while alpha
and rho grow. Each time Newton steps are taken over the weights that are not 0 or want to leave 0, each kept
to its own sign: the squares' curvature is exact within a column, of h the diagonal and rho h'h'^T are taken.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.causal.acyclicity import Form, closed_walks

Floats = npt.NDArray[np.float64]
Chosen = npt.NDArray[np.bool_]

_MOST_STEPS = 2_000
_ENOUGH_DESCENT = 1e-4
_PASSES = 8


@dataclass(frozen=True, slots=True, eq=False)
class Squares:
    """The problem."""

    inner: Floats
    """Z'Z / n, shape (p, p)."""
    cross: Floats
    """Z'Y / n, shape (p, d)."""
    total: float
    """tr(Y'Y) / n."""
    l1: Floats
    """Price of each weight, shape (p, d)."""
    allowed: npt.NDArray[np.bool_]
    """Which weights may differ from 0, shape (p, d)."""


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """Where it ended."""

    W: Floats
    """Shape (p, d)."""
    h: float
    objective: float
    """Squares and L1, without the price of h."""
    steps: int
    """Newton steps in all."""


@dataclass(frozen=True, slots=True)
class Ascent:
    """How alpha and rho grow, as in the reference implementation."""

    h_tolerance: float = 1e-8
    rho_max: float = 1e16
    rounds: int = 100
    progress: float = 0.25
    """rho grows tenfold unless h falls below this share of what it was."""
    form: Form = "exponential"
    tolerance: float = 1e-7
    """A minimum is reached when a step promises less than this share of the value."""


@dataclass(slots=True, eq=False)
class _Point:
    W: Floats
    squares: float
    slope: Floats
    h: float
    walks: Floats
    price: float


def solve(problem: Squares, ascent: Ascent | None = None) -> Solved:
    """Bring the problem to a graph without a circle, beginning with no edge.

    >>> S = np.array([[1.0, 0.8], [0.8, 1.64]])
    >>> off = ~np.eye(2, dtype=bool)
    >>> found = solve(Squares(S, S, 2.64, 0.05 * off, off))
    >>> found.W.round(2).tolist()
    [[0.0, 0.75], [0.0, 0.0]]
    """
    rule = ascent or Ascent()
    here = _at(problem, np.zeros_like(problem.cross), rule.form)
    rho, alpha, steps, h = 1.0, 0.0, 0, math.inf
    for _ in range(rule.rounds):
        found = here
        while rho < rule.rho_max:
            found, used = _minimise(problem, here, rho, alpha, rule)
            steps += used
            if found.h <= rule.progress * h:
                break
            rho *= 10.0
        here, h = found, found.h
        alpha += rho * h
        if h <= rule.h_tolerance or rho >= rule.rho_max:
            break
    return Solved(here.W, here.h, here.squares + here.price, steps)


def _at(problem: Squares, W: Floats, form: Form) -> _Point:  # noqa: N803
    pulled = problem.inner @ W
    squares = 0.5 * problem.total + float(np.sum(W * (0.5 * pulled - problem.cross)))
    h, walks = closed_walks(W[: W.shape[1]], form)
    return _Point(W, squares, pulled - problem.cross, h, walks, float(np.sum(problem.l1 * np.abs(W))))


def _minimise(problem: Squares, here: _Point, rho: float, alpha: float, rule: Ascent) -> tuple[_Point, int]:
    """The minimum for one alpha and rho, and the steps it took."""
    d = problem.cross.shape[1]
    for step in range(_MOST_STEPS):
        value = _value(here, rho, alpha)
        rise = np.zeros_like(here.W)
        rise[:d] = 2.0 * here.W[:d] * here.walks
        weight = rho * here.h + alpha
        slope = here.slope + weight * rise
        leaves = (here.W == 0) & (np.abs(slope) > problem.l1) & problem.allowed
        sign = np.sign(here.W) - leaves * np.sign(slope)
        downhill = np.where(sign != 0, slope + problem.l1 * sign, 0.0)
        curved = _Curvature(problem.inner, here.walks, rise, weight, rho)
        move = _newton(curved, here.W, downhill, sign)
        promised = float(np.sum(downhill * move))
        if promised >= -rule.tolerance * max(1.0, abs(value)):
            return here, step
        after = _search(problem, here, move, downhill, sign, value, rho, alpha, rule.form)
        if after is None:
            return here, step
        here = after
    return here, _MOST_STEPS


def _value(at: _Point, rho: float, alpha: float) -> float:
    return at.squares + at.price + alpha * at.h + 0.5 * rho * at.h * at.h


def _search(
    problem: Squares,
    here: _Point,
    move: Floats,
    downhill: Floats,
    sign: Floats,
    value: float,
    rho: float,
    alpha: float,
    form: Form,
) -> _Point | None:
    """The first of ever shorter steps that goes down enough; weights stop at 0."""
    length = 1.0
    while length > 1e-12:
        W = here.W + length * move  # noqa: N806
        W[W * sign < 0] = 0.0
        after = _at(problem, W, form)
        expected = float(np.sum(downhill * (W - here.W)))
        if _value(after, rho, alpha) <= value + _ENOUGH_DESCENT * expected:
            return after
        length *= 0.5
    return None


class _Curvature:
    """H = squares + weight diag(h'') + rho h' h'^T, to multiply by and to solve for some weights."""

    def __init__(self, inner: Floats, walks: Floats, rise: Floats, weight: float, rho: float) -> None:
        self._inner, self._rise, self._rho = inner, rise, rho
        self._bend = np.zeros_like(rise)
        self._bend[: rise.shape[1]] = 2.0 * weight * walks

    def times(self, move: Floats) -> Floats:
        """H move, shape (p, d)."""
        return (
            self._inner @ move
            + self._bend * move
            + self._rise * (self._rho * float(np.sum(self._rise * move)))
        )

    def solve(self, right: Floats, free: Chosen) -> Floats:
        """H^-1 right over the free weights, 0 elsewhere."""
        rise = self._rise * free
        found, toward = self._by_column(right, rise, free)
        # Sherman and Morrison, for the part of rank one.
        along = float(np.sum(rise * found))
        return found - toward * (self._rho * along / (1.0 + self._rho * float(np.sum(rise * toward))))

    def _by_column(self, first: Floats, second: Floats, free: Chosen) -> tuple[Floats, Floats]:
        """Both systems without the part of rank one: a small one for each column, solved many at once."""
        answers = np.zeros((2, *first.shape))
        count = free.sum(axis=0)
        # Columns of like size together, so that a single full one does not swell all.
        size = np.ceil(np.log2(np.maximum(count, 1))).astype(int)
        for one in np.unique(size[count > 0]):
            columns = np.flatnonzero((size == one) & (count > 0))
            most = int(count[columns].max())
            # Free rows first; what stands behind them becomes an equation x = 0.
            rows = np.argsort(~free[:, columns], axis=0, kind="stable")[:most].T
            used = np.arange(most) < count[columns, None]
            across = columns[:, None]
            both = used[:, :, None] & used[:, None, :]
            matrix = self._inner[rows[:, :, None], rows[:, None, :]] * both
            place = np.arange(most)
            matrix[:, place, place] += np.where(used, self._bend[rows, across], 1.0)
            right = np.stack([first[rows, across], second[rows, across]], axis=-1) * used[:, :, None]
            found = np.linalg.solve(matrix, right)
            answers[0][rows, across] = found[..., 0]
            answers[1][rows, across] = found[..., 1]
        return answers[0], answers[1]


def _newton(curved: _Curvature, W: Floats, downhill: Floats, sign: Floats) -> Floats:  # noqa: N803
    """The step to the minimum of the curve; weights that would change their sign go to 0."""
    free = sign != 0
    move = np.zeros_like(W)
    for _ in range(_PASSES):
        move = np.where(free, 0.0, move)
        move = np.where(free, -curved.solve(downhill + curved.times(move), free), move)
        crosses = free & ((W + move) * sign < 0)
        move[crosses] = -W[crosses]
        if not crosses.any():
            break
        free &= ~crosses
    return move
