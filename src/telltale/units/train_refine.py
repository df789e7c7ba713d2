"""Training of the refinement network from examples of rendered clips.

    loss = mean |p + moved - p_true| / E + seen (cross-entropy) + still (squared error)

E is the true distance between the outer corners of the eyes: the usual normalised error. Pictures are altered
on the way in: brighter and darker, more or less contrast, noise, blur, a mirrored face, points that are off.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from telltale.face.points68 import MIRRORED_68
from telltale.face.view import CROP_PX
from telltale.units.examples import RefineExamples
from telltale.units.export import to_onnx
from telltale.units.landmark_error import normalised_error
from telltale.units.nets import REFINE_PX, RefineNet


@dataclass(frozen=True, slots=True)
class RefineTraining:
    """How the refinement network is trained."""

    epochs: int = 12
    batch: int = 64
    rate: float = 2e-3
    weight_decay: float = 1e-4
    still_weight: float = 2.0
    """Weight of the still units beside points (in shares of the eyes' distance, times 20) and sight."""
    seed: int = 7


@dataclass(frozen=True, slots=True)
class RefineScore:
    """Mean normalised errors, shares of the distance between the outer corners of the eyes."""

    refined: float
    mesh: float
    """FaceMesh alone, the same frames."""
    still: float
    """Root mean square error of the still units."""
    seen: float
    """Share of regions rightly called hidden (less than half in sight) or in sight."""


def train_refine(
    examples: RefineExamples,
    held_back: RefineExamples,
    settings: RefineTraining,
    *,
    tell: Callable[[str], None],
    device: str = "cpu",
) -> RefineNet:
    """Train the network; `tell` is given one line an epoch."""
    torch.manual_seed(settings.seed)
    rng = np.random.default_rng(settings.seed)
    net = RefineNet().to(device)
    optimiser = torch.optim.AdamW(net.parameters(), settings.rate, weight_decay=settings.weight_decay)
    steps = settings.epochs * (len(examples.picture) // settings.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, settings.rate, total_steps=max(steps, 2))
    for epoch in range(settings.epochs):
        net.train()
        order = rng.permutation(len(examples.picture))
        total, count = 0.0, 0
        for start in range(0, len(order) - settings.batch + 1, settings.batch):
            batch = _batch(examples, order[start : start + settings.batch], rng, device)
            loss = _loss(net, batch, settings)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimiser.step()
            schedule.step()
            total, count = total + float(loss.detach()), count + 1
        score = score_refine(net, held_back, device=device)
        tell(
            f"refine epoch {epoch + 1}/{settings.epochs}: loss {total / max(count, 1):.4f}, "
            f"error {score.refined:.2%} (FaceMesh {score.mesh:.2%}), still {score.still:.3f}, "
            f"seen {score.seen:.1%}"
        )
    return net.eval()


@torch.no_grad()
def score_refine(net: RefineNet, examples: RefineExamples, *, device: str = "cpu") -> RefineScore:
    """Errors on examples, unaltered."""
    net.eval()
    kept: tuple[list[npt.NDArray[np.float32]], ...] = ([], [], [])
    for start in range(0, len(examples.picture), 256):
        part = slice(start, start + 256)
        picture = _normalised(torch.from_numpy(examples.picture[part]).to(device).float())
        out = net(picture, torch.from_numpy(examples.points[part]).to(device))
        for held, values in zip(kept, out, strict=True):
            held.append(values.cpu().numpy())
    moved, seen, still = (np.concatenate(held) for held in kept)
    refined = examples.points + moved
    return RefineScore(
        refined=float(normalised_error(refined, examples.true_points).mean()),
        mesh=float(normalised_error(examples.points, examples.true_points).mean()),
        still=float(np.sqrt(((still - examples.intensity) ** 2).mean())),
        seen=float(((seen < 0.5) == (examples.seen < 0.5)).mean()),
    )


@dataclass(frozen=True, slots=True)
class _Batch:
    picture: Tensor
    points: Tensor
    true_points: Tensor
    seen: Tensor
    intensity: Tensor


def _batch(
    examples: RefineExamples, rows: npt.NDArray[np.intp], rng: np.random.Generator, device: str
) -> _Batch:
    rows = np.sort(rows)
    picture = torch.from_numpy(examples.picture[rows]).to(device).float()
    points, true_points, seen, intensity = (
        torch.from_numpy(values[rows]).to(device)
        for values in (examples.points, examples.true_points, examples.seen, examples.intensity)
    )
    if rng.random() < 0.5:
        picture, intensity = picture.flip(2), intensity.flip(2)
        points, true_points = _mirrored(points), _mirrored(true_points)
    picture, points, true_points = _shifted(picture, points, true_points)
    # FaceMesh is off by a little more elsewhere than on our renders: as a whole, and point by point.
    scale = 1.5 * torch.rand(len(rows), 1, 1, device=device)
    points = points + scale * torch.randn(len(rows), 1, 2, device=device) + 0.4 * torch.randn_like(points)
    return _Batch(_altered(picture, rng), points, true_points, seen, intensity)


def _shifted(picture: Tensor, *points: Tensor) -> tuple[Tensor, ...]:
    """Pictures and points turned, scaled and shifted a little, as an alignment that errs would."""
    count, device = len(picture), picture.device
    angle, scale = (
        0.06 * torch.randn(count, device=device),
        torch.exp(0.05 * torch.randn(count, device=device)),
    )
    shift = 0.03 * torch.randn(count, 2, device=device)
    c, s = scale * torch.cos(angle), scale * torch.sin(angle)
    turn = torch.stack([torch.stack([c, -s], dim=1), torch.stack([s, c], dim=1)], dim=1)
    # `grid_sample` is told where each pixel comes from: x = turn x' + shift, in units of half the picture.
    grid = functional.affine_grid(
        torch.cat([turn, shift[:, :, None]], dim=2), [count, 1, *picture.shape[1:]], align_corners=False
    )
    moved = functional.grid_sample(picture[:, None], grid, padding_mode="border", align_corners=False)[:, 0]
    back = torch.linalg.inv(turn)
    half = CROP_PX / 2
    placed = (((p + 0.5) / half - 1.0 - shift[:, None]) @ back.transpose(1, 2) for p in points)
    return moved, *((p + 1.0) * half - 0.5 for p in placed)


def _mirrored(points: Tensor) -> Tensor:
    flipped = points[:, list(MIRRORED_68)].clone()
    flipped[..., 0] = CROP_PX - 1 - flipped[..., 0]
    return flipped


def _altered(picture: Tensor, rng: np.random.Generator) -> Tensor:
    """Light, blur and noise, then normalised. Shape (B, 112, 112) to (B, 1, 112, 112)."""
    count = len(picture)

    def draw(low: float, high: float) -> Tensor:
        return (low + (high - low) * torch.rand(count, 1, 1)).to(picture.device)

    picture = 255 * (picture / 255).clamp(0, 1) ** torch.exp(draw(-0.5, 0.5))
    slope = torch.linspace(-1, 1, picture.shape[-1], device=picture.device)
    picture = picture * (1 + draw(-0.3, 0.3) * slope) * (1 + draw(-0.3, 0.3) * slope[:, None])
    if rng.random() < 0.3:
        picture = functional.avg_pool2d(picture[:, None], 3, 1, 1, count_include_pad=False)[:, 0]
    picture = picture + draw(0, 6) * torch.randn_like(picture)
    return _normalised(picture)


def _normalised(picture: Tensor) -> Tensor:
    mean = picture.mean(dim=(1, 2), keepdim=True)
    deviation = picture.std(dim=(1, 2), keepdim=True, unbiased=False).clamp_min(1.0)
    return ((picture - mean) / deviation)[:, None]


def _loss(net: RefineNet, batch: _Batch, settings: RefineTraining) -> Tensor:
    moved, seen, still = net(batch.picture, batch.points)
    eyes = (batch.true_points[:, 36] - batch.true_points[:, 45]).norm(dim=1)[:, None]
    off = (batch.points + moved - batch.true_points).norm(dim=2) / eyes
    in_sight = functional.binary_cross_entropy(seen.clamp(1e-4, 1 - 1e-4), batch.seen)
    weight = 0.1 + 0.9 * batch.seen[..., None]
    apart = (weight * (still - batch.intensity) ** 2).mean()
    loss: Tensor = 20 * off.mean() + 0.3 * in_sight + settings.still_weight * 10 * apart
    return loss


def export_refine(net: RefineNet, path: Path) -> None:
    """Write the network as ONNX."""
    inputs = (torch.zeros(1, 1, REFINE_PX, REFINE_PX), torch.full((1, 68, 2), CROP_PX / 2.0))
    to_onnx(net, inputs, path, takes=("picture", "points"), gives=("moved", "seen", "still"))
