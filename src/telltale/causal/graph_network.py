"""A graph network that forecasts how a viewer will feel, and says over which edges (equations 3 and 4).

    people to learn from > their graph (discovery.py) > first weights of the edges that time order allows
    graph_training.py    > a network, re-weighted by what an intervention along each edge moves
    people nobody learnt from > its forecasts beside persistence, linear models, boosting and a plain network

An edge of the network says what helps to forecast the target, within `layers` edges of it. That it is a cause
rests on what any graph here rests on: nothing outside the data moves both of its ends.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import expit

from telltale.causal.dag import Edges, Floats
from telltale.causal.discovery import DiscoverySettings, FactorGraph, learn_graph
from telltale.causal.forecast_others import OTHERS
from telltale.causal.forecast_rows import ForecastRows, forecast_rows
from telltale.causal.forecast_scores import Scores, Told, score_forecasts
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
from telltale.factors.order import Background, allowed
from telltale.factors.panel import FactorPanel, told

NAME: Final = "graph network"
PLAIN: Final = "plain network"
BESIDE: Final = (*OTHERS, PLAIN)
"""What it can be compared with."""
_FEW: Final = 30


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
    effect_sd: float
    """Standard deviations of the target's forecast for one of the cause, in all steps that the network hears
    of, set along this edge alone."""
    low: float
    high: float
    moved: float
    """How far the forecast moves, on average, whichever way."""
    weight: float
    """After re-weighting and training on."""


@dataclass(frozen=True, slots=True, eq=False)
class ForecastStudy:
    """A network, what it says of edges, and how good it is."""

    forecaster: GraphForecaster
    edges: tuple[NetworkEdge, ...]
    """Between different factors; what moves the forecast most comes first."""
    scores: Scores
    """On people that no model has seen; the graph network first."""
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
    def verdict(self) -> str:
        """Whether the graph network is worth its trouble, in one sentence."""
        return told_plainly(self.scores)


def fit_forecast(
    panel: FactorPanel,
    target: str = "desire",
    *,
    horizon_s: float | None = None,
    settings: GraphNetwork | None = None,
    graph: FactorGraph | None = None,
    background: Background | None = None,
    beside: Sequence[str] = BESIDE,
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
    """
    settings = settings or GraphNetwork()
    _refuse(beside)
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
    may = _may(panel.select(rows.factors), known)
    if graph is None and settings.start == "learnt":
        graph = _learnt(panel.select(rows.factors), rows, known, settings.seed)
    start = first_weights(rows, may, settings, graph.linear if graph else None)
    trained = train_graph(rows, may, start, settings, progress)
    answers, size = {NAME: _told(rows, tell(trained.weights, rows.judge.inputs))}, 0
    for name in progress(beside, total=len(beside), label="others"):
        if name == PLAIN:
            plain, size = _plain(rows, settings, trained.parameters)
            answers[name] = _told(rows, plain)
        else:
            answers[name] = OTHERS[name](rows, settings.seed)
    three = (rows.learn, rows.stop, rows.judge)
    return ForecastStudy(
        GraphForecaster(rows.factors, rows.ahead, rows.grid_s, rows.mean, rows.sd, trained.weights),
        _edges(rows, trained),
        score_forecasts(answers, rows.judge, draws=settings.draws, level=settings.level, seed=settings.seed),
        trained.circles,
        trained.losses,
        tuple(len(np.unique(one.person)) for one in three),
        tuple(len(one) for one in three),
        (trained.parameters, size),
        settings,
        (*rows.notes, *_few(rows)),
    )


def told_plainly(scores: Scores) -> str:
    """What the scores say of the first model beside the best of the others: of the value, and of rises."""
    first, *others = scores.models
    parts = []
    for score, name, at in (("r2", "R2", "at the value"), ("auc", "AUC", "at telling rises")):
        best = max(others, key=lambda one: getattr(one, score).value)
        lead = next(getattr(one, score) for one in scores.leads if one.over == best.model)
        word = "better than" if lead.low > 0 else "worse than" if lead.high < 0 else "no better than"
        parts.append(
            f"{word} {best.model} {at} ({name} {lead.value:+.3f}, {lead.low:+.3f} to {lead.high:+.3f})"
        )
    return f"Beside the best of the others, the {first.model} is {' and '.join(parts)}."


def _refuse(beside: Sequence[str]) -> None:
    unknown = [name for name in beside if name not in BESIDE]
    if unknown or not beside:
        raise ConfigError(
            f"no model {told(unknown, BESIDE)}" if unknown else "nothing to compare with",
            hint=f"there are {', '.join(BESIDE)}",
        )


def _few(rows: ForecastRows) -> list[str]:
    people = len(np.unique(rows.judge.person))
    return [f"judged on {people} people: intervals of so few are too narrow"] * (people < _FEW)


def _may(panel: FactorPanel, known: Background) -> tuple[Edges, Edges]:
    """Edges that time order allows, now and before; what does not change in a session has no before."""
    arrows = allowed(panel, known)
    fixed = np.array([factor.level == "session" for factor in panel.factors])
    return arrows.now.T.copy(), arrows.before.T & ~fixed[:, None]


def _learnt(panel: FactorPanel, rows: ForecastRows, known: Background, seed: int) -> FactorGraph:
    """The graph of the people to learn from, and of nobody else."""
    mine = panel.take(np.isin(panel.person, rows.learn.person))
    return learn_graph(graph_rows(mine, background=known), DiscoverySettings(halves=0, draws=2, seed=seed))


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


def _edges(rows: ForecastRows, trained: TrainedGraph) -> tuple[NetworkEdge, ...]:
    final = np.stack([trained.weights.now, trained.weights.before])
    found = [
        NetworkEdge(
            cause=rows.factors[one.cause],
            effect=rows.factors[one.effect],
            lag=one.lag,
            start=float(trained.start[one.lag, one.cause, one.effect]),
            learnt=float(trained.learnt[one.lag, one.cause, one.effect]),
            effect_sd=one.slope,
            low=one.low,
            high=one.high,
            moved=one.moved,
            weight=float(final[one.lag, one.cause, one.effect]),
        )
        for one in trained.effects
        if one.cause != one.effect
    ]
    return tuple(sorted(found, key=lambda edge: -edge.moved))
