"""What both makers of looks are handed and what they hand back; no picture of a face is made here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core.channels import ACTION_UNITS
from telltale.simulate.render_stage import stage
from telltale.simulate.rig_file import FaceRig

Array = npt.NDArray[np.float32]

MONK: Final = (
    (246, 237, 228),
    (243, 231, 219),
    (247, 234, 208),
    (234, 218, 186),
    (215, 189, 150),
    (160, 126, 86),
    (130, 92, 67),
    (96, 65, 52),
    (58, 49, 42),
    (41, 36, 32),
)
"""The ten skin tones of Monk, sRGB."""

WRINKLES: Final[dict[str, dict[int, float]]] = {
    "brow_inner": {1: 1.0},
    "brow_outer": {2: 1.0},
    "glabella": {4: 1.0, 9: 0.3},
    "crow": {6: 1.0, 7: 0.25, 12: 0.15},
    "under_eye": {6: 0.5, 7: 0.8},
    "nose": {9: 1.0},
    "fold": {12: 0.9, 10: 0.6, 9: 0.4, 14: 0.3},
    "corner": {14: 1.0, 23: 0.2},
    "chin": {17: 1.0, 15: 0.2},
}
"""Places that wrinkle, and how much each unit at full weight deepens them."""
WRINKLE_TILE: Final = 256


def unit_to_wrinkle() -> Array:
    """Shape (9, 17): `WRINKLES` as a matrix over `ACTION_UNITS`."""
    rows = [[share.get(au, 0.0) for au in ACTION_UNITS] for share in WRINKLES.values()]
    return np.array(rows, dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """Where things are on the mean face: what a maker paints on. Lengths are cm."""

    face: Array
    """Shape (512, 512, 3): place of each texel of the face's tile."""
    head: Array
    """Shape (512, 512, 3): place of each texel of the tile of head and neck."""
    marks: Array
    """Shape (68, 3): the landmarks."""
    marks_uv: Array
    """Shape (68, 2): the landmarks in the face's tile."""
    masks: dict[str, Array]
    """Shape (512, 512) each, 0 to 1: `lips`, `brow_L`, `brow_R`, `scalp_face`, `scalp_head`."""
    ear: Array
    """Shape (512, 512): 1 on the ears in the face's tile."""
    points: Array
    """Shape (N, 3): the vertices."""
    hairy: npt.NDArray[np.bool_]
    """Shape (N,): vertices of face and head that are no ear."""


@lru_cache(maxsize=2)
def ground(rig: FaceRig) -> Ground:
    """The ground of a rig; the last two are kept."""
    made = stage(rig)
    grid = (np.arange(512, dtype=np.float32) + 0.5) / 512
    u, v = np.meshgrid(grid, 1 - grid)
    names = [str(name) for name in rig.region_names]
    skin = np.array([name in ("face", "head_neck") for name in names])[rig.vert_region]
    return Ground(
        face=made.face_places,
        head=made.head_places,
        marks=rig.vertices[rig.lm68],
        marks_uv=made.vertex_uv[rig.lm68],
        masks={str(n): m.astype(np.float32) / 255 for n, m in zip(rig.uvmask_names, rig.uvmask, strict=True)},
        ear=((np.abs(u - 0.5) > 0.41) & (v > 0.42) & (v < 0.70)).astype(np.float32),
        points=rig.vertices,
        hairy=skin & ~made.ears,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Skin:
    """What a maker paints for one person. Colours are linear light, 0 to 1."""

    face: Array
    """Shape (512, 512, 4): albedo and gloss of the face's tile."""
    head: Array
    """Shape (512, 512, 4): the same for head and neck."""
    depths: Array
    """Shape (9, 256, 256): depth of each of `WRINKLES`, 0 to 1."""
    rgb: tuple[float, float, float]
    """Bare skin, sRGB 0 to 255."""
    hair_rgb: tuple[float, float, float]
    """Hair, linear."""
    hair_cm: Array
    """Shape (N,): how far hair stands off each vertex."""
    clothes_rgb: tuple[float, float, float]
    """Clothes, linear."""


def linear(rgb: npt.ArrayLike) -> Array:
    """Linear light, 0 to 1, of sRGB 0 to 255.

    >>> linear((255, 0, 128)).round(2)
    array([1.  , 0.  , 0.22], dtype=float32)
    """
    c = np.asarray(rgb, dtype=np.float32) / 255
    return np.asarray(np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4), dtype=np.float32)


def coded(light: npt.ArrayLike) -> Array:
    """sRGB 0 to 255 of linear light 0 to 1.

    >>> coded((1.0, 0.0, 0.2158605)).round()
    array([255.,   0., 128.], dtype=float32)
    """
    c = np.clip(np.asarray(light, dtype=np.float32), 0, 1)
    s = np.where(c <= 0.0031308, 12.92 * c, 1.055 * c ** (1 / 2.4) - 0.055)
    return np.asarray(s * 255, dtype=np.float32)
