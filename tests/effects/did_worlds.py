"""Panels whose effect is known, whatever drives the treatment: level, trends, a passing high, rooms, time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from telltale.core.rng import stream
from telltale.effects.did_panel import DidPanel

Kind = Literal["level", "trend", "broken", "high", "rooms", "staggered", "lot"]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class DidWorld:
    """A panel, and what no study ever sees."""

    panel: DidPanel
    att: float
    """The mean effect over treated units and periods."""
    by_period: dict[int, float]
    """The mean effect by period relative to the start."""


def make_did(kind: Kind, n: int, seed: int, periods: int = 8, effect: float = 1.0) -> DidWorld:
    """n units in a number of periods; treatments begin in the middle, at three times in `staggered`.

    Y_it(0) = alpha_i + .3 t + b_i t + noise. In `level` and `staggered` alpha drives the treatment;
    in `trend` a covariate drives both the treatment and b; in `broken` b does, and nobody sees it; in `high`
    noise is autoregressive and the treatment comes to those who stand high in the last period before; in
    `rooms` four units share the treatment and shocks in each period; in `lot` the treatment is drawn and no
    level lasts. Effects are constant, but in
    `staggered` they grow by one a period and are three times as large for those who begin first.
    """
    draw = stream(seed, "did-world", kind)
    alpha, x = draw.standard_normal(n), draw.standard_normal((n, 2))
    noise, own = draw.standard_normal((n, periods)), draw.standard_normal(n)
    middle, time = periods // 2, np.arange(periods)
    room, slope = np.arange(n), np.zeros(n)
    odds = alpha.copy()
    if kind == "trend":
        slope, odds = 0.25 * x[:, 0], 0.8 * x[:, 0] + 0.3 * x[:, 1]
    elif kind == "broken":
        slope = 0.3 * own
        odds = own
    elif kind == "high":
        for t in range(1, periods):
            noise[:, t] = 0.7 * noise[:, t - 1] + np.sqrt(1 - 0.49) * noise[:, t]
        alpha, odds = np.zeros(n), 1.2 * noise[:, middle - 1]
    elif kind == "rooms":
        room = np.arange(n) // 4
        noise += draw.standard_normal((n, periods))[room]
        odds = own[room]
    elif kind == "lot":
        alpha = odds = np.zeros(n)
    lot = draw.random(n)
    treated = (lot[room] if kind == "rooms" else lot) < expit(odds - 0.3)
    start = np.where(treated, float(middle), np.nan)
    gain = np.full(n, effect)[:, None] * np.ones(periods)
    if kind == "staggered":
        late = draw.integers(0, 3, n)
        start = np.where(treated, middle - 2 + 2.0 * late, np.nan)
        gain = (
            effect
            * np.where(late == 0, 3.0, 1.0)[:, None]
            * (1 + np.maximum(time - np.nan_to_num(start)[:, None], 0))
        )
    on = time >= start[:, None]
    outcome = alpha[:, None] + 0.3 * time + slope[:, None] * time + noise + gain * on
    relative = (time - start[:, None])[on].astype(int)
    panel = DidPanel(
        np.repeat(np.arange(n), periods), np.tile(time, n), outcome.ravel(), start,
        start if kind == "staggered" else np.full(n, float(middle)), x, ("x1", "x2"), room,
    )  # fmt: skip
    means = {int(k): float(gain[on][relative == k].mean()) for k in np.unique(relative)}
    return DidWorld(panel, float(gain[on].mean()), means)


def without_moments(panel: DidPanel) -> DidPanel:
    """The same with control that has to borrow its moments."""
    return replace(panel, moment=panel.start.copy())
