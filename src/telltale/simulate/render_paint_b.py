"""Maker b's skins: layers of pigment and blood, spectral noise in the texture, curves between landmarks."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from telltale.simulate.render_parts import MONK, WRINKLE_TILE, Ground, Skin, coded, linear

Array = npt.NDArray[np.float32]

_SIDE: Final = 512
_MELANIN: Final = np.array([0.55, 1.0, 1.55], dtype=np.float32)
_BLOOD: Final = np.array([0.12, 1.0, 0.8], dtype=np.float32)
_LIP_RING: Final = (48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59)


def paint_skin_b(ground: Ground, rng: np.random.Generator, tone: int) -> Skin:
    """Paint one person of Monk's tone 1 to 10."""
    bare = linear(MONK[tone - 1]) * np.exp(-rng.uniform(0.0, 0.22) - rng.normal(0, 0.05) * _MELANIN)
    bare = np.clip(bare * np.exp(-rng.uniform(0.05, 0.3) * _BLOOD), 0.004, 0.9).astype(np.float32)
    # below the jaw a texel is drawn out far down the neck, and blotches would turn into streaks
    calm = np.clip((ground.face[..., 1] + 11) / 4, 0.25, 1)
    pigment = calm * (0.07 * _spectral(rng, 1.9) + 0.04 * _spectral(rng, 0.9))
    blood = calm * (0.07 * _spectral(rng, 1.6) + 0.04 * _spectral(rng, 0.7))
    relief = 0.035 * _spectral(rng, 0.0, soft=0.8)
    blood = blood + _flush(ground, rng)
    pigment = pigment + _freckles(ground, rng, tone) + _rings(ground, rng)
    gain = rng.uniform(0.5, 1.4)
    density = (gain * pigment)[..., None] * _MELANIN + (gain * blood)[..., None] * _BLOOD
    face = bare * np.exp(-density) * (1 + relief[..., None])
    head = bare * np.exp(-0.08 * _spectral(rng, 1.7)[..., None] * _MELANIN)
    gloss_f = np.full((_SIDE, _SIDE), rng.uniform(0.5, 1.2), dtype=np.float32) * (1 + 4 * relief)
    face, gloss_f = _lips(ground, rng, face, gloss_f, bare)
    hair = _hair(rng, tone)
    face = face * (1 - 0.9 * _nostrils(ground))[..., None]
    face = _shadow(ground, rng, face, hair)
    face = _brows(ground, rng, face, hair)
    cut = _Cut(rng)
    clothes = np.clip(linear(rng.uniform(5, 245)) * np.exp(rng.normal(0, 0.35, 3)), 0.01, 0.8).astype(
        np.float32
    )
    neck = rng.uniform(-16, -13.5)
    tiles = []
    for albedo, gloss, places, ears in (
        (face, gloss_f, ground.face, ground.ear),
        (head, np.full((_SIDE, _SIDE), 0.7, dtype=np.float32), ground.head, np.zeros_like(ground.ear)),
    ):
        wool = _fibres(rng, places)
        grown = cut.grown(places + 0.35 * (wool[..., None] - 0.5)) * (1 - ears)
        sheen = hair * (0.45 + 0.55 * wool[..., None] + 0.7 * wool[..., None] ** 4)
        grown = np.clip(2.2 * grown - 0.4 * wool * (1 - grown), 0, 1)
        albedo = albedo + (sheen - albedo) * grown[..., None]
        dressed = (np.hypot(places[..., 0], 0.8 * places[..., 2]) * 0.22 + neck > places[..., 1])[..., None]
        dressed = cv2.GaussianBlur(dressed.astype(np.float32), (0, 0), 1.2)[..., None]
        weave = clothes * (1 + 0.12 * _spectral(rng, 0.3)[..., None])
        albedo = albedo + (weave - albedo) * dressed
        shine = gloss * (1 - 0.7 * grown) * (1 - dressed[..., 0])
        tiles.append(np.clip(np.concatenate([albedo, shine[..., None]], axis=2), 0, 3).astype(np.float32))
    return Skin(
        face=tiles[0],
        head=tiles[1],
        depths=_furrows(ground, rng),
        rgb=_three(coded(bare)),
        hair_rgb=_three(hair),
        hair_cm=(cut.grown(ground.points) ** 2 * ground.hairy * cut.height(ground.points)).astype(np.float32),
        clothes_rgb=_three(clothes),
    )


