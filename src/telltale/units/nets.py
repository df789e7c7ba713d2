"""The two networks that are trained here, in torch; they run as ONNX, without torch.

`RefineNet` looks at the aligned face and FaceMesh's 68 points, and says how far each point is off, which
regions are in sight, and what each unit looks like in this picture alone. Features of a small convolution
are read where the points lie, so that a point is moved by what is seen around it.

`HeadNet` maps a side's vector to intensity, velocity and expected error of the 17 units. Its input is
scaled once, from the training set.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from telltale.core.channels import ACTION_UNITS
from telltale.face.view import CROP_PX

UNITS: Final = len(ACTION_UNITS)
POINTS: Final = 68
REFINE_PX: Final = 112
"""Width and height of the picture that `RefineNet` takes."""


def _block(channels_in: int, channels_out: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(inplace=True),
    )


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = _block(channels, channels, 1)

    def forward(self, values: Tensor) -> Tensor:
        moved: Tensor = self.body(values)
        return values + moved


def _read_many(level: Tensor, places: Tensor) -> Tensor:
    """A level (B, C, S, S) read at places (B, P, 2) from -1 to 1. Shape (B, P, C)."""
    read: Tensor = functional.grid_sample(
        level, places.unsqueeze(1), align_corners=False, padding_mode="border"
    )
    return read.squeeze(2).transpose(1, 2)


def _read_one(level: Tensor, places: Tensor) -> Tensor:
    """The same for a batch of one, in operations that run twice as fast in onnxruntime."""
    side = level.shape[-1]
    rows = level.flatten(2).transpose(1, 2)[0]
    at = torch.clamp((places[0] + 1.0) * (side / 2) - 0.5, 0.0, side - 1.0)
    low = torch.clamp(torch.floor(at), 0.0, side - 2.0)
    x, y = (at - low).unbind(dim=1)
    first = (low[:, 1] * side + low[:, 0]).long()
    corners = rows[first.unsqueeze(1) + torch.tensor([0, 1, side, side + 1])]
    shares = torch.stack([(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y], dim=1)
    return torch.matmul(shares.unsqueeze(1), corners).squeeze(1).unsqueeze(0)


class RefineNet(nn.Module):
    """Points, visibility and still units from one aligned face.

    Input: `picture` (B, 1, 112, 112), luma less its mean over its deviation; `points` (B, 68, 2), FaceMesh's
    68 in pixels of the 224 crop. Output: `moved` (B, 68, 2), crop pixels to add; `seen` (B, 17), 0 to 1;
    `still` (B, 17, 2).
    """

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        w1, w2, w3 = width, width * 2, width * 8 // 3
        self.stem = _block(1, 16, 2)
        self.fine = nn.Sequential(_block(16, w1, 2), _Residual(w1))
        self.middle = nn.Sequential(_block(w1, w2, 2), _Residual(w2))
        self.coarse = nn.Sequential(_block(w2, w3, 2), _Residual(w3))
        self.whole = nn.Sequential(nn.Flatten(), nn.Linear(w3 * 49, 128), nn.ReLU(inplace=True))
        self.forget = nn.Dropout(0.2)
        self.name = nn.Parameter(torch.randn(POINTS, 16) * 0.1)
        each = 16 + w1 + w2 + w3 + 16 + 32 + 2
        self.context = nn.Linear(128, 32)
        self.move = nn.Sequential(nn.Linear(each, 64), nn.ReLU(inplace=True), nn.Linear(64, 2))
        self.seen = nn.Linear(128, UNITS)
        self.gather = nn.Sequential(nn.Linear(each, 24), nn.ReLU(inplace=True))
        self.still = nn.Sequential(
            nn.Linear(128 + 24 * POINTS, 128), nn.ReLU(inplace=True), nn.Linear(128, UNITS * 2)
        )

    def forward(self, picture: Tensor, points: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        stem = self.stem(picture)
        fine = self.fine(stem)
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        whole = self.forget(self.whole(coarse))
        centred = (points + 0.5) * (2.0 / CROP_PX) - 1.0
        read_at = _read_one if torch.onnx.is_in_onnx_export() else _read_many
        batch = picture.shape[0]
        each = torch.cat(
            [
                *(read_at(level, centred) for level in (stem, fine, middle, coarse)),
                self.name.unsqueeze(0).expand(batch, -1, -1),
                self.context(whole).unsqueeze(1).expand(-1, POINTS, -1),
                centred,
            ],
            dim=2,
        )
        moved = self.move(each) * 4.0
        gathered = self.forget(self.gather(each).flatten(1))
        still = self.still(torch.cat([whole, gathered], dim=1)).view(-1, UNITS, 2)
        return moved, torch.sigmoid(self.seen(whole)), still


class HeadNet(nn.Module):
    """A side's vector (B, SIZE) to `intensity`, `velocity` and `spread`, (B, 17) each."""

    def __init__(self, size: int, hidden: int = 192, dropout: float = 0.2) -> None:
        super().__init__()
        self.mean: Tensor
        self.scale: Tensor
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("scale", torch.ones(size))
        self.trunk = nn.Sequential(
            nn.Linear(size, hidden),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(hidden, hidden),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
        )
        self.intensity = nn.Linear(hidden, UNITS)
        self.velocity = nn.Linear(hidden, UNITS)
        self.spread = nn.Linear(hidden, UNITS)

    def forward(self, vector: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        inner = self.trunk(torch.clamp((vector - self.mean) * self.scale, -6.0, 6.0))
        spread = functional.softplus(self.spread(inner.detach())) + 0.005
        return self.intensity(inner), self.velocity(inner) * 4.0, spread
