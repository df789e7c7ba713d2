"""Makes `src/face/basis.json`, the face that the player draws, from a packed rig of ICT-FaceKit.

    pip install numpy scipy fast-simplification
    python tools/face_basis.py facerig.npz src/face/basis.json

Half a face is kept, the subject's left (x > 0); the other half is its mirror image. A unit's displacement
is kept for both sides together: the left side's share of it is clip((x + 2) / 4, 0, 1), as in the rig.
Positions are millimetres, displacements 1/120 of the unit's greatest. The rig itself stays where it is.
"""

import base64
import json
import sys
from itertools import pairwise
from pathlib import Path

import fast_simplification
import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

SOURCE = "ICT-FaceKit, face model light (github.com/ICT-VGL/ICT-FaceKit, da5f95a), by tools/face_basis.py"
UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
SURFACE_POINTS = 760

# Lines that no landmark follows, as (x, y) in the rig's centimetres, put on the surface from the front.
DRAWN = {
    "crease": [(1.95, 3.75), (2.35, 4.2), (2.9, 4.5), (3.5, 4.5), (4.15, 4.3), (4.75, 3.8)],
    "nasolabial": [(1.75, -0.35), (2.15, -1.1), (2.55, -1.9), (2.9, -2.7), (3.15, -3.5), (3.2, -4.2)],
    "ala": [(1.45, 0.1), (1.72, -0.3), (1.74, -0.75), (1.5, -1.08), (1.2, -1.12)],
    "nostril": [(0.42, -1.02), (0.7, -0.88), (1.0, -0.9), (1.2, -1.06)],
    "tip": [(0.0, -1.2), (0.28, -1.16), (0.5, -1.02)],
    "forehead_1": [(0.0, 7.05), (0.9, 7.15), (1.8, 7.4), (2.7, 7.6), (3.6, 7.55)],
    "forehead_2": [(0.0, 8.0), (0.9, 8.1), (1.8, 8.35), (2.7, 8.5), (3.4, 8.45)],
    "forehead_3": [(0.0, 8.95), (0.9, 9.05), (1.8, 9.25), (2.6, 9.3)],
    "frown": [(0.5, 4.5), (0.62, 5.1), (0.62, 5.7), (0.5, 6.3)],
    "wrinkle_1": [(0.15, 3.0), (0.5, 2.75), (0.95, 2.3)],
    "wrinkle_2": [(0.15, 2.3), (0.55, 2.0), (1.05, 1.5)],
    "crow_1": [(5.2, 3.75), (5.6, 3.98), (6.0, 4.3)],
    "crow_2": [(5.25, 3.45), (5.7, 3.45), (6.15, 3.5)],
    "crow_3": [(5.15, 3.15), (5.55, 2.95), (5.95, 2.7)],
    "pouch": [(1.95, 2.45), (2.5, 2.1), (3.2, 1.95), (3.9, 2.1), (4.5, 2.5)],
    "dimple": [(3.05, -2.75), (3.28, -3.15), (3.3, -3.6), (3.1, -4.0)],
    "chin": [(0.0, -5.02), (0.5, -5.0), (1.0, -4.85), (1.4, -4.7)],
    "philtrum": [(0.42, -1.6), (0.5, -2.0), (0.62, -2.3)],
    "brow_top": [(0.95, 6.35), (1.8, 6.62), (2.8, 6.72), (3.8, 6.68), (4.8, 6.3), (5.75, 5.35)],
    "brow_low": [(0.95, 5.55), (1.8, 5.78), (2.8, 6.02), (3.8, 6.08), (4.8, 5.86), (5.75, 5.25)],
}


def main(source: str, target: str) -> None:
    rig = np.load(source, allow_pickle=False)
    rest, regions, triangles = rig["vertices"].astype(float), rig["vert_region"], rig["tris"].astype(int)
    moved = rig["au_disp"].astype(float).sum(axis=1)
    skin = np.isin(regions[triangles], (0, 1)).all(axis=1)

    points, faces = _surface(rest, triangles[skin])
    tree = cKDTree(rest[np.isin(regions, (0, 1))])
    sources = np.flatnonzero(np.isin(regions, (0, 1)))[tree.query(points)[1]]
    positions, shifts = [rest[sources]], [moved[:, sources]]
    lines, count = {}, len(sources)
    face = triangles[(regions[triangles] == 0).all(axis=1)]
    for name, (place, shift) in _lines(rig, rest, moved, face).items():
        lines[name] = [count, len(place)]
        positions.append(place)
        shifts.append(shift)
        count += len(place)
    everything = np.concatenate(positions)
    everything[np.abs(everything[:, 0]) < 2e-3, 0] = 0
    shift = np.concatenate(shifts, axis=1)
    eye = rest[regions == 7]
    out = {
        "from": SOURCE,
        "licence": "MIT, Copyright (c) 2020 USC Institute for Creative Technologies",
        "notice": str(rig["license"]),
        "cite": "Li et al., Learning Formation of Physically-Based Face Attributes, CVPR 2020",
        "units": UNITS,
        "surface": len(sources),
        "points": count,
        "lines": lines,
        "eye": {"centre": eye.mean(axis=0).round(3).tolist(), "radius": 1.52},
        "positions": _pack(np.round(everything * 100).astype("<i2")),
        "triangles": _pack(faces.astype("<u2")),
        "shifts": [_sparse(one) for one in shift],
    }
    Path(target).write_text(json.dumps(out, separators=(",", ":")) + "\n", encoding="utf-8")
    sys.stdout.write(f"{target}: {count} points, {len(faces)} triangles\n")


