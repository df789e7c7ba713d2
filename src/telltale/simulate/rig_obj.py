"""Reads Wavefront OBJ files: vertices, texture coordinates and polygons; nothing else of the format."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from telltale.core.errors import FormatError

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class ObjMesh:
    """A mesh of triangles and quadrilaterals; all indices from 0."""

    vertices: npt.NDArray[np.float64]
    """Shape (n, 3): x, y, z in the file's unit."""
    uv: npt.NDArray[np.float64]
    """Shape (m, 2): texture coordinates, v up."""
    corner_vertex: npt.NDArray[np.int64]
    """Shape (p, 4): vertex at each corner of each polygon; -1 as a triangle's fourth."""
    corner_uv: npt.NDArray[np.int64]
    """Shape (p, 4): texture coordinate at each corner, likewise."""


def read_vertices(path: Path) -> npt.NDArray[np.float64]:
    """Only the vertices of an OBJ file, which is all that a shape of a fixed mesh needs.

    Returns
    -------
    Shape (n, 3).
    """
    return _told(path, lambda: _numbers(_rows(_lines(path), "v "), 3))


def read_mesh(path: Path) -> ObjMesh:
    """A whole OBJ file. Every polygon must have three or four corners written `vertex/uv`.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "square.obj"
    >>> points = "v 0 0 0\\nv 1 0 0\\nv 1 1 0\\nv 0 1 0\\nvt 0 0\\nvt 1 0\\nvt 1 1\\nvt 0 1\\n"
    >>> _ = file.write_text(points + "f 1/1 2/2 3/3 4/4\\n")
    >>> read_mesh(file).corner_vertex.tolist()
    [[0, 1, 2, 3]]
    """
    return _told(path, lambda: _mesh(_lines(path)))


def _mesh(lines: list[str]) -> ObjMesh:
    faces = [row[:4] for row in _rows(lines, "f ") if len(row) in (3, 4)]
    if len(faces) != sum(line.startswith("f ") for line in lines):
        raise ValueError("a polygon with other than three or four corners")
    corners = np.full((len(faces), 4, 2), -1, dtype=np.int64)
    for i, face in enumerate(faces):
        corners[i, : len(face)] = [[int(part) - 1 for part in corner.split("/")[:2]] for corner in face]
    vertices, uv = _numbers(_rows(lines, "v "), 3), _numbers(_rows(lines, "vt "), 2)
    if len(faces) and (corners.reshape(-1, 2).max(axis=0) >= (len(vertices), len(uv))).any():
        raise ValueError("a polygon with a corner that is not in the file")
    return ObjMesh(vertices, uv, corners[..., 0], corners[..., 1])


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="latin-1").splitlines()


def _rows(lines: Iterable[str], key: str) -> list[list[str]]:
    return [line.split()[1:] for line in lines if line.startswith(key)]


def _numbers(rows: list[list[str]], width: int) -> npt.NDArray[np.float64]:
    values = np.array([row[:width] for row in rows], dtype=np.float64).reshape(-1, width)
    if len(values) != len(rows) or not np.isfinite(values).all():
        raise ValueError("a line that does not hold its numbers")
    return values


def _told(path: Path, read: Callable[[], Read]) -> Read:
    try:
        return read()
    except OSError as error:
        raise FormatError(f"cannot read {path}: {error.strerror}", hint="copy the file again") from error
    except ValueError as error:
        raise FormatError(f"{path} is not a whole OBJ file ({error})", hint="copy the file again") from error
