"""Pictures to train the refinement network on, as other cameras, codecs, light and bones would show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from telltale.face.points68 import MIRRORED_68
from telltale.face.refined import WINDOW_MIDDLE, WINDOW_PX
from telltale.face.view import CROP_PX
from telltale.units.examples import RefineExamples
from telltale.units.train_covers import covered

_UNLIKE: Final = 0.15
"""How much the pictures of one person are altered differently, as a share of how much people's are."""
_UNSTEADY: Final = 0.35
"""The same of how large and how sharp a face is: a camera that zooms changes both, and nothing moves."""
_STANDS: Final = 0.03
"""The same of where a highlight lies."""
_LAMPS: Final = 5
"""Width of the coarse grid of lights and shadows that is laid over a face."""
_SHAPE_GRID: Final = 5
"""Width of the coarse grid that a face is bent by ..."""
_BENT_BY: Final = 0.04
"""... standard deviation, in halves of the picture: 3 crop pixels, a twentieth of the eyes' distance."""
_SETTLES: Final = 4
"""Turns after which a bent point's place is right to a tenth of a pixel."""
_GRAINS: Final = (28, 56)
"""Widths of the grids of a skin's own spots and lines ..."""
_GRAIN: Final = 0.1
"""... and how much darker or brighter they are at most, standard deviation."""
_BLURRED: Final = (-0.5, 1.2)
"""From sharpened, as cameras do, to fully blurred."""
_GLINTS: Final = 3
"""Highlights of oily skin, wet lips and glasses on a face at most."""


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
    picture, points, true_points = _bent(_with_grain(picture, who), who, points, true_points)
    picture, points, true_points = _shifted(picture, who, points, true_points)
    # FaceMesh is off by a little more elsewhere than on our renders: as a whole, and point by point.
    scale = 1.5 * torch.rand(len(rows), 1, 1, device=device)
    points = points + scale * torch.randn(len(rows), 1, 2, device=device) + 0.4 * torch.randn_like(points)
    lit = _with_glints(_lit(picture, who), who)
    lit, seen = covered(lit, _to_window(true_points), seen)
    noisy = _blurred(lit, who) + _drawn(who, 0, 6) * torch.randn_like(lit)
    return Batch(normalised(noisy), points, true_points, seen, intensity, who[: len(frames)])


def normalised(picture: Tensor) -> Tensor:
    """As `face.refine_net.picture_of`. Shape (B, 112, 112) to (B, 1, 112, 112)."""
    mean = picture.mean(dim=(1, 2), keepdim=True)
    deviation = picture.std(dim=(1, 2), keepdim=True, unbiased=False).clamp_min(1.0)
    return ((picture - mean) / deviation)[:, None]


def _drawn(who: Tensor, low: float, high: float, *shape: int, unlike: float = _UNLIKE) -> Tensor:
    """Even numbers from `low` to `high`, nearly alike for one person. Shape (B, 1, 1) or (B, *shape)."""
    shape = shape or (1, 1)
    people = torch.rand(int(who.max()) + 1, *shape, device=who.device)[who]
    mixed = (1 - unlike) * people + unlike * torch.rand(len(who), *shape, device=who.device)
    return low + (high - low) * mixed


def _lit(picture: Tensor, who: Tensor) -> Tensor:
    """In other light: gamma, and coarse lights and shadows. Shape (B, 112, 112)."""
    picture = 255 * (picture / 255).clamp(0, 1) ** torch.exp(_drawn(who, -0.5, 0.5))
    coarse = _drawn(who, -0.4, 0.4, 1, _LAMPS, _LAMPS)
    lamps = functional.interpolate(coarse, picture.shape[1:], mode="bilinear", align_corners=True)[:, 0]
    slope = torch.linspace(-1, 1, picture.shape[-1], device=picture.device)
    sides = (1 + _drawn(who, -0.3, 0.3) * slope) * (1 + _drawn(who, -0.3, 0.3) * slope[:, None])
    return picture * sides * (1 + lamps).clamp_min(0.2)


def _with_grain(picture: Tensor, who: Tensor) -> Tensor:
    """Spots and lines of a skin's own, the same in all pictures of a person: rendered skin is all alike."""
    people, device = int(who.max()) + 1, picture.device
    grain = torch.zeros(people, 1, *picture.shape[1:], device=device)
    for width in _GRAINS:
        strength = _GRAIN * torch.rand(people, 1, 1, 1, device=device) ** 2
        coarse = strength * torch.randn(people, 1, width, width, device=device)
        grain += functional.interpolate(coarse, picture.shape[1:], mode="bilinear", align_corners=False)
    return picture * (1 + grain[who, 0])


