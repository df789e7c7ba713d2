"""How a graph network is trained: on the forecast, then on what interventions along its edges say.

    first weights > train > cut what is weak or closes a circle
                  > do along each edge > share weights out anew > train on

Edges that were cut are not learnt again. With no rounds the network is trained on as it is, for as long: what
re-weighting is worth is the difference.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from telltale.causal.acyclicity import exponential_h
from telltale.causal.dag import Edges, Floats, is_acyclic
from telltale.causal.forecast_rows import ForecastRows
from telltale.causal.graph_counterfactual import edge_effects, reweighted
from telltale.causal.graph_messages import GraphWeights
from telltale.causal.linear_graph import LinearGraph
from telltale.core.errors import ConfigError
from telltale.core.progress import Progress, silent
from telltale.core.rng import stream
from telltale.core.settings import finite, whole

if TYPE_CHECKING:
    from telltale.causal.graph_network_torch import Training

_ASKED: Final = 3000
"""Windows in which interventions are tried."""
_SMALL: Final = 0.05
"""Standard deviation of edges that are drawn by chance."""


@dataclass(frozen=True, slots=True)
class GraphNetwork:
    """What is trained, and how.

    >>> GraphNetwork(layers=0, trust=2)
    Traceback (most recent call last):
    ValueError: layers must be a whole number, 1 or more, not 0; trust must be from 0 to 1, not 2
    """

    width: int = 8
    """Numbers that a factor's state holds."""
    layers: int = 2
    """Edges that a message may run over."""
    base: int = 1
    """Steps that a factor's first state is made of."""
    history: int = 6
    """Steps of the target's own past that are read, and of all factors by the other models."""
    start: Literal["learnt", "chance"] = "learnt"
    """Where edges begin: at the graph of the people to learn from, or at small weights drawn by chance."""
    l1: float = 2e-3
    """Price of an edge's weight."""
    least: float = 0.02
    """Edges of less weight are cut before interventions are tried."""
    trust: float = 0.5
    """Share of the weight into a factor that is given by what its edges move."""
    rounds: int = 1
    """How often edges are re-weighted and trained on; 0 leaves them as they were learnt."""
    epochs: int = 30
    more_epochs: int = 15
    """After each re-weighting."""
    patience: int = 5
    rate: float = 5e-3
    edge_rate: float = 3e-3
    decay: float = 1e-3
    batch: int = 512
    most_windows: int = 60_000
    draws: int = 500
    """Resamples of people, for intervals."""
    level: float = 0.95
    seed: int = 0

    def __post_init__(self) -> None:
        faults = [
            f"{name} must be {says}, not {getattr(self, name)}"
            for names, says, holds in _RULES
            for name in names
            if not holds(getattr(self, name))
        ]
        if not faults and self.history < self.base + self.layers:
            faults.append(
                f"history must be base + layers, {self.base + self.layers}, or more, not {self.history}"
            )
        if faults:
            raise ValueError("; ".join(faults))


_RULES: Final[tuple[tuple[tuple[str, ...], str, Callable[[Any], bool]], ...]] = (
    (
        ("width", "layers", "base", "epochs", "more_epochs", "patience", "batch", "most_windows", "draws"),
        "a whole number, 1 or more",
        lambda value: whole(value, 1),
    ),
    (("rounds", "history", "seed"), "a whole number, 0 or more", lambda value: whole(value, 0)),
    (("l1", "least", "decay"), "0 or more", lambda value: finite(value) and value >= 0),
    (("rate", "edge_rate"), "more than 0", lambda value: finite(value) and value > 0),
    (("trust", "level"), "from 0 to 1", lambda value: finite(value) and 0 <= value <= 1),
)


@dataclass(frozen=True, slots=True, eq=False)
class TrainedGraph:
    """What came of it; edges have shape (2, n, n), those of now first."""

    weights: GraphWeights
    start: Floats
    learnt: Floats
    """After the first training."""
    circles: float
    """Equation 4 after the first training, before the last circles were cut."""
    losses: tuple[float, ...]
    """On the people to stop by: after the first training and each further one."""
    parameters: int


