"""Training of the head from vectors and truth.

    loss = (x - x_true)^2 + v_weight huber(v - v_true) + nll(spread | error of x, held fixed)

over the units whose regions are in sight, summed over the members. Both sides are examples of one network.
Whole parts of the vector are left out at random, others for each member, so that no single source is trusted
alone: what a real face looks like by itself is further from a rendered one than how it moves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from scipy.special import ndtr
from torch import Tensor
from torch.nn import functional

from telltale.units.feature_vector import SIZE, part_slices
from telltale.units.head import CLOSE
from telltale.units.nets import SLOW, HeadNet, skin_speed
from telltale.weights.torch_export import to_onnx

_LEFT_OUT: Final = (
    ("still_own", "still_other", "still_neutral_own", "still_neutral_other"),
    ("code_own", "code_other"),
    ("code_from_neutral_own", "code_from_neutral_other"),
    ("shape",),
    ("geometry",),
    ("distance_own", "distance_other"),
    ("descriptors",),
    ("quick_own", "quick_other"),
    ("slow_own", "slow_other"),
    ("code_change_own", "code_change_other", "geometry_change"),
)
"""Parts that are left out together."""
Floats = npt.NDArray[np.float32]

_CHANGES: Final = 0.5
"""A unit that changes by more than this a second moves the skin of its region ..."""
_SLOWEST: Final = 0.25
"""... faster than its usual speed, but for this share of the frames."""
_ENOUGH: Final = 100
"""From fewer frames this is not learnt."""
_GAINS: Final = (0.05, 20.0)
"""Bounds of what a spread may be scaled by."""
_HALVINGS: Final = 30


@dataclass(frozen=True, slots=True)
class HeadTraining:
    """How the head is trained."""

    epochs: int = 12
    batch: int = 1024
    rate: float = 1.5e-3
    weight_decay: float = 1e-3
    left_out: float = 0.15
    """Chance that a part of the vector is left out of an example."""
    noise: float = 0.05
    """Noise on the scaled vector."""
    velocity_weight: float = 0.03
    seed: int = 7


@dataclass(frozen=True, slots=True, eq=False)
class SideExamples:
    """Examples of single sides, several clips together."""

    vectors: npt.NDArray[np.float16]
    """Shape (n, SIZE)."""
    intensity: npt.NDArray[np.float32]
    """Shape (n, 17)."""
    velocity: npt.NDArray[np.float32]
    """Shape (n, 17)."""
    weight: npt.NDArray[np.float32]
    """Shape (n, 17): 0 where the unit's region was hidden or the unit was not coded."""


