"""The graph network in torch, and a plain one beside it, trained in one way.

    loss = squared error of the value + cross-entropy of the rise
           + l1 sum |A| + alpha h + rho h^2 / 2        h = tr(exp(now o now)) - d, equation 4

Only edges within a step can close a circle, so h is of those alone. alpha and rho rise from epoch to epoch
while h does not fall (the augmented Lagrangian). Training ends when the people to stop by are forecast no
better for some epochs, and the network is left as it was best on them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from telltale.causal.dag import Edges, Floats
from telltale.causal.forecast_rows import ForecastRows, Windows
from telltale.causal.graph_messages import LEAK, GraphWeights
from telltale.core.progress import Progress, silent
from telltale.core.rng import stream

_CLIP: Final = 1.0
_RHO_MOST: Final = 1e4
_AT_ONCE: Final = 4096
_EDGES: Final = ("now", "before")


@dataclass(frozen=True, slots=True)
class Training:
    """How long and how fast."""

    epochs: int
    patience: int
    rate: float
    edge_rate: float
    batch: int
    decay: float
    l1: float
    seed: int
    name: str
    """What is trained: it shows, and has an order of windows of its own."""


def circles(now: Tensor) -> Tensor:
    """Equation 4 as torch can follow it."""
    trace: Tensor = torch.diagonal(torch.matrix_exp(now * now)).sum()
    return trace - len(now)


class GraphNet(nn.Module):
    """`graph_messages`, to be trained."""

    may_now: Tensor
    may_before: Tensor
    own: Tensor

    def __init__(self, weights: GraphWeights, may_now: Edges, may_before: Edges) -> None:
        super().__init__()
        self.target = weights.target
        self.now, self.before = _parameter(weights.now), _parameter(weights.before)
        self.base, self.node = _parameter(weights.base), _parameter(weights.node)
        self.mix, self.bias = _parameter(weights.mix), _parameter(weights.bias)
        self.head, self.offset = _parameter(weights.head), _parameter(weights.offset)
        self.register_buffer("may_now", torch.from_numpy(may_now.astype(np.float32)))
        self.register_buffer("may_before", torch.from_numpy(may_before.astype(np.float32)))
        self.register_buffer("own", torch.eye(len(may_now)))

    def edges(self) -> tuple[Tensor, Tensor]:
        """Those that may be; shape (n, n) each."""
        return self.now * self.may_now, self.before * self.may_before

    def forward(self, inputs: Tensor) -> Tensor:
        """Shape (B, n, k) to (B, 2)."""
        now, before = self.edges()
        size = torch.sqrt(1.0 + (now**2).sum(0) + (before**2).sum(0))
        into_now, into_before = (self.own + now) / size, before / size
        f, layers, by_factor = len(self.base), len(self.mix), inputs.transpose(0, 1)
        # (n, T, B, f): every node's own last steps, as seen from each of T steps.
        frames = torch.stack([by_factor[:, :, step : step + f] for step in range(layers + 1)], dim=1)
        state = functional.leaky_relu(frames @ self.base + self.node[:, None, None], LEAK)
        for layer in range(layers):
            if layer == layers - 1:  # Of the last layer only the target is asked.
                into_now, into_before = (
                    into[:, self.target : self.target + 1] for into in (into_now, into_before)
                )
            shape = (into_now.shape[1], *state[:, 1:].shape[1:])
            coming = into_now.T @ state[:, :-1].flatten(1) + into_before.T @ state[:, 1:].flatten(1)
            state = functional.leaky_relu(coming.view(shape) @ self.mix[layer] + self.bias[layer], LEAK)
        told: Tensor = torch.cat([state[0, 0], inputs[:, self.target]], dim=1) @ self.head + self.offset
        return told

    def held(self) -> GraphWeights:
        """As it is now, for numpy."""
        now, before = self.edges()
        rest = (self.base, self.node, self.mix, self.bias, self.head, self.offset)
        return GraphWeights(self.target, *(_held(one) for one in (now, before, *rest)))


class PlainNet(nn.Module):
    """Two hidden layers over all factors and steps, and the target's own past as the graph network has it."""

    def __init__(self, rows: ForecastRows, hidden: int, head: Floats, offset: Floats, seed: int) -> None:
        super().__init__()
        self.target = rows.target
        draw = stream(seed, "forecast", "plain network")
        size = len(rows.factors) * rows.history
        self.first, self.second = _layer(draw, size, hidden), _layer(draw, hidden, hidden)
        self.last = _layer(draw, hidden, 2)
        self.own, self.offset = _parameter(head), _parameter(offset)
        nn.init.zeros_(self.last.weight)

    def forward(self, inputs: Tensor) -> Tensor:
        """Shape (B, n, k) to (B, 2)."""
        hidden = functional.leaky_relu(self.first(inputs.flatten(1)), LEAK)
        hidden = functional.leaky_relu(self.second(hidden), LEAK)
        told: Tensor = self.last(hidden) + inputs[:, self.target] @ self.own + self.offset
        return told