def _surface(rest, triangles):
    """The left half of the skin in few triangles, its points on the middle put exactly there."""
    half = triangles[(rest[triangles, 0] > -2e-3).all(axis=1)]
    used, inverse = np.unique(half, return_inverse=True)
    reduction = 1 - SURFACE_POINTS * 1.95 / len(half)
    points, faces = fast_simplification.simplify(
        rest[used].astype("f4"), inverse.reshape(half.shape).astype("i4"), reduction, agg=5
    )
    points[np.abs(points[:, 0]) < 0.06, 0] = 0
    return points.astype(float), faces


def _lines(rig, rest, moved, face):
    """Each line as (points, displacements): from lashes, along edges between landmarks, or drawn."""
    marks = rig["lm68"].astype(int)
    found = {}
    for name, region in (("lid_upper", 9), ("lid_lower", 10)):
        roots = _roots(rig, region)
        chain = np.concatenate([[marks[42]], roots, [marks[45]]])
        found[name] = (rest[chain], moved[:, chain])
    edges = np.concatenate([face[:, [0, 1]], face[:, [1, 2]], face[:, [2, 0]]])
    length = np.linalg.norm(rest[edges[:, 0]] - rest[edges[:, 1]], axis=1) ** 1.2
    size = len(rest)
    graph = coo_matrix((length, (edges[:, 0], edges[:, 1])), shape=(size, size)).tocsr()
    for name, path in (
        ("lip_upper", (51, 52, 53, 54)),
        ("lip_lower", (57, 56, 55, 54)),
        ("mouth_upper", (62, 63, 64)),
        ("mouth_lower", (66, 65, 64)),
    ):
        chain = _along(graph, [int(marks[k]) for k in path])
        found[name] = (rest[chain], moved[:, chain])
    corners = rest[face]
    for name, xy in DRAWN.items():
        placed = [_put(corners, np.array(p)) for p in _denser(np.array(xy))]
        weights = np.array([w for _, w in placed])
        at = face[[k for k, _ in placed]]
        found[name] = (
            np.einsum("nk,nkc->nc", weights, rest[at]),
            np.einsum("nk,ankc->anc", weights, moved[:, at]),
        )
    return found


def _roots(rig, region):
    """Vertices where the lashes of one lid grow, from the inner corner to the outer."""
    mine = rig["tri_region"] == region
    place = dict(zip(rig["tris"][mine].ravel().tolist(), rig["uv"][rig["tri_uv"][mine].ravel()], strict=True))
    return np.array(sorted((k for k, uv in place.items() if uv[1] < 0.05), key=lambda k: place[k][0]))


def _along(graph, stops):
    chain = [stops[0]]
    for start, end in pairwise(stops):
        before = dijkstra(graph, directed=False, indices=start, return_predecessors=True)[1]
        back = [end]
        while back[-1] != start:
            back.append(int(before[back[-1]]))
        chain += back[-2::-1]
    return np.array(chain)


def _denser(xy):
    """Three points for each stretch of a Catmull-Rom curve."""
    wide = np.concatenate([2 * xy[:1] - xy[1:2], xy, 2 * xy[-1:] - xy[-2:-1]])
    out = []
    for k in range(1, len(wide) - 2):
        a, b, c, d = wide[k - 1 : k + 3]
        by_power = (2 * b, c - a, 2 * a - 5 * b + 4 * c - d, 3 * b - a - 3 * c + d)
        out += [0.5 * sum(share * t**k for k, share in enumerate(by_power)) for t in (0, 1 / 3, 2 / 3)]
    return [*out, xy[-1]]


def _put(corners, point):
    """The frontmost triangle under (x, y) and the weights of its corners there."""
    a, b, c = corners[:, 0, :2], corners[:, 1, :2], corners[:, 2, :2]
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    area[np.abs(area) < 1e-9] = 1e-9
    p = point
    v = ((p[0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (p[1] - a[:, 1])) / area
    w = ((b[:, 0] - a[:, 0]) * (p[1] - a[:, 1]) - (p[0] - a[:, 0]) * (b[:, 1] - a[:, 1])) / area
    weights = np.stack([1 - v - w, v, w], axis=1)
    depth = np.where((weights > -1e-3).all(axis=1), (weights * corners[:, :, 2]).sum(axis=1), -np.inf)
    best = int(depth.argmax())
    if not np.isfinite(depth[best]):
        raise SystemExit(f"nothing of the face lies at {tuple(point)}")
    return best, weights[best]


def _pack(values):
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()


def _sparse(shift):
    """One unit: its greatest in cm, which points move (a bit each), and how (three bytes each)."""
    most = float(np.abs(shift).max())
    bytes_ = np.round(shift / most * 120).astype(np.int8)
    moves = np.abs(bytes_).max(axis=1) > 1
    which = np.packbits(moves, bitorder="little")
    return {"most": round(most, 4), "which": _pack(which), "how": _pack(bytes_[moves])}


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
