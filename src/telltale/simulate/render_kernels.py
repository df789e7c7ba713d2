# mypy: disallow-untyped-decorators=False
"""Vertices, normals and textures: the arithmetic that all makers of faces share.

Compiled by numba on first use and kept in its cache.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

BLOCK = 96
"""Numbers moved or left alone together by `blend`."""


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def blend(moves: Any, first: Any, blocks: Any, weights: Any, out: Any) -> None:
    """Move vertices: out += weights @ moves, out (3N,).

    Only blocks of a row of moves (R, 3N) that hold a number are visited: blocks[first[r] : first[r + 1]].
    """
    n = out.shape[0]
    for r in range(weights.shape[0]):
        w = weights[r]
        if w == 0:
            continue
        row = moves[r]
        for b in range(first[r], first[r + 1]):
            start = blocks[b] * BLOCK
            for i in range(start, min(start + BLOCK, n)):
                out[i] += w * row[i]


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def project(points: Any, pivot: Any, turn: Any, torso: Any, camera: Any, vertex: Any, screen: Any) -> None:
    """Turn points about the pivot and put them on the picture.

    torso (N,) holds how far each vertex stays with the body, camera is (focal px, distance, x px, y px).
    Fills vertex (N, 8) from its fourth column and screen (N, 3): x, y, 1 / depth.
    """
    for i in range(points.shape[0]):
        x = points[i, 0] - pivot[0]
        y = points[i, 1] - pivot[1]
        z = points[i, 2] - pivot[2]
        t = torso[i]
        keep = np.float32(1) - t
        vx = (turn[0, 0] * x + turn[0, 1] * y + turn[0, 2] * z) * keep + x * t
        vy = (turn[1, 0] * x + turn[1, 1] * y + turn[1, 2] * z) * keep + y * t
        vz = (turn[2, 0] * x + turn[2, 1] * y + turn[2, 2] * z) * keep + z * t
        near = np.float32(1) / (camera[1] - vz)
        vertex[i, 3], vertex[i, 4], vertex[i, 5] = vx, vy, vz
        screen[i, 0] = camera[2] + camera[0] * vx * near
        screen[i, 1] = camera[3] - camera[0] * vy * near
        screen[i, 2] = near


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def extent(screen: Any) -> Any:
    """Return the smallest and the largest x and y of points (N, 3), shape (2, 2)."""
    out = np.empty((2, 2), np.float32)
    out[0] = 1e9
    out[1] = -1e9
    for i in range(screen.shape[0]):
        for k in range(2):
            out[0, k] = min(out[0, k], screen[i, k])
            out[1, k] = max(out[1, k], screen[i, k])
    return out


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def normals(points: Any, tris: Any, out: Any) -> None:
    """Fill the first three columns of out with unit normals, weighted by the triangles' areas."""
    out[:, :3] = 0
    for t in range(tris.shape[0]):
        a, b, c = tris[t, 0], tris[t, 1], tris[t, 2]
        ux = points[b, 0] - points[a, 0]
        uy = points[b, 1] - points[a, 1]
        uz = points[b, 2] - points[a, 2]
        wx = points[c, 0] - points[a, 0]
        wy = points[c, 1] - points[a, 1]
        wz = points[c, 2] - points[a, 2]
        x = uy * wz - uz * wy
        y = uz * wx - ux * wz
        z = ux * wy - uy * wx
        for i in (a, b, c):
            out[i, 0] += x
            out[i, 1] += y
            out[i, 2] += z
    for i in range(out.shape[0]):
        x, y, z = out[i, 0], out[i, 1], out[i, 2]
        size = np.float32(1) / (np.sqrt(x * x + y * y + z * z) + np.float32(1e-12))
        out[i, 0] = x * size
        out[i, 1] = y * size
        out[i, 2] = z * size


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
def texel(texture: Any, u: Any, v: Any) -> Any:
    """Read the four numbers of texture (S, S, 4) between its pixels; v points up."""
    size = texture.shape[0]
    one, zero, most = np.float32(1), np.float32(0), np.float32(size - 1.001)
    x = min(max(u * np.float32(size) - np.float32(0.5), zero), most)
    y = min(max((one - v) * np.float32(size) - np.float32(0.5), zero), most)
    i, j = int(x), int(y)
    fx, fy = x - np.float32(i), y - np.float32(j)
    w11, w10, w01 = fx * fy, fy * (one - fx), fx * (one - fy)
    w00 = (one - fx) * (one - fy)
    a, b, c, d = texture[j, i], texture[j, i + 1], texture[j + 1, i], texture[j + 1, i + 1]
    return (
        w00 * a[0] + w01 * b[0] + w10 * c[0] + w11 * d[0],
        w00 * a[1] + w01 * b[1] + w10 * c[1] + w11 * d[1],
        w00 * a[2] + w01 * b[2] + w10 * c[2] + w11 * d[2],
        w00 * a[3] + w01 * b[3] + w10 * c[3] + w11 * d[3],
    )


