"""Things before the face, for training pictures: hands, masks, cards, and the picture's own edge.

What the renderer holds before a face is of a few kinds. Here anything may be: flat or uneven, dark, bright or
like skin, round or angular. How far a region is in sight follows from what is drawn over it.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from telltale.motion.regions import STEPS, layout

_COVERED: Final = 0.25
"""Share of the pictures with something before the face ..."""
_CUT_OFF: Final = 0.05
"""... and of those that end somewhere within it."""
_LIKE_SKIN: Final = 0.4
"""Share of the things that are about as bright as the face."""
_EDGE: Final = 0.015
"""Softness of an edge, in halves of the picture."""
_TEXTURE: Final = 7
"""Width of the coarse grid of a thing's own light and shade."""

_LAYOUT: Final = torch.from_numpy(layout())
_STEPS: Final = torch.from_numpy(STEPS)


def covered(picture: Tensor, points: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
    """Pictures with things before some faces, and how far regions are in sight then.

    Parameters
    ----------
    picture
        Shape (B, S, S), 0 to 255.
    points
        Shape (B, 68, 2): true points, from -1 to 1 across the picture.
    seen
        Shape (B, 17): before.
    """
    axis = torch.linspace(-1, 1, picture.shape[-1], device=picture.device)
    picture, seen = picture.clone(), seen.clone()
    some = _some(picture, _COVERED)
    if len(some):
        things = _things(len(some), axis, axis[:, None], picture.device)
        picture[some] = torch.lerp(picture[some], _surface(picture[some]), things)
        seen[some] *= 1 - _over_regions(things, points[some])
    some = _some(picture, _CUT_OFF)
    if len(some):
        outside = _outside(len(some), axis, axis[:, None], picture.device)
        picture[some] *= 1 - outside
        seen[some] *= 1 - _over_regions(outside, points[some])
    return picture, seen


def _some(picture: Tensor, share: float) -> Tensor:
    """Which of the pictures. Shape (few,)."""
    return torch.nonzero(torch.rand(len(picture), device=picture.device) < share)[:, 0]


def _between(low: float, high: float, count: int, device: torch.device) -> Tensor:
    return low + (high - low) * torch.rand(count, 1, 1, device=device)


def _things(count: int, x: Tensor, y: Tensor, device: torch.device) -> Tensor:
    """Masks of ellipses and of boxes with round corners, turned as they come. Shape (B, S, S)."""
    angle = _between(-0.8, 0.8, count, device)
    dx = x - _between(-0.7, 0.7, count, device)
    dy = y - _between(-0.7, 0.9, count, device)
    along = torch.cos(angle) * dx + torch.sin(angle) * dy
    across = torch.cos(angle) * dy - torch.sin(angle) * dx
    power = torch.where(torch.rand(count, 1, 1, device=device) < 0.5, 2.0, 8.0)
    wide, high = _between(0.12, 0.7, count, device), _between(0.1, 0.5, count, device)
    reach = ((along / wide).abs() ** power + (across / high).abs() ** power) ** (1 / power)
    return torch.sigmoid((1 - reach) * torch.minimum(wide, high) / _EDGE)


def _outside(count: int, x: Tensor, y: Tensor, device: torch.device) -> Tensor:
    """Masks of what lies past an edge of the picture: below, or to a side. Shape (B, S, S)."""
    way = torch.randint(0, 3, (count, 1, 1), device=device)
    towards = torch.where(way == 0, y + 0 * x, torch.where(way == 1, x + 0 * y, 0 * y - x))
    return (towards > _between(0.0, 0.9, count, device)).float()


def _surface(picture: Tensor) -> Tensor:
    """What things look like: of one brightness, or uneven. Shape (B, S, S)."""
    count, device = len(picture), picture.device
    any_shade = _between(0.0, 255.0, count, device)
    skin = picture.mean(dim=(1, 2), keepdim=True) * _between(0.8, 1.4, count, device)
    shade = torch.where(torch.rand(count, 1, 1, device=device) < _LIKE_SKIN, skin, any_shade)
    coarse = torch.randn(count, 1, _TEXTURE, _TEXTURE, device=device)
    uneven = functional.interpolate(coarse, picture.shape[1:], mode="bicubic", align_corners=True)[:, 0]
    return (shade * (1 + _between(0.0, 0.25, count, device) * uneven)).clamp(0, 255)


def _over_regions(mask: Tensor, points: Tensor) -> Tensor:
    """The share of each region that a mask covers. Shape (B, 17)."""
    middle, wide, high = torch.einsum("krp,bpc->kbrc", _LAYOUT.to(points), points)
    steps = _STEPS.to(points)
    places = (
        middle[:, :, None, None]
        + steps[:, None] * wide[:, :, None, None]
        + steps[:, None, None] * high[:, :, None, None]
    )
    size = places.shape
    read = functional.grid_sample(
        mask[:, None], places.reshape(size[0], size[1], -1, 2), padding_mode="border", align_corners=False
    )
    share: Tensor = read[:, 0].mean(dim=2)
    return share
