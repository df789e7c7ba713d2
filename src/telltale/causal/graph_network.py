"""A graph network that forecasts how a viewer will feel, and says over which edges (equations 3 and 4).

    people to learn from > their graph (discovery.py) > first weights of the edges that time order allows
    graph_training.py    > a network, re-weighted by what an intervention along each edge moves
    people nobody learnt from > its forecasts beside persistence, linear models, boosting and a plain network
                              > how far setting a cause along each edge of the trained network moves them
    people drawn again        > networks trained anew: which edges are among the first there, too

An edge of the network says what it brings to this network's forecast of the target, within `layers` edges of
it. That is no effect of its cause: factors and steps that move together share weight arbitrarily.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.special import expit

from telltale.causal.dag import Edges, Floats
from telltale.causal.discovery import DiscoverySettings, FactorGraph, learn_graph
from telltale.causal.forecast_again import drawn_again
from telltale.causal.forecast_others import OTHERS
from telltale.causal.forecast_rows import ForecastRows, forecast_rows
from telltale.causal.forecast_scores import Measure, RisesTold, Scores, Told, score_forecasts
from telltale.causal.graph_counterfactual import EdgeEffect, edge_effects
from telltale.causal.graph_forecaster import GraphForecaster
from telltale.causal.graph_messages import tell
from telltale.causal.graph_rows import graph_rows
from telltale.causal.graph_training import (
    GraphNetwork,
    TrainedGraph,
    first_weights,
    load_torch_part,
    own_past,
    train_graph,
    training,
)
from telltale.core.errors import ConfigError
from telltale.core.progress import Progress, silent
from telltale.core.rng import stream
from telltale.factors.order import Background, allowed
from telltale.factors.panel import FactorPanel, told

NAME: Final = "graph network"
PLAIN: Final = "plain network"
Place = tuple[int, int, int]
"""Of an edge: lag, cause, effect."""
BESIDE: Final = (*OTHERS, PLAIN)
"""What it can be compared with."""
SHOWN: Final = 12
"""Edges that are told first."""
_ASKED: Final = 12_000
"""Windows in which the edges of the trained network are tried, at most."""


@dataclass(frozen=True, slots=True)
class NetworkEdge:
    """One edge of the network."""

    cause: str
    effect: str
    lag: int
    """Steps until it arrives, 0 or 1."""
    start: float
    """The weight that it began with: standard deviations for one where a graph was learnt."""
    learnt: float
    """After the first training; its sign alone says nothing: other weights of the network read it."""
    weight: float
    """After re-weighting and training on."""
    effect_sd: Measure
    """Standard deviations of the target's forecast for one of the cause, in all steps that the network hears
    of, set along this edge alone."""
    moved: Measure
    """How far the forecast then moves, on average, whichever way, in standard deviations of the target."""
    again: float | None
    """Share of networks trained anew in which it is among the first `SHOWN`; None where there were none."""


@dataclass(frozen=True, slots=True, eq=False)
class ForecastStudy:
    """A network, what it says of edges, and how good it is."""

    forecaster: GraphForecaster
    edges: tuple[NetworkEdge, ...]
    """Between different factors, of the network as it ended, tried on people that it has not learnt from;
    what moves the forecast most comes first."""
    scores: Scores
    """On people that no model has seen; the graph network first."""
    rises: RisesTold
    """What the graph network told them of rises."""
    same_rooms: float
    """Share of their rows in rooms, such as a broadcast, in which people to learn from sat too."""
    refits: int
    """Networks trained anew on people drawn again."""
    circles: float
    """Equation 4 of the edges within a step, before the last circle was cut."""
    stop_loss: tuple[float, ...]
    """On the people to stop by: after the first training and after each re-weighting."""
    people: tuple[int, ...]
    """To learn from, to stop by, to judge on."""
    windows: tuple[int, ...]
    """Of these people."""
    parameters: tuple[int, int]
    """Of the graph network and of the plain one, 0 where that was not asked for."""
    settings: GraphNetwork
    notes: tuple[str, ...]

    @property
    def horizon_s(self) -> float:
        """How far ahead."""
        return self.forecaster.ahead * self.forecaster.grid_s


def fit_forecast(
    panel: FactorPanel,
    target: str = "desire",
    *,
    horizon_s: float | None = None,
    settings: GraphNetwork | None = None,
    graph: FactorGraph | None = None,
    background: Background | None = None,
    beside: Sequence[str] = BESIDE,
    refits: int = 0,
    progress: Progress = silent,
) -> ForecastStudy:
    """Train the graph network and judge it beside others on people that none has seen.

    Parameters
    ----------
    panel
        Rows with a hole are left out, and so are factors that never change.
    target
        A factor that rises and falls.
    horizon_s
        How far ahead; one step of the grid when not given.
    graph
        Where edges begin, in place of `settings.start`. Learn it from the people to learn from alone
        (`forecast_rows(...).learn.person`), else those who judge have had a say.
    background
        What is known of the arrows; without any, viewers do not move the broadcast.
    beside
        Which of `BESIDE` it is compared with: one at least.
    refits
        How often to train anew on people drawn again, to tell which edges come back; each takes as long as
        the first.
    """
    settings = settings or GraphNetwork()
    _refuse(beside, refits)
    load_torch_part()
    rows = forecast_rows(
        panel,
        target,
        horizon_s=horizon_s,
        history=settings.history,
        most_windows=settings.most_windows,
        seed=settings.seed,
    )
    if graph is not None:
        panel.place(graph.names)
    known = background or Background()
    asked = panel.select(rows.factors)
    may = _may(asked, known)

    def train(
        panel: FactorPanel, rows: ForecastRows, settings: GraphNetwork, progress: Progress = silent
    ) -> TrainedGraph:
        held = graph
        if held is None and settings.start == "learnt":
            held = _learnt(panel, known, settings.seed)
        start = first_weights(rows, may, settings, held.linear if held else None)
        return train_graph(rows, may, start, settings, progress)

    mine = asked.take(np.isin(asked.person, rows.learn.person))
    trained = train(mine, rows, settings, progress)
    answers, size = {NAME: _told(rows, tell(trained.weights, rows.judge.inputs))}, 0
    for name in progress(beside, total=len(beside), label="others"):
        if name == PLAIN:
            plain, size = _plain(rows, settings, trained.parameters)
            answers[name] = _told(rows, plain)
        else:
            answers[name] = OTHERS[name](rows, settings.seed)
    again: list[set[Place]] = []
    for turn in progress(range(refits), total=refits, label="trained anew"):
        draw = stream(settings.seed, "graph network", "again", turn)
        other = replace(settings, seed=int(draw.integers(2**31)))
        tried = _tried(rows, train(*drawn_again(mine, rows, draw), other), other)
        again.append({_place(one) for one in tried[:SHOWN]})
    three = (rows.learn, rows.stop, rows.judge)
    return ForecastStudy(
        GraphForecaster(rows.factors, rows.ahead, rows.grid_s, rows.mean, rows.sd, trained.weights),
        _edges(rows, trained, settings, again),
        score_forecasts(answers, rows.judge, draws=settings.draws, level=settings.level, seed=settings.seed),
        RisesTold(answers[NAME].rise, rows.judge.rises, rows.judge.person),
        _same_rooms(panel, rows),
        refits,
        trained.circles,
        trained.losses,
        tuple(len(np.unique(one.person)) for one in three),
        tuple(len(one) for one in three),
        (trained.parameters, size),
        settings,
        rows.notes,
    )


def _refuse(beside: Sequence[str], refits: int) -> None:
    unknown = [name for name in beside if name not in BESIDE]
    if unknown or not beside:
        raise ConfigError(
            f"no model {told(unknown, BESIDE)}" if unknown else "nothing to compare with",
            hint=f"there are {', '.join(BESIDE)}",
        )
    if refits < 0:
        raise ConfigError(f"{refits} networks cannot be trained anew", hint="give 0 or more")


def _may(panel: FactorPanel, known: Background) -> tuple[Edges, Edges]:
    """Edges that time order allows, now and before; what does not change in a session has no before."""
    arrows = allowed(panel, known)
    fixed = np.array([factor.level == "session" for factor in panel.factors])
    return arrows.now.T.copy(), arrows.before.T & ~fixed[:, None]


def _learnt(panel: FactorPanel, known: Background, seed: int) -> FactorGraph:
    """Where edges begin."""
    return learn_graph(graph_rows(panel, background=known), DiscoverySettings(halves=0, draws=0, seed=seed))


def _same_rooms(panel: FactorPanel, rows: ForecastRows) -> float:
    learnt, judged = (np.isin(panel.person, one.person) for one in (rows.learn, rows.judge))
    return float(np.isin(panel.room[judged], panel.room[learnt]).mean())


def _plain(rows: ForecastRows, settings: GraphNetwork, parameters: int) -> tuple[Floats, int]:
    """What a plain network of about as many parameters tells, shape (M, 2), and how many it has."""
    torch_part = load_torch_part()
    inputs = len(rows.factors) * rows.history
    hidden = max(2, round((math.sqrt(inputs**2 + 4 * parameters) - inputs) / 2))
    net = torch_part.PlainNet(rows, hidden, *own_past(rows), settings.seed)
    how = training(settings, PLAIN, settings.epochs + settings.more_epochs * max(settings.rounds, 1))
    torch_part.train(net, rows, how)
    return torch_part.told_by(net, rows.judge.inputs), torch_part.parameters_of(net)


def _told(rows: ForecastRows, told: Floats) -> Told:
    return Told(rows.unscaled(told[:, 0]), expit(told[:, 1]))


def _tried(rows: ForecastRows, trained: TrainedGraph, settings: GraphNetwork) -> list[EdgeEffect]:
    """The edges between different factors, tried on people to judge on; what moves most comes first."""
    asked = np.linspace(0, len(rows.judge) - 1, min(_ASKED, len(rows.judge))).astype(np.int64)
    found = edge_effects(
        trained.weights,
        rows.judge.inputs[asked],
        rows.judge.person[asked],
        draws=settings.draws,
        level=settings.level,
        seed=settings.seed,
    )
    return sorted((one for one in found if one.cause != one.effect), key=lambda one: -one.moved.value)


def _place(one: EdgeEffect) -> Place:
    return one.lag, one.cause, one.effect


def _edges(
    rows: ForecastRows, trained: TrainedGraph, settings: GraphNetwork, again: Sequence[set[Place]]
) -> tuple[NetworkEdge, ...]:
    final, out = np.stack([trained.weights.now, trained.weights.before]), []
    for one in _tried(rows, trained, settings):
        at = _place(one)
        out.append(
            NetworkEdge(
                cause=rows.factors[one.cause],
                effect=rows.factors[one.effect],
                lag=one.lag,
                start=float(trained.start[at]),
                learnt=float(trained.learnt[at]),
                weight=float(final[at]),
                effect_sd=one.slope,
                moved=one.moved,
                again=sum(at in first for first in again) / len(again) if again else None,
            )
        )
    return tuple(out)