def train(net: nn.Module, rows: ForecastRows, how: Training, progress: Progress = silent) -> float:
    """Train in place; the network is left as it was best on the people to stop by; its loss there."""
    optimiser = torch.optim.AdamW(_groups(net, how))
    price = _Price(how.l1)
    best, best_loss, waited = _copied(net), _lost(net, rows, rows.stop), 0
    inputs, wanted = _tensors(rows, rows.learn)
    for epoch in progress(range(how.epochs), total=how.epochs, label=how.name):
        for batch in _batches(len(rows.learn), how, epoch):
            optimiser.zero_grad()
            loss = _loss(net(inputs[batch]), wanted[batch]) + price.of(net)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(net.parameters(), _CLIP)
            optimiser.step()
        price.rise(net)
        lost = _lost(net, rows, rows.stop)
        if lost < best_loss:
            best, best_loss, waited = _copied(net), lost, 0
        else:
            waited += 1
        if waited == how.patience:
            break
    net.load_state_dict(best)
    return best_loss


def told_by(net: nn.Module, inputs: npt.NDArray[np.float32]) -> Floats:
    """Shape (M, 2) of inputs (M, n, k)."""
    with torch.no_grad():
        parts = [
            net(torch.from_numpy(inputs[start : start + _AT_ONCE])).numpy()
            for start in range(0, len(inputs), _AT_ONCE)
        ]
    return np.concatenate(parts).astype(np.float64)


def parameters_of(net: nn.Module) -> int:
    """How many numbers are learnt; of edges those that may be."""
    return sum(
        int(getattr(net, f"may_{name}").sum()) if name in _EDGES else one.numel()
        for name, one in net.named_parameters()
    )


@dataclass(slots=True)
class _Price:
    """Of edges: L1, and circles by the augmented Lagrangian."""

    l1: float
    alpha: float = 0.0
    rho: float = 1.0
    last: float = math.inf

    def of(self, net: nn.Module) -> Tensor | float:
        """At the network's edges; nothing where there are none."""
        if not isinstance(net, GraphNet):
            return 0.0
        now, before = net.edges()
        h = circles(now)
        return self.l1 * (now.abs().sum() + before.abs().sum()) + self.alpha * h + 0.5 * self.rho * h * h

    def rise(self, net: nn.Module) -> None:
        """After an epoch."""
        if isinstance(net, GraphNet):
            with torch.no_grad():
                h = float(circles(net.edges()[0]))
            self.alpha += self.rho * h
            if h > 0.25 * self.last:
                self.rho = min(self.rho * 3.0, _RHO_MOST)
            self.last = h


def _groups(net: nn.Module, how: Training) -> list[dict[str, Any]]:
    """Edges are held back by L1, all else by decay."""
    edges: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, one in net.named_parameters():
        (edges if name in _EDGES else others).append(one)
    return [
        {"params": others, "weight_decay": how.decay, "lr": how.rate},
        {"params": edges, "weight_decay": 0.0, "lr": how.edge_rate},
    ]


def _loss(told: Tensor, wanted: Tensor) -> Tensor:
    value = functional.mse_loss(told[:, 0], wanted[:, 0])
    return value + functional.binary_cross_entropy_with_logits(told[:, 1], wanted[:, 1])


def _lost(net: nn.Module, rows: ForecastRows, windows: Windows) -> float:
    told = torch.from_numpy(told_by(net, windows.inputs))
    return float(_loss(told, _tensors(rows, windows)[1].double()))


def _tensors(rows: ForecastRows, windows: Windows) -> tuple[Tensor, Tensor]:
    """Inputs (M, n, k), and what is wanted, shape (M, 2)."""
    wanted = np.stack([rows.scaled(windows), windows.rises], axis=1).astype(np.float32)
    return torch.from_numpy(windows.inputs), torch.from_numpy(wanted)


def _batches(count: int, how: Training, epoch: int) -> Iterator[Tensor]:
    order = stream(how.seed, "forecast", how.name, "epoch", epoch).permutation(count)
    for start in range(0, count, how.batch):
        yield torch.from_numpy(order[start : start + how.batch])


def _copied(net: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in net.state_dict().items()}


def _parameter(values: Floats) -> nn.Parameter:
    return nn.Parameter(torch.from_numpy(np.array(values, dtype=np.float32)))


def _held(values: Tensor) -> Floats:
    return np.asarray(values.detach().numpy(), dtype=np.float64)


def _layer(draw: np.random.Generator, into: int, out: int) -> nn.Linear:
    """A layer whose weights are of our own draw: torch's would hang on what drew before."""
    layer = nn.Linear(into, out)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(draw.standard_normal((out, into)) / math.sqrt(into)))
        layer.bias.zero_()
    return layer
