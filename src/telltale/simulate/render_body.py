"""One person's head, ready to move: the rest shape with sealed lips, hair and glasses sewn on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.simulate.render_kernels import normals
from telltale.simulate.render_look import Look
from telltale.simulate.render_stage import EYE, GUMS, LASH, MOUTH, SOCKET, TEETH, Ints, stage
from telltale.simulate.rig_file import FaceRig

Array = npt.NDArray[np.float32]

_LIP_PAIRS: Final = ((61, 67), (62, 66), (63, 65))
_LIDS: Final = (((43, 47), (44, 46)), ((37, 41), (38, 40)))
DISTANCE_CM: Final = 65.0
"""From the middle of the head to the camera."""
EYE_PUSH_CM: Final = 0.3
"""Eyeballs count as this much deeper than they are, or they would show through shut lids."""
_LIPS_MEET_CM: Final = 0.3
_PUSH: Final = EYE_PUSH_CM / DISTANCE_CM


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """A head of N + K vertices, the last K those of hair and glasses."""

    rest: Array
    torso: Array
    sky: Array
    tris: Ints
    """Solid triangles: teeth and gums last."""
    tri_uv: Ints
    uv: Array
    kinds: npt.NDArray[np.int32]
    bias: Array
    two_sided: npt.NDArray[np.bool_]
    beside: Ints
    """Shape (T, 3): the triangle across each edge, -1 at a rim and on the lips where they meet."""
    solid: int
    """Number of solid triangles."""
    solid_sealed: int
    """Number of those that can be seen while the lips are sealed."""
    lash_tris: Ints
    lash_uv: Ints
    lash: Array
    """Shape (lash triangles,): 1 on the upper, less on the lower lid."""
    landmarks: npt.NDArray[np.intp]
    """Shape (68,): the 68 points, 0 - 16 on the jaw's edge."""
    lip_points: npt.NDArray[np.intp]
    width_cm: float
    """From the first to the last landmark of the jaw."""
    eyes: tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]
    pupils: tuple[int, int]
    blink_row: int
    blink_scale: Array
    """Shape (2,): AU45 of left and right times this just closes this person's lids."""
    lid_shut_cm: Array
    """Shape (2,): lid aperture when shut, left and right."""
    lid_rest_cm: Array
    eyes_cm: float
    """Distance of the eyes."""

    def gaze(self, points: Array, gaze_x: float, gaze_y: float) -> Array:
        """Turn the eyeballs in place; returns the middles of the irises, right eye first, shape (2, 3)."""
        (sx, sy), (cx, cy) = np.sin([gaze_x, gaze_y]), np.cos([gaze_x, gaze_y])
        turn = np.array([[cx, 0, sx], [0, 1, 0], [-sx, 0, cx]]) @ np.array(
            [[1, 0, 0], [0, cy, sy], [0, -sy, cy]]
        )
        fronts = np.empty((2, 3), dtype=np.float32)
        for side, (which, pupil) in enumerate(zip(self.eyes, self.pupils, strict=True)):
            if pupil < 0:
                middle = points[self.landmarks[[42, 45]] if side == 0 else self.landmarks[[36, 39]]].mean(
                    axis=0
                )
                fronts[1 - side] = middle
                continue
            ball = points[which]
            centre = (ball.min(axis=0) + ball.max(axis=0)) / 2
            points[which] = (ball - centre) @ turn.T.astype(np.float32) + centre
            fronts[1 - side] = points[pupil]
        return fronts

    def lip_gap(self, points: Array) -> float:
        """How far the lips are apart, as a share of the eyes' distance."""
        gap = np.mean([points[self.landmarks[a], 1] - points[self.landmarks[b], 1] for a, b in _LIP_PAIRS])
        return float(max(gap, 0.0)) / self.eyes_cm

    def lid(self, points: Array) -> Array:
        """How far the eyes are closed, left and right, 0 to 1."""
        now = aperture(points, self.landmarks)
        open_ = np.maximum(self.lid_rest_cm - self.lid_shut_cm, 1e-6)
        return np.asarray(np.clip(1 - (now - self.lid_shut_cm) / open_, 0, 1), dtype=np.float32)


def aperture(points: Array, landmarks: npt.NDArray[np.intp]) -> Array:
    """How far the lids are apart, left and right, cm; below 0 where they overlap."""
    rows = [[points[landmarks[a], 1] - points[landmarks[b], 1] for a, b in pairs] for pairs in _LIDS]
    return np.asarray(np.array(rows, dtype=np.float32).mean(axis=1), dtype=np.float32)


