"""Make src/telltale/face/mean_face.csv from pictures of heads that look straight at the camera.

    python tools/make_mean_face.py PICTURES OUT.csv

PICTURES holds a folder for each person with `rest.png`, one face at rest in the middle of the picture, and,
for some of them, one picture for each action unit at full intensity with the head still: `au01.png`, ...

The mean is the generalised Procrustes mean of the meshes at rest, made symmetric. A candidate's weight is
1 / (r^2 + s^2): r is its root mean square motion under the units once the head's apparent motion is taken
out, s = 0.02 eyes' distances is what FaceMesh's points move by themselves. Candidates are those of nose
bridge, eye corners, temples and cheekbones; foreheads move with the brows (AU1+2 moved the crop by
1.6 pixels with them, 0.9 without) and are left out.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from telltale.face.mesh import FaceMesh, Square, square_from_points
from telltale.weights.litert_model import LiteRtModel
from telltale.weights.mediapipe import model_path

Meshes = npt.NDArray[np.float64]

CANDIDATES = (
    *(168, 6, 197, 195, 122, 351, 188, 412, 174, 399, 196, 419),  # bridge of the nose
    *(33, 263, 133, 362),  # corners of the eyes
    *(127, 356, 34, 264, 143, 372, 227, 447, 234, 454, 93, 323),  # temples
    *(116, 345, 117, 346, 118, 347, 111, 340),  # cheekbones
    *(128, 357, 114, 343, 217, 437, 121, 350),  # beside the nose
)
FLOOR = 0.02
ROUNDS = 10


def read_mesh(path: Path, face_mesh: FaceMesh) -> Meshes:
    """The mesh of one picture, y up and z out of the face, unit and origin of the eyes. Shape (468, 3)."""
    picture = cv2.imread(str(path))
    if picture is None:
        raise SystemExit(f"{path} is no picture")
    height, width = picture.shape[:2]
    square = Square(width / 2, height / 2, 0.8 * width, 0.0)
    rgb = np.ascontiguousarray(picture[..., ::-1])
    for _ in range(4):
        mesh = face_mesh.read(rgb.astype(np.uint8), square)
        square = square_from_points(mesh.points)
    if mesh.presence < 0.9:
        raise SystemExit(f"{path} shows no face in its middle")
    return mesh.points.astype(np.float64) * (1, -1, -1)


def in_eyes_frame(points: Meshes) -> Meshes:
    """Moved and scaled so that the eyes' centres lie at x = -0.5 and 0.5 as nearly as their tilt allows."""
    right, left = points[[33, 133]].mean(axis=0), points[[263, 362]].mean(axis=0)
    placed: Meshes = (points - (right + left) / 2) / float(np.linalg.norm(left - right))
    return placed


def aligned(points: Meshes, onto: Meshes, weight: Meshes) -> Meshes:
    """`points` turned, scaled and shifted onto `onto`."""
    share = weight / weight.sum()
    a, b = points - share @ points, onto - share @ onto
    u, stretch, vt = np.linalg.svd((b * share[:, None]).T @ a)
    scale = stretch.sum() / (share[:, None] * a * a).sum()
    placed: Meshes = scale * a @ (u @ vt).T + share @ onto
    return placed


def mirror_of(mean: Meshes) -> npt.NDArray[np.intp]:
    """For each point the one nearest to its mirror image."""
    gaps = np.linalg.norm(mean[:, None] - mean[None] * (-1, 1, 1), axis=2)
    nearest: npt.NDArray[np.intp] = gaps.argmin(axis=1)
    return nearest


def procrustes_mean(rests: list[Meshes]) -> Meshes:
    """The symmetric mean of meshes at rest."""
    everywhere = np.ones(len(rests[0]))
    mean = in_eyes_frame(np.mean([in_eyes_frame(rest) for rest in rests], axis=0))
    mirror = mirror_of(mean)
    for _ in range(ROUNDS):
        mean = np.mean([aligned(rest, mean, everywhere) for rest in rests], axis=0)
        mean = in_eyes_frame((mean + mean[mirror] * (-1, 1, 1)) / 2)
    return mean


def steady_weights(mean: Meshes, pairs: list[tuple[Meshes, Meshes]]) -> Meshes:
    """Shape (468,): zero for all but the candidates, mean 1 over them, the same on both sides.

    `pairs` holds the same head at rest and with one unit.
    """
    weight = np.zeros(len(mean))
    chosen = list(CANDIDATES)
    weight[chosen] = 1.0
    mirror = mirror_of(mean)
    for _ in range(ROUNDS):
        squares = []
        for rest, moved in pairs:
            size = float(np.linalg.norm(rest[[33, 133]].mean(axis=0) - rest[[263, 362]].mean(axis=0)))
            squares.append((((aligned(moved, rest, weight) - rest)[:, :2] / size) ** 2).sum(axis=1))
        motion = np.mean(squares, axis=0)
        motion = (motion + motion[mirror]) / 2
        weight[chosen] = 1.0 / (motion[chosen] + FLOOR**2)
        weight /= weight[chosen].mean()
    return weight


def main() -> None:
    pictures, out = Path(sys.argv[1]), Path(sys.argv[2])
    face_mesh = FaceMesh(LiteRtModel(model_path("face_mesh")))
    rests, pairs = [], []
    for person in sorted(path for path in pictures.iterdir() if path.is_dir()):
        rest = read_mesh(person / "rest.png", face_mesh)
        rests.append(rest)
        pairs += [(rest, read_mesh(unit, face_mesh)) for unit in sorted(person.glob("au*.png"))]
    mean = procrustes_mean(rests)
    weight = steady_weights(mean, pairs)
    lines = [f"{x:.5f},{y:.5f},{z:.5f},{w:.3f}" for (x, y, z), w in zip(mean, weight, strict=True)]
    out.write_text("\n".join(["x,y,z,weight", *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
