# mypy: disallow-untyped-decorators=False
"""The stage that all makers of faces share: move vertices, project, find what each sample sees.

Compiled by numba on first use and kept in its cache. A pixel has 2 x 2 samples, each in its own quarter, on
a turned square: no two share a row or a column, so an upright edge passes them one by one. In the doubled
picture sample (row, column) stands at x = column + 3/4 in even rows, else column + 1/4, and at y = row + 1/4
in even columns, else row + 3/4.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

ATTRIBUTES = 9
"""Of a fragment: u, v, normal (3), place relative to the head's middle (3), share of open sky."""


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def blend(rest: Any, moves: Any, rows: Any, weights: Any, out: Any) -> None:
    """Move vertices: out = rest + weights @ moves[rows], all flattened to (3N,)."""
    n = rest.shape[0]
    step = 4096  # a piece that stays in the cache while all rows pass over it
    for start in range(0, n, step):
        stop = min(start + step, n)
        for i in range(start, stop):
            out[i] = rest[i]
        for k in range(rows.shape[0]):
            row = moves[rows[k]]
            w = weights[k]
            for i in range(start, stop):
                out[i] += w * row[i]


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def project(points: Any, pivot: Any, turn: Any, torso: Any, camera: Any, view: Any, screen: Any) -> None:
    """Turn points about the pivot and put them on the picture.

    torso (N,) holds how far each vertex stays with the body, camera is (focal px, distance, x px, y px).
    Fills view (N, 3) and screen (N, 3): x, y, 1 / depth.
    """
    for i in range(points.shape[0]):
        x = points[i, 0] - pivot[0]
        y = points[i, 1] - pivot[1]
        z = points[i, 2] - pivot[2]
        t = torso[i]
        for k in range(3):
            turned = turn[k, 0] * x + turn[k, 1] * y + turn[k, 2] * z
            still = x if k == 0 else (y if k == 1 else z)
            view[i, k] = turned * (1 - t) + still * t
        near = np.float32(1) / (camera[1] - view[i, 2])
        screen[i, 0] = camera[2] + camera[0] * view[i, 0] * near
        screen[i, 1] = camera[3] - camera[0] * view[i, 1] * near
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
    """Fill out (N, 3) with unit normals, weighted by the triangles' areas."""
    out[:] = 0
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
        size = np.sqrt(out[i, 0] ** 2 + out[i, 1] ** 2 + out[i, 2] ** 2) + np.float32(1e-12)
        out[i, 0] /= size
        out[i, 1] /= size
        out[i, 2] /= size


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def raster(screen: Any, tris: Any, bias: Any, two_sided: Any, seen: Any, share: Any, depth: Any) -> None:
    """Find the nearest triangle of each sample.

    screen (N, 3) is in samples of the box; bias (T,) multiplies 1 / depth. Fills seen (H, W), the
    triangle's number or -1, share (H, W, 2), the weights of corners 1 and 2, and depth (H, W).
    """
    height, width = seen.shape
    one = np.float32(1)
    for t in range(tris.shape[0]):
        a, b, c = tris[t, 0], tris[t, 1], tris[t, 2]
        x0, y0, x1, y1, x2, y2 = (
            screen[a, 0],
            screen[a, 1],
            screen[b, 0],
            screen[b, 1],
            screen[c, 0],
            screen[c, 1],
        )
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area > -1e-7 and (not two_sided[t] or area < 1e-7):
            continue  # seen from behind: y points down
        left = max(0, int(np.ceil(min(x0, x1, x2) - np.float32(0.75))))
        right = min(width - 1, int(np.floor(max(x0, x1, x2) - np.float32(0.25))))
        top = max(0, int(np.ceil(min(y0, y1, y2) - np.float32(0.75))))
        bottom = min(height - 1, int(np.floor(max(y0, y1, y2) - np.float32(0.25))))
        if left > right or top > bottom:
            continue
        inv = one / area
        z0 = screen[a, 2] * bias[t]
        z1 = screen[b, 2] * bias[t] - z0
        z2 = screen[c, 2] * bias[t] - z0
        d1x, d1y = (y2 - y0) * inv, (x0 - x2) * inv
        d2x, d2y = (y0 - y1) * inv, (x1 - x0) * inv
        for y in range(top, bottom + 1):
            py = np.float32(y) + np.float32(0.25) - y0
            px = np.float32(left) + (np.float32(0.25) if y & 1 else np.float32(0.75)) - x0
            r1 = px * d1x + py * d1y
            r2 = px * d2x + py * d2y
            for x in range(left, right + 1):
                lower = np.float32(0.5) if x & 1 else np.float32(0)
                w1, w2 = r1 + lower * d1y, r2 + lower * d2y
                if w1 >= 0 and w2 >= 0 and w1 + w2 <= one:
                    z = z0 + w1 * z1 + w2 * z2
                    if z > depth[y, x]:
                        depth[y, x] = z
                        seen[y, x] = t
                        share[y, x, 0] = w1
                        share[y, x, 1] = w2
                r1 += d1x
                r2 += d2x


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def lashes(screen: Any, tris: Any, tri_uv: Any, uv: Any, strength: Any, depth: Any, through: Any) -> None:
    """Multiply `through` (H, W), the light that passes, by what lashes leave; strength (T,) at the root."""
    height, width = through.shape
    for t in range(tris.shape[0]):
        a, b, c = tris[t, 0], tris[t, 1], tris[t, 2]
        x0, y0, x1, y1, x2, y2 = (
            screen[a, 0],
            screen[a, 1],
            screen[b, 0],
            screen[b, 1],
            screen[c, 0],
            screen[c, 1],
        )
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < 1e-6:
            continue
        left = max(0, int(np.ceil(min(x0, x1, x2) - 0.5)))
        right = min(width - 1, int(np.floor(max(x0, x1, x2) - 0.5)))
        top = max(0, int(np.ceil(min(y0, y1, y2) - 0.5)))
        bottom = min(height - 1, int(np.floor(max(y0, y1, y2) - 0.5)))
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                px = x + 0.5 - x0
                py = y + 0.5 - y0
                w1 = (px * (y2 - y0) - (x2 - x0) * py) / area
                w2 = ((x1 - x0) * py - px * (y1 - y0)) / area
                if w1 < 0 or w2 < 0 or w1 + w2 > 1:
                    continue
                w0 = 1 - w1 - w2
                if w0 * screen[a, 2] + w1 * screen[b, 2] + w2 * screen[c, 2] < depth[y, x] * 0.9995:
                    continue
                tip = w0 * uv[tri_uv[t, 0], 1] + w1 * uv[tri_uv[t, 1], 1] + w2 * uv[tri_uv[t, 2], 1]
                through[y, x] *= 1 - strength[t] * max(0.0, 1 - tip) ** 1.3


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
def _add(
    t: Any, w0: Any, w1: Any, w2: Any, tris: Any, tri_uv: Any, uv: Any, vertex: Any, f: int, out: Any
) -> None:
    a, b, c = tris[t, 0], tris[t, 1], tris[t, 2]
    i, j, k = tri_uv[t, 0], tri_uv[t, 1], tri_uv[t, 2]
    out[f, 0] += w0 * uv[i, 0] + w1 * uv[j, 0] + w2 * uv[k, 0]
    out[f, 1] += w0 * uv[i, 1] + w1 * uv[j, 1] + w2 * uv[k, 1]
    for m in range(7):
        out[f, 2 + m] += w0 * vertex[a, m] + w1 * vertex[b, m] + w2 * vertex[c, m]


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def gather(
    seen: Any,
    share: Any,
    depth: Any,
    tris: Any,
    tri_uv: Any,
    uv: Any,
    vertex: Any,
    kinds: Any,
    pixels: Any,
    what: Any,
    cover: Any,
    attributes: Any,
) -> int:
    """Make fragments: one for a pixel whose four samples lie on one surface, else one for each sample.

    vertex (N, 7) holds normal, place and share of open sky. Fills pixels (row * width + column), what (kind),
    cover (share of the pixel) and attributes (F, 9); returns the number of fragments.
    """
    height, width = seen.shape[0] // 2, seen.shape[1] // 2
    count = 0
    for y in range(height):
        for x in range(width):
            first = -1
            whole = True
            low, high = np.float32(1e9), np.float32(0)
            for k in range(4):
                t = seen[2 * y + k // 2, 2 * x + k % 2]
                if t < 0:
                    whole = False
                    continue
                z = depth[2 * y + k // 2, 2 * x + k % 2]
                low, high = min(low, z), max(high, z)
                if first < 0:
                    first = kinds[t]
                elif kinds[t] != first:
                    whole = False
            if first < 0:
                continue
            one = np.float32(1)
            if whole and high < low * np.float32(1.012):
                attributes[count] = 0
                last = -1
                w0, w1, w2 = np.float32(0), np.float32(0), np.float32(0)
                for k in range(4):
                    row, column = 2 * y + k // 2, 2 * x + k % 2
                    t = seen[row, column]
                    if t != last and last >= 0:
                        _add(last, w0, w1, w2, tris, tri_uv, uv, vertex, count, attributes)
                        w0, w1, w2 = np.float32(0), np.float32(0), np.float32(0)
                    last = t
                    s1, s2 = share[row, column, 0], share[row, column, 1]
                    w0 += np.float32(0.25) * (one - s1 - s2)
                    w1 += np.float32(0.25) * s1
                    w2 += np.float32(0.25) * s2
                _add(last, w0, w1, w2, tris, tri_uv, uv, vertex, count, attributes)
                pixels[count], what[count], cover[count] = y * width + x, first, one
                count += 1
                continue
            for k in range(4):
                row, column = 2 * y + k // 2, 2 * x + k % 2
                t = seen[row, column]
                if t < 0:
                    continue
                attributes[count] = 0
                s1, s2 = share[row, column, 0], share[row, column, 1]
                _add(t, one - s1 - s2, s1, s2, tris, tri_uv, uv, vertex, count, attributes)
                pixels[count], what[count], cover[count] = y * width + x, kinds[t], np.float32(0.25)
                count += 1
    return count


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def texel(texture: Any, u: Any, v: Any, out: Any) -> None:
    """Read texture (S, S, C) between its pixels into out (C,); v points up."""
    size = texture.shape[0]
    one, most = np.float32(1), np.float32(size - 1.001)
    x = min(max(u * np.float32(size) - np.float32(0.5), np.float32(0)), most)
    y = min(max((one - v) * np.float32(size) - np.float32(0.5), np.float32(0)), most)
    i, j = int(x), int(y)
    fx, fy = np.float32(x - i), np.float32(y - j)
    for k in range(out.shape[0]):
        above = texture[j, i, k] * (one - fx) + texture[j, i + 1, k] * fx
        below = texture[j + 1, i, k] * (one - fx) + texture[j + 1, i + 1, k] * fx
        out[k] = above * (one - fy) + below * fy


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def compose(
    pixels: Any,
    what: Any,
    cover: Any,
    colours: Any,
    through: Any,
    lash: Any,
    faces: Any,
    picture: Any,
    mask: Any,
) -> None:
    """Lay fragments (0 to 255) over picture (H, W, 3) uint8, lashes over both; mask where `faces[kind]`."""
    height, width = mask.shape
    total = np.zeros((height * width, 5), np.float32)
    for f in range(pixels.shape[0]):
        p = pixels[f]
        for k in range(3):
            total[p, k] += cover[f] * colours[f, k]
        total[p, 3] += cover[f]
        if faces[what[f]]:
            total[p, 4] += cover[f]
    for y in range(height):
        for x in range(width):
            p = y * width + x
            if total[p, 3] <= 0:
                continue
            light = np.float32(0.25) * (
                through[2 * y, 2 * x]
                + through[2 * y, 2 * x + 1]
                + through[2 * y + 1, 2 * x]
                + through[2 * y + 1, 2 * x + 1]
            )
            for k in range(3):
                c = total[p, k] + picture[y, x, k] * (1 - total[p, 3])
                c = c * light + lash[k] * (1 - light)
                picture[y, x, k] = np.uint8(min(max(c + np.float32(0.5), np.float32(0)), np.float32(255)))
            mask[y, x] = total[p, 4] >= 0.5


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
def wrinkle(depths: Any, weights: Any, texel_cm: Any, out: Any) -> None:
    """Add up wrinkles: depths (G, S, S) times weights (G, 2), the right column on the tile's left half.

    Fills out (S, S, 3): depth 0 to about 1, and its rise along u and along v for a groove 0.1 cm deep.
    """
    groups, size = depths.shape[0], depths.shape[1]
    out[:] = 0
    for g in range(groups):
        if weights[g, 0] == 0 and weights[g, 1] == 0:
            continue
        for x in range(size):
            left = min(max((x + np.float32(0.5)) / size * 12 - np.float32(5.5), np.float32(0)), np.float32(1))
            out[0, x, 1] = left * weights[g, 0] + (1 - left) * weights[g, 1]
        for y in range(1, size):
            for x in range(size):
                out[y, x, 0] += depths[g, y, x] * out[0, x, 1]
    out[0, :, 1] = 0
    for y in range(1, size - 1):
        for x in range(1, size - 1):
            out[y, x, 1] = (out[y, x + 1, 0] - out[y, x - 1, 0]) * texel_cm
            out[y, x, 2] = (out[y - 1, x, 0] - out[y + 1, x, 0]) * texel_cm
