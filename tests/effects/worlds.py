"""Worlds in which the effect on every single unit is known: confounded, poor overlap, hidden, clustered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from telltale.core.rng import stream
from telltale.effects.design import Design, OutcomeKind

Kind = Literal["good", "poor", "hidden", "randomised", "clustered", "rooms", "null"]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """A design, and what no study ever sees."""

    design: Design
    tau: Floats
    """Shape (N,): Y_i(1) - Y_i(0)."""
    mean_tau: Floats
    """Shape (N,): E[tau_i | X_i]."""
    chance: Floats
    """Shape (N,): the true chance of treatment given all that drives it."""

    @property
    def ate(self) -> float:
        """Over the people that these were drawn from, where it is a formula: 1 + .5 E[X_1], or 0."""
        return 0.0 if not self.mean_tau.any() else 1.0


def sparse_world(n: int, seed: int) -> Design:
    """One confounder among 25 covariates and no effect: log odds .5 X_1, Y = .6 X_1 + noise."""
    draw = stream(seed, "world", "sparse")
    x = draw.standard_normal((n, 25))
    treated = draw.random(n) < expit(0.5 * x[:, 0])
    outcome = 0.6 * x[:, 0] + draw.standard_normal(n)
    return Design(treated, outcome, x, tuple(f"x{j + 1}" for j in range(25)), np.arange(n))


def make_world(kind: Kind, n: int, seed: int, outcome: OutcomeKind = "continuous", p: int = 5) -> World:
    """A world of n units with p covariates.

    X is normal with correlation .3. log odds of treatment = s (.5 X_1 - .4 X_2 + .3 X_3), with s = 1 where
    overlap is good and 3 where it is poor. Y(0) = X_1 + .5 X_2 - .5 X_4 + noise, tau = 1 + .5 X_1, and the
    noise of Y(1) is drawn anew, so that nothing tells tau_i exactly. `hidden` keeps X_1 to itself.
    Ten units share a room: in `clustered` its noise and a part of their odds, in `rooms` X_1 and the arm too.
    """
    draw = stream(seed, "world", kind)
    room = np.arange(n) // 10
    shared = draw.standard_normal(room[-1] + 1)
    x = np.sqrt(0.7) * draw.standard_normal((n, p)) + np.sqrt(0.3) * draw.standard_normal((n, 1))
    strength = {"poor": 3.0, "randomised": 0.0}.get(kind, 1.0)
    if kind == "rooms":
        x[:, 0] = shared[room]
    odds = strength * (0.5 * x[:, 0] - 0.4 * x[:, 1] + 0.3 * x[:, 2])
    if kind == "clustered":
        odds += 0.6 * shared[room]
    if kind == "rooms":
        odds = 0.8 * x[:, 0]
    chance = expit(odds)
    lot = draw.random(n)
    treated = (lot[room * 10] if kind == "rooms" else lot) < chance
    base = x[:, 0] + 0.5 * x[:, 1] - 0.5 * x[:, 3]
    mean_tau = np.zeros(n) if kind == "null" else 1 + 0.5 * x[:, 0]
    noise = draw.standard_normal((2, n))
    if kind in ("clustered", "rooms"):
        noise += draw.standard_normal(room[-1] + 1)[room]
    y0, y1 = base + noise[0], base + mean_tau + noise[1]
    if outcome == "binary":
        y0, y1 = (y0 > 0).astype(float), (y1 > 0).astype(float)
    seen = x[:, 1:] if kind == "hidden" else x
    names = tuple(f"x{j + 1}" for j in range(p))[p - seen.shape[1] :]
    design = Design(
        treated,
        np.where(treated, y1, y0),
        seen,
        names,
        room if kind in ("clustered", "rooms") else np.arange(n),
        chance if kind == "randomised" else None,
        outcome_kind=outcome,
    )
    return World(design, y1 - y0, mean_tau, chance)
