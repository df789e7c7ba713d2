"""Training of the nets of all folds at once, as one batch of matrices, in torch on one thread.

The loss is that of the outcome, squared or logarithmic, and a part of the log loss of who was treated. Now
and then:

    how well are rows forecast that a fold's nets never saw > the best are kept > no better for long: the end
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from telltale.core.errors import ConfigError
from telltale.core.rng import stream
from telltale.effects.neural_net import CHANCE, CONTROL, TREATED, Nets, NetSettings
from telltale.effects.variance import Bools, Floats, Ints

if TYPE_CHECKING:
    from torch import Tensor

_MOST_HELD: Final = 5000
"""Rows of a fold by which it is told when to stop."""


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What nets learn from; N rows, K folds. The nets of fold k never see its rows."""

    z: Floats
    """Shape (N, p), standardised."""
    treated: Bools
    outcome: Floats
    """Shape (N,), standardised, or 0 and 1."""
    fold: Ints
    """Shape (N,), 0 to K - 1."""
    start: Floats
    """Shape (3, K, N): the lines of each fold for control, treated and log odds of treatment."""
    binary: bool


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """K times M nets, those of a fold beside each other, and when each fold stopped."""

    nets: Nets
    stopped: Ints
    """Shape (K,): steps."""


def train_nets(lesson: Lesson, settings: NetSettings, seed: int) -> Trained:
    """Train all nets of all folds at once.

    Each fold stops where the *other* folds' rows were forecast best by the nets that had not seen these: how
    well its own rows are forecast has no say in what is later told of them.
    """
    torch = load_torch()
    with _one_thread(torch):
        return _Training(torch, lesson, settings, seed).run()


def load_torch() -> Any:
    """The library, or one line that says how to get it."""
    try:
        import torch
    except ImportError as error:
        raise ConfigError("'neural' needs torch", hint="pip install 'telltale-live[train]'") from error
    return torch


