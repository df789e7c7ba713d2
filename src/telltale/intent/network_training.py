"""Training of a network: the paper's schedule (3.5), early stopping, checkpoints that go on to the same end.

    loss = class-weighted binary cross-entropy; AdamW; linear warm-up, then a cosine to nothing

Everything random in an epoch comes from a stream of that epoch's name, so a run that was killed and goes on
at the epoch it was in ends with the same network.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from telltale.core.files import replacing_file
from telltale.core.rng import stream
from telltale.intent.augment import Augmentation, Windows
from telltale.intent.metrics import auc

Device = Literal["cpu", "cuda"]
Labels = npt.NDArray[np.int8]
_CLIP: Final = 1.0
_JUDGED_AT_ONCE: Final = 128


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
    learn: npt.NDArray[np.intp],
    held_out: npt.NDArray[np.intp],
    schedule: Schedule,
    how: Augmentation,
    *,
    tell: Tell,
    checkpoint: Path | None = None,
    key: str = "",
) -> None:
    """Train `net` in place and leave it as it was best on the people held out.

    Parameters
    ----------
    learn, held_out
        Rows of the windows.
    checkpoint
        File to go on from and to write to after each epoch.
    key
        Of settings and data: a checkpoint of others is not gone on from.
    """
    device = schedule.device
    net.to(device)
    optimiser = torch.optim.AdamW(net.parameters(), schedule.rate, weight_decay=schedule.weight_decay)
    steps = -(-len(learn) // schedule.batch)
    rates = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: schedule.share_at(step, steps))
    scaler = torch.amp.GradScaler(device, enabled=device == "cuda")
    state = _gone_on(checkpoint, key, net, optimiser, rates, scaler)
    weight = torch.tensor((label[learn] == 0).sum() / max((label[learn] == 1).sum(), 1), device=device)
    while state.epoch < schedule.epochs and state.waited < schedule.patience:
        rng = stream(schedule.seed, "intent", "epoch", state.epoch)
        torch.manual_seed(int(rng.integers(2**31)))
        net.train()
        total = 0.0
        order = rng.permutation(learn)
        for start in range(0, len(order), schedule.batch):
            rows = order[start : start + schedule.batch]
            values = torch.from_numpy(windows.altered(rows, how, rng)).to(device)
            truth = torch.from_numpy(label[rows].astype(np.float32)).to(device)
            with torch.autocast(device, enabled=device == "cuda"):
                log_odds, _ = net(values)
            loss = functional.binary_cross_entropy_with_logits(log_odds.float(), truth, pos_weight=weight)
            optimiser.zero_grad()
            torch.autograd.backward(scaler.scale(loss))
            scaler.unscale_(optimiser)
            nn.utils.clip_grad_norm_(net.parameters(), _CLIP)
            scaler.step(optimiser)
            scaler.update()
            rates.step()
            total += float(loss.detach()) * len(rows)
        state.epoch += 1
        _judge(net, windows, label, held_out, weight, state, total / len(learn), tell, device)
        _keep(checkpoint, key, net, optimiser, rates, scaler, state)
    assert state.best is not None
    net.load_state_dict(state.best)
    net.cpu().eval()


def _judge(
    net: nn.Module,
    windows: Windows,
    label: Labels,
    held_out: npt.NDArray[np.intp],
    weight: Tensor,
    state: _State,
    loss: float,
    tell: Tell,
    device: Device,
) -> None:
    told = judge(net, windows, held_out, device=device)
    truth = torch.from_numpy(label[held_out].astype(np.float32))
    missed = functional.binary_cross_entropy_with_logits(
        torch.from_numpy(told), truth, pos_weight=weight.cpu()
    )
    held_out_loss = float(missed)
    if held_out_loss < state.best_loss:
        state.best_loss, state.waited = held_out_loss, 0
        state.best = {name: value.detach().cpu().clone() for name, value in net.state_dict().items()}
    else:
        state.waited += 1
    tell(Epoch(state.epoch, loss, held_out_loss, auc(label[held_out], told)))


@torch.no_grad()
def judge(
    net: nn.Module, windows: Windows, rows: npt.NDArray[np.intp], *, device: Device = "cpu"
) -> npt.NDArray[np.float32]:
    """Log odds of some moments. Shape (n,)."""
    net.to(device).eval()
    found = [np.zeros(0, np.float32)]
    for start in range(0, len(rows), _JUDGED_AT_ONCE):
        values = torch.from_numpy(windows.batch(rows[start : start + _JUDGED_AT_ONCE])).to(device)
        found.append(net(values)[0].float().cpu().numpy())
    return np.concatenate(found)


def _gone_on(checkpoint: Path | None, key: str, *parts: Any) -> _State:
    """The state to go on from: that of the checkpoint where there is one of the same run, else the start."""
    if checkpoint is None or not checkpoint.is_file():
        return _State()
    held = torch.load(checkpoint, map_location="cpu", weights_only=True)
    if held["key"] != key:
        return _State()
    for part, value in zip(parts, held["parts"], strict=True):
        part.load_state_dict(value)
    return _State(**held["state"])


def _keep(checkpoint: Path | None, key: str, *rest: Any) -> None:
    if checkpoint is None:
        return
    *parts, state = rest
    told = {name: getattr(state, name) for name in ("epoch", "best_loss", "best", "waited")}
    with replacing_file(checkpoint) as beside:
        torch.save({"key": key, "parts": [part.state_dict() for part in parts], "state": told}, beside)
