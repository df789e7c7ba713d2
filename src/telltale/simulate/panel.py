"""The slow variables: a linear structural model on a 5 s grid, the same for rooms and viewers.

For each factor i at step t, with its own persistence p_i and arrows w:

    x_i(t) = p_i x_i(t-1) + sum_j w0_ij x_j(t) + sum_j w1_ij x_j(t-1)
             + (1 - p_i) sum_k w_ik z_k(t) + s_i e_i(t)

The z are exogenous (promotion, price, taste, ...): `w_ik` is the shift they bring in the long run. The
noise s_i is solved for, so that every factor has variance 1 when the z are still; a weight is therefore
a number of standard deviations.
"""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

import numpy as np
import numpy.typing as npt
from scipy.linalg import solve_discrete_lyapunov

from telltale.core.errors import ConfigError
from telltale.simulate.spec import EXOGENOUS, Spec

Array = npt.NDArray[np.float64]

STEP_S = 5.0
BURN_IN_STEPS = 40
"""Steps before the first that counts; a persistence of .9 leaves 1.5 % of the start after 40."""


@dataclass(frozen=True)
class Panel:
    """The model in matrices; rows are effects, columns causes. Room factors come first."""

    names: tuple[str, ...]
    rooms: int
    """How many of the names are the room's."""
    now: Array
    """shape (n, n): arrows within the step, w0."""
    before: Array
    """shape (n, n): arrows from the last step, w1, with the persistence on the diagonal."""
    exogenous: Array
    """shape (n, len(EXOGENOUS)): arrows of the exogenous causes, (1 - p) w."""
    noise_sd: Array
    """shape (n,)"""
    laplace: npt.NDArray[np.bool_]
    """shape (n,): whose noise is Laplace rather than normal."""
    persistence: Array

    @property
    def room_names(self) -> tuple[str, ...]:
        """Names of the room's factors."""
        return self.names[: self.rooms]

    @property
    def viewer_names(self) -> tuple[str, ...]:
        """Names of the viewer's factors."""
        return self.names[self.rooms :]


def build_panel(spec: Spec) -> Panel:
    """Turn the spec's factors and edges into matrices, and solve for the noise."""
    factors = sorted(spec.all_factors, key=lambda factor: factor.level)  # 'room' < 'viewer'
    names = tuple(factor.name for factor in factors)
    index = {name: i for i, name in enumerate(names)}
    n = len(names)
    persistence = np.array([factor.persistence for factor in factors])
    now, before = np.zeros((n, n)), np.diag(persistence)
    exogenous = np.zeros((n, len(EXOGENOUS)))
    for edge in spec.edges:
        i = index[edge.effect]
        if edge.cause in EXOGENOUS:
            exogenous[i, EXOGENOUS.index(edge.cause)] += (1 - persistence[i]) * edge.weight
        elif edge.lag:
            before[i, index[edge.cause]] += edge.weight
        else:
            now[i, index[edge.cause]] += edge.weight
    _refuse_circles(now, names)
    return Panel(
        names=names,
        rooms=sum(factor.level == "room" for factor in factors),
        now=now,
        before=before,
        exogenous=exogenous,
        noise_sd=_unit_variance_noise(now, before, names),
        laplace=np.array([factor.noise == "laplace" for factor in factors]),
        persistence=persistence,
    )


def _refuse_circles(now: Array, names: tuple[str, ...]) -> None:
    causes = {names[i]: {names[j] for j in np.flatnonzero(row)} for i, row in enumerate(now)}
    try:
        TopologicalSorter(causes).prepare()
    except CycleError as error:
        circle = " > ".join(reversed(error.args[1]))
        raise ConfigError(
            f"edges: a circle within one step: {circle}", hint="give one of them lag = 1"
        ) from error


def _unit_variance_noise(now: Array, before: Array, names: tuple[str, ...]) -> Array:
    """Noise variances d with diag(sum_k M^k C diag(d) C' M'^k) = 1, where C = (1 - w0)^-1 and M = C w1."""
    spread = np.linalg.inv(np.eye(len(names)) - now)
    step = spread @ before
    if np.abs(np.linalg.eigvals(step)).max() >= 0.999:
        raise ConfigError(
            "edges: the factors feed each other without end", hint="lower weights or persistence"
        )
    share = np.zeros_like(step)
    pushed = spread.copy()
    while np.abs(pushed).max() > 1e-9:
        share += pushed**2
        pushed = step @ pushed
    variance = np.linalg.solve(share, np.ones(len(names)))
    if (variance <= 0).any():
        name = names[int(np.argmin(variance))]
        raise ConfigError(
            f"edges: '{name}' is explained by more than all", hint="lower the weights that reach it"
        )
    noise_sd: Array = np.sqrt(variance)
    return noise_sd