@contextmanager
def _one_thread(torch: Any) -> Iterator[None]:
    """Matrices this small are slower on many threads, and sums then depend on how many there are."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _Training:
    """One run: tensors, the optimiser, and the best weights so far."""

    def __init__(self, torch: Any, lesson: Lesson, settings: NetSettings, seed: int) -> None:
        self.torch, self.settings = torch, settings
        self.draw = stream(seed, "neural")
        self.binary = lesson.binary
        self.folds = lesson.start.shape[1]
        self.z, self.outcome, self.treated = map(self._tensor, (lesson.z, lesson.outcome, lesson.treated))
        self.start = self._tensor(lesson.start)
        every = np.arange(len(lesson.z))
        self.learn = [every[lesson.fold != k] for k in range(self.folds)]
        # Folds differ in size by some rows: short ones are filled up with a row that counts nothing.
        held = [self._some(every[lesson.fold == k]) for k in range(self.folds)]
        longest = max(map(len, held))
        self.held = torch.tensor(np.stack([np.pad(rows, (0, longest - len(rows))) for rows in held]))
        self.counts = self._tensor(np.stack([np.arange(longest) < len(rows) for rows in held]))
        self.layers = self._layers(lesson.z.shape[1])

    def _some(self, rows: Ints) -> Ints:
        """All rows, or as many by lot as are enough to tell when to stop."""
        return rows if len(rows) <= _MOST_HELD else self.draw.choice(rows, _MOST_HELD, replace=False)

    def run(self) -> Trained:
        s, torch = self.settings, self.torch
        flat = [part for layer in self.layers for part in layer]
        adam = torch.optim.Adam(flat, lr=s.rate)
        best, stopped = np.full(self.folds, np.inf), np.zeros(self.folds, dtype=np.int64)
        kept = [part.detach().clone() for part in flat]
        for step in range(s.steps + 1):
            if step % s.every == 0:
                loss = self._held_loss()
                others = loss.sum() - loss
                better = others < best
                best, stopped = np.where(better, others, best), np.where(better, step, stopped)
                mine = torch.tensor(np.repeat(better, s.members))
                for part, keep in zip(flat, kept, strict=True):
                    keep[mine] = part.detach()[mine]
                if step - stopped.max() >= s.patience * s.every:
                    break
            adam.zero_grad()
            torch.autograd.backward(self._batch_loss())
            adam.step()
        arrays = [keep.numpy().astype(np.float64) for keep in kept]
        pairs = list(zip(arrays[::2], arrays[1::2], strict=True))
        heads = (tuple(pairs[2:4]), tuple(pairs[4:6]), tuple(pairs[6:]))
        return Trained(Nets(tuple(pairs[:2]), heads), stopped)

    def _layers(self, p: int) -> list[tuple[Tensor, Tensor]]:
        """Two shared layers, two for each outcome, one for the chance; last ones start near nothing."""
        s = self.settings
        head = [(s.width, s.head_width, 1.0), (s.head_width, 1, 0.01)]
        sizes = [(p, s.width, s.flat), (s.width, s.width, 1.0), *head, *head, (s.width, 1, 0.01)]
        return [self._layer(*size) for size in sizes]

    def _layer(self, wide: int, out: int, size: float) -> tuple[Tensor, Tensor]:
        nets = self.folds * self.settings.members
        weight = self._tensor(self.draw.standard_normal((nets, wide, out)) * size / np.sqrt(wide))
        return weight.requires_grad_(), self.torch.zeros(nets, 1, out).requires_grad_()

    def _tensor(self, values: npt.NDArray[Any]) -> Tensor:
        found: Tensor = self.torch.tensor(np.asarray(values, dtype=np.float32))
        return found

    def _forward(self, z: Tensor) -> list[Tensor]:
        """What the nets add at z of shape (E, n, p): three of (E, n)."""
        torch = self.torch

        def bend(value: Tensor) -> Tensor:
            found: Tensor = torch.nn.functional.softplus(value) - float(np.log(2.0))
            return found

        (w1, b1), (w2, b2), *heads = self.layers
        inner = bend(torch.baddbmm(b2, bend(torch.baddbmm(b1, z, w1)), w2))
        told = []
        for (w, b), (v, c) in (heads[:2], heads[2:4]):
            told.append(torch.baddbmm(c, bend(torch.baddbmm(b, inner, w)), v)[..., 0])
        w, b = heads[4]
        return [*told, torch.baddbmm(b, inner, w)[..., 0]]

    def _loss(self, outcome: Tensor, told: Tensor) -> Tensor:
        if not self.binary:
            squared: Tensor = (outcome - told) ** 2
            return squared
        return self._log_loss(outcome, told)

    def _log_loss(self, label: Tensor, odds: Tensor) -> Tensor:
        found: Tensor = self.torch.nn.functional.binary_cross_entropy_with_logits(
            odds, label, reduction="none"
        )
        return found

    def _batch_loss(self) -> Tensor:
        s, torch = self.settings, self.torch
        lots = [rows[self.draw.integers(0, len(rows), (s.members, s.batch))] for rows in self.learn]
        rows = torch.tensor(np.concatenate(lots))
        fold = torch.arange(self.folds).repeat_interleave(s.members)[:, None]
        y, t = self.outcome[rows], self.treated[rows]
        line = self.start[:, fold, rows]
        control, treated, odds = self._forward(self.z[rows])
        told = torch.where(t == 1, line[TREATED] + treated, line[CONTROL] + control)
        loss = self._loss(y, told) + s.chance_weight * self._log_loss(t, line[CHANCE] + odds)
        # The mean over rows and the sum over nets: each net learns as if it were alone.
        total: Tensor = loss.mean(dim=1).sum()
        return total

    def _held_loss(self) -> Floats:
        """The outcome's loss on each fold's own rows by the mean of its nets, which never saw them, (K,)."""
        s, torch = self.settings, self.torch
        rows = self.held
        with torch.no_grad():
            added = self._forward(self.z[rows].repeat_interleave(s.members, 0))
            control, treated = (part.reshape(self.folds, s.members, -1).mean(1) for part in added[:CHANCE])
            line = self.start[:, torch.arange(self.folds)[:, None], rows]
            y, t = self.outcome[rows], self.treated[rows]
            told = torch.where(t == 1, line[TREATED] + treated, line[CONTROL] + control)
            found: Floats = (self._loss(y, told) * self.counts).sum(1).numpy().astype(np.float64)
        return found
