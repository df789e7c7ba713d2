"""The gradient of a batch's mean loss: what is the same wherever it is computed, and how in this process.

    gradient = sum over the batch's parts of d (sum of the part's losses / rows of the batch) / d weights

Gradients of parts add up, so the parts of one batch may be computed anywhere (`ray_gradients.py`). How a row
is altered follows from seed, epoch and row, whoever has it; dropout from seed, epoch, batch and part.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from telltale.core.rng import stream
from telltale.intent.augment import Augmentation, Windows
from telltale.intent.evidence import Array, Rows

Device = Literal["cpu", "cuda"]
Precision = Literal["auto", "float32", "bfloat16"]
Labels = npt.NDArray[np.int8]
_JUDGED_AT_ONCE: Final = 128


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What is learnt from and how: all that a gradient needs besides the network."""

    windows: Windows
    label: Labels
    weight: float
    """Of a moment with a cart; one without counts 1."""
    how: Augmentation
    seed: int
    device: Device
    precision: Precision


@dataclass(frozen=True, slots=True)
class Turn:
    """Which batch of which epoch."""

    epoch: int
    batch: int


class AbstractGradients(ABC):
    """Where the network computes; the optimiser's step is taken by whoever asks."""

    @abstractmethod
    def compute(self, rows: Rows, turn: Turn) -> float:
        """Leave the gradient of a batch's mean loss in the network; give that loss."""

    @abstractmethod
    def log_odds(self, rows: Rows) -> Array:
        """What the network says of some moments as they are. Shape (n,)."""


Place = Callable[[nn.Module, Lesson], AbstractContextManager[AbstractGradients]]
"""Makes ready for a network's training somewhere, and tidies up after it."""


class GradientsHere(AbstractGradients):
    """In this process, on its device."""

    def __init__(self, net: nn.Module, lesson: Lesson) -> None:
        self._net = net.to(lesson.device)
        self._lesson = lesson

    def compute(self, rows: Rows, turn: Turn) -> float:
        self._net.zero_grad()
        return add_gradient(self._net, self._lesson, rows, turn)

    def log_odds(self, rows: Rows) -> Array:
        return judge(self._net, self._lesson.windows, rows, device=self._lesson.device)


def in_this_process(net: nn.Module, lesson: Lesson) -> AbstractContextManager[AbstractGradients]:
    """The place where nothing else is named."""
    return nullcontext(GradientsHere(net, lesson))


def add_gradient(
    net: nn.Module, lesson: Lesson, rows: Rows, turn: Turn, *, part: int = 0, count: int | None = None
) -> float:
    """Add the gradient of a part of a batch to what the network holds; give the part's share of the loss.

    Parameters
    ----------
    count
        Rows of the whole batch; when not given, this is all of it.
    """
    net.train()
    rng = stream(lesson.seed, "intent", "dropout", turn.epoch, turn.batch, part)
    torch.manual_seed(int(rng.integers(2**31)))
    altered = lesson.windows.altered(rows, lesson.how, seed=lesson.seed, epoch=turn.epoch)
    values = torch.from_numpy(altered).to(lesson.device)
    truth = torch.from_numpy(lesson.label[rows].astype(np.float32)).to(lesson.device)
    weight = torch.tensor(lesson.weight, device=lesson.device)
    halved = is_halved(lesson.precision, lesson.device)
    with torch.autocast(lesson.device, dtype=torch.bfloat16, enabled=halved):
        log_odds, _ = net(values)
    losses = functional.binary_cross_entropy_with_logits(
        log_odds.float(), truth, pos_weight=weight, reduction="sum"
    )
    loss = losses / (count or len(rows))
    torch.autograd.backward(loss)
    return float(loss.detach())


def is_halved(precision: Precision, device: Device) -> bool:
    """Whether layers compute in bfloat16, weights and losses staying float32.

    It reaches as far as float32, so no gradient is lost to 0 and no loss need be scaled, as float16 would
    want. An older card only imitates it, and is quicker in float32.
    """
    if precision == "auto":
        return device == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return precision == "bfloat16"


@torch.no_grad()
def judge(net: nn.Module, windows: Windows, rows: Rows, *, device: Device = "cpu") -> Array:
    """Log odds of some moments. Shape (n,)."""
    net.to(device).eval()
    found = [np.zeros(0, np.float32)]
    for start in range(0, len(rows), _JUDGED_AT_ONCE):
        values = torch.from_numpy(windows.batch(rows[start : start + _JUDGED_AT_ONCE])).to(device)
        found.append(net(values)[0].float().cpu().numpy())
    return np.concatenate(found)