def first_weights(
    rows: ForecastRows, may: tuple[Edges, Edges], settings: GraphNetwork, graph: LinearGraph | None
) -> GraphWeights:
    """Where training begins: edges of a graph or by chance, and a forecast from the target's own past alone.

    Parameters
    ----------
    may
        Edges that time order allows, of now and before; shape (n, n) each.
    graph
        Where edges begin; its factors may be fewer than the rows'.
    """
    n, f, w, layers = len(rows.factors), settings.base, settings.width, settings.layers
    draw = stream(settings.seed, "graph network", "weights")
    if graph is None:
        edges = draw.normal(scale=_SMALL, size=(2, n, n))
    else:
        edges, told = np.zeros((2, n, n)), graph.standardised()
        places = np.ix_(*2 * [[rows.factors.index(name) for name in told.names]])
        edges[0][places] = told.now
        if told.lags:
            edges[1][places] = told.before[0]
    slopes, offset = own_past(rows)
    return GraphWeights(
        target=rows.target,
        now=edges[0] * may[0],
        before=edges[1] * may[1],
        base=draw.normal(size=(f, w)) / math.sqrt(f),
        node=draw.normal(size=(n, w)) / 2,
        mix=draw.normal(size=(layers, w, w)) / math.sqrt(w),
        bias=np.zeros((layers, w)),
        head=np.concatenate([np.zeros((w, 2)), slopes]),
        offset=offset,
    )


def own_past(rows: ForecastRows) -> tuple[Floats, Floats]:
    """The value from the target's own past by least squares, and how often it rises: (k, 2) and (2,)."""
    own = rows.learn.own(rows.target).astype(np.float64)
    columns = np.column_stack([own, np.ones(len(own))])
    found = np.linalg.lstsq(columns, rows.scaled(rows.learn), rcond=None)[0]
    often = float(np.clip(rows.learn.rises.mean(), 1e-3, 1 - 1e-3))
    slopes = np.column_stack([found[:-1], np.zeros(len(found) - 1)])
    return slopes, np.array([found[-1], math.log(often / (1 - often))])


def train_graph(
    rows: ForecastRows,
    may: tuple[Edges, Edges],
    start: GraphWeights,
    settings: GraphNetwork,
    progress: Progress = silent,
) -> TrainedGraph:
    """Train, re-weight, train on."""
    torch_part = load_torch_part()
    net = torch_part.GraphNet(start, *may)
    parameters = torch_part.parameters_of(net)
    losses = [torch_part.train(net, rows, training(settings, "graph network"), progress)]
    learnt = net.held()
    weights = without_circles(learnt, settings.least)
    asked = np.linspace(0, len(rows.learn) - 1, min(_ASKED, len(rows.learn))).astype(np.int64)
    for turn in range(max(settings.rounds, 1)):
        if settings.rounds:
            effects = edge_effects(
                weights, rows.learn.inputs[asked], rows.learn.person[asked], draws=1, seed=settings.seed
            )
            now, before = reweighted(weights, effects, settings.trust, settings.least)
            weights = replace(weights, now=now, before=before)
        net = torch_part.GraphNet(weights, weights.now != 0, weights.before != 0)
        how = training(settings, f"graph network, turn {turn + 1}", settings.more_epochs)
        losses.append(torch_part.train(net, rows, how, progress))
        weights = net.held()
    return TrainedGraph(
        weights,
        np.stack([start.now, start.before]),
        np.stack([learnt.now, learnt.before]),
        exponential_h(learnt.now)[0],
        tuple(losses),
        parameters,
    )


def training(settings: GraphNetwork, name: str, epochs: int | None = None) -> Training:
    """The schedule that the settings ask for."""
    schedule: Training = load_torch_part().Training(
        epochs=settings.epochs if epochs is None else epochs,
        patience=settings.patience,
        rate=settings.rate,
        edge_rate=settings.edge_rate,
        batch=settings.batch,
        decay=settings.decay,
        l1=settings.l1,
        seed=settings.seed,
        name=name,
    )
    return schedule


def without_circles(weights: GraphWeights, least: float) -> GraphWeights:
    """Without edges below `least`, and without the weakest of each circle within a step.

    >>> nothing = np.zeros((2, 2))
    >>> edges = np.array([[0.0, 0.5], [0.3, 0.0]])
    >>> without_circles(GraphWeights(0, edges, nothing, *[nothing] * 6), 0.02).now.tolist()
    [[0.0, 0.5], [0.0, 0.0]]
    """
    now, before = (np.where(np.abs(one) >= least, one, 0.0) for one in (weights.now, weights.before))
    while not is_acyclic(now != 0):
        _, member = connected_components(csr_array(now != 0), connection="strong")
        circling = np.where(member[:, None] == member[None, :], np.abs(now), 0.0)
        now[circling == circling[circling > 0].min()] = 0.0
    return replace(weights, now=now, before=before)


def load_torch_part() -> Any:
    """The part that wants torch, or one line."""
    try:
        import torch  # noqa: F401 (asked for here, so that what lacks is told in one place)
    except ImportError as error:
        raise ConfigError(
            "training a forecast wants torch", hint="pip install 'telltale-live[train]'"
        ) from error
    from telltale.causal import graph_network_torch

    return graph_network_torch
