"""Long hair and glasses: thin geometry that stands off the head and turns with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.simulate.render_stage import GLASSES, HAIR
from telltale.simulate.rig_file import FaceRig

Array = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Extra:
    """A mesh of K vertices and L triangles; both are 0 where there is nothing."""

    points: Array
    """Shape (K, 3): on the mean face, cm."""
    uv: Array
    """Shape (K, 2)."""
    tris: Ints
    """Shape (L, 3): seen from both sides."""
    kinds: npt.NDArray[np.uint8]
    """Shape (L,)."""
    frame_rgb: tuple[float, float, float]
    """Frame of the glasses, linear."""


def draw_extra(rig: FaceRig, rng: np.random.Generator, hair_cm: Array) -> Extra:
    """Long hair on about a third of those who have hair, glasses on a fifth."""
    sheets = []
    if hair_cm.max() > 0.4 and rng.random() < 0.4:
        sheets.append((*_curtain(rng, float(hair_cm.max())), HAIR))
    if rng.random() < 0.2:
        sheets += [(*sheet, GLASSES) for sheet in _glasses(rig.vertices[rig.lm68], rng)]
    shade = rng.uniform(0.005, 0.08) if rng.random() < 0.7 else rng.uniform(0.1, 0.5)
    frame = (shade, shade * float(rng.uniform(0.6, 1)), shade * float(rng.uniform(0.5, 1)))
    points: list[Array] = []
    uv: list[Array] = []
    tris: list[Ints] = []
    kinds: list[int] = []
    start = 0
    for grid, grid_uv, kind in sheets:
        rows, columns = grid.shape[:2]
        corner = start + np.arange(rows * columns).reshape(rows, columns)
        a, b, c, d = corner[:-1, :-1], corner[1:, :-1], corner[1:, 1:], corner[:-1, 1:]
        made = np.concatenate([np.stack([a, b, c], 2).reshape(-1, 3), np.stack([a, c, d], 2).reshape(-1, 3)])
        points.append(grid.reshape(-1, 3))
        uv.append(grid_uv.reshape(-1, 2))
        tris.append(made.astype(np.int32))
        kinds += [kind] * len(made)
        start += rows * columns
    return Extra(
        points=np.concatenate([np.zeros((0, 3)), *points]).astype(np.float32),
        uv=np.concatenate([np.zeros((0, 2)), *uv]).astype(np.float32),
        tris=np.concatenate([np.zeros((0, 3), dtype=np.int32), *tris]).astype(np.int32),
        kinds=np.array(kinds, dtype=np.uint8),
        frame_rgb=frame,
    )


def _curtain(rng: np.random.Generator, lock_cm: float) -> tuple[Array, Array]:
    """A sheet that hangs from the crown round the back, from one temple to the other."""
    low, front, wave = rng.uniform(-18, -4), rng.uniform(1.05, 1.35), rng.uniform(0.2, 0.9)
    turn, down = np.meshgrid(np.linspace(front, 2 * np.pi - front, 49), np.linspace(0, 1, 16))
    y = 11.5 + (low - 11.5) * down
    wide = 7.6 + 0.7 * lock_cm + 1.0 * np.minimum(down * 3, 1) + rng.uniform(-0.5, 1.5) * down
    wide = wide * np.minimum(1, 0.62 + 1.6 * down)
    wide = wide + wave * 0.5 * np.sin(turn * 9 + 4 * down) * down + 0.25 * np.sin(turn * 23)
    grid = np.stack([wide * np.sin(turn), y, 1.1 * wide * np.cos(turn) - 0.5], axis=2)
    return grid.astype(np.float32), np.stack([turn / (2 * np.pi), 1 - down], axis=2).astype(np.float32)


def _glasses(marks: Array, rng: np.random.Generator) -> list[tuple[Array, Array]]:
    """Two rims, a bridge and two arms as thin ribbons."""
    half_x, half_y = rng.uniform(2.2, 2.9), rng.uniform(1.5, 2.3)
    power, thick = rng.uniform(2, 5), rng.uniform(0.08, 0.28)
    sheets = []
    for side in (1, -1):
        eye = (marks[42:48] if side == 1 else marks[36:42]).mean(axis=0)
        centre = np.array([eye[0] + side * 0.15, eye[1] - 0.25, marks[27, 2] + 0.35])
        t = np.linspace(0, 2 * np.pi, 41)
        cos, sin = np.cos(t), np.sin(t)
        x = np.sign(cos) * np.abs(cos) ** (2 / power) * half_x
        y = np.sign(sin) * np.abs(sin) ** (2 / power) * half_y
        ring = np.stack([x, y], axis=1)
        rows = []
        for grow in (0.0, 1.0):
            r = ring * (1 + grow * thick / np.array([half_x, half_y]))
            z = centre[2] - 0.06 * (centre[0] + r[:, 0]) ** 2 * 0.35
            rows.append(np.stack([centre[0] + r[:, 0], centre[1] + r[:, 1], z], axis=1))
        sheets.append(_sheet(rows))
        hinge = np.array([centre[0] + side * (half_x + thick), centre[1] + 0.5 * half_y, rows[1][0, 2]])
        ear = np.array([side * 8.0, centre[1] + 0.3, 0.5])
        tall = np.array([0, max(thick, 0.12), 0])
        sheets.append(_sheet([np.array([hinge - tall, ear - tall]), np.array([hinge + tall, ear + tall])]))
    inner = abs(marks[42:48].mean(axis=0)[0]) + 0.15 - half_x
    z = float(marks[27, 2]) + 0.35
    x = np.linspace(-inner, inner, 7)
    arch = float(marks[27, 1]) + 0.25 * (1 - (x / inner) ** 2)
    bridge = [np.stack([x, arch + k * thick, np.full(7, z)], axis=1) for k in (-0.6, 0.6)]
    return [*sheets, _sheet(bridge)]


def _sheet(rows: list[npt.NDArray[np.float64]]) -> tuple[Array, Array]:
    grid = np.stack(rows).astype(np.float32)
    return grid, np.zeros((*grid.shape[:2], 2), dtype=np.float32)
