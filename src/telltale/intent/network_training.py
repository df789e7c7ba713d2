"""Training of a network: the paper's schedule (3.5), early stopping, checkpoints that go on to the same end.

    loss = class-weighted binary cross-entropy; AdamW; linear warm-up, then a cosine to nothing

Everything random in an epoch comes from streams of that epoch's name, so a run that was killed and goes on
at the epoch it was in ends with the same network. Where gradients are computed is not known here
(`batch_gradients.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import nn

from telltale.core.files import replacing_file
from telltale.core.rng import stream
from telltale.intent.augment import Augmentation, Windows
from telltale.intent.batch_gradients import (
    AbstractGradients,
    Device,
    Labels,
    Lesson,
    Place,
    Precision,
    Turn,
    in_this_process,
)
from telltale.intent.calibration import fit_platt
from telltale.intent.evidence import Rows
from telltale.intent.metrics import auc, log_loss

_CLIP: Final = 1.0
_FORM: Final = 2
"""Of checkpoints: those of another form are not gone on from."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long, how fast, how much at once."""

    epochs: int = 60
    warm_up: int = 5
    """Epochs."""
    rate: float = 3e-4
    weight_decay: float = 1e-2
    batch: int = 64
    patience: int = 12
    """Epochs without a lower loss on the people held out, after which training ends."""
    seed: int = 0
    device: Device = "cpu"
    precision: Precision = "auto"
    """auto: mixed with bfloat16 on a card that computes in it, else float32."""

    def share_at(self, step: int, steps_an_epoch: int) -> float:
        """Share of `rate` at a step.

        >>> Schedule().share_at(250, 100), round(Schedule().share_at(6000, 100), 6)
        (0.502, 0.0)
        """
        rising, all_steps = self.warm_up * steps_an_epoch, self.epochs * steps_an_epoch
        if step < rising:
            return (step + 1) / rising
        return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(all_steps - rising, 1)))


@dataclass(frozen=True, slots=True)
class Epoch:
    """How an epoch went."""

    number: int
    loss: float
    held_out_loss: float
    held_out_auc: float
    most: int
    """Epochs that there may be."""

    def __str__(self) -> str:
        return (
            f"epoch {self.number}: loss {self.loss:.3f}, "
            f"people held out {self.held_out_loss:.3f}, AUC {self.held_out_auc:.3f}"
        )


Tell = Callable[[Epoch], None]


@dataclass(slots=True)
class _State:
    """All that a run needs to go on."""

    epoch: int = 0
    best_loss: float = math.inf
    best: dict[str, Any] | None = None
    waited: int = 0


def train_network(
    net: nn.Module,
    windows: Windows,
    label: Labels,
    learn: Rows,
    held_out: Rows,
    schedule: Schedule,
    how: Augmentation,
    *,
    tell: Tell,
    place: Place = in_this_process,
    checkpoint: Path | None = None,
    key: str = "",
) -> None:
    """Train `net` in place and leave it as it was best on the people held out.

    Parameters
    ----------
    learn, held_out
        Rows of the windows.
    place
        Where gradients are computed.
    checkpoint
        File to go on from and to write to after each epoch.
    key
        Of settings and data: a checkpoint of others is not gone on from.
    """
    weight = float((label[learn] == 0).sum() / max((label[learn] == 1).sum(), 1))
    lesson = Lesson(windows, label, weight, how, schedule.seed, schedule.device, schedule.precision)
    with place(net, lesson) as gradients:
        optimiser = torch.optim.AdamW(net.parameters(), schedule.rate, weight_decay=schedule.weight_decay)
        steps = -(-len(learn) // schedule.batch)
        rates = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: schedule.share_at(step, steps))
        state = _gone_on(checkpoint, key, net, optimiser, rates)
        while state.epoch < schedule.epochs and state.waited < schedule.patience:
            loss = 0.0
            for turn, rows in _batches(learn, schedule, state.epoch):
                loss += gradients.compute(rows, turn) * len(rows) / len(learn)
                nn.utils.clip_grad_norm_(net.parameters(), _CLIP)
                optimiser.step()
                rates.step()
            state.epoch += 1
            missed, ranked = _judge(net, gradients, lesson, held_out, state)
            tell(Epoch(state.epoch, loss, missed, ranked, schedule.epochs))
            _keep(checkpoint, key, net, optimiser, rates, state)
    assert state.best is not None
    net.load_state_dict(state.best)
    net.cpu().eval()


def _batches(learn: Rows, schedule: Schedule, epoch: int) -> Iterator[tuple[Turn, Rows]]:
    """An epoch's rows in its own order."""
    order = stream(schedule.seed, "intent", "epoch", epoch).permutation(learn)
    for batch, start in enumerate(range(0, len(order), schedule.batch)):
        yield Turn(epoch, batch), order[start : start + schedule.batch]


def _judge(
    net: nn.Module, gradients: AbstractGradients, lesson: Lesson, held_out: Rows, state: _State
) -> tuple[float, float]:
    """Loss and AUC on the people held out; the network is noted where it has never been better on them."""
    told, label = gradients.log_odds(held_out).astype(np.float64), lesson.label[held_out]
    # Under the best scale: networks that grow too sure go on to rank better, and are scaled in the end.
    held_out_loss = log_loss(label, fit_platt(label, told).apply(told))
    if held_out_loss < state.best_loss:
        state.best_loss, state.waited = held_out_loss, 0
        state.best = {name: value.detach().cpu().clone() for name, value in net.state_dict().items()}
    else:
        state.waited += 1
    return held_out_loss, auc(label, told)


def _gone_on(checkpoint: Path | None, key: str, *parts: Any) -> _State:
    """The state to go on from: that of the checkpoint where there is one of the same run, else the start."""
    if checkpoint is None or not checkpoint.is_file():
        return _State()
    held = torch.load(checkpoint, map_location="cpu", weights_only=True)
    if (held.get("form"), held["key"]) != (_FORM, key):
        return _State()
    for part, value in zip(parts, held["parts"], strict=True):
        part.load_state_dict(value)
    return _State(**held["state"])


def _keep(checkpoint: Path | None, key: str, *rest: Any) -> None:
    if checkpoint is None:
        return
    *parts, state = rest
    told = {name: getattr(state, name) for name in ("epoch", "best_loss", "best", "waited")}
    held = {"form": _FORM, "key": key, "parts": [part.state_dict() for part in parts], "state": told}
    with replacing_file(checkpoint) as beside:
        torch.save(held, beside)