def _three(rgb: Array) -> tuple[float, float, float]:
    return float(rgb[0]), float(rgb[1]), float(rgb[2])


def _spectral(rng: np.random.Generator, slope: float, soft: float = 0.0) -> Array:
    """Noise whose amplitude falls with frequency to the power of slope, shape (512, 512), deviation 1."""
    fy, fx = np.fft.fftfreq(_SIDE)[:, None], np.fft.rfftfreq(_SIDE)[None]
    radius = np.hypot(fy, fx)
    weight = np.maximum(radius, 3 / _SIDE) ** -slope * np.exp(-((radius * soft * 4) ** 2))
    weight[0, 0] = 0
    phases = rng.uniform(0, 2 * np.pi, weight.shape)
    out = np.fft.irfft2(weight * np.exp(1j * phases), s=(_SIDE, _SIDE))
    return np.asarray((out / out.std()), dtype=np.float32)


def _pixels(uv: npt.NDArray[np.floating], side: int) -> npt.NDArray[np.int32]:
    """Texture coordinates as fixed-point pixels with 4 bits of fraction, for OpenCV's drawing."""
    flat = np.stack([uv[..., 0] * side - 0.5, (1 - uv[..., 1]) * side - 0.5], axis=-1)
    return np.round(flat * 16).astype(np.int32)


def _patch(uv: npt.NDArray[np.floating], soft: float) -> Array:
    """A filled outline in the face's tile, shape (512, 512), its edge softened by so many texels."""
    layer = np.zeros((_SIDE, _SIDE), dtype=np.float32)
    cv2.fillPoly(layer, [_pixels(uv, _SIDE)], 1.0, cv2.LINE_8, 4)
    return np.asarray(cv2.GaussianBlur(layer, (0, 0), soft), dtype=np.float32)


def _disc(middle: tuple[float, float], radius: float, soft: float) -> Array:
    turn = np.linspace(0, 2 * np.pi, 24)
    ring = np.array(middle) + radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return _patch(ring, soft)


def _flush(ground: Ground, rng: np.random.Generator) -> Array:
    """Blood in cheeks, nose, chin and ears."""
    m = ground.marks_uv
    strength = rng.uniform(-0.05, 0.45)
    out = np.zeros((_SIDE, _SIDE), dtype=np.float32)
    for mark, off in ((31, -0.1), (35, 0.1)):
        out += strength * _disc((m[mark, 0] + off, m[mark, 1] + 0.03), 0.06, 14)
    out += 0.8 * strength * _disc((m[30, 0], m[30, 1] - 0.015), 0.04, 9)
    out += 0.4 * strength * _disc((m[8, 0], m[8, 1] + 0.02), 0.03, 12)
    return out + np.float32(0.3) * ground.ear


def _freckles(ground: Ground, rng: np.random.Generator, tone: int) -> Array:
    out = np.zeros((_SIDE, _SIDE), dtype=np.float32)
    if tone <= 6 and rng.random() < 0.3:
        spread = np.clip(_spectral(rng, 0.6, soft=0.9) - rng.uniform(1.0, 1.8), 0, 1.5)
        m = ground.marks_uv
        zone = sum(_disc((float(m[30, 0] + off), float(m[29, 1])), 0.09, 22) for off in (-0.12, 0.0, 0.12))
        out += np.float32(rng.uniform(0.3, 0.8)) * spread * np.clip(zone, 0, 1)
    for _ in range(int(rng.poisson(3))):
        u, v = rng.uniform((0.25, 0.3), (0.75, 0.93))
        out += np.float32(rng.uniform(0.6, 1.8)) * _disc((u, v), float(rng.uniform(0.0015, 0.004)), 0.8)
    return out


