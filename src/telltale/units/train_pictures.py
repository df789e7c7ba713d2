"""Pictures for the training of the refinement network, altered as cameras, codecs and other light would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from telltale.face.points68 import MIRRORED_68
from telltale.face.view import CROP_PX
from telltale.units.examples import RefineExamples

_ALIKE: Final = 0.15
"""How much the pictures of one person are altered differently, as a share of how much people's are."""
_LAMPS: Final = 5
"""Width of the coarse grid of lights and shadows that is laid over a face."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Frames of some people, then one more frame of each."""

    picture: Tensor
    """Shape (n + people, 1, 112, 112)."""
    points: Tensor
    true_points: Tensor
    seen: Tensor
    intensity: Tensor
    whose: Tensor
    """Shape (n,): the place of each frame's person among the frames that follow."""


def altered(
    examples: RefineExamples,
    frames: npt.NDArray[np.intp],
    calm: npt.NDArray[np.intp],
    *,
    rng: np.random.Generator,
    device: str,
) -> Batch:
    """A batch of altered pictures.

    Parameters
    ----------
    frames
        Shape (n,): rows of the examples, as many of each person, person after person.
    calm
        Shape (people,): one more row of each.
    """
    whose = np.repeat(np.arange(len(calm)), len(frames) // len(calm))
    rows = np.concatenate([frames, calm])
    who = torch.from_numpy(np.concatenate([whose, np.arange(len(calm))])).to(device)
    picture = torch.from_numpy(examples.picture[rows]).to(device).float()
    points, true_points, seen, intensity = (
        torch.from_numpy(values[rows]).to(device)
        for values in (examples.points, examples.true_points, examples.seen, examples.intensity)
    )
    if rng.random() < 0.5:
        picture, intensity = picture.flip(2), intensity.flip(2)
        points, true_points = _mirrored(points), _mirrored(true_points)
    picture, points, true_points = _shifted(picture, who, points, true_points)
    # FaceMesh is off by a little more elsewhere than on our renders: as a whole, and point by point.
    scale = 1.5 * torch.rand(len(rows), 1, 1, device=device)
    points = points + scale * torch.randn(len(rows), 1, 2, device=device) + 0.4 * torch.randn_like(points)
    lit = _lit(picture, who)
    if rng.random() < 0.3:
        lit = functional.avg_pool2d(lit[:, None], 3, 1, 1, count_include_pad=False)[:, 0]
    noisy = lit + _drawn(who, 0, 6) * torch.randn_like(lit)
    return Batch(normalised(noisy), points, true_points, seen, intensity, who[: len(frames)])


def normalised(picture: Tensor) -> Tensor:
    """As `face.refine_net.picture_of`. Shape (B, 112, 112) to (B, 1, 112, 112)."""
    mean = picture.mean(dim=(1, 2), keepdim=True)
    deviation = picture.std(dim=(1, 2), keepdim=True, unbiased=False).clamp_min(1.0)
    return ((picture - mean) / deviation)[:, None]


def _drawn(who: Tensor, low: float, high: float, *shape: int) -> Tensor:
    """Even numbers from `low` to `high`, nearly alike for one person. Shape (B, 1, 1) or (B, *shape)."""
    shape = shape or (1, 1)
    people = torch.rand(int(who.max()) + 1, *shape, device=who.device)[who]
    mixed = (1 - _ALIKE) * people + _ALIKE * torch.rand(len(who), *shape, device=who.device)
    return low + (high - low) * mixed


def _lit(picture: Tensor, who: Tensor) -> Tensor:
    """In other light: gamma, and coarse lights and shadows. Shape (B, 112, 112)."""
    picture = 255 * (picture / 255).clamp(0, 1) ** torch.exp(_drawn(who, -0.5, 0.5))
    coarse = _drawn(who, -0.4, 0.4, 1, _LAMPS, _LAMPS)
    lamps = functional.interpolate(coarse, picture.shape[1:], mode="bilinear", align_corners=True)[:, 0]
    slope = torch.linspace(-1, 1, picture.shape[-1], device=picture.device)
    sides = (1 + _drawn(who, -0.3, 0.3) * slope) * (1 + _drawn(who, -0.3, 0.3) * slope[:, None])
    return picture * sides * (1 + lamps).clamp_min(0.2)


def _shifted(picture: Tensor, who: Tensor, *points: Tensor) -> tuple[Tensor, ...]:
    """Pictures and points turned, scaled and shifted a little, as an alignment that errs would."""
    count = len(picture)
    angle, scale = (_drawn(who, -s, s)[:, 0, 0] for s in (0.1, 0.08))
    shift = _drawn(who, -0.05, 0.05, 2)
    scale = torch.exp(scale)
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
