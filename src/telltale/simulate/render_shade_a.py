# mypy: disallow-untyped-decorators=False
"""Maker a's light: up to four lamps whose edge is softest in red, sky above, shine by the half-way vector."""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np

from telltale.simulate.render_kernels import PIECE, curved, texel

_F = np.float32
NX, NY, NZ, RED, GREEN, BLUE, SHINE, HARD, OPEN, SOFT, OILY = (PIECE * row for row in range(11))
LIT: Final = 11 * PIECE
SHONE: Final = 14 * PIECE
ROWS: Final = 17


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

    face, head (S, S, 4): albedo and gloss; wrinkles (S, S, 4); palette (10, 3): albedo of each kind;
    eye (8,): iris RGB, radius of iris and pupil, white of the eye; lamps (k, 6): sky and ground first, then
    direction and RGB of each lamp; turn (3, 3): the head's; lips (3,): their middle;
    curve (4096,): what the camera makes of light 0 to 1, 0 to 255.
    """
    work = np.empty(ROWS * PIECE, np.float32)
    for first in range(0, what.shape[0], PIECE):
        last = min(first + PIECE, what.shape[0])
        _surface(
            what[first:last], attributes[first:last], face, head, wrinkles, palette, eye, turn, lips, work
        )
        _light(lamps, work, last - first)
        curved(work[LIT:], curve, out[first:last])


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def _surface(
    what: Any,
    attributes: Any,
    face: Any,
    head: Any,
    wrinkles: Any,
    palette: Any,
    eye: Any,
    turn: Any,
    lips: Any,
    work: Any,
) -> None:
    """Normal, albedo and shine of a piece of fragments."""
    one, zero = _F(1), _F(0)
    for i in range(what.shape[0]):
        kind = what[i]
        u, v = attributes[i, 8], attributes[i, 9]
        nx, ny, nz = attributes[i, 0], attributes[i, 1], attributes[i, 2]
        size = one / (np.sqrt(nx * nx + ny * ny + nz * nz) + _F(1e-9))
        nx, ny, nz = nx * size, ny * size, nz * size
        if kind >= 8 and nz < zero:
            nx, ny, nz = -nx, -ny, -nz
        r, g, b = palette[kind, 0], palette[kind, 1], palette[kind, 2]
        shine, hard, open_, soft = _F(0.05), _F(14), _F(1), _F(1)
        if kind <= 1:
            r, g, b, gloss = texel(face if kind == 0 else head, u, v)
            shine = _F(0.055) * gloss
            if kind == 0:
                deep, along_u, along_v, _ = texel(wrinkles, u, v)
                if deep > _F(0.002):
                    ax, ay, az = turn[0, 0], turn[1, 0], turn[2, 0]
                    d = ax * nx + ay * ny + az * nz
                    ax, ay, az = ax - d * nx, ay - d * ny, az - d * nz
                    bx, by, bz = ny * az - nz * ay, nz * ax - nx * az, nx * ay - ny * ax
                    du, dv = along_u, along_v
                    nx, ny, nz = nx + du * ax + dv * bx, ny + du * ay + dv * by, nz + du * az + dv * bz
                    size = one / (np.sqrt(nx * nx + ny * ny + nz * nz) + _F(1e-9))
                    nx, ny, nz = nx * size, ny * size, nz * size
                    dark = min(deep, _F(1.2))
                    r *= one - _F(0.22) * dark
                    g *= one - _F(0.34) * dark
                    b *= one - _F(0.34) * dark
        elif kind == 2 or kind == 4 or kind == 5:
            deep = lips[2] - attributes[i, 5]
            open_ = min(max(_F(0.92) - _F(0.26) * deep, _F(0.06)), _F(1))
            shine = _F(0.12) if kind != 2 else _F(0.02)
            hard = _F(30)
        elif kind == 3:
            open_ = _F(0.55)
            shine = _F(0.15)
        elif kind == 6:
            shine, hard, soft = _F(0.55), _F(160), _F(0.6)
            du, dv = u - _F(0.5), v - _F(0.5)
            q = np.sqrt(du * du + dv * dv)
            r, g, b = eye[5], eye[6], eye[7]
            vein = min(max((q - _F(0.2)) * _F(3), zero), _F(0.35))
            g *= one - _F(0.4) * vein
            b *= one - _F(0.4) * vein
            iris = min(max((eye[3] - q) / _F(0.014), zero), _F(1))
            angle = np.arctan2(dv, du)
            ray = _F(0.8) + _F(0.2) * np.sin(angle * _F(19)) * np.sin(angle * _F(7) + one)
            ring = one - _F(0.65) * min(max((q / eye[3] - _F(0.72)) / _F(0.28), zero), _F(1))
            r = r * (one - iris) + eye[0] * ray * ring * iris
            g = g * (one - iris) + eye[1] * ray * ring * iris
            b = b * (one - iris) + eye[2] * ray * ring * iris
            pupil = min(max((eye[4] - q) / _F(0.01), zero), _F(1))
            r, g, b = r * (one - pupil), g * (one - pupil), b * (one - pupil)
            up = turn[0, 1] * nx + turn[1, 1] * ny + turn[2, 1] * nz
            open_ = _F(0.82) - _F(0.9) * min(max(up - _F(0.05), zero), _F(0.5))
        elif kind == 8:
            lock = _F(0.75) + _F(0.25) * np.sin(u * _F(310) + _F(3) * np.sin(u * _F(47))) * np.sin(
                u * _F(97) + v * _F(2)
            )
            r, g, b = r * lock, g * lock, b * lock
            shine, hard = _F(0.05) * lock, _F(9)
        elif kind == 9:
            shine, hard = _F(0.35), _F(40)
        work[NX + i], work[NY + i], work[NZ + i] = nx, ny, nz
        work[RED + i], work[GREEN + i], work[BLUE + i] = r, g, b
        work[SHINE + i], work[HARD + i], work[OPEN + i] = shine, hard, open_
        work[SOFT + i] = soft
        work[OILY + i] = _F(0.5) if kind <= 1 else zero


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def _light(lamps: Any, work: Any, count: int) -> None:
    """Light a piece: albedo becomes the colour that leaves. Loops without branches, many at once."""
    one, zero = _F(1), _F(0)
    for k in range(3):
        sky, ground = lamps[0, k], lamps[0, 3 + k]
        lit, shone = LIT + k * PIECE, SHONE + k * PIECE
        for i in range(count):
            work[lit + i] = ground + (sky - ground) * (_F(0.5) + _F(0.5) * work[NY + i])
            work[shone + i] = zero
    for i in range(count):
        edge = one - max(work[NZ + i], zero)
        work[SHINE + i] *= _F(0.6) + _F(3) * edge * edge * edge
        # what the oil of skin adds knows no rise towards the edge
        work[OILY + i] /= _F(0.6) + _F(3) * edge * edge * edge
    for n in range(1, lamps.shape[0]):
        lx, ly, lz = lamps[n, 0], lamps[n, 1], lamps[n, 2]
        red, green, blue = lamps[n, 3], lamps[n, 4], lamps[n, 5]
        size = one / np.sqrt(lx * lx + ly * ly + (lz + one) * (lz + one) + _F(1e-6))
        hx, hy, hz = lx * size, ly * size, (lz + one) * size
        for i in range(count):
            nx, ny, nz = work[NX + i], work[NY + i], work[NZ + i]
            soft, hard = work[SOFT + i], work[HARD + i]
            d = nx * lx + ny * ly + nz * lz
            wr, wg, wb = _F(0.32) * soft, _F(0.2) * soft, _F(0.14) * soft
            work[LIT + i] += red * max((d + wr) / (one + wr), zero)
            work[LIT + PIECE + i] += green * max((d + wg) / (one + wg), zero)
            work[LIT + 2 * PIECE + i] += blue * max((d + wb) / (one + wb), zero)
            h = max(nx * hx + ny * hy + nz * hz, zero)
            # Schlick's fraction in place of a power of the cosine
            facing = min(max(_F(4) * d, zero), one)
            s = h / (hard - hard * h + h) * facing
            oil = work[OILY + i] * h / (_F(90) - _F(89) * h)
            s = work[SHINE + i] * (s + (oil if d > zero else zero))
            work[SHONE + i] += red * s
            work[SHONE + PIECE + i] += green * s
            work[SHONE + 2 * PIECE + i] += blue * s
    for k in range(3):
        colour, lit, shone = RED + k * PIECE, LIT + k * PIECE, SHONE + k * PIECE
        for i in range(count):
            c = (work[colour + i] * work[lit + i] + work[shone + i]) * work[OPEN + i]
            work[lit + i] = c / (one + _F(0.18) * c) * _F(1.12)
