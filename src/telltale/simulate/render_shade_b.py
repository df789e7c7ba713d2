# mypy: disallow-untyped-decorators=False
"""Maker b's light: a room as spherical harmonics, one window on rough skin, shine of small facets."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from telltale.simulate.render_kernels import texel

_F = np.float32


@nb.njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
def _room(h: Any, k: int, x: Any, y: Any, z: Any) -> Any:
    low = h[0, k] + h[1, k] * y + h[2, k] * z + h[3, k] * x
    return (
        low
        + h[4, k] * x * y
        + h[5, k] * y * z
        + h[6, k] * (_F(3) * z * z - _F(1))
        + h[7, k] * x * z
        + h[8, k] * (x * x - y * y)
    )


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
    one, zero = _F(1), _F(0)
    read = np.zeros(4, np.float32)
    relief = np.zeros(3, np.float32)
    lx, ly, lz = room[9, 0], room[9, 1], room[9, 2]
    for f in range(what.shape[0]):
        kind = what[f]
        u, v = attributes[f, 0], attributes[f, 1]
        nx, ny, nz = attributes[f, 2], attributes[f, 3], attributes[f, 4]
        ex, ey, ez = -attributes[f, 5], -attributes[f, 6], eye_cm - attributes[f, 7]
        size = one / np.sqrt(ex * ex + ey * ey + ez * ez)
        ex, ey, ez = ex * size, ey * size, ez * size
        if kind >= 8 and nx * ex + ny * ey + nz * ez < zero:
            nx, ny, nz = -nx, -ny, -nz
        open_ = attributes[f, 8]
        r, g, b = palette[kind, 0], palette[kind, 1], palette[kind, 2]
        rough, shine = _F(0.5), _F(0.6)
        if kind <= 1:
            texel(face if kind == 0 else head, u, v, read)
            r, g, b, shine = read[0], read[1], read[2], read[3]
            rough = _F(0.46)
            if kind == 0:
                texel(wrinkles, u, v, relief)
                px, py, pz = relief[1], relief[2], relief[0]
                nx += px * turn[0, 0] + py * turn[0, 1]
                ny += px * turn[1, 0] + py * turn[1, 1]
                nz += px * turn[2, 0] + py * turn[2, 1]
                keep = one / (one + _F(0.45) * pz)
                open_ *= keep
                g *= _F(0.5) + _F(0.5) * keep
                b *= _F(0.5) + _F(0.5) * keep
        elif kind == 2 or kind == 4 or kind == 5:
            deep = max(lips[2] - attributes[f, 7], zero)
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
        for k in range(3):
            albedo = r if k == 0 else (g if k == 1 else b)
            around = max(_room(room, k, nx, ny, nz), zero) * open_
            window = room[10, k] * shade
            c = albedo * (around + window * (diffuse + (glow if k == 0 else zero))) + window * facet
            c += rim_light * around
            c = min(max(c, zero), one)
            place = c * _F(4095)
            i = min(int(place), 4094)
            out[f, k] = curve[i] + (curve[i + 1] - curve[i]) * (place - _F(i))
