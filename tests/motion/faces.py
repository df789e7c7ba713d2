"""A face's 68 points in the crop, and pictures whose motion is known."""

import numpy as np
import numpy.typing as npt

from telltale.motion import planes
from telltale.motion.flow import FlowField

Array = npt.NDArray[np.float32]

HALF = {
    **dict(enumerate([(38, 84), (38, 106), (41, 125), (45, 144)])),
    **dict(enumerate([(52, 167), (66, 185), (80, 193), (95, 199)], 4)),
    **dict(enumerate([(50, 65), (59, 55), (70, 51), (85, 51), (99, 54)], 17)),
    31: (98, 133), 32: (105, 134),
    **dict(enumerate([(64, 83), (70, 77), (82, 76), (92, 85), (82, 86), (70, 86)], 36)),
    48: (85, 158), 49: (94, 151), 50: (104, 148), 58: (101, 166), 59: (93, 164),
    60: (89, 157), 61: (101, 156), 67: (100, 158),
}  # fmt: skip
MIDDLE = {8: 202, 27: 79, 28: 91, 29: 103, 30: 116, 33: 135, 51: 148, 57: 167, 62: 156, 66: 158}
SWAPS = [
    *((i, 16 - i) for i in range(8)),
    *((17 + i, 26 - i) for i in range(5)),
    *((31, 35), (32, 34), (36, 45), (37, 44), (38, 43), (39, 42), (40, 47), (41, 46)),
    *((48, 54), (49, 53), (50, 52), (58, 56), (59, 55), (60, 64), (61, 63), (67, 65)),
]
PARTNER = np.arange(68)
for first, second in SWAPS:
    PARTNER[[first, second]] = second, first
"""Shape (68,): which point a point becomes when the face is mirrored."""


def points68() -> Array:
    """A frontal face with two equal halves, shape (68, 2)."""
    points = np.zeros((68, 2), np.float32)
    for i, (x, y) in HALF.items():
        points[i], points[PARTNER[i]] = (x, y), (223 - x, y)
    for i, y in MIDDLE.items():
        points[i] = (111.5, y)
    return points


def mirror_points(points: Array) -> Array:
    """The points of the mirrored picture."""
    mirrored = points[PARTNER].copy()
    mirrored[:, 0] = 223 - mirrored[:, 0]
    return mirrored


def mirror_field(field: FlowField) -> FlowField:
    """The flow of the mirrored pictures."""
    return FlowField(field.flow[:, ::-1] * np.array([-1, 1], np.float32), field.weight[:, ::-1].copy())


def bump(centre: tuple[float, float], sigma_px: float, motion: tuple[float, float], grid: int = 56) -> Array:
    """A Gaussian bump of motion, shape (grid, grid, 2)."""
    axis = (np.arange(grid) + 0.5) * (224 / grid) - 0.5
    square = (axis[None, :] - centre[0]) ** 2 + (axis[:, None] - centre[1]) ** 2
    field: Array = (np.exp(-square / (2 * sigma_px**2))[..., None] * np.array(motion)).astype(np.float32)
    return field


def textured(seed: int = 0) -> Array:
    """A picture with structure of 3 to 15 px of the crop everywhere, four times as fine: shape (896, 896)."""
    numbers = np.random.default_rng(seed)
    parts = []
    for width in (13, 25, 61):
        noise = numbers.standard_normal((896, 896)).astype(np.float32)
        smooth = planes.mean_around(planes.mean_around(noise, width), width)
        parts.append(smooth / smooth.std())
    picture: Array = (128 + 8 * sum(parts)).astype(np.float32)
    return picture


def moved(fine: Array, motion: Array) -> Array:
    """The crop, shape (224, 224), after a motion of shape (g, g, 2): truth(x + motion(x)) = fine(x)."""
    big = planes.stretch(motion, 896) * np.float32(4)
    axis = np.arange(896, dtype=np.float32)
    x, y = np.meshgrid(axis, axis)
    back = big.copy()
    for _ in range(5):
        back = planes.sample(big, x - back[..., 0], y - back[..., 1])
    return planes.pool(planes.sample(fine, x - back[..., 0], y - back[..., 1]), 224)