def body(rig: FaceRig, look: Look) -> Body:
    """Put a person together."""
    made = stage(rig)
    marks = rig.lm68.astype(np.intp)
    rest = _sealed(rig, look.identity)
    eyes_cm = float(np.linalg.norm(rest[marks[42:48]].mean(axis=0) - rest[marks[36:42]].mean(axis=0)))
    width_cm = float(np.linalg.norm(rest[marks[16]] - rest[marks[0]]))
    blink = [int(name[2:]) for name in rig.au_names].index(45)
    shut = aperture(rig.vertices + rig.au_disp[blink].astype(np.float32).sum(axis=0), marks)
    mean_open, own_open = aperture(rig.vertices, marks), aperture(rest, marks)
    extra = look.extra
    worn = extra.points + _drift(rig, rest, marks, extra.points)
    skin = rest.copy()
    normal = np.empty_like(rest)
    normals(rest, made.tris, normal)
    skin += normal * look.skin.hair_cm[:, None]
    order = np.argsort(np.isin(made.kinds, (GUMS, TEETH)), kind="stable")
    order = order[made.kinds[order] != LASH]
    inner = int(np.isin(made.kinds, (GUMS, TEETH)).sum())
    front = len(order) - inner
    count, worn_count = len(rest), len(extra.tris)
    uv_count = len(made.uv)
    pieces = (order[:front], order[front:])
    tris = np.concatenate([made.tris[pieces[0]], extra.tris + count, made.tris[pieces[1]]])
    tri_uv = np.concatenate([made.tri_uv[pieces[0]], extra.tris + uv_count, made.tri_uv[pieces[1]]])
    kinds = np.concatenate([made.kinds[pieces[0]], extra.kinds, made.kinds[pieces[1]]]).astype(np.int32)
    bias = np.where(kinds == EYE, 1 - _PUSH, np.where(kinds == SOCKET, (1 - _PUSH) ** 2, 1)).astype(
        np.float32
    )
    two_sided = np.zeros(len(tris), dtype=np.bool_)
    two_sided[front : front + worn_count] = True
    two_sided |= kinds == MOUTH
    lash = made.kinds == LASH
    return Body(
        rest=np.ascontiguousarray(np.concatenate([skin, worn]).astype(np.float32)),
        torso=np.concatenate([made.torso, np.zeros(len(worn))]).astype(np.float32),
        sky=np.concatenate([made.sky, np.ones(len(worn))]).astype(np.float32),
        tris=np.ascontiguousarray(tris.astype(np.int32)),
        tri_uv=np.ascontiguousarray(tri_uv.astype(np.int32)),
        uv=np.concatenate([made.uv, extra.uv]).astype(np.float32),
        kinds=kinds,
        bias=bias,
        two_sided=two_sided,
        beside=np.where(_where_lips_meet(rest, marks, tris)[:, None], np.int32(-1), _beside(tris)),
        solid=len(tris),
        solid_sealed=front + worn_count,
        lash_tris=np.ascontiguousarray(made.tris[lash]),
        lash_uv=np.ascontiguousarray(made.tri_uv[lash]),
        lash=np.where(made.lower_lash[lash], 0.35, 1.0).astype(np.float32),
        landmarks=rig.lm68_jaw.astype(np.intp),
        lip_points=marks[[51, 57]],
        width_cm=width_cm,
        eyes=made.eyes,
        pupils=made.pupils,
        blink_row=2 * blink,
        blink_scale=((own_open - shut) / np.maximum(mean_open - shut, 1e-6)).astype(np.float32),
        lid_shut_cm=shut,
        lid_rest_cm=own_open,
        eyes_cm=eyes_cm,
    )


def _beside(tris: Ints) -> Ints:
    """The triangle across each edge, shape (T, 3), -1 where there is none.

    >>> _beside(np.array([[0, 1, 2], [2, 1, 3]], dtype=np.int32)).tolist()
    [[-1, 1, -1], [0, -1, -1]]
    """
    ends = np.stack([tris, np.roll(tris, -1, axis=1)], axis=2).reshape(-1, 2).astype(np.int64)
    key = ends.min(axis=1) << 32 | ends.max(axis=1)
    order = np.argsort(key, kind="stable")
    twin = np.flatnonzero(key[order[1:]] == key[order[:-1]])
    out = np.full(len(key), -1, dtype=np.int32)
    one, other = order[twin], order[twin + 1]
    out[one], out[other] = other // 3, one // 3
    return out.reshape(-1, 3)


def _where_lips_meet(rest: Array, marks: npt.NDArray[np.intp], tris: Ints) -> npt.NDArray[np.bool_]:
    """Triangles about the inner edge of the lips, shape (T,): skin on skin, no outline tells them apart."""
    ring = rest[marks[[60, 61, 62, 63, 64, 65, 66, 67, 60]]]
    steps = np.linspace(0, 1, 6)[:, None, None]
    line = (ring[:-1] + steps * (ring[1:] - ring[:-1])).reshape(-1, 3)
    near = np.zeros(int(tris.max()) + 1, dtype=np.bool_)
    box = np.flatnonzero((np.abs(rest - line.mean(axis=0)) < np.ptp(line, axis=0).max()).all(axis=1))
    off = np.linalg.norm(rest[box, None] - line[None], axis=2).min(axis=1)
    near[box] = off < _LIPS_MEET_CM
    return np.asarray(near[tris].any(axis=1))


def _sealed(rig: FaceRig, identity: Array) -> Array:
    """The identity's rest face, shape (N, 3), its lips as far apart as the mean face's."""
    rest = rig.vertices + np.tensordot(identity, rig.ident.astype(np.float32), 1)
    names = [str(name) for name in rig.expr_names]
    if "mouthClose" in names:
        close = rig.expr[names.index("mouthClose")].astype(np.float32)
        upper, lower = int(rig.lm68[62]), int(rig.lm68[66])
        slope = float(close[upper, 1] - close[lower, 1])
        wanted = float(rig.vertices[upper, 1] - rig.vertices[lower, 1])
        off = wanted - float(rest[upper, 1] - rest[lower, 1])
        if abs(slope) > 1e-6:
            rest = rest + np.float32(np.clip(off / slope, -0.03, 0.15)) * close
    return np.asarray(rest, dtype=np.float32)


def _drift(rig: FaceRig, rest: Array, marks: npt.NDArray[np.intp], points: Array) -> Array:
    """How far this identity's brows and nose lie from the mean face's: what is worn goes with them."""
    if not len(points):
        return np.zeros((0, 3), dtype=np.float32)
    anchors = marks[[27, 28, 36, 39, 42, 45]]
    shift = (rest[anchors] - rig.vertices[anchors]).mean(axis=0)
    return np.broadcast_to(shift, points.shape).astype(np.float32)
