"""Worlds to forecast in: one in which only who bends a line, and looks two arrows far, tells what comes."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from telltale.causal.graph_messages import GraphWeights
from telltale.causal.graph_network import ForecastStudy, fit_forecast
from telltale.causal.graph_training import GraphNetwork
from telltale.core.rng import stream
from telltale.factors.panel import FactorPanel

Array = npt.NDArray[np.float64]
TIERS = {"host": 1, "noise": 1, "mood": 2, "desire": 2}


def panel(people: int = 40, steps: int = 60, seed: int = 1) -> FactorPanel:
    """host -> mood -> desire, and desire hears of mood's size alone: no line tells anything of it."""
    draw = stream(seed, "forecast", "world")
    state = {name: np.zeros(people) for name in TIERS}
    out: list[Array] = []
    for _ in range(steps + 20):
        desire = 0.3 * state["desire"] + 1.2 * np.abs(state["mood"]) + 0.4 * draw.normal(size=people)
        host, noise = draw.normal(size=(2, people))
        mood = 0.8 * host + 0.5 * draw.normal(size=people)
        state = {"host": host, "noise": noise, "mood": mood, "desire": desire}
        out.append(np.array([state[name] for name in TIERS]))
    return to_panel(np.array(out[20:]).transpose(2, 0, 1))


def to_panel(values: Array) -> FactorPanel:
    """Of values of shape (people, steps, 4)."""
    people, steps, _ = values.shape
    table = pa.table(
        {
            "person": np.repeat([f"p{k:03d}" for k in range(people)], steps),
            "step": np.tile(np.arange(steps), people),
            **{name: values[:, :, k].ravel() for k, name in enumerate(TIERS)},
        }
    )
    return FactorPanel.from_frame(table, unit="person", time="step", tiers=TIERS)


@cache
def brief_study() -> ForecastStudy:
    """A network that was hardly trained, beside two others."""
    settings = GraphNetwork(history=3, epochs=2, more_epochs=1, batch=128, draws=100, start="chance")
    return fit_forecast(panel(), settings=settings, beside=("persistence", "linear"))


def weights(n: int = 4, *, base: int = 1, layers: int = 2, width: int = 3, own: int = 5) -> GraphWeights:
    """Of a network that has learnt nothing, drawn by chance."""
    draw = stream(5, "forecast", "weights")
    return GraphWeights(
        1,
        np.triu(draw.normal(size=(n, n)), 1),
        draw.normal(size=(n, n)),
        draw.normal(size=(base, width)),
        draw.normal(size=(n, width)),
        draw.normal(size=(layers, width, width)),
        draw.normal(size=(layers, width)),
        draw.normal(size=(width + own, 2)),
        draw.normal(size=2),
    )
