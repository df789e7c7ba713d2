"""What drawing needs of a rig, made once: moves as float32 rows, kinds of surface, where each texel lies."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from telltale.simulate.render_kernels import BLOCK, bake, normals
from telltale.simulate.rig_file import FaceRig

Array = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

FACE, HEAD, MOUTH, SOCKET, GUMS, TEETH, EYE, LASH, HAIR, GLASSES, CLOTHES = range(11)
"""Kinds of surface."""
_KIND: Final = {
    "face": FACE,
    "head_neck": HEAD,
    "mouth_socket": MOUTH,
    "eye_socket_L": SOCKET,
    "eye_socket_R": SOCKET,
    "gums_tongue": GUMS,
    "teeth": TEETH,
    "eye_L": EYE,
    "eye_R": EYE,
    "lash_up_L": LASH,
    "lash_lo_L": LASH,
    "lash_up_R": LASH,
    "lash_lo_R": LASH,
}
TILE: Final = 512
"""Texels along the side of a texture."""
_EAR_U, _EAR_V = 0.40, (0.42, 0.72)
_SKY_ROUNDS = (2, 10, 40)


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """Arrays of a rig with N vertices and T triangles, ready for the kernels."""

    moves: Array
    """Shape (2A + E, 3N): units (left, right of each), then the other shapes; eyeballs do not move."""
    move_first: Ints
    """Shape (2A + E + 1,): where the blocks of each row begin in `move_blocks`."""
    move_blocks: Ints
    """Numbers of the blocks of `render_kernels.BLOCK` values that are not all 0."""
    shape_row: dict[str, int]
    """Row of `moves` of each named shape."""
    tris: Ints
    tri_uv: Ints
    uv: Array
    kinds: npt.NDArray[np.uint8]
    """Shape (T,): kind of surface."""
    lower_lash: npt.NDArray[np.bool_]
    """Shape (T,): lashes of the lower lid."""
    eyes: tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]
    """Vertices of the subject's left and right eye."""
    pupils: tuple[int, int]
    """Vertex in the middle of the left and of the right iris, -1 where the rig has no eye."""
    vertex_uv: Array
    """Shape (N, 2): one texture coordinate of each vertex."""
    ears: npt.NDArray[np.bool_]
    """Shape (N,): vertices of the ears."""
    torso: Array
    """Shape (N,): 0 turns with the head, 1 stays with the body."""
    sky: Array
    """Shape (N,): share of the sky that a vertex sees, 0 to 1."""
    face_places: Array
    """Shape (512, 512, 3): where on the mean face a texel of the face's tile lies, cm."""
    head_places: Array
    """Shape (512, 512, 3): the same for the tile of head and neck."""


@lru_cache(maxsize=2)
def stage(rig: FaceRig) -> Stage:
    """The stage of a rig; the last two are kept."""
    count = len(rig.vertices)
    regions = [str(name) for name in rig.region_names]
    kinds = np.array([_KIND[name] for name in regions], dtype=np.uint8)[rig.tri_region]
    tris, tri_uv = rig.tris.astype(np.int32), rig.tri_uv.astype(np.int32)
    eyes = tuple(np.flatnonzero(rig.vert_region == _find(regions, name)) for name in ("eye_L", "eye_R"))
    vertex_uv = np.zeros((count, 2), dtype=np.float32)
    vertex_uv[tris.ravel()] = rig.uv[tri_uv.ravel()]
    moves = np.concatenate([rig.au_disp.reshape(-1, count, 3), rig.expr]).astype(np.float32)
    for which in eyes:
        moves[:, which] = 0
    first = 2 * len(rig.au_names)
    off_middle = np.hypot(vertex_uv[:, 0] - 0.5, vertex_uv[:, 1] - 0.5)
    lower = [name.startswith("lash_lo") for name in regions]
    in_ear = (vertex_uv[:, 1] > _EAR_V[0]) & (vertex_uv[:, 1] < _EAR_V[1])
    in_ear &= (np.abs(vertex_uv[:, 0] - 0.5) > _EAR_U) & (rig.vert_region == _find(regions, "face"))
    flat = np.ascontiguousarray(moves.reshape(len(moves), -1))
    move_first, move_blocks = _blocks(flat)
    return Stage(
        moves=flat,
        move_first=move_first,
        move_blocks=move_blocks,
        shape_row={str(name): first + i for i, name in enumerate(rig.expr_names)},
        tris=tris,
        tri_uv=tri_uv,
        uv=rig.uv,
        kinds=kinds,
        lower_lash=np.array(lower)[rig.tri_region],
        eyes=(eyes[0], eyes[1]),
        pupils=(_nearest(eyes[0], off_middle), _nearest(eyes[1], off_middle)),
        vertex_uv=vertex_uv,
        ears=in_ear,
        torso=_torso(rig.vertices),
        sky=_sky(rig.vertices, tris),
        face_places=_places(rig.vertices, tris, tri_uv, rig.uv, kinds == FACE),
        head_places=_places(rig.vertices, tris, tri_uv, rig.uv, kinds == HEAD),
    )