def _blurred(picture: Tensor, who: Tensor) -> Tensor:
    """Some sharper, some softer. Shape (B, 112, 112)."""
    soft = picture[:, None]
    for _ in range(2):
        soft = functional.avg_pool2d(soft, 3, 1, 1, count_include_pad=False)
    low, high = _BLURRED
    return torch.lerp(picture, soft[:, 0], _drawn(who, low, high, unlike=_UNSTEADY).clamp_max(1.0))


def _with_glints(picture: Tensor, who: Tensor) -> Tensor:
    """Bright spots in places of a person's own: on rendered dark lips they read as an open mouth."""
    across = torch.linspace(-1, 1, picture.shape[-1], device=picture.device)
    for _ in range(_GLINTS):
        x, y = (_drawn(who, -0.8, 0.8, unlike=_STANDS) for _ in range(2))
        wide, high = (_drawn(who, 0.02, 0.15) for _ in range(2))
        bright = _drawn(who, -200.0, 150.0).clamp_min(0.0)
        row = bright * torch.exp(-(((across - x) / wide) ** 2))
        column = torch.exp(-(((across[:, None] - y) / high) ** 2))
        picture = torch.baddbmm(picture, column, row)
    return picture.clamp_max(255.0)


def _bent(picture: Tensor, who: Tensor, *points: Tensor) -> tuple[Tensor, ...]:
    """Faces of another shape: one smooth bend for all pictures of a person, so that nothing seems to move."""
    people = int(who.max()) + 1
    coarse = _BENT_BY * torch.randn(people, 2, _SHAPE_GRID, _SHAPE_GRID, device=picture.device)
    size = list(picture.shape[1:])
    bend = functional.interpolate(coarse, size, mode="bicubic", align_corners=True)[who]
    straight = functional.affine_grid(
        torch.eye(2, 3, device=picture.device)[None], [1, 1, *size], align_corners=False
    )
    # The bent picture shows at x' what lay at x' + bend(x').
    bent = functional.grid_sample(
        picture[:, None], straight + bend.permute(0, 2, 3, 1), padding_mode="border", align_corners=False
    )[:, 0]
    return bent, *(_to_crop(_unbent(_to_window(p), bend)) for p in points)


def _unbent(places: Tensor, bend: Tensor) -> Tensor:
    """Where points (B, P, 2) of the straight pictures lie in the bent ones: x' = x - bend(x')."""
    found = places
    for _ in range(_SETTLES):
        read = functional.grid_sample(bend, found[:, None], padding_mode="border", align_corners=False)
        found = places - read[:, :, 0].transpose(1, 2)
    return found


def _shifted(picture: Tensor, who: Tensor, *points: Tensor) -> tuple[Tensor, ...]:
    """Pictures and points turned, scaled and shifted a little, as an alignment that errs would."""
    count = len(picture)
    angle, scale = (_drawn(who, -s, s, unlike=_UNSTEADY)[:, 0, 0] for s in (0.1, 0.08))
    shift = _drawn(who, -0.05, 0.05, 2, unlike=_UNSTEADY)
    scale = torch.exp(scale)
    c, s = scale * torch.cos(angle), scale * torch.sin(angle)
    turn = torch.stack([torch.stack([c, -s], dim=1), torch.stack([s, c], dim=1)], dim=1)
    # `grid_sample` is told where each pixel comes from: x = turn x' + shift, in units of half the picture.
    grid = functional.affine_grid(
        torch.cat([turn, shift[:, :, None]], dim=2), [count, 1, *picture.shape[1:]], align_corners=False
    )
    moved = functional.grid_sample(picture[:, None], grid, padding_mode="border", align_corners=False)[:, 0]
    back = torch.linalg.inv(turn)
    placed = ((_to_window(p) - shift[:, None]) @ back.transpose(1, 2) for p in points)
    return moved, *(_to_crop(p) for p in placed)


def _to_window(points: Tensor) -> Tensor:
    """Crop pixels as places from -1 to 1 across the picture."""
    return (points - torch.tensor(WINDOW_MIDDLE, device=points.device)) * (2 / WINDOW_PX)


def _to_crop(places: Tensor) -> Tensor:
    return places * (WINDOW_PX / 2) + torch.tensor(WINDOW_MIDDLE, device=places.device)


def _mirrored(points: Tensor) -> Tensor:
    flipped = points[:, list(MIRRORED_68)].clone()
    flipped[..., 0] = CROP_PX - 1 - flipped[..., 0]
    return flipped
