# mypy: disallow-untyped-decorators=False
"""What each pixel sees: one look at every pixel's middle, and four where surfaces meet in it.

Inside a surface a pixel sees one triangle at its middle. Where an outline, a rim, lashes or another kind of
surface may cross it, the pixel is given a slot and looked at again at four points, on a turned square: no two
share a row or a column, so an upright edge passes them one by one. Whole numbers are pixels' middles.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np

_X: Final = (np.float32(-0.125), np.float32(0.375), np.float32(-0.375), np.float32(0.125))
_Y: Final = (np.float32(-0.375), np.float32(-0.125), np.float32(0.125), np.float32(0.375))
_FAR: Final = np.float32(0.375)
JUMP: Final = np.float32(1.012)
"""Depths whose quotient is larger lie on different surfaces."""
TILE: Final = 8
"""Pixels along the side of a square that is passed over together."""


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def turned(screen: Any, tris: Any, two_sided: Any, width: int, height: int, ahead: Any, listed: Any) -> int:
    """List the triangles that can be seen in a box; fills ahead (T,), whether they face the camera.

    screen (N, 3) is in pixels of the box. Returns how many of listed (T,) are filled.
    """
    count = 0
    right, bottom = np.float32(width), np.float32(height)
    for t in range(tris.shape[0]):
        a, b, c = tris[t, 0], tris[t, 1], tris[t, 2]
        x0, y0, x1, y1 = screen[a, 0], screen[a, 1], screen[b, 0], screen[b, 1]
        x2, y2 = screen[c, 0], screen[c, 1]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        ahead[t] = area < np.float32(0)  # y points down
        if area > np.float32(-1e-8) and (not two_sided[t] or area < np.float32(1e-8)):
            continue
        if max(x0, x1, x2) < -_FAR or min(x0, x1, x2) > right or max(y0, y1, y2) < -_FAR:
            continue
        if min(y0, y1, y2) > bottom:
            continue
        listed[count] = t
        count += 1
    return count


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def _forget(seen: Any) -> None:
    for i in range(seen.shape[0]):
        for j in range(seen.shape[1]):
            seen[i, j, 0], seen[i, j, 1], seen[i, j, 2], seen[i, j, 3] = 0, -1, 0, 0


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def look(screen: Any, tris: Any, listed: Any, bias: Any, seen: Any) -> None:
    """Find the nearest triangle at the middle of each pixel.

    bias (T,) multiplies 1 / depth. Fills seen (H, W, 4): depth, the triangle's number or -1, and the weights
    of its corners 1 and 2. They stand together, for memory is what this waits for.
    """
    height, width = seen.shape[:2]
    _forget(seen)
    slack = np.float32(-1e-5)
    for n in range(listed.shape[0]):
        t = listed[n]
        a, b, c = tris[t, 0], tris[t, 1], tris[t, 2]
        x0, y0, x1, y1 = screen[a, 0], screen[a, 1], screen[b, 0], screen[b, 1]
        x2, y2 = screen[c, 0], screen[c, 1]
        left, right = max(0, int(np.ceil(min(x0, x1, x2)))), min(width - 1, int(np.floor(max(x0, x1, x2))))
        top, bottom = max(0, int(np.ceil(min(y0, y1, y2)))), min(height - 1, int(np.floor(max(y0, y1, y2))))
        if left > right or top > bottom:
            continue
        inv = np.float32(1) / ((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0))
        z0 = screen[a, 2] * bias[t]
        z1, z2 = screen[b, 2] * bias[t] - z0, screen[c, 2] * bias[t] - z0
        d1x, d1y = (y2 - y0) * inv, (x0 - x2) * inv
        d2x, d2y = (y0 - y1) * inv, (x1 - x0) * inv
        px = np.float32(left) - x0
        for y in range(top, bottom + 1):
            py = np.float32(y) - y0
            w1, w2 = px * d1x + py * d1y, px * d2x + py * d2y
            for x in range(left, right + 1):
                z = z0 + w1 * z1 + w2 * z2
                # one test without branches inside: they could not be foreseen
                if (min(w1, w2, np.float32(1) - w1 - w2) >= slack) & (z > seen[y, x, 0]):
                    seen[y, x, 0], seen[y, x, 1], seen[y, x, 2], seen[y, x, 3] = z, t, w1, w2
                w1 += d1x
                w2 += d2x


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
def _mark(screen: Any, a: int, b: int, c: int, seen: Any, mark: Any) -> None:
    """Mark the pixels that a triangle's box touches and does not lie wholly behind."""
    height, width = mark.shape
    half = np.float32(0.5)
    left = max(0, int(np.ceil(min(screen[a, 0], screen[b, 0], screen[c, 0]) - half)))
    right = min(width - 1, int(np.floor(max(screen[a, 0], screen[b, 0], screen[c, 0]) + half)))
    top = max(0, int(np.ceil(min(screen[a, 1], screen[b, 1], screen[c, 1]) - half)))
    bottom = min(height - 1, int(np.floor(max(screen[a, 1], screen[b, 1], screen[c, 1]) + half)))
    near = max(screen[a, 2], screen[b, 2], screen[c, 2]) * np.float32(1.004)
    for y in range(top, bottom + 1):
        for x in range(left, right + 1):
            if near >= seen[y, x, 0]:
                mark[y, x] = 1


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
def _differ(kind: Any, other: Any, depth: Any, beyond: Any) -> Any:
    """Whether two pixels side by side see different surfaces, 0 or 1."""
    return np.uint8((kind != other) | (max(depth, beyond) > min(depth, beyond) * JUMP))


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def slots(
    screen: Any,
    tris: Any,
    beside: Any,
    ahead: Any,
    listed: Any,
    lash_tris: Any,
    kinds: Any,
    seen: Any,
    kind: Any,
    mark: Any,
    slot: Any,
    tiles: Any,
) -> int:
    """Give a slot to each pixel that more than one surface may share; fills slot (H, W), -1 for the others.

    beside (T, 3): the triangle across each edge, -1 at a rim. kind and mark (H, W) are room to work in; tiles
    tells which squares of TILE pixels hold a slot. Returns the number of slots.
    """
    height, width = mark.shape
    mark[:] = 0
    for n in range(listed.shape[0]):
        t = listed[n]
        for k in range(3):
            other = beside[t, k]
            if other < 0 or other >= ahead.shape[0] or ahead[other] != ahead[t]:
                _mark(screen, tris[t, 0], tris[t, 1], tris[t, 2], seen, mark)
                break
    for t in range(lash_tris.shape[0]):
        _mark(screen, lash_tris[t, 0], lash_tris[t, 1], lash_tris[t, 2], seen, mark)
    for y in range(height):
        for x in range(width):
            t = int(seen[y, x, 1])
            kind[y, x] = kinds[t] if t >= 0 else 255
    for y in range(height):
        below = min(y + 1, height - 1)
        for x in range(width - 1):
            edge = _differ(kind[y, x], kind[y, x + 1], seen[y, x, 0], seen[y, x + 1, 0])
            mark[y, x] |= edge
            mark[y, x + 1] |= edge
        for x in range(width):
            edge = _differ(kind[y, x], kind[below, x], seen[y, x, 0], seen[below, x, 0])
            mark[y, x] |= edge
            mark[below, x] |= edge
    tiles[:] = 0
    count = 0
    for y in range(height):
        for x in range(width):
            slot[y, x] = -1
            if mark[y, x]:
                slot[y, x] = count
                tiles[y // TILE, x // TILE] = 1
                count += 1
    return count


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def look_closely(screen: Any, tris: Any, listed: Any, bias: Any, slot: Any, tiles: Any, seen: Any) -> None:
    """Find the nearest triangle at the four points of each slot.

    Fills seen (S, 4, 4) as `look` does.
    """
    height, width = slot.shape
    _forget(seen)
    one, zero = np.float32(1), np.float32(0)
    for n in range(listed.shape[0]):
        t = listed[n]
        a, b, c = tris[t, 0], tris[t, 1], tris[t, 2]
        x0, y0, x1, y1 = screen[a, 0], screen[a, 1], screen[b, 0], screen[b, 1]
        x2, y2 = screen[c, 0], screen[c, 1]
        left = max(0, int(np.ceil(min(x0, x1, x2) - _FAR)))
        right = min(width - 1, int(np.floor(max(x0, x1, x2) + _FAR)))
        top = max(0, int(np.ceil(min(y0, y1, y2) - _FAR)))
        bottom = min(height - 1, int(np.floor(max(y0, y1, y2) + _FAR)))
        found = 0
        for i in range(top // TILE, bottom // TILE + 1):
            for j in range(left // TILE, right // TILE + 1):
                found |= tiles[i, j]
        if not found:
            continue
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                s = slot[y, x]
                if s < 0:
                    continue
                inv = one / ((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0))
                z0 = screen[a, 2] * bias[t]
                z1, z2 = screen[b, 2] * bias[t] - z0, screen[c, 2] * bias[t] - z0
                for k in range(4):
                    px, py = np.float32(x) + _X[k] - x0, np.float32(y) + _Y[k] - y0
                    w1 = (px * (y2 - y0) + py * (x0 - x2)) * inv
                    w2 = (px * (y0 - y1) + py * (x1 - x0)) * inv
                    z = z0 + w1 * z1 + w2 * z2
                    if (min(w1, w2, one - w1 - w2) >= zero) & (z > seen[s, k, 0]):
                        seen[s, k, 0], seen[s, k, 1], seen[s, k, 2], seen[s, k, 3] = z, t, w1, w2


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def lashes(
    screen: Any, tris: Any, tri_uv: Any, uv: Any, strength: Any, slot: Any, seen: Any, through: Any
) -> None:
    """Fill through (S,), the share of light that lashes let pass; strength (T,): what their root takes."""
    height, width = slot.shape
    one, zero = np.float32(1), np.float32(0)
    left_over = np.ones((through.shape[0], 4), np.float32)
    for t in range(tris.shape[0]):
        a, b, c = tris[t, 0], tris[t, 1], tris[t, 2]
        x0, y0, x1, y1 = screen[a, 0], screen[a, 1], screen[b, 0], screen[b, 1]
        x2, y2 = screen[c, 0], screen[c, 1]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < np.float32(1e-7):
            continue
        left = max(0, int(np.ceil(min(x0, x1, x2) - _FAR)))
        right = min(width - 1, int(np.floor(max(x0, x1, x2) + _FAR)))
        top = max(0, int(np.ceil(min(y0, y1, y2) - _FAR)))
        bottom = min(height - 1, int(np.floor(max(y0, y1, y2) + _FAR)))
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                s = slot[y, x]
                if s < 0:
                    continue
                for k in range(4):
                    px, py = np.float32(x) + _X[k] - x0, np.float32(y) + _Y[k] - y0
                    w1 = (px * (y2 - y0) + py * (x0 - x2)) / area
                    w2 = (px * (y0 - y1) + py * (x1 - x0)) / area
                    w0 = one - w1 - w2
                    if w0 < zero or w1 < zero or w2 < zero:
                        continue
                    z = w0 * screen[a, 2] + w1 * screen[b, 2] + w2 * screen[c, 2]
                    if z < seen[s, k, 0] * np.float32(0.9995):
                        continue
                    tip = w0 * uv[tri_uv[t, 0], 1] + w1 * uv[tri_uv[t, 1], 1] + w2 * uv[tri_uv[t, 2], 1]
                    left_over[s, k] *= one - strength[t] * max(zero, one - tip) ** np.float32(1.3)
    for s in range(through.shape[0]):
        through[s] = np.float32(0.25) * (
            left_over[s, 0] + left_over[s, 1] + left_over[s, 2] + left_over[s, 3]
        )