def train_head(
    examples: SideExamples,
    held_back: SideExamples,
    settings: HeadTraining,
    *,
    start: HeadNet | None = None,
    tell: Callable[[str], None],
    device: str = "cpu",
) -> HeadNet:
    """Train the head, from `start` where one is given; `tell` is given one line an epoch."""
    torch.manual_seed(settings.seed)
    rng = np.random.default_rng(settings.seed)
    net = (start or _scaled(HeadNet(), examples, rng)).to(device)
    optimiser = torch.optim.AdamW(net.parameters(), settings.rate, weight_decay=settings.weight_decay)
    steps = settings.epochs * max(len(examples.vectors) // settings.batch, 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, settings.rate, total_steps=steps + 1)
    for epoch in range(settings.epochs):
        net.train()
        order = rng.permutation(len(examples.vectors))
        for begin in range(0, max(len(order) - settings.batch, 0) + 1, settings.batch):
            rows = np.sort(order[begin : begin + settings.batch])
            loss = _loss(net, examples, rows, settings, device)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimiser.step()
            schedule.step()
        correlation = correlations(net, held_back, device=device)
        moving = velocity_correlations(net, held_back, device=device).mean()
        tell(
            f"head epoch {epoch + 1}/{settings.epochs}: mean correlation {correlation.mean():.3f}, "
            f"least {correlation.min():.3f}, of velocity {moving:.3f}"
        )
    _make_honest(net, held_back, device)
    if start is None:
        # Coded clips change along straight lines, which skin does not: they do not teach this.
        _learn_usual_speed(net, examples)
    return net.eval()


def predict(
    net: HeadNet, vectors: npt.NDArray[np.float16], *, device: str = "cpu"
) -> npt.NDArray[np.float32]:
    """Intensities, shape (n, 17)."""
    return _predict_all(net, vectors, device)[0]


@torch.no_grad()
def _predict_all(
    net: HeadNet, vectors: npt.NDArray[np.float16], device: str
) -> tuple[Floats, Floats, Floats]:
    """Intensities, velocities and expected errors of intensities, shape (n, 17) each."""
    net.eval()
    kept: tuple[list[Floats], ...] = ([], [], [])
    for start in range(0, len(vectors), 4096):
        some = torch.from_numpy(vectors[start : start + 4096].astype(np.float32)).to(device)
        intensity, velocity, spread, _ = net(some)
        for held, told in zip(kept, (intensity.clamp(0, 1), velocity, spread), strict=True):
            held.append(told.cpu().numpy())
    first, second, third = (np.concatenate(held) for held in kept)
    return first, second, third


def _make_honest(net: HeadNet, held_back: SideExamples, device: str) -> None:
    """Scale each unit's spread so that, on new people, as many readings are close as are said to be.

    While the network learns, parts of its input are left out: it errs more, and would go on to doubt itself.
    """
    intensity, _, spread = _predict_all(net, held_back.vectors, device)
    close = np.abs(intensity - held_back.intensity) <= CLOSE
    gain = np.ones(spread.shape[1])
    for unit in range(len(gain)):
        rows = held_back.weight[:, unit] > 0
        if rows.any():
            gain[unit] = _gain(spread[rows, unit], float(close[rows, unit].mean()))
    net.spread_gain.mul_(torch.from_numpy(gain.astype(np.float32)).to(device))


def _learn_usual_speed(net: HeadNet, examples: SideExamples) -> None:
    """How fast the skin of each unit's region moves at least, as a rule, while the unit changes."""
    changes = (np.abs(examples.velocity) > _CHANGES) & (examples.weight > 0)
    rows = np.flatnonzero(changes.any(axis=1))
    parts = np.array_split(rows, max(len(rows) // 4096, 1))
    # One part of the vectors at a time, as they lie on disk.
    told = [
        skin_speed(torch.from_numpy(examples.vectors[part][:, SLOW].astype(np.float32))) for part in parts
    ]
    speed = torch.cat(told).numpy()
    for unit in range(changes.shape[1]):
        moving = speed[changes[rows, unit], unit]
        moving = moving[moving > 0]
        if len(moving) >= _ENOUGH:
            net.usual_speed[0, unit] = float(np.quantile(moving, _SLOWEST))


def _gain(spread: npt.NDArray[np.float32], share: float) -> float:
    """The factor by which a normal error of that spread is within `CLOSE` in this share of readings."""
    low, high = np.log(_GAINS)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        said = float((2 * ndtr(CLOSE / (spread * np.exp(middle))) - 1).mean())
        low, high = (middle, high) if said > share else (low, middle)
    return float(np.exp((low + high) / 2))


def correlations(net: HeadNet, examples: SideExamples, *, device: str = "cpu") -> npt.NDArray[np.float64]:
    """Of predicted with true intensity, where in sight; 0 where the truth never moves. Shape (17,)."""
    return _agreement(predict(net, examples.vectors, device=device), examples.intensity, examples.weight)


def velocity_correlations(
    net: HeadNet, examples: SideExamples, *, device: str = "cpu"
) -> npt.NDArray[np.float64]:
    """The same of velocity."""
    velocity = _predict_all(net, examples.vectors, device)[1]
    return _agreement(velocity, examples.velocity, examples.weight)


def _agreement(guess: Floats, true: Floats, weight: Floats) -> npt.NDArray[np.float64]:
    found = np.zeros(guess.shape[1])
    for unit in range(len(found)):
        in_sight = weight[:, unit] > 0
        x, y = guess[in_sight, unit], true[in_sight, unit]
        if x.std() > 0 and y.std() > 0:
            found[unit] = np.corrcoef(x, y)[0, 1]
    return found


def _scaled(net: HeadNet, examples: SideExamples, rng: np.random.Generator) -> HeadNet:
    rows = np.sort(rng.permutation(len(examples.vectors))[:20000])
    some = examples.vectors[rows].astype(np.float32)
    net.mean.copy_(torch.from_numpy(some.mean(axis=0)))
    # What hardly ever moves must not become loud.
    net.scale.copy_(torch.from_numpy(1.0 / np.maximum(some.std(axis=0), 0.02)))
    return net


def _loss(
    net: HeadNet, examples: SideExamples, rows: npt.NDArray[np.intp], settings: HeadTraining, device: str
) -> Tensor:
    vectors = torch.from_numpy(examples.vectors[rows].astype(np.float32)).to(device)
    true, velocity, weight = (
        torch.from_numpy(values[rows]).to(device)
        for values in (examples.intensity, examples.velocity, examples.weight)
    )
    vectors = vectors + settings.noise * torch.randn_like(vectors) / net.scale
    loss = torch.zeros((), device=device)
    for member in net.members:
        some = _with_parts_left_out(vectors, net.mean, settings.left_out)
        intensity, speed, spread = member(net.scaled(some))
        off = intensity - true
        slow = functional.huber_loss(speed, velocity, reduction="none", delta=2.0)
        likelihood = torch.log(spread) + 0.5 * (off.detach() / spread) ** 2
        per_unit = off**2 + settings.velocity_weight * slow + 0.01 * likelihood
        loss = loss + (per_unit * weight).sum() / weight.sum().clamp_min(1.0)
    return loss


def _with_parts_left_out(vectors: Tensor, mean: Tensor, chance: float) -> Tensor:
    keep = torch.ones_like(vectors)
    where = part_slices()
    for names in _LEFT_OUT:
        stays = (torch.rand(len(vectors), 1, device=vectors.device) >= chance).float()
        for name in names:
            keep[:, where[name]] = stays
    return vectors * keep + mean * (1 - keep)


def export_head(net: HeadNet, path: Path) -> None:
    """Write the head as ONNX."""
    gives = ("intensity", "velocity", "spread", "moving")
    to_onnx(net, (torch.zeros(2, SIZE),), path, takes=("vector",), gives=gives)
