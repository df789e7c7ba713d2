"""Panels with a known graph: a viewer's factors on a grid, run by their own equation."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from telltale.core.rng import stream
from telltale.factors.panel import FactorPanel

Array = npt.NDArray[np.float64]

NAMES = ("host", "chat", "attention", "desire", "alone")
NOW = np.zeros((5, 5))
NOW[0, 1], NOW[0, 2], NOW[2, 3] = 0.4, 0.3, 0.35
BEFORE = np.diag([0.5, 0.4, 0.5, 0.3, 0.5])
BEFORE[1, 3], BEFORE[3, 2] = 0.3, -0.2
TIERS = {"host": 1, "chat": 1, "attention": 2, "desire": 2, "alone": 2}


@dataclass(frozen=True)
class World:
    """x(t) = x(t) now + x(t - 1) before + noise."""

    names: tuple[str, ...] = NAMES
    now: Array = field(default_factory=NOW.copy)
    before: Array = field(default_factory=BEFORE.copy)
    scale: tuple[float, ...] = (1.0, 10.0, 0.1, 1.0, 5.0)
    """Units in which each is told."""
    noise: str = "normal"


def run(world: World, sessions: int, steps: int, seed: int) -> Array:
    """Shape (sessions, steps, n), burnt in."""
    n = len(world.names)
    draws = getattr(stream(seed, "panel"), world.noise)(size=(steps + 20, sessions, n))
    spread = np.linalg.inv(np.eye(n) - world.now)
    state, out = np.zeros((sessions, n)), []
    for noise in draws:
        state = (state @ world.before + noise) @ spread
        out.append(state)
    values: Array = np.array(out[20:]).transpose(1, 0, 2) * np.array(world.scale)
    return values


def panel(world: World | None = None, sessions: int = 60, steps: int = 80, seed: int = 1) -> FactorPanel:
    """The same as a panel."""
    world = world or World()
    values = run(world, sessions, steps, seed)
    who = np.repeat([f"s{k:03d}" for k in range(sessions)], steps)
    table = pa.table(
        {
            "session": who,
            "step": np.tile(np.arange(steps), sessions),
            **{name: values[:, :, k].ravel() for k, name in enumerate(world.names)},
        }
    )
    tiers = {name: tier for name, tier in TIERS.items() if name in world.names}
    return FactorPanel.from_frame(table, unit="session", time="step", tiers=tiers or None)