def _rings(ground: Ground, rng: np.random.Generator) -> Array:
    """Darker skin about the eyes, along the lashes and between the lips."""
    m = ground.marks_uv
    out = np.zeros((_SIDE, _SIDE), dtype=np.float32)
    around, line = rng.uniform(0.05, 0.5), rng.uniform(0.2, 0.9)
    for eye in (m[36:42], m[42:48]):
        middle = eye.mean(axis=0)
        out += np.float32(around) * _patch(middle + (eye - middle) * (1.35, 5.5), 7)
        out += np.float32(line) * _patch(middle + (eye - middle) * (1.05, 1.6), 1.6)
    seam = np.concatenate([m[60:65], m[67:64:-1]])
    return out + np.float32(0.35) * _patch(seam, 1.5)


def _nostrils(ground: Ground) -> Array:
    m = ground.marks_uv
    spots = [(m[a] + m[b]) / 2 for a, b in ((31, 32), (34, 35))]
    discs = [_disc((float(spot[0]), float(spot[1] + 0.012)), 0.012, 2.2) for spot in spots]
    return np.asarray(np.clip(discs[0] + discs[1], 0, 1), dtype=np.float32)


def _lips(
    ground: Ground, rng: np.random.Generator, face: Array, gloss: Array, bare: Array
) -> tuple[Array, Array]:
    ring = ground.marks_uv[list(_LIP_RING)]
    ring = ring.mean(axis=0) + (ring - ring.mean(axis=0)) * rng.uniform(0.97, 1.06, 2)
    made_up = rng.random() < 0.3
    share = _patch(ring, 0.9 if made_up else 2.4)[..., None] * np.float32(rng.uniform(0.6, 0.95))
    own = bare * np.exp(-rng.uniform(0.35, 0.8) * _BLOOD - rng.uniform(0, 0.35) * _MELANIN)
    colour = bare * rng.uniform((0.7, 0.24, 0.28), (1.05, 0.55, 0.62)) if made_up else own
    creases = 1 + 0.07 * cv2.GaussianBlur(_spectral(rng, 0.4), (0, 0), sigmaX=0.7, sigmaY=5)[..., None] * 3
    mixed = face + (colour * creases - face) * share
    return mixed.astype(np.float32), gloss + share[..., 0] * np.float32(rng.uniform(0.2, 1.8))


def _hair(rng: np.random.Generator, tone: int) -> Array:
    """Two pigments: how much dark, how much red; or grey."""
    if rng.random() < 0.15:
        return (np.full(3, rng.uniform(0.15, 0.55)) * (1.0, 0.98, 0.94)).astype(np.float32)
    dark = rng.uniform(2.2, 4.5) if tone >= 5 else rng.uniform(0.6, 4.2)
    red = rng.exponential(0.12)
    out = 0.75 * np.exp(-dark * np.array([0.62, 0.86, 1.22]) - red * np.array([0.2, 2.2, 4.0]))
    return np.clip(out, 0.004, 1).astype(np.float32)


def _fibres(rng: np.random.Generator, places: Array) -> Array:
    """Hair as stripes along the meridians of a sphere, 0 to 1."""
    radius = np.linalg.norm(places - np.array([0, 4, 0], dtype=np.float32), axis=2) + 1e-3
    along = np.arctan2(places[..., 0], 0.3 + np.abs(places[..., 2])) * rng.uniform(14, 40)
    bend = 2.5 * np.sin(places[..., 1] / radius * 3 + rng.uniform(0, 6))
    drift = 2.0 * _spectral(rng, 1.8)
    waves = np.sin(along + bend + drift) * np.sin(along * 2.7 + 2 * bend - drift) + 0.8 * _spectral(
        rng, 0.7, soft=0.5
    )
    return np.asarray(np.clip(0.45 + 0.16 * waves, 0, 1), dtype=np.float32)


