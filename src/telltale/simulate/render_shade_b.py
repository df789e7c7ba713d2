# mypy: disallow-untyped-decorators=False
"""Maker b's light: a room as spherical harmonics, one window on rough skin, shine of small facets."""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np

from telltale.simulate.render_kernels import PIECE, curved, texel

_F = np.float32
NX, NY, NZ, EX, EY, EZ, RED, GREEN, BLUE, OPEN, ROUGH, SHINE = (PIECE * row for row in range(12))
DIFFUSE, GLOW, FACET, RIM = (PIECE * row for row in range(12, 16))
ROWS: Final = 16


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def shade_b(
    what: Any,
    attributes: Any,
    face: Any,
    head: Any,
    wrinkles: Any,
    palette: Any,
    eye: Any,
    room: Any,
    turn: Any,
    lips: Any,
    eye_cm: Any,
    curve: Any,
    out: Any,
) -> None:
    """Colour fragments: out (F, 3), 0 to 255.

    Arguments as those of maker a, but room (11, 3): nine harmonics of the light that falls on a surface,
    the window's direction and its RGB; eye_cm: how far the camera stands from the head's middle.
    """
    work = np.empty(ROWS * PIECE, np.float32)
    for first in range(0, what.shape[0], PIECE):
        last = min(first + PIECE, what.shape[0])
        _surface(
            what[first:last],
            attributes[first:last],
            face,
            head,
            wrinkles,
            palette,
            eye,
            turn,
            lips,
            eye_cm,
            work,
        )
        _window(room[9, 0], room[9, 1], room[9, 2], work, last - first)
        _colours(room, work, last - first)
        curved(work[RED:], curve, out[first:last])


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
    eye_cm: Any,
    work: Any,
) -> None:
    """Normal, way to the camera, albedo and roughness of a piece of fragments."""
    one, zero = _F(1), _F(0)
    for i in range(what.shape[0]):
        kind = what[i]
        u, v = attributes[i, 8], attributes[i, 9]
        nx, ny, nz = attributes[i, 0], attributes[i, 1], attributes[i, 2]
        ex, ey, ez = -attributes[i, 3], -attributes[i, 4], eye_cm - attributes[i, 5]
        size = one / np.sqrt(ex * ex + ey * ey + ez * ez)
        ex, ey, ez = ex * size, ey * size, ez * size
        if kind >= 8 and nx * ex + ny * ey + nz * ez < zero:
            nx, ny, nz = -nx, -ny, -nz
        open_ = attributes[i, 6]
        r, g, b = palette[kind, 0], palette[kind, 1], palette[kind, 2]
        rough, shine = _F(0.5), _F(0.6)
        if kind <= 1:
            r, g, b, gloss = texel(face if kind == 0 else head, u, v)
            shine = gloss
            rough = _F(0.46)
            if kind == 0:
                deep, along_u, along_v, _ = texel(wrinkles, u, v)
                px, py, pz = along_u, along_v, deep
                nx += px * turn[0, 0] + py * turn[0, 1]
                ny += px * turn[1, 0] + py * turn[1, 1]
                nz += px * turn[2, 0] + py * turn[2, 1]
                keep = one / (one + _F(0.45) * pz)
                open_ *= keep
                g *= _F(0.5) + _F(0.5) * keep
                b *= _F(0.5) + _F(0.5) * keep
        elif kind == 2 or kind == 4 or kind == 5:
            deep = max(lips[2] - attributes[i, 5], zero)
            open_ = max(_F(1) / (one + _F(0.5) * deep * deep), _F(0.04))
            rough, shine = _F(0.3), (_F(0.1) if kind == 2 else _F(0.8))
        elif kind == 3:
            open_, rough = _F(0.5), _F(0.3)
        elif kind == 6:
            du, dv = u - _F(0.5), v - _F(0.5)
            q = np.sqrt(du * du + dv * dv)
            white = one - _F(0.25) * min(q * q * _F(6), one)
            r, g, b = eye[5] * white, eye[6] * white * white, eye[7] * white * white
            rim = (q - eye[3]) / _F(0.009)
            inside = one / (one + np.exp(rim))
            fleck = _F(0.7) + _F(0.5) * (q / eye[3]) * abs(np.cos(_F(13) * np.arctan2(dv, du) + _F(40) * q))
            limbus = one - _F(0.6) * np.exp(-((q - eye[3]) / _F(0.02)) * ((q - eye[3]) / _F(0.02)))
            hole = one / (one + np.exp((eye[4] - q) / _F(0.006)))
            r = (r * (one - inside) + eye[0] * fleck * inside) * limbus * hole
            g = (g * (one - inside) + eye[1] * fleck * inside) * limbus * hole
            b = (b * (one - inside) + eye[2] * fleck * inside) * limbus * hole
            rough, shine = _F(0.12), _F(0.5)
            tilt = turn[0, 1] * nx + turn[1, 1] * ny + turn[2, 1] * nz
            open_ = _F(0.8) / (one + _F(6) * max(tilt, zero))
        elif kind == 8:
            comb = abs(np.sin(u * _F(181) + _F(5) * np.sin(u * _F(23) + v))) * _F(0.6) + _F(0.5)
            r, g, b = r * comb, g * comb, b * comb
            rough, shine = _F(0.55), _F(0.4)
        elif kind == 9:
            rough, shine = _F(0.25), _F(1.2)
        work[NX + i], work[NY + i], work[NZ + i] = nx, ny, nz
        work[EX + i], work[EY + i], work[EZ + i] = ex, ey, ez
        work[RED + i], work[GREEN + i], work[BLUE + i] = r, g, b
        work[OPEN + i], work[ROUGH + i], work[SHINE + i] = open_, rough, shine


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def _window(lx: Any, ly: Any, lz: Any, work: Any, count: int) -> None:
    """What of the window's light a piece sends back, without branches: many at once."""
    one, zero = _F(1), _F(0)
    for i in range(count):
        nx, ny, nz = work[NX + i], work[NY + i], work[NZ + i]
        ex, ey, ez = work[EX + i], work[EY + i], work[EZ + i]
        open_, rough, shine = work[OPEN + i], work[ROUGH + i], work[SHINE + i]
        size = one / np.sqrt(nx * nx + ny * ny + nz * nz + _F(1e-9))
        nx, ny, nz = nx * size, ny * size, nz * size
        nl = nx * lx + ny * ly + nz * lz
        nv = max(nx * ex + ny * ey + nz * ez, _F(0.03))
        lit = max(nl, zero)
        # Oren and Nayar's rough diffuse: flatter than a cosine where light and camera stand on one side
        s = ex * lx + ey * ly + ez * lz - nl * nv
        t = max(lit, nv) if s > zero else one
        diffuse = lit * (_F(0.83) + _F(0.29) * s / t)
        glow = _F(0.16) * max(one - abs(nl - _F(0.05)) * _F(2.6), zero)
        # facets of Trowbridge and Reitz, Schlick's rise towards the edge
        hx, hy, hz = lx + ex, ly + ey, lz + ez
        size = one / np.sqrt(hx * hx + hy * hy + hz * hz + _F(1e-6))
        nh = max((nx * hx + ny * hy + nz * hz) * size, zero)
        a2 = rough * rough * rough * rough
        d = nh * nh * (a2 - one) + one
        eh = max(one - (ex * hx + ey * hy + ez * hz) * size, zero)
        fresnel = _F(0.028) + _F(0.5) * eh * eh * eh * eh * eh
        facet = shine * fresnel * a2 / (_F(3.14) * d * d) * lit / max(lit + nv, _F(0.5))
        edge = one - nv
        rim_light = shine * _F(0.05) * edge * edge * edge * edge * open_
        shade = min(open_ + _F(0.25) * lit, one)
        work[NX + i], work[NY + i], work[NZ + i] = nx, ny, nz
        work[DIFFUSE + i] = shade * diffuse
        work[GLOW + i] = shade * glow
        work[FACET + i] = shade * facet
        work[RIM + i] = rim_light


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def _colours(room: Any, work: Any, count: int) -> None:
    """Add the room's light to the window's: albedo becomes the colour that leaves."""
    zero = _F(0)
    for k in range(3):
        h0, h1, h2, h3, h4 = room[0, k], room[1, k], room[2, k], room[3, k], room[4, k]
        h5, h6, h7, h8, window = room[5, k], room[6, k], room[7, k], room[8, k], room[10, k]
        glows = _F(1) if k == 0 else zero
        colour = RED + k * PIECE
        for i in range(count):
            x, y, z = work[NX + i], work[NY + i], work[NZ + i]
            around = h0 + h1 * y + h2 * z + h3 * x + h4 * x * y + h5 * y * z
            around += h6 * (_F(3) * z * z - _F(1)) + h7 * x * z + h8 * (x * x - y * y)
            around = max(around, zero) * work[OPEN + i]
            sent = work[DIFFUSE + i] + glows * work[GLOW + i]
            c = work[colour + i] * (around + window * sent) + window * work[FACET + i]
            work[colour + i] = c + work[RIM + i] * around