PIECE = 272
"""Fragments that are lit together: they stay in the nearest cache, where rows of a power of 2 would crowd."""


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def curved(light: Any, curve: Any, out: Any) -> None:
    """Colours (F, 3), 0 to 255, of light 0 to 1 that stands as three rows of PIECE numbers."""
    one, zero = np.float32(1), np.float32(0)
    for f in range(out.shape[0]):
        for k in range(3):
            place = min(max(light[k * PIECE + f], zero), one) * np.float32(4095)
            i = min(int(place), 4094)
            out[f, k] = curve[i] + (curve[i + 1] - curve[i]) * (place - np.float32(i))


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def bake(uv: Any, tri_uv: Any, tris: Any, points: Any, out: Any, filled: Any) -> None:
    """Fill out (S, S, 3) with the point that each texel of a tile shows, filled (S, S) with 1 there."""
    size = out.shape[0]
    for t in range(tris.shape[0]):
        a, b, c = tri_uv[t, 0], tri_uv[t, 1], tri_uv[t, 2]
        x0, y0 = uv[a, 0] * size, (1 - uv[a, 1]) * size
        x1, y1 = uv[b, 0] * size, (1 - uv[b, 1]) * size
        x2, y2 = uv[c, 0] * size, (1 - uv[c, 1]) * size
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < 1e-9:
            continue
        for y in range(max(0, int(min(y0, y1, y2) - 0.5)), min(size, int(max(y0, y1, y2) + 1.5))):
            for x in range(max(0, int(min(x0, x1, x2) - 0.5)), min(size, int(max(x0, x1, x2) + 1.5))):
                px, py = x + 0.5 - x0, y + 0.5 - y0
                w1 = (px * (y2 - y0) - (x2 - x0) * py) / area
                w2 = ((x1 - x0) * py - px * (y1 - y0)) / area
                if w1 < -0.001 or w2 < -0.001 or w1 + w2 > 1.001:
                    continue
                filled[y, x] = 1
                for k in range(3):
                    p0 = points[tris[t, 0], k]
                    out[y, x, k] = p0 + w1 * (points[tris[t, 1], k] - p0) + w2 * (points[tris[t, 2], k] - p0)


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def wrinkle(depths: Any, weights: Any, texel_cm: Any, depth: Any, out: Any) -> None:
    """Add up wrinkles: depths (G, S, S) times weights (G, 2), the right column on the tile's left half.

    Fills out (S, S, 4): depth 0 to about 1, its rise along u and along v for a groove 0.1 cm deep, nothing.
    depth (S, S) is room to work in.
    """
    groups, size = depths.shape[0], depths.shape[1]
    one, zero = np.float32(1), np.float32(0)
    across = np.empty(size, np.float32)
    depth[:] = zero
    for g in range(groups):
        if weights[g, 0] == 0 and weights[g, 1] == 0:
            continue
        for x in range(size):
            place = (np.float32(x) + np.float32(0.5)) / np.float32(size) * np.float32(12) - np.float32(5.5)
            left = min(max(place, zero), one)
            across[x] = left * weights[g, 0] + (one - left) * weights[g, 1]
        for y in range(size):
            row, add = depth[y], depths[g, y]
            for x in range(size):
                row[x] += add[x] * across[x]
    for y in range(1, size - 1):
        for x in range(1, size - 1):
            out[y, x, 0] = depth[y, x]
            out[y, x, 1] = (depth[y, x + 1] - depth[y, x - 1]) * texel_cm
            out[y, x, 2] = (depth[y - 1, x] - depth[y + 1, x]) * texel_cm
