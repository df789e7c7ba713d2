"""Head pose: the mean face turned, scaled and shifted onto a mesh, over the points that no expression moves.

    minimise  sum_i w_i |q_i - (s R p_i + t)|^2      p mean face, q mesh with y up and z out of the face

solved in closed form (Umeyama 1991), then again with each point's weight lowered by its residual; scale and
shift are then fitted in the picture alone, where the mesh is best. On rendered heads yaw comes out 1.05 times
too large and pitch 0.86 times too small. Neither is corrected: a gain on pitch makes its mean error larger,
because most of that error is the person's own.

`rotation` is Rz(-roll) Rx(-pitch) Ry(yaw) about axes x to the subject's left, y up, z out of the face: roll
is what turning the picture would undo.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.face.mean_face import MEAN, STEADY, STEADY_WEIGHT
from telltale.face.view import Array, Pose

_FITS: Final = 2
_SPREAD: Final = 0.03
"""Residual, in eyes' distances, at which a point's weight is halved."""
_Y_UP: Final = np.array([1, -1, -1], dtype=np.float64)

_Double = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A pose and how well the mesh agrees with it."""

    pose: Pose
    residual: float
    """Weighted root mean square over the steady points, eyes' distances."""


def fit_pose(mesh: Array) -> Fit:
    """The pose of a mesh.

    Parameters
    ----------
    mesh
        Shape (468, 3), pixels of the picture, z negative towards the camera.

    >>> front = MEAN * np.array([50, -50, -50], dtype=np.float32) + np.array([320, 240, 0], dtype=np.float32)
    >>> fit = fit_pose(front)
    >>> round(fit.pose.scale_px, 3), round(abs(fit.pose.yaw), 3), round(fit.residual, 3)
    (50.0, 0.0, 0.0)
    """
    seen = mesh[STEADY].astype(np.float64) * _Y_UP
    weight = _WEIGHT
    for _ in range(_FITS):
        rotation, scale, residuals = _procrustes(seen, weight)
        weight = _WEIGHT / (1.0 + (residuals / (scale * _SPREAD)) ** 2)
    residual = math.sqrt(float(_WEIGHT @ residuals**2) / float(_WEIGHT.sum())) / scale
    yaw, pitch, roll = angles(rotation)
    scale, shift = _place(rotation, seen[:, :2], weight)
    down = (shift * (1, -1)).astype(np.float32)
    return Fit(Pose(yaw, pitch, roll, rotation.astype(np.float32), scale, down), residual)


def place(pose: Pose, points: Array) -> Array:
    """Points of the mean face's frame in the picture. Shape (N, 3) to (N, 2)."""
    turned = points @ pose.rotation[:2].T
    turned[:, 1] *= -1
    turned *= pose.scale_px
    turned += pose.shift_px
    return turned


def turn(yaw: float, pitch: float, roll: float) -> _Double:
    """The rotation of three angles in radians, with core's signs. Shape (3, 3).

    >>> np.round(turn(math.radians(90), 0, 0) @ [0, 0, 1], 6)  # the nose points to the subject's left
    array([1., 0., 0.])
    """
    ca, sa = math.cos(yaw), math.sin(yaw)
    cb, sb = math.cos(-pitch), math.sin(-pitch)
    cc, sc = math.cos(-roll), math.sin(-roll)
    tipped = np.array([[ca, 0.0, sa], [sb * sa, cb, -sb * ca], [-cb * sa, sb, cb * ca]])
    lean = np.array([[cc, -sc, 0.0], [sc, cc, 0.0], [0.0, 0.0, 1.0]])
    rotation: _Double = lean @ tipped
    return rotation


def angles(rotation: _Double) -> tuple[float, float, float]:
    """Yaw, pitch and roll of a rotation, radians.

    >>> [round(angle, 6) for angle in angles(turn(0.3, -0.2, 0.1))]
    [0.3, -0.2, 0.1]
    """
    yaw = math.atan2(-rotation[2, 0], rotation[2, 2])
    pitch = -math.asin(max(-1.0, min(1.0, float(rotation[2, 1]))))
    roll = math.atan2(rotation[0, 1], rotation[1, 1])
    return yaw, pitch, roll


_POINTS: Final[_Double] = MEAN[STEADY].astype(np.float64)
_WEIGHT: Final[_Double] = STEADY_WEIGHT.astype(np.float64)


def _procrustes(seen: _Double, weight: _Double) -> tuple[_Double, float, _Double]:
    """Rotation, scale and each point's distance from its place, in the units of `seen`."""
    share = weight / weight.sum()
    points = _POINTS - share @ _POINTS
    seen = seen - share @ seen
    weighted = points * share[:, None]
    u, stretch, vt = np.linalg.svd(seen.T @ weighted)
    if np.linalg.det(u) * np.linalg.det(vt) < 0:
        u[:, 2] *= -1
        stretch[2] *= -1
    rotation = u @ vt
    scale = float(stretch.sum() / (weighted * points).sum())
    left = seen - scale * points @ rotation.T
    return rotation, scale, np.sqrt(np.einsum("ij,ij->i", left, left))


def _place(rotation: _Double, seen: _Double, weight: _Double) -> tuple[float, _Double]:
    """Scale and shift that put the turned mean face onto `seen` in the picture's plane (y up)."""
    share = weight / weight.sum()
    turned = _POINTS @ rotation[:2].T
    middle, seen_middle = share @ turned, share @ seen
    flat = turned - middle
    weighted = flat * share[:, None]
    scale = float((weighted * (seen - seen_middle)).sum() / (weighted * flat).sum())
    return scale, seen_middle - scale * middle
