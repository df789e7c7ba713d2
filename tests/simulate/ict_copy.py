"""A tiny invented ICT-FaceKit: files in its form, 212 vertices in the same scheme of regions.

The face is a grid of 10 x 10 points bent round a cylinder, the head a plate above it; teeth, eyes and lashes
are small patches. Between the kept regions lie vertices and polygons that the rig must drop.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from telltale.simulate.rig_regions import Layout, Region
from telltale.simulate.rig_units import SHAPES

MIT = "MIT License\n\nCopyright (c) 2020 Us\n\nPermission is hereby granted, free of charge, to anybody\n"

LAYOUT = Layout(
    vertices=212,
    polygons=151,
    identities=3,
    regions=(
        Region("face", ((0, 99),), ((0, 80),)),
        Region("head_neck", ((100, 149),), ((81, 116),)),
        Region("teeth", ((154, 162), (167, 175)), ((118, 121), (123, 126))),
        Region("eye_L", ((176, 184),), ((127, 130),)),
        Region("lash_up_L", ((194, 199),), ((139, 140),)),
        Region("lash_lo_R", ((206, 211),), ((149, 150),)),
    ),
    jaw_right=tuple(range(8)),
    jaw_left=tuple(range(90, 98)),
)

LANDMARKS = [11 + i for i in range(68)]
RIGID = [5, 100, 152, 160]
"""The third one is dropped with its region."""


@dataclass
class Patch:
    """A grid of vertices with its own quadrilaterals and its own box of one texture tile."""

    points: npt.NDArray[np.float64]
    """Shape (rows, columns, 3)."""
    tile: int
    box: tuple[float, float, float, float] = (0.1, 0.1, 0.9, 0.9)
    """Left, bottom, right, top within the tile."""


@dataclass
class Mesh:
    """The lines of an OBJ file as they grow."""

    vertices: list[npt.NDArray[np.float64]] = field(default_factory=list)
    uv: list[tuple[float, float]] = field(default_factory=list)
    faces: list[list[int]] = field(default_factory=list)

    def add(self, patch: Patch) -> None:
        rows, columns, _ = patch.points.shape
        start = len(self.vertices)
        left, bottom, right, top = patch.box
        for r in range(rows):
            for c in range(columns):
                self.vertices.append(patch.points[r, c])
                u = left + (right - left) * c / (columns - 1)
                self.uv.append((patch.tile + u, top + (bottom - top) * r / (rows - 1)))
        for r in range(rows - 1):
            for c in range(columns - 1):
                a = start + r * columns + c
                self.faces.append([a, a + columns, a + columns + 1, a + 1])


def grid(rows: int, columns: int, x: tuple[float, float], y: tuple[float, float], z: float) -> Patch:
    """A flat patch; its first row is the upper one."""
    across, down = np.meshgrid(np.linspace(*x, columns), np.linspace(y[1], y[0], rows))
    return Patch(np.stack([across, down, np.full(across.shape, z)], axis=2), tile=0)


def neutral() -> Mesh:
    """The neutral mesh in the layout of `LAYOUT`."""
    mesh = Mesh()
    face = grid(10, 10, (-7.0, 7.0), (-8.0, 12.0), 0.0)
    face.points[..., 2] = 10 - face.points[..., 0] ** 2 / 10
    head = grid(5, 10, (-6.0, 6.0), (13.0, 15.0), 2.0)
    head.tile = 1
    patches = [
        face,
        head,
        grid(2, 2, (0, 1), (0, 1), -9.0),  # dropped: 150 - 153
        grid(3, 3, (-1, 0), (-3, -2), 9.0),  # teeth: 154 - 162
        grid(2, 2, (0, 1), (0, 1), -9.0),  # dropped: 163 - 166
        grid(3, 3, (0, 1), (-3, -2), 9.0),  # teeth: 167 - 175
        grid(3, 3, (2, 4), (2, 4), 8.0),  # eye: 176 - 184
        grid(3, 3, (2, 4), (2, 4), -9.0),  # dropped: 185 - 193
        grid(2, 3, (2, 4), (4, 5), 9.0),  # lashes: 194 - 199
        grid(2, 3, (2, 4), (4, 5), 9.5),  # dropped: 200 - 205
        grid(2, 3, (-4, -2), (1, 2), 9.0),  # lashes: 206 - 211
    ]
    for patch in (patches[8], patches[10]):
        patch.tile, patch.box = 6, (0.5, 0.7, 0.9, 0.8)
    for patch in patches:
        mesh.add(patch)
        if patch is patches[7]:
            mesh.faces += [mesh.faces[-1]] * 4  # 131 - 138: as many dropped polygons as there is room for
        if patch is patches[9]:
            mesh.faces += [mesh.faces[-1]] * 6
    return mesh


def displacement(name: str, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How a shape moves the points, shape (n, 3): each shape by an amount and a direction of its own."""
    if name.startswith("identity"):
        return np.full(points.shape, (int(name[-3:]) + 1) / 10)
    amount = (SHAPES.index(name) + 1) / 100
    return np.stack([0 * points[:, 0], np.full(len(points), amount), np.full(len(points), -amount)], axis=1)


def write_copy(folder: Path) -> Path:
    """Write the whole copy; returns its folder."""
    model = folder / "FaceXModel"
    model.mkdir(parents=True)
    (folder / "LICENSE").write_text(MIT)
    mesh = neutral()
    points = np.array(mesh.vertices)
    texture = "".join(f"vt {u:.6f} {v:.6f}\n" for u, v in mesh.uv)
    faces = "".join(f"f {' '.join(f'{i + 1}/{i + 1}' for i in face)}\n" for face in mesh.faces)
    tail = texture + "usemtl M_Face\n" + faces
    (model / "generic_neutral_mesh.obj").write_text("# invented\n" + vertex_lines(points) + tail)
    for name in [*SHAPES, *(f"identity{i:03d}" for i in range(LAYOUT.identities))]:
        (model / f"{name}.obj").write_text(vertex_lines(points + displacement(name, points)) + tail)
    told = {"idx_to_landmark_verts": LANDMARKS, "idx_to_rigid_verts": RIGID}
    (model / "vertex_indices.json").write_text(json.dumps(told))
    return folder


def vertex_lines(points: npt.NDArray[np.float64]) -> str:
    return "".join(f"v {x:.6f} {y:.6f} {z:.6f}\n" for x, y, z in points)