def _shadow(ground: Ground, rng: np.random.Generator, face: Array, hair: Array) -> Array:
    """Shaven shadow, goatee or full beard inside outlines between landmarks."""
    style = rng.choice(4, p=[0.5, 0.22, 0.14, 0.14])
    if style == 0:
        return face
    m = ground.marks_uv
    full = np.array(
        [
            m[2],
            m[3] + (0.03, 0),
            m[48] + (-0.05, 0.02),
            m[33] + (-0.05, -0.02),
            m[33] + (0.05, -0.02),
            m[54] + (0.05, 0.02),
            m[13] + (-0.03, 0),
            m[14],
            m[12] - (0, 0.12),
            m[8] - (0, 0.14),
            m[4] - (0, 0.12),
        ]
    )
    goatee = np.array(
        [
            m[33] + (-0.06, -0.015),
            m[33] + (0.06, -0.015),
            m[54] + (0.03, 0),
            m[10] + (-0.02, 0),
            m[8] - (0, 0.06),
            m[6] + (0.02, 0),
            m[48] - (0.03, 0),
        ]
    )
    area = _patch(goatee if style == 2 else full, 8)
    ring = m[list(_LIP_RING)]
    area = area * (1 - _patch(ring.mean(axis=0) + (ring - ring.mean(axis=0)) * 1.05, 2.5)) * (1 - ground.ear)
    hairs = np.clip(
        0.6 + 0.5 * cv2.GaussianBlur(_spectral(rng, 0.0), (0, 0), sigmaX=0.6, sigmaY=1.6) * 2.0, 0, 1.3
    )
    cover = np.clip(area * rng.uniform(0.1, 0.4 if style == 1 else 0.9) * hairs, 0, 0.96)[..., None]
    return np.asarray(face + (hair - face) * cover, dtype=np.float32)


def _brows(ground: Ground, rng: np.random.Generator, face: Array, hair: Array) -> Array:
    """The rig's brow masks, made fuller or thinner, combed by noise stretched along them."""
    mask = np.clip(ground.masks["brow_L"] + ground.masks["brow_R"], 0, 1)
    grow = rng.uniform(0.6, 3.2)
    wide = np.clip(cv2.GaussianBlur(mask, (0, 0), grow) * rng.uniform(1.0, 1.8), 0, 1)
    comb = cv2.GaussianBlur(_spectral(rng, 0.0), (0, 0), sigmaX=2.6, sigmaY=0.7)
    tilt = cv2.warpAffine(
        comb,
        np.array([[1, 0, 0], [rng.uniform(-0.5, 0.5), 1, 0]]),
        (_SIDE, _SIDE),
        borderMode=cv2.BORDER_WRAP,
    )
    hairs = np.clip(0.75 + 0.3 * tilt / tilt.std(), 0.15, 1.15)
    cover = np.clip(wide * hairs * rng.uniform(0.55, 1.0), 0, 0.95)
    cover = cv2.warpAffine(cover, np.array([[1, 0, 0], [0, 1, rng.uniform(-4, 4)]]), (_SIDE, _SIDE))[
        ..., None
    ]
    return np.asarray(face + (hair * 0.8 - face) * cover, dtype=np.float32)


