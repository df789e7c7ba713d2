# mypy: disallow-untyped-decorators=False
"""Maker a's light: up to four lamps whose edge is softest in red, sky above, shine by the half-way vector."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from telltale.simulate.render_kernels import texel


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def shade_a(
    what: Any,
    attributes: Any,
    face: Any,
    head: Any,
    wrinkles: Any,
    palette: Any,
    eye: Any,
    lamps: Any,
    turn: Any,
    lips: Any,
    curve: Any,
    out: Any,
) -> None:
    """Colour fragments: out (F, 3), 0 to 255.

    face, head (S, S, 4): albedo and gloss; wrinkles (S, S, 3); palette (10, 3): albedo of each kind;
    eye (8,): iris RGB, radius of iris and pupil, white of the eye; lamps (k, 6): sky and ground first, then
    direction and RGB of each lamp; turn (3, 3): the head's; lips (3,): their middle;
    curve (4096,): what the camera makes of light 0 to 1, 0 to 255.
    """
    one = np.float32(1)
    read = np.zeros(4, np.float32)
    relief = np.zeros(3, np.float32)
    for f in range(what.shape[0]):
        kind = what[f]
        u, v = attributes[f, 0], attributes[f, 1]
        nx, ny, nz = attributes[f, 2], attributes[f, 3], attributes[f, 4]
        size = np.sqrt(nx * nx + ny * ny + nz * nz) + np.float32(1e-9)
        nx, ny, nz = nx / size, ny / size, nz / size
        if kind >= 8 and nz < 0:
            nx, ny, nz = -nx, -ny, -nz
        r, g, b = palette[kind, 0], palette[kind, 1], palette[kind, 2]
        shine, hard, open_, soft = np.float32(0.05), np.float32(14), np.float32(1), np.float32(1)
        if kind <= 1:
            texel(face if kind == 0 else head, u, v, read)
            r, g, b = read[0], read[1], read[2]
            shine = np.float32(0.055) * read[3]
            if kind == 0:
                texel(wrinkles, u, v, relief)
                if relief[0] > 0.002:
                    ax, ay, az = turn[0, 0], turn[1, 0], turn[2, 0]
                    d = ax * nx + ay * ny + az * nz
                    ax, ay, az = ax - d * nx, ay - d * ny, az - d * nz
                    bx, by, bz = ny * az - nz * ay, nz * ax - nx * az, nx * ay - ny * ax
                    du, dv = relief[1], relief[2]
                    nx, ny, nz = nx + du * ax + dv * bx, ny + du * ay + dv * by, nz + du * az + dv * bz
                    size = np.sqrt(nx * nx + ny * ny + nz * nz) + np.float32(1e-9)
                    nx, ny, nz = nx / size, ny / size, nz / size
                    dark = min(relief[0], np.float32(1.2))
                    r *= 1 - np.float32(0.22) * dark
                    g *= 1 - np.float32(0.34) * dark
                    b *= 1 - np.float32(0.34) * dark
        elif kind == 2 or kind == 4 or kind == 5:
            deep = lips[2] - attributes[f, 7]
            open_ = min(max(np.float32(0.92) - np.float32(0.26) * deep, np.float32(0.06)), np.float32(1))
            shine = np.float32(0.12) if kind != 2 else np.float32(0.02)
            hard = np.float32(30)
        elif kind == 3:
            open_ = np.float32(0.55)
            shine = np.float32(0.15)
        elif kind == 6:
            shine, hard, soft = np.float32(0.55), np.float32(160), np.float32(0.6)
            du, dv = u - np.float32(0.5), v - np.float32(0.5)
            q = np.sqrt(du * du + dv * dv)
            r, g, b = eye[5], eye[6], eye[7]
            vein = min(max((q - np.float32(0.2)) * 3, np.float32(0)), np.float32(0.35))
            g *= 1 - np.float32(0.4) * vein
            b *= 1 - np.float32(0.4) * vein
            iris = min(max((eye[3] - q) / np.float32(0.014), np.float32(0)), np.float32(1))
            angle = np.arctan2(dv, du)
            ray = np.float32(0.8) + np.float32(0.2) * np.sin(angle * 19) * np.sin(angle * 7 + 1)
            ring = 1 - np.float32(0.65) * min(
                max((q / eye[3] - np.float32(0.72)) / np.float32(0.28), np.float32(0)), np.float32(1)
            )
            r = r * (1 - iris) + eye[0] * ray * ring * iris
            g = g * (1 - iris) + eye[1] * ray * ring * iris
            b = b * (1 - iris) + eye[2] * ray * ring * iris
            pupil = min(max((eye[4] - q) / np.float32(0.01), np.float32(0)), np.float32(1))
            r, g, b = r * (1 - pupil), g * (1 - pupil), b * (1 - pupil)
            up = turn[0, 1] * nx + turn[1, 1] * ny + turn[2, 1] * nz
            open_ = np.float32(0.82) - np.float32(0.9) * min(
                max(up - np.float32(0.05), np.float32(0)), np.float32(0.5)
            )
        elif kind == 8:
            lock = np.float32(0.75) + np.float32(0.25) * np.sin(u * 310 + 3 * np.sin(u * 47)) * np.sin(
                u * 97 + v * 2
            )
            r, g, b = r * lock, g * lock, b * lock
            shine, hard = np.float32(0.05) * lock, np.float32(9)
        elif kind == 9:
            shine, hard = np.float32(0.35), np.float32(40)
        high = np.float32(0.5) + np.float32(0.5) * ny
        ar = lamps[0, 0] * high + lamps[0, 3] * (1 - high)
        ag = lamps[0, 1] * high + lamps[0, 4] * (1 - high)
        ab = lamps[0, 2] * high + lamps[0, 5] * (1 - high)
        sr, sg, sb = np.float32(0), np.float32(0), np.float32(0)
        edge = np.float32(1) - max(nz, np.float32(0))
        fresnel = np.float32(0.6) + 3 * edge * edge * edge
        for k in range(1, lamps.shape[0]):
            lx, ly, lz = lamps[k, 0], lamps[k, 1], lamps[k, 2]
            d = nx * lx + ny * ly + nz * lz
            wr, wg, wb = np.float32(0.32) * soft, np.float32(0.2) * soft, np.float32(0.14) * soft
            ar += lamps[k, 3] * max((d + wr) / (1 + wr), np.float32(0))
            ag += lamps[k, 4] * max((d + wg) / (1 + wg), np.float32(0))
            ab += lamps[k, 5] * max((d + wb) / (1 + wb), np.float32(0))
            hx, hy, hz = lx, ly, lz + 1
            h = (nx * hx + ny * hy + nz * hz) / np.sqrt(hx * hx + hy * hy + hz * hz + np.float32(1e-6))
            if h > 0 and d > 0:
                # Schlick's fraction in place of a power of the cosine
                s = shine * fresnel * h / (hard - hard * h + h) * min(np.float32(4) * d, np.float32(1))
                if kind <= 1:
                    s += shine * np.float32(0.5) * h / (np.float32(90) - np.float32(89) * h)
                sr += s * lamps[k, 3]
                sg += s * lamps[k, 4]
                sb += s * lamps[k, 5]
        for k in range(3):
            c = (r * ar + sr) if k == 0 else ((g * ag + sg) if k == 1 else (b * ab + sb))
            c *= open_
            c = min(max(c / (one + np.float32(0.18) * c) * np.float32(1.12), np.float32(0)), one)
            place = c * np.float32(4095)
            i = min(int(place), 4094)
            out[f, k] = curve[i] + (curve[i + 1] - curve[i]) * (place - np.float32(i))