def _blocks(moves: Array) -> tuple[Ints, Ints]:
    """Which blocks of each row of moves hold a number, and where each row's begin."""
    holds = np.add.reduceat(moves != 0, np.arange(0, moves.shape[1], BLOCK), axis=1, dtype=np.int32) > 0
    first = np.concatenate([[0], np.cumsum(holds.sum(axis=1))])
    return first.astype(np.int32), np.nonzero(holds)[1].astype(np.int32)


def _find(names: list[str], name: str) -> int:
    return names.index(name) if name in names else -1


def _nearest(which: npt.NDArray[np.intp], off: Array) -> int:
    return int(which[np.argmin(off[which])]) if len(which) else -1


def _torso(points: Array) -> Array:
    """Below the chin the neck follows the head less and less, the shoulders hardly."""
    t = np.clip((-8.0 - points[:, 1]) / 9.0, 0, 1)
    follows: Array = (0.85 * t * t * (3 - 2 * t)).astype(np.float32)
    return follows


def _sky(points: Array, tris: Ints) -> Array:
    """How open each vertex lies: below 1 where its surroundings, near and wide, rise above its surface."""
    normal = np.empty_like(points)
    normals(points, tris, normal)
    ends = np.concatenate([tris[:, [0, 1]], tris[:, [1, 2]], tris[:, [2, 0]]])
    degree = np.maximum(np.bincount(ends.ravel(), minlength=len(points)), 1)
    smooth = points.copy()
    sky = np.ones(len(points), dtype=np.float32)
    for step in range(_SKY_ROUNDS[-1] + 1):
        if step in _SKY_ROUNDS:
            rise = ((smooth - points) * normal).sum(axis=1)
            sky *= np.clip(1 - 0.9 * np.maximum(rise - 0.01, 0), 0.35, 1)
        mean = np.empty_like(smooth)
        for k in range(3):
            total = np.bincount(ends[:, 0], smooth[ends[:, 1], k], minlength=len(points))
            total += np.bincount(ends[:, 1], smooth[ends[:, 0], k], minlength=len(points))
            mean[:, k] = total / degree
        smooth = np.where(degree[:, None] > 1, mean, smooth)
    return sky.astype(np.float32)


def _places(points: Array, tris: Ints, tri_uv: Ints, uv: Array, which: npt.NDArray[np.bool_]) -> Array:
    """Shape (512, 512, 3): the point of each texel; between the islands that of the nearest one."""
    out = np.zeros((TILE, TILE, 3), dtype=np.float32)
    filled = np.zeros((TILE, TILE), dtype=np.uint8)
    bake(uv, tri_uv[which], tris[which], points, out, filled)
    if not filled.any():
        return out
    _, labels = cv2.distanceTransformWithLabels(1 - filled, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    of_label = np.zeros(int(labels.max()) + 1, dtype=np.intp)
    inside = np.flatnonzero(filled.ravel())
    of_label[labels.ravel()[inside]] = inside
    spread: Array = out.reshape(-1, 3)[of_label[labels]]
    return spread
