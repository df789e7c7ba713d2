"""Where lips, brows and hair lie on the face's texture: five grey pictures, painted from the landmarks.

They say where a renderer may colour, no more: 0 is bare skin, 255 all lip, brow or hair. A picture covers
one tile of the texture; its row 0 is v = 1.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline
from scipy.ndimage import distance_transform_edt
from scipy.spatial import cKDTree

from telltale.simulate.rig_mesh import RigMesh

Points = npt.NDArray[np.float64]

SIZE: Final = 512
NAMES: Final = ("lips", "brow_L", "brow_R", "scalp_face", "scalp_head")

_OUTER_LIP: Final = slice(48, 60)
_BROW_RIGHT: Final = slice(17, 22)
_BROW_LEFT: Final = slice(22, 27)
_BROW_HALF_WIDTH: Final = (0.013, 0.004)
"""Half the height of a brow at its inner and outer end, as a share of the tile."""
_SOFT: Final = 1.5 / SIZE
"""Lips and brows fade over this share of the tile."""

_HAIRLINE_CM: Final = 4.0
"""Height of the hairline above the middle of the brows."""
_HAIRLINE_DROP: Final = 0.055
"""How fast the hairline falls to the sides, cm at 1 cm from the middle, with the square of the distance."""
_TEMPLE_Z_CM: Final = 4.0
"""On the sides of the head hair begins this far out of the face's plane, and grows behind it."""
_EAR_TOP_CM: Final = 4.2
_NAPE_CM: Final = -3.5
"""Hair ends above the ears in front, and at the nape behind."""


