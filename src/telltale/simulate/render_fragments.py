# mypy: disallow-untyped-decorators=False
"""Fragments: what one surface shows in one pixel. Made from what the pixels see, laid over the picture."""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np

from telltale.simulate.render_raster import JUMP

VERTEX: Final = 8
"""Of a vertex: normal (3), place relative to the head's middle (3), share of open sky, nothing."""
ATTRIBUTES: Final = 10
"""Of a fragment: those of a vertex, then u, v."""


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
def _set(
    t: Any, w0: Any, w1: Any, w2: Any, tris: Any, tri_uv: Any, uv: Any, vertex: Any, f: int, out: Any
) -> None:
    a, b, c = tris[t, 0], tris[t, 1], tris[t, 2]
    i, j, k = tri_uv[t, 0], tri_uv[t, 1], tri_uv[t, 2]
    for m in range(8):
        out[f, m] = w0 * vertex[a, m] + w1 * vertex[b, m] + w2 * vertex[c, m]
    out[f, 8] = w0 * uv[i, 0] + w1 * uv[j, 0] + w2 * uv[k, 0]
    out[f, 9] = w0 * uv[i, 1] + w1 * uv[j, 1] + w2 * uv[k, 1]


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def gather(
    seen: Any,
    slot: Any,
    close: Any,
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
    """Make fragments: one for a pixel without a slot, else one for each surface that its four points see.

    Fills pixels (row * width + column, in rising order), what (kind), cover (share of the pixel) and
    attributes (F, 10); returns the number of fragments.
    """
    height, width = slot.shape
    one, quarter = np.float32(1), np.float32(0.25)
    spare = np.empty((1, 10), np.float32)
    count = 0
    for y in range(height):
        for x in range(width):
            s = slot[y, x]
            if s < 0:
                t = int(seen[y, x, 1])
                if t < 0:
                    continue
                w1, w2 = seen[y, x, 2], seen[y, x, 3]
                _set(t, one - w1 - w2, w1, w2, tris, tri_uv, uv, vertex, count, attributes)
                pixels[count], what[count], cover[count] = y * width + x, kinds[t], one
                count += 1
                continue
            done = 0
            for k in range(4):
                t = int(close[s, k, 1])
                if t < 0 or done & (1 << k):
                    continue
                kind, z = kinds[t], close[s, k, 0]
                w1, w2 = close[s, k, 2], close[s, k, 3]
                _set(t, one - w1 - w2, w1, w2, tris, tri_uv, uv, vertex, count, attributes)
                points = one
                for n in range(k + 1, 4):
                    t = int(close[s, n, 1])
                    if t < 0 or done & (1 << n) or kinds[t] != kind:
                        continue
                    other = close[s, n, 0]
                    if max(z, other) > min(z, other) * JUMP:
                        continue
                    w1, w2 = close[s, n, 2], close[s, n, 3]
                    _set(t, one - w1 - w2, w1, w2, tris, tri_uv, uv, vertex, 0, spare)
                    for m in range(10):
                        attributes[count, m] += spare[0, m]
                    points += one
                    done |= 1 << n
                scale = one / points
                for m in range(10):
                    attributes[count, m] *= scale
                pixels[count], what[count], cover[count] = y * width + x, kind, quarter * points
                count += 1
    return count


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def compose(
    pixels: Any,
    what: Any,
    cover: Any,
    colours: Any,
    slot: Any,
    through: Any,
    lash: Any,
    faces: Any,
    picture: Any,
    mask: Any,
) -> None:
    """Lay fragments (0 to 255) over picture (H, W, 3) uint8, lashes over both; mask where `faces[kind]`."""
    width = mask.shape[1]
    one, half, quarter = np.float32(1), np.float32(0.5), np.float32(0.25)
    count = pixels.shape[0]
    f, y = 0, 0
    while f < count:
        p = pixels[f]
        while p >= (y + 1) * width:
            y += 1
        x = p - y * width
        if cover[f] == one and slot[y, x] < 0:
            for k in range(3):
                picture[y, x, k] = np.uint8(min(colours[f, k] + half, np.float32(255)))
            mask[y, x] = faces[what[f]]
            f += 1
            continue
        r, g, b = np.float32(0), np.float32(0), np.float32(0)
        full, face = np.float32(0), np.float32(0)
        while f < count and pixels[f] == p:
            c = cover[f]
            r += c * colours[f, 0]
            g += c * colours[f, 1]
            b += c * colours[f, 2]
            full += c
            if faces[what[f]]:
                face += c
            f += 1
        light = through[slot[y, x]]
        for k in range(3):
            c = r if k == 0 else (g if k == 1 else b)
            c += np.float32(picture[y, x, k]) * (one - full)
            c = c * light + lash[k] * (one - light)
            picture[y, x, k] = np.uint8(min(max(c + half, np.float32(0)), np.float32(255)))
        mask[y, x] = face > half - quarter * half
