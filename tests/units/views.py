"""Views of rendered faces, as the reader makes them, and their mirror images."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
from tests.face import rendered

from telltale.face.points68 import MIRRORED_68
from telltale.face.view import CROP_PX, Array, FaceView


@functools.cache
def views(*names: str) -> tuple[FaceView, ...]:
    """The same place in the picture shows one rendered face after another, 30 a second.

    Each is read by itself: to one reader a head that turns at once would be a cut.
    """
    steps = [rendered.reader().step(rendered.frame(i, {name: (150, 100)})) for i, name in enumerate(names)]
    return tuple(found for (found,) in steps)


def mirror_points(points: Array, width_px: int) -> Array:
    """Points of the mirrored picture, each still where it was in the list."""
    mirrored = points.copy()
    mirrored[:, 0] = width_px - 1 - mirrored[:, 0]
    return mirrored


@functools.cache
def mesh_partners() -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """For each mesh point the one on the other side: the nearest to its mirror image in the mean face."""
    from telltale.face.mean_face import MEAN

    image = MEAN * np.array([-1, 1, 1], np.float32)
    apart = ((image[:, None] - MEAN[None]) ** 2).sum(axis=2)
    return np.asarray(apart.argmin(axis=1))


def mirrored(view: FaceView) -> FaceView:
    """What the view of the mirrored picture would be, were FaceMesh exactly symmetric."""
    flip = np.diag([-1.0, 1.0, 1.0]).astype(np.float32)
    pose = replace(
        view.pose,
        yaw=-view.pose.yaw,
        roll=-view.pose.roll,
        rotation=(flip @ view.pose.rotation @ flip).astype(np.float32),
        shift_px=np.array([639 - view.pose.shift_px[0], view.pose.shift_px[1]], np.float32),
    )
    to_crop = view.to_crop.copy()
    to_crop[0, 1] *= -1
    to_crop[1, 0] *= -1
    to_crop[0, 2] = CROP_PX - 1 - (view.to_crop[0, 0] * 639 + view.to_crop[0, 2])
    to_crop[1, 2] = view.to_crop[1, 0] * 639 + view.to_crop[1, 2]
    return replace(
        view,
        pose=pose,
        mesh=mirror_points(view.mesh, 640)[mesh_partners()],
        points68=mirror_points(view.points68, 640)[list(MIRRORED_68)],
        to_crop=to_crop,
        luma=np.ascontiguousarray(view.luma[:, ::-1]),
        still=np.ascontiguousarray(view.still[:, ::-1]),
        code=np.ascontiguousarray(view.code[:, ::-1]),
    )
