"""The two networks that are trained here, in torch; they run as ONNX, without torch.

`RefineNet` looks at the aligned face and FaceMesh's 68 points, and says how far each point is off, which
regions are in sight, what each unit looks like in this picture alone, and what each half of the face looks
like in 64 numbers. Features of a small convolution are read where the points lie, so that a point is moved by
what is seen around it. The numbers (`code`) are taught in pairs, a face and the same face at rest: what
differs between the two codes is to tell the units.

`HeadNet` maps a side's vector to intensity, velocity and expected error of the 17 units. Its input is
scaled once, from the training set.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from telltale.core.channels import ACTION_UNITS
from telltale.face.refined import CODE
from telltale.face.view import CROP_PX
from telltale.units.feature_vector import LOOKS_SIZE, SIZE

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
    """Points, visibility, still units and a code of each half from one aligned face.

    Input: `picture` (B, 1, 112, 112), luma less its mean over its deviation; `points` (B, 68, 2), FaceMesh's
    68 in pixels of the 224 crop. Output: `moved` (B, 68, 2), crop pixels to add; `seen` (B, 17), 0 to 1;
    `still` (B, 17, 2); `code` (B, CODE, 2), left and right.

    One small network reads both sides of the code, each with its own half first, so the code of a mirrored
    face is taught to be the same code with its sides swapped.
    """

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        w1, w2, w3 = width, width * 2, width * 8 // 3
        self.stem = _block(1, 16, 2)
        self.fine = nn.Sequential(_block(16, w1, 2), _Residual(w1))
        self.middle = nn.Sequential(_block(w1, w2, 2), _Residual(w2))
        self.coarse = nn.Sequential(_block(w2, w3, 2), _Residual(w3))
        # Squeezed first: weights that a frame has to fetch from memory cost more time than what they compute.
        squeeze = (nn.Conv2d(w3, w3 // 2, 1), nn.ReLU(inplace=True))
        self.whole = nn.Sequential(
            *squeeze, nn.Flatten(), nn.Linear(w3 // 2 * 49, 128), nn.ReLU(inplace=True)
        )
        self.forget = nn.Dropout(0.2)
        self.name = nn.Parameter(torch.randn(POINTS, 16) * 0.1)
        each = 16 + w1 + w2 + w3 + 16 + 32 + 2
        self.context = nn.Linear(128, 32)
        self.move = nn.Sequential(nn.Linear(each, 64), nn.ReLU(inplace=True), nn.Linear(64, 2))
        self.seen = nn.Linear(128, UNITS)
        self.gather = nn.Sequential(nn.Linear(each, 16), nn.ReLU(inplace=True))
        self.code = nn.Linear(128 + 16 * POINTS, CODE * 2)
        self.still = _mlp(2 * CODE, 64, UNITS)
        self.differ = _mlp(4 * CODE, 128, UNITS)

    def forward(self, picture: Tensor, points: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
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
        code = self.code(torch.cat([whole, gathered], dim=1)).view(-1, CODE, 2)
        still = self.still(_both_ways(code)).transpose(1, 2)
        return moved, torch.sigmoid(self.seen(whole)), still, code

    def compared(self, code: Tensor, neutral: Tensor) -> Tensor:
        """Units (B, 17, 2) of a face whose calm face is known, from both codes (B, CODE, 2): for training."""
        told: Tensor = self.differ(torch.cat([_both_ways(code), _both_ways(code - neutral)], dim=2))
        return told.transpose(1, 2)


def _mlp(size: int, hidden: int, out: int) -> nn.Sequential:
    return nn.Sequential(nn.ReLU(), nn.Linear(size, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, out))


def _both_ways(code: Tensor) -> Tensor:
    """A code (B, CODE, 2) as each side sees it, its own half first. Shape (B, 2, 2 CODE)."""
    swapped = torch.cat([code, code.flip(2)], dim=1)
    return swapped.transpose(1, 2)


class HeadNet(nn.Module):
    """A side's vector (B, SIZE) to `intensity`, `velocity` and `spread`, (B, 17) each.

    Intensity is read from how the face looks alone: shown how it moves as well, a network learns by heart
    which motion went with which face, and reads new people worse.
    """

    def __init__(
        self, size: int = SIZE, looks: int = LOOKS_SIZE, hidden: int = 192, dropout: float = 0.3
    ) -> None:
        super().__init__()
        self.mean: Tensor
        self.scale: Tensor
        self.looks = looks
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("scale", torch.ones(size))
        self.spread_gain: Tensor
        self.register_buffer("spread_gain", torch.ones(UNITS))
        self.look_trunk = _trunk(looks, hidden, dropout)
        self.motion_trunk = _trunk(size - looks, hidden // 3, dropout)
        self.intensity = nn.Linear(hidden, UNITS)
        self.spread = nn.Linear(hidden, UNITS)
        self.velocity = nn.Linear(hidden // 3, UNITS)

    def forward(self, vector: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        scaled = torch.clamp((vector - self.mean) * self.scale, -6.0, 6.0)
        look = self.look_trunk(scaled[:, : self.looks])
        motion = self.motion_trunk(scaled[:, self.looks :])
        spread = (functional.softplus(self.spread(look.detach())) + 0.005) * self.spread_gain
        return self.intensity(look), self.velocity(motion) * 4.0, spread


def _trunk(size: int, hidden: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(size, hidden),
        nn.ReLU(inplace=True),
        nn.Dropout(dropout),
        nn.Linear(hidden, hidden),
        nn.ReLU(inplace=True),
        nn.Dropout(dropout),
    )