class _Cut:
    """A haircut: what grows outside an ellipse round the face and above the nape, and how it stands off."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._brow = rng.uniform(9.3, 12.0)
        self._width = rng.uniform(6.3, 7.4)
        self._tilt = rng.uniform(0.55, 0.8)
        self._nape = rng.uniform(-5.5, -1.0)
        self._edge = rng.uniform(1.2, 3.0)
        self._shaved = rng.random() < 0.07
        self._stand = rng.choice([0.15, 0.5, 1.0, 1.9]) * rng.uniform(0.8, 1.25)
        self._parted = rng.uniform(-4, 4)

    def grown(self, places: Array) -> Array:
        """Share of each place that hair covers."""
        if self._shaved:
            return np.zeros(places.shape[:-1], dtype=np.float32)
        x, y, z = places[..., 0], places[..., 1], places[..., 2]
        round_face = (x / self._width) ** 2 + ((y - 1.0) / (self._brow - 1.0)) ** 2 - 1
        over = np.where(z > 2.5, np.minimum(round_face * 4, (y - 4.0) * self._tilt), 9)
        behind = np.where(z <= 2.5, np.maximum(y - 5.3, np.minimum(y - self._nape, -1.0 - z)), 9)
        share = np.clip(np.minimum(over, behind) * self._edge, 0, 1)
        return np.asarray(share * share * (3 - 2 * share), dtype=np.float32)

    def height(self, points: Array) -> Array:
        """How far hair stands off, cm."""
        top = 1 / (1 + np.exp(-(points[:, 1] - 8.0)))
        part = 1 - 0.5 * np.exp(-((points[:, 0] - self._parted) ** 2)) * (points[:, 1] > 10)
        return np.asarray((0.1 + self._stand * (0.35 + 0.65 * top) * part), dtype=np.float32)


def _furrows(ground: Ground, rng: np.random.Generator) -> Array:
    """Depth of each wrinkle, shape (9, 256, 256): curves drawn between landmarks and blurred."""
    m = ground.marks_uv
    mid = float(m[27, 0])

    def lines(*curves: list[tuple[float, float]], thick: float = 1.0) -> Array:
        big = np.zeros((2 * WRINKLE_TILE, 2 * WRINKLE_TILE), dtype=np.float32)
        for curve in curves:
            at = np.array(curve) + rng.normal(0, 0.0025, (len(curve), 2))
            for mirrored in (at, np.stack([2 * mid - at[:, 0], at[:, 1]], axis=1)):
                fine = np.stack(
                    [
                        np.interp(np.linspace(0, len(at) - 1, 24), range(len(at)), mirrored[:, k])
                        for k in (0, 1)
                    ],
                    axis=1,
                )
                cv2.polylines(big, [_pixels(fine, 2 * WRINKLE_TILE)], False, 1.0, 2, cv2.LINE_AA, 4)
        soft = cv2.GaussianBlur(big, (0, 0), 2.6 * thick)
        small = cv2.resize(soft, (WRINKLE_TILE, WRINKLE_TILE), interpolation=cv2.INTER_AREA)
        return np.asarray(small / max(float(small.max()), 1e-6), dtype=np.float32)

    brow = float(m[24, 1])
    rises = np.arange(int(rng.integers(2, 5))) * rng.uniform(0.028, 0.04) + 0.035
    inner = lines(*[[(mid, brow + r), (mid + 0.06, brow + r + 0.004), (mid + 0.12, brow + r)] for r in rises])
    outer = lines(
        *[
            [(mid + 0.1, brow + r), (mid + 0.17, brow + r - 0.002), (mid + 0.23, brow + r - 0.02)]
            for r in rises
        ]
    )
    frown = lines([(mid + 0.022, brow - 0.045), (mid + 0.026, brow - 0.01), (mid + 0.024, brow + 0.035)])
    eye = m[45]
    feet = [
        [
            (eye[0] + 0.03, eye[1] + k * 0.008),
            (eye[0] + 0.055, eye[1] + k * 0.02),
            (eye[0] + 0.085, eye[1] + k * 0.036),
        ]
        for k in (-1.2, -0.3, 0.6, 1.4)
    ]
    crow = lines(*feet[: int(rng.integers(2, 5))], thick=0.8)
    bag = float(rng.uniform(0.02, 0.03))
    under = lines(
        [(m[42, 0], m[42, 1] - 0.012), (m[47, 0], m[47, 1] - bag), (m[46, 0] + 0.01, m[46, 1] - bag)],
        thick=1.2,
    )
    nose = lines(
        *[
            [(mid, float(m[28, 1]) + k), (mid + 0.03, float(m[28, 1]) + k + 0.014)]
            for k in (-0.01, 0.015, 0.04)
        ]
    )
    wing, corner = m[35], m[54]
    fold = lines(
        [
            (wing[0] + 0.02, wing[1] + 0.03),
            (wing[0] + 0.045, wing[1] - 0.01),
            (corner[0] + 0.03, corner[1] + 0.03),
            (corner[0] + 0.04, corner[1] - 0.01),
        ],
        thick=1.7,
    )
    dimple = lines([(corner[0] + 0.022, corner[1] + 0.022), (corner[0] + 0.028, corner[1] - 0.02)], thick=1.5)
    pits = np.clip(cv2.resize(_spectral(rng, 0.5, soft=1.6), (WRINKLE_TILE, WRINKLE_TILE)), 0, 1)
    pits = pits * cv2.resize(_disc((mid, float(m[8, 1] + 0.02)), 0.05, 9), (WRINKLE_TILE, WRINKLE_TILE))
    crease = lines([(mid, float(m[57, 1]) - 0.018), (mid + 0.045, float(m[57, 1]) - 0.028)], thick=1.6)
    chin = np.clip(pits + 0.7 * crease, 0, 1)
    rows = [inner, outer, frown, crow, under, nose, fold, dimple, chin]
    return np.stack([r * np.float32(rng.uniform(0.3, 1.0)) for r in rows]).astype(np.float32)
