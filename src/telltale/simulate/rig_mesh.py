"""From the source's whole mesh to the rig's: the kept vertices, triangles and texture coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.core.errors import FormatError
from telltale.simulate.rig_obj import ObjMesh
from telltale.simulate.rig_regions import Layout, indices

_OTHER_VERSION = "get the current version of ICT-FaceKit"


@dataclass(frozen=True, slots=True)
class RigMesh:
    """The kept part of the neutral face: N vertices, T triangles, M texture coordinates."""

    neutral: npt.NDArray[np.float64]
    """Shape (N, 3): the source's neutral face, cm."""
    source: npt.NDArray[np.int64]
    """Shape (N,): index of each vertex in the source."""
    vertex_region: npt.NDArray[np.int64]
    """Shape (N,): region of each vertex."""
    triangles: npt.NDArray[np.int64]
    """Shape (T, 3): vertices, counter-clockwise seen from outside."""
    triangle_uv: npt.NDArray[np.int64]
    """Shape (T, 3): texture coordinates at the same corners."""
    triangle_region: npt.NDArray[np.int64]
    """Shape (T,): region of each triangle."""
    uv: npt.NDArray[np.float64]
    """Shape (M, 2): 0 to 1 within the region's own tile, v up."""


def keep(mesh: ObjMesh, layout: Layout) -> RigMesh:
    """Cut the kept regions out of the source's neutral mesh and number them anew, in the source's order."""
    if len(mesh.corner_vertex) != layout.polygons:
        found, wanted = len(mesh.corner_vertex), layout.polygons
        raise FormatError(f"the neutral mesh has {found} polygons, not {wanted}", hint=_OTHER_VERSION)
    owned = [indices(region.vertices) for region in layout.regions]
    source = np.concatenate(owned)
    new_vertex = _renumbering(source, layout.vertices)
    _check_regions(mesh, layout, new_vertex)
    pieces = [split(mesh, indices(region.polygons)) for region in layout.regions]
    old_uv = np.concatenate([uv for _, uv in pieces])
    used_uv = np.unique(old_uv)
    triangle_region = _labels([len(piece) for piece, _ in pieces])
    triangle_uv = _renumbering(used_uv, len(mesh.uv))[old_uv]
    uv = mesh.uv[used_uv] - np.floor(mesh.uv[used_uv])
    for r, region in enumerate(layout.regions):
        if region.name.startswith("lash"):
            corners = np.unique(triangle_uv[triangle_region == r])
            uv[corners] = spread(mesh.uv[used_uv[corners]])
    return RigMesh(
        neutral=mesh.vertices[source],
        source=source,
        vertex_region=_labels([len(own) for own in owned]),
        triangles=new_vertex[np.concatenate([vertices for vertices, _ in pieces])],
        triangle_uv=triangle_uv,
        triangle_region=triangle_region,
        uv=uv,
    )


def split(
    mesh: ObjMesh, polygons: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Cut polygons into triangles, each quadrilateral along its shorter diagonal.

    Returns
    -------
    Source vertices and source texture coordinates at the corners, both of shape (t, 3).
    """
    corners = mesh.corner_vertex[polygons]
    a, b, c, d = (mesh.vertices[corners[:, k]] for k in range(4))
    four = corners[:, 3] >= 0
    other = four & (np.linalg.norm(a - c, axis=1) > np.linalg.norm(b - d, axis=1))
    first = np.where(other[:, None], [0, 1, 3], [0, 1, 2])
    second = np.where(other[:, None], [1, 2, 3], [0, 2, 3])
    picks = np.stack([first, second], axis=1)[np.stack([np.ones_like(four), four], axis=1)]
    rows = np.repeat(polygons, 1 + four)[:, None]
    return mesh.corner_vertex[rows, picks], mesh.corner_uv[rows, picks]


def spread(uv: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Texture coordinates of a strip of lashes: u 0 to 1 along the lid, v from 0 at the root to 1 at the tip.

    In the source each strip is a box of one tile, root up.

    >>> spread(np.array([[6.2, 0.9], [6.4, 0.7], [6.3, 0.8]])).round(6).tolist()
    [[0.0, 0.0], [1.0, 1.0], [0.5, 0.5]]
    """
    low, high = uv.min(axis=0), uv.max(axis=0)
    along, out = ((uv - low) / np.maximum(high - low, 1e-12)).T
    return np.stack([along, 1 - out], axis=1)


def _labels(counts: list[int]) -> npt.NDArray[np.int64]:
    return np.repeat(np.arange(len(counts)), counts)


def _renumbering(kept: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.int64]:
    """Shape (count,): the new index of each old one, -1 for what is not kept."""
    new = np.full(count, -1, dtype=np.int64)
    new[kept] = np.arange(len(kept))
    return new


def _check_regions(mesh: ObjMesh, layout: Layout, new_vertex: npt.NDArray[np.int64]) -> None:
    """Each region's polygons use all of its own vertices and none that is dropped: the numbering is ours."""
    for region in layout.regions:
        corners = mesh.corner_vertex[indices(region.polygons)]
        used = np.unique(corners[corners >= 0])
        if not np.isin(indices(region.vertices), used).all() or (new_vertex[used] < 0).any():
            message = f"the neutral mesh does not number its {region.name} as ICT-FaceKit does"
            raise FormatError(message, hint=_OTHER_VERSION)