def room_mean_sd(panel: Panel, steps: int) -> Array:
    """Standard deviation of the mean of `steps` steps of each of the room's factors, while the z are still.

    With x(t) = M x(t-1) + C e(t) and G = M G M' + C D C' the covariance of x, that of x(t+h) and x(t) is
    M^h G, and the variance of the mean is sum_h (steps - |h|) diag(M^|h| G) / steps^2. Shape (rooms,).
    """
    part = slice(0, panel.rooms)
    spread = np.linalg.inv(np.eye(panel.rooms) - panel.now[part, part])
    step = spread @ panel.before[part, part]
    apart = solve_discrete_lyapunov(step, (spread * panel.noise_sd[part] ** 2) @ spread.T)
    variance = steps * np.diag(apart)
    for h in range(1, steps):
        apart = step @ apart
        variance = variance + 2 * (steps - h) * np.diag(apart)
    sd: Array = np.sqrt(variance) / steps
    return sd


def draw_noise(rng: np.random.Generator, steps: int, panel: Panel, part: slice) -> Array:
    """Noise of one room or viewer, scaled. Shape (BURN_IN_STEPS + steps, len(part))."""
    laplace = panel.laplace[part]
    noise = rng.standard_normal((BURN_IN_STEPS + steps, len(laplace)))
    if laplace.any():
        # Laplace with variance 1 has scale 1 / sqrt(2).
        noise[:, laplace] = rng.laplace(scale=np.sqrt(0.5), size=(len(noise), int(laplace.sum())))
    return noise * panel.noise_sd[part]


def run_rooms(panel: Panel, noise: Array, exogenous: Array) -> Array:
    """The room's factors.

    Parameters
    ----------
    noise
        shape (R, BURN_IN_STEPS + T, n_room)
    exogenous
        shape (R, T, len(EXOGENOUS)); before the first step the first value holds, here and below.

    Returns
    -------
    shape (R, T, n_room)
    """
    part = slice(0, panel.rooms)
    return _recurse(panel, part, noise + _led_in(exogenous @ panel.exogenous[part].T))


def run_viewers(panel: Panel, noise: Array, exogenous: Array, room_push: Array, shift: Array) -> Array:
    """The viewers' factors, moved by their room, their own causes and what a strategy adds.

    Parameters
    ----------
    noise
        shape (S, BURN_IN_STEPS + T, n_viewer)
    exogenous
        shape (S, T, len(EXOGENOUS))
    room_push
        shape (S, BURN_IN_STEPS + T, n_viewer): what the room's factors bring, now and from the last step.
    shift
        shape (S, T, n_viewer): long-run shift that a strategy brings.

    Returns
    -------
    shape (S, T, n_viewer)
    """
    part = slice(panel.rooms, None)
    own = _led_in(exogenous @ panel.exogenous[part].T)
    own[:, BURN_IN_STEPS:] += shift * (1 - panel.persistence[part])
    return _recurse(panel, part, noise + own + room_push)


def _led_in(pushes: Array) -> Array:
    """Pushes with their first value held through the burn-in. Shape (n, BURN_IN_STEPS + T, factors)."""
    return np.pad(pushes, ((0, 0), (BURN_IN_STEPS, 0), (0, 0)), mode="edge")


def _recurse(panel: Panel, part: slice, pushes: Array) -> Array:
    """Run the model on what is pushed in each step, burn-in first. Shape (n, T, factors)."""
    count, steps, n = pushes.shape
    spread = np.linalg.inv(np.eye(n) - panel.now[part, part])
    step = spread @ panel.before[part, part]
    out = np.empty((count, steps - BURN_IN_STEPS, n))
    state = np.zeros((count, n))
    for t in range(steps):
        state = state @ step.T + pushes[:, t] @ spread.T
        if t >= BURN_IN_STEPS:
            out[:, t - BURN_IN_STEPS] = state
    return out
