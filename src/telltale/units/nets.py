"""The two networks that are trained here, in torch; they run as ONNX, without torch.

`RefineNet` looks at the aligned face and FaceMesh's 68 points, and says how far each point is off, which
regions are in sight, what each unit looks like in this picture alone, and what each half of the face looks
like in 64 numbers. Features of a small convolution are read where the points lie, so that a point is moved by
what is seen around it. The numbers (`code`) are taught in pairs, a face and the same face at rest: what
differs between the two codes is to tell the units.

`HeadNet` maps a side's vector to intensity, velocity and expected error of the 17 units, and to how fast the
skin of their regions moves. Its input is scaled once, from the training set.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from telltale.core.channels import ACTION_UNITS
from telltale.face.refined import CODE, WINDOW_MIDDLE, WINDOW_PX
from telltale.units.feature_vector import LOOKS_SIZE, SIZE, part_slices

UNITS: Final = len(ACTION_UNITS)
POINTS: Final = 68
SLOW: Final = part_slices()["slow_own"]
"""Where a vector says how fast this side's skin moves."""


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


def _read_many(levels: tuple[Tensor, ...], places: Tensor) -> list[Tensor]:
    """Levels (B, C, S, S) read at places (B, P, 2) from -1 to 1. Shape (B, P, C) each."""
    return [
        functional.grid_sample(level, places.unsqueeze(1), align_corners=False, padding_mode="border")
        .squeeze(2)
        .transpose(1, 2)
        for level in levels
    ]


def _read_one(levels: tuple[Tensor, ...], places: Tensor) -> list[Tensor]:
    """The same for a batch of one, in operations that run twice as fast in onnxruntime.

    Corners and their shares are computed for all levels together: each node of a graph costs some
    microseconds whatever it does.
    """
    sides = torch.tensor([float(level.shape[-1]) for level in levels])[:, None, None]
    at = ((places + 1.0) * (sides / 2) - 0.5).clamp_min(0.0)
    at = torch.minimum(at, sides - 1.0)
    low = torch.minimum(torch.floor(at), sides - 2.0)
    x, y = torch.split(at - low, 1, dim=2)
    column, row = torch.split(low, 1, dim=2)
    shares = torch.cat([(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y], dim=2).unsqueeze(2)
    first = row * sides + column
    corners = torch.cat([first, first + 1, first + sides, first + sides + 1], dim=2).long()
    return [
        torch.matmul(share, level.reshape(level.shape[1], -1).t()[corner]).transpose(0, 1)
        for level, share, corner in zip(levels, shares, corners, strict=True)
    ]


class RefineNet(nn.Module):
    """Points, visibility, still units and a code of each half from one aligned face.

    Input: `picture` (B, 1, 112, 112), luma of the crop's window less its mean over its deviation; `points`
    (B, 68, 2), FaceMesh's 68 in crop pixels. Output: `moved` (B, 68, 2), crop pixels to add; `seen` (B, 17),
    0 to 1; `still` (B, 17, 2); `code` (B, CODE, 2), left and right.

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
        centred = (points - torch.tensor(WINDOW_MIDDLE, device=points.device)) * (2.0 / WINDOW_PX)
        read_at = _read_one if torch.onnx.is_in_onnx_export() else _read_many
        batch = picture.shape[0]
        each = torch.cat(
            [
                *read_at((stem, fine, middle, coarse), centred),
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
    """A side's vector (B, SIZE) to `intensity`, `velocity`, `spread` and `moving`, (B, 17) each.

    Two members learn side by side, and the mean of what they say counts: where they were not taught they err
    in different ways. `moving` is how fast the skin of a unit's region moves, against how fast it does while
    that unit changes.
    """

    def __init__(self, size: int = SIZE, members: int = 2) -> None:
        super().__init__()
        self.mean: Tensor
        self.scale: Tensor
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("scale", torch.ones(size))
        self.spread_gain: Tensor
        self.register_buffer("spread_gain", torch.ones(UNITS))
        # How fast the skin of a unit's region moves, as a rule, while the unit changes. Of another shape than
        # the gain, as the export merges what is equal and one name would be lost.
        self.usual_speed: Tensor
        self.register_buffer("usual_speed", torch.ones(1, UNITS))
        self.members = nn.ModuleList(HeadMember(size) for _ in range(members))

    def forward(self, vector: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        scaled = self.scaled(vector)
        told = [member(scaled) for member in self.members]
        intensity, velocity, spread = (torch.stack(each).mean(dim=0) for each in zip(*told, strict=True))
        moving = skin_speed(vector[:, SLOW]) / self.usual_speed
        return intensity, velocity, spread * self.spread_gain, moving

    def scaled(self, vector: Tensor) -> Tensor:
        """What the members take."""
        return torch.clamp((vector - self.mean) * self.scale, -6.0, 6.0)


class HeadMember(nn.Module):
    """A scaled vector (B, SIZE) to `intensity`, `velocity` and `spread`, (B, 17) each.

    Intensity is read from how the face looks alone: shown how it moves as well, a network learns by heart
    which motion went with which face, and reads new people worse.
    """

    def __init__(
        self, size: int = SIZE, looks: int = LOOKS_SIZE, hidden: int = 192, dropout: float = 0.3
    ) -> None:
        super().__init__()
        self.looks = looks
        self.look_trunk = _trunk(looks, hidden, dropout)
        self.motion_trunk = _trunk(size - looks, hidden // 3, dropout)
        self.intensity = nn.Linear(hidden, UNITS)
        self.spread = nn.Linear(hidden, UNITS)
        self.velocity = nn.Linear(hidden // 3, UNITS)

    def forward(self, scaled: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        look = self.look_trunk(scaled[:, : self.looks])
        motion = self.motion_trunk(scaled[:, self.looks :])
        spread = functional.softplus(self.spread(look.detach())) + 0.005
        return self.intensity(look), self.velocity(motion) * 4.0, spread


def skin_speed(slow: Tensor) -> Tensor:
    """How fast the skin in each unit's region moves, mean over its cells. Shape (B, 306) to (B, 17)."""
    cells = slow.reshape(len(slow), UNITS, slow.shape[1] // (2 * UNITS), 2)
    return (cells**2).sum(dim=3).sqrt().mean(dim=2)


def _trunk(size: int, hidden: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(size, hidden),
        nn.ReLU(inplace=True),
        nn.Dropout(dropout),
        nn.Linear(hidden, hidden),
        nn.ReLU(inplace=True),
        nn.Dropout(dropout),
    )