def paint_masks(mesh: RigMesh, landmarks: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """The five masks, in the order of `NAMES`.

    Parameters
    ----------
    mesh
        The neutral face; its first region is the face and its second the head and neck.
    landmarks
        Shape (68,): vertex of each Multi-PIE landmark.

    Returns
    -------
    Shape (5, 512, 512).
    """
    uv = landmark_uv(mesh, landmarks)
    brow_height = mesh.neutral[landmarks[[21, 22]], 1].mean()
    hair = hairiness(mesh.neutral, brow_height)
    masks = (
        inside(uv[_OUTER_LIP]),
        stroke(uv[_BROW_LEFT]),
        stroke(uv[_BROW_RIGHT][::-1]),
        paint_region(mesh, 0, hair),
        paint_region(mesh, 1, hair),
    )
    return np.rint(np.stack(masks) * 255).astype(np.uint8)


def landmark_uv(mesh: RigMesh, landmarks: npt.NDArray[np.int64]) -> Points:
    """Shape (68, 2): where each landmark lies on the face's tile."""
    face = mesh.triangle_region == 0
    uv_of = np.full(len(mesh.neutral), -1, dtype=np.int64)
    uv_of[mesh.triangles[face].ravel()] = mesh.triangle_uv[face].ravel()
    placed: Points = mesh.uv[uv_of[landmarks]]
    return placed


def hairiness(points: Points, brow_height: float) -> Points:
    """How far a point of the head is under hair, 0 to 1, fading over 2 cm.

    Parameters
    ----------
    points
        Shape (N, 3): cm.
    brow_height
        cm.

    Returns
    -------
    Shape (N,).

    >>> forehead, crown, cheek, back = [0, 9, 9.5], [0, 14, 2], [6, 0, 6], [0, 5, -9]
    >>> hairiness(np.array([forehead, crown, cheek, back]), 6.0).round(2).tolist()
    [0.0, 1.0, 0.0, 1.0]
    """
    x, y, z = points.T
    above_forehead = y - (brow_height + _HAIRLINE_CM - _HAIRLINE_DROP * x**2)
    lower_edge = np.interp(z, (-5.0, -1.0), (_NAPE_CM, _EAR_TOP_CM))
    behind_temple = np.minimum(_TEMPLE_Z_CM - z, y - lower_edge)
    share = np.clip((np.maximum(above_forehead, behind_temple) + 1) / 2, 0, 1)
    soft: Points = share**2 * (3 - 2 * share)
    return soft


def inside(outline: Points) -> Points:
    """A filled shape with a soft edge.

    Parameters
    ----------
    outline
        Shape (k, 2): points on its smooth closed outline, in the tile.

    Returns
    -------
    Shape (512, 512): 0 to 1.
    """
    closed = np.concatenate([outline, outline[:1]])
    curve = CubicSpline(np.arange(len(closed)), closed, bc_type="periodic")(
        np.linspace(0, len(outline), 40 * len(outline), endpoint=False)
    )
    pixels = _pixels()
    distance, _ = cKDTree(curve).query(pixels)
    signed = np.where(_encloses(curve, pixels), distance, -distance)
    return np.clip(0.5 + signed / _SOFT, 0, 1).reshape(SIZE, SIZE)


def stroke(line: Points) -> Points:
    """A brow: a stroke that hangs from a line and thins out towards its end.

    Parameters
    ----------
    line
        Shape (k, 2): points on the brow's upper edge from the inner end to the outer, in the tile.

    Returns
    -------
    Shape (512, 512): 0 to 1.
    """
    at = np.linspace(0, len(line) - 1, 200)
    half = np.interp(at, (0, len(line) - 1), _BROW_HALF_WIDTH)
    centre = CubicSpline(np.arange(len(line)), line)(at) - np.stack([0 * half, half], axis=1)
    distance, nearest = cKDTree(centre).query(_pixels())
    return np.clip(0.5 + (half[nearest] - distance) / _SOFT, 0, 1).reshape(SIZE, SIZE)


def paint_region(mesh: RigMesh, region: int, values: Points) -> Points:
    """A picture of one region's tile in which each triangle carries its vertices' values.

    What no triangle covers takes the nearest value, so that no seam shows where the texture is cut.

    Parameters
    ----------
    mesh, region
        The triangles to paint.
    values
        Shape (N,): one for each vertex.

    Returns
    -------
    Shape (512, 512).
    """
    picture = np.full((SIZE, SIZE), np.nan)
    mine = mesh.triangle_region == region
    corners = mesh.uv[mesh.triangle_uv[mine]] * [SIZE, -SIZE] + [-0.5, SIZE - 0.5]
    for corner, value in zip(corners, values[mesh.triangles[mine]], strict=True):
        _paint_triangle(picture, corner, value)
    rows, columns = distance_transform_edt(np.isnan(picture), return_distances=False, return_indices=True)
    filled: Points = picture[rows, columns]
    return filled


def _paint_triangle(picture: Points, corner: Points, value: Points) -> None:
    """Fill one triangle; `corner` is of shape (3, 2): column and row of each corner, in pixels."""
    low = np.maximum(np.ceil(corner.min(axis=0)), 0).astype(int)
    high = np.minimum(np.floor(corner.max(axis=0)), SIZE - 1).astype(int)
    (ax, ay), (bx, by), (cx, cy) = corner
    double_area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
    if (low > high).any() or double_area == 0:
        return
    x, y = np.arange(low[0], high[0] + 1), np.arange(low[1], high[1] + 1)[:, None]
    b = ((x - ax) * (cy - ay) - (cx - ax) * (y - ay)) / double_area
    c = ((bx - ax) * (y - ay) - (x - ax) * (by - ay)) / double_area
    within = (b >= 0) & (c >= 0) & (b + c <= 1)
    box = picture[low[1] : high[1] + 1, low[0] : high[0] + 1]
    box[within] = (value[0] * (1 - b - c) + value[1] * b + value[2] * c)[within]


def _pixels() -> Points:
    """Shape (262144, 2): the texture coordinate of each pixel's middle, row by row from the top."""
    middle = (np.arange(SIZE) + 0.5) / SIZE
    u, v = np.meshgrid(middle, 1 - middle)
    return np.stack([u.ravel(), v.ravel()], axis=1)


def _encloses(curve: Points, pixels: Points) -> npt.NDArray[np.bool_]:
    """Whether a closed curve goes round each pixel: a ray to the right crosses it an odd number of times."""
    odd = np.zeros(len(pixels), dtype=bool)
    u, v = pixels.T
    for (u0, v0), (u1, v1) in zip(curve, np.roll(curve, -1, axis=0), strict=True):
        if v0 != v1:
            crossing = u0 + (v - v0) / (v1 - v0) * (u1 - u0)
            odd ^= ((v0 > v) != (v1 > v)) & (u < crossing)
    return odd
