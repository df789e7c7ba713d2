"""Maker a's skins: noise laid round the head as on a cylinder, brows of drawn strokes, hairlines by angle."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from telltale.simulate.render_parts import MONK, WRINKLE_TILE, Ground, Skin, coded, linear

Array = npt.NDArray[np.float32]

_HAIRS: Final = (
    ((18, 14, 12), 5.0),
    ((36, 24, 18), 4.0),
    ((70, 46, 30), 2.0),
    ((120, 86, 52), 1.0),
    ((178, 142, 92), 0.7),
    ((110, 52, 28), 0.4),
    ((150, 148, 145), 0.8),
)
_ROUND: Final = 9.0  # cm: radius of the cylinder that noise is wrapped round


def paint_skin(ground: Ground, rng: np.random.Generator, tone: int) -> Skin:
    """Paint one person of Monk's tone 1 to 10."""
    jitter = rng.normal(0, (5, 4, 4)) + rng.normal(0, 5)
    rgb = np.clip(np.array(MONK[tone - 1]) * (0.93, 0.88, 0.84) + jitter + (4, 0, -1), 14, 250)
    skin = linear(rgb)
    hair = _hair_colour(rng, tone)
    hairline = _Hairline(rng)
    blotches = [_tile(rng, 3.0), _tile(rng, 1.1), _tile(rng, 0.35), _grain(rng)]
    strands = _strands(rng)
    clothes = linear(rng.uniform(15, 225) * 0.7 + rng.uniform(10, 225, 3) * 0.3)
    collar = float(rng.uniform(-15.0, -12.5))
    face = _bare(ground.face, skin, blotches, rng.uniform(0.5, 1.5, 4))
    face = _spots(ground, face, rng, tone)
    face = _features(ground, face, skin, rng)
    face = _beard(ground, face, hair, blotches[3], rng)
    face = _brows(ground, face, hair * rng.uniform(0.5, 1.0), rng)
    head = _bare(ground.head, skin, blotches, np.ones(4))
    face_hair = hairline.share(ground.face) * (1 - ground.ear)
    head_hair = hairline.share(ground.head)
    layers = []
    for albedo, places, share in ((face, ground.face, face_hair), (head, ground.head, head_hair)):
        locks = hair * (0.35 + 1.3 * _on(strands, places, 40.0))[..., None]
        cover = np.clip(2.6 * share - 0.7 * (1 - share) * _on(strands, places, 40.0), 0, 1)[..., None]
        albedo = albedo * (1 - cover) + locks * cover
        cloth = np.clip((collar - places[..., 1] + 0.2 * np.abs(places[..., 0])) * 3, 0, 1)[..., None]
        albedo = albedo * (1 - cloth) + clothes * cloth
        gloss = 1 - 0.6 * cover - 0.4 * cloth
        layers.append(np.concatenate([albedo, gloss * (1 - cloth)], axis=2).astype(np.float32))
    lips = ground.masks["lips"]
    layers[0][..., 3] += lips * float(rng.uniform(0.0, 1.5))
    # hair stands off only where it covers wholly, or bare skin would be drawn out with it
    risen = np.clip(1.7 * hairline.share(ground.points) - 0.7, 0, 1)
    hair_cm = risen * ground.hairy * hairline.thick(ground.points)
    return Skin(
        face=np.clip(layers[0], 0, 3),
        head=np.clip(layers[1], 0, 3),
        depths=_depths(ground, rng),
        rgb=_three(coded(skin)),
        hair_rgb=_three(hair),
        hair_cm=hair_cm.astype(np.float32),
        clothes_rgb=_three(clothes),
    )


def _three(rgb: Array) -> tuple[float, float, float]:
    return float(rgb[0]), float(rgb[1]), float(rgb[2])


def _hair_colour(rng: np.random.Generator, tone: int) -> Array:
    weights = np.array([w for _, w in _HAIRS])
    if tone >= 5:
        weights[2:6] *= 0.15
    pick = int(rng.choice(len(_HAIRS), p=weights / weights.sum()))
    return linear(np.clip(np.array(_HAIRS[pick][0]) * rng.uniform(0.8, 1.25), 4, 250))


def _tile(rng: np.random.Generator, cell_cm: float) -> Array:
    """Smooth noise that repeats, shape (512, 512), for 64 x 64 cm; standard deviation 1."""
    cells = max(8, int(64 / cell_cm))
    small = rng.standard_normal((cells, cells)).astype(np.float32)
    padded = np.pad(small, 4, mode="wrap")
    scale = 512 / cells
    big = cv2.resize(padded, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    cut = int(4 * scale)
    out = np.asarray(big[cut : cut + 512, cut : cut + 512], dtype=np.float32)
    return out / np.float32(out.std() + 1e-6)


def _grain(rng: np.random.Generator) -> Array:
    fine = rng.standard_normal((512, 512)).astype(np.float32)
    out = cv2.GaussianBlur(fine, (0, 0), 0.6) - cv2.GaussianBlur(fine, (0, 0), 1.8)
    return np.asarray(out / out.std(), dtype=np.float32)


def _strands(rng: np.random.Generator) -> Array:
    """Locks of hair, shape (512, 512), 0 to 1: fine across, long down."""
    fine = rng.standard_normal((512, 512)).astype(np.float32)
    out = cv2.GaussianBlur(fine, (0, 0), sigmaX=0.9, sigmaY=24)
    out = out / out.std() + 0.6 * cv2.GaussianBlur(fine, (0, 0), sigmaX=7, sigmaY=30) / 0.02
    return np.asarray(np.clip(0.5 + 0.16 * out / out.std(), 0, 1), dtype=np.float32)


def _on(noise: Array, places: Array, width_cm: float = 64.0) -> Array:
    """Noise wrapped round the head: the tile is `width_cm` wide."""
    angle = np.arctan2(places[..., 0], places[..., 2] + 1.0)
    x = np.mod(angle * _ROUND / width_cm, 1) * 512
    y = np.mod(places[..., 1] / width_cm, 1) * 512
    out = cv2.remap(
        noise, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP
    )
    return np.asarray(out, dtype=np.float32)


def _bare(places: Array, skin: Array, noise: list[Array], gain: npt.NDArray[np.float64]) -> Array:
    wide, mid, small = (_on(n, places) for n in noise[:3])
    pores = _on(noise[3], places, 24.0)
    bright = (
        1 + 0.035 * gain[0] * wide + 0.03 * gain[1] * mid + 0.03 * gain[2] * small + 0.05 * gain[3] * pores
    )
    red = 0.016 * mid + 0.012 * _on(noise[0].T.copy(), places)
    tint = np.stack([1 + 0.4 * red, 1 - red, 1 - 0.8 * red], axis=2)
    return np.asarray(skin * bright[..., None] * tint, dtype=np.float32)


def _near(places: Array, point: npt.ArrayLike, size_cm: npt.ArrayLike) -> Array:
    """A soft spot, 1 at the point and on its mirror image."""
    off = np.stack([np.abs(places[..., 0]), places[..., 1], places[..., 2]], axis=-1)
    middle = np.asarray(point, dtype=np.float32) * (np.sign(np.asarray(point)[0]) or 1, 1, 1)
    return np.asarray(
        np.exp(-0.5 * (((off - middle) / np.asarray(size_cm)) ** 2).sum(axis=-1)), dtype=np.float32
    )


def _spots(ground: Ground, albedo: Array, rng: np.random.Generator, tone: int) -> Array:
    """Freckles on some, a few moles and blemishes, redness of cheeks and nose."""
    layer = np.zeros((1024, 1024), dtype=np.float32)
    if tone <= 5 and rng.random() < 0.25:
        count = int(rng.integers(60, 400))
        for u, v in rng.normal((0.5, 0.62), (0.17, 0.07), (count, 2)):
            centre = (int(u * 1024 * 16), int((1 - v) * 1024 * 16))
            cv2.circle(
                layer, centre, int(rng.uniform(0.8, 2.4) * 16), float(rng.uniform(0.1, 0.4)), -1, 16, 4
            )
    for u, v in rng.uniform((0.2, 0.3), (0.8, 0.95), (int(rng.poisson(2.5)), 2)):
        centre = (int(u * 1024 * 16), int((1 - v) * 1024 * 16))
        cv2.circle(layer, centre, int(rng.uniform(2, 5) * 16), float(rng.uniform(0.35, 0.8)), -1, 16, 4)
    spots = cv2.resize(cv2.GaussianBlur(layer, (0, 0), 1.0), (512, 512), interpolation=cv2.INTER_AREA)
    albedo = albedo * (1 - spots[..., None] * np.array([0.45, 0.62, 0.7], dtype=np.float32))
    m = ground.marks
    cheek = _near(ground.face, (4.6, m[30, 1] - 0.2, 8.5), (1.7, 1.6, 3.0)) + 0.8 * _near(
        ground.face, m[30], (1.1, 0.9, 1.5)
    )
    flush = float(rng.uniform(0, 0.3)) * cheek[..., None]
    return np.asarray(albedo * (1 - flush * np.array([0.0, 0.45, 0.4], dtype=np.float32)), dtype=np.float32)


def _features(ground: Ground, albedo: Array, skin: Array, rng: np.random.Generator) -> Array:
    """Lips, the shade about the eyes and in the nostrils, the line between the lips."""
    m, p = ground.marks, ground.face
    bare = float(rng.random() < 0.75)
    natural = skin * np.array(rng.uniform((0.68, 0.36, 0.38), (0.95, 0.62, 0.66)), dtype=np.float32)
    painted = skin * np.array(rng.uniform((0.75, 0.22, 0.26), (1.1, 0.5, 0.55)), dtype=np.float32)
    lip = bare * natural + (1 - bare) * painted
    share = cv2.GaussianBlur(ground.masks["lips"], (0, 0), 1.6 if bare else 0.8)
    share = share * rng.uniform(0.6, 0.95)
    wave = 1 + 0.06 * np.sin(p[..., 0] * 22 + 2 * np.sin(p[..., 0] * 7))
    albedo = albedo * (1 - share[..., None]) + (lip * wave[..., None]) * share[..., None]
    eye = (m[42:48].mean(axis=0) + m[36:42].mean(axis=0) * (-1, 1, 1)) / 2
    under = _near(p, eye - np.array([0.4, 1.15, 0]), (1.3, 0.45, 1.5)) * rng.uniform(0, 0.35)
    lid = _near(p, eye + np.array([0, 0.55, 0]), (1.6, 0.55, 1.5)) * rng.uniform(0.05, 0.45)
    rim = _near(p, eye, (1.45, 0.42, 1.2)) * 0.25
    dark = (under + lid + rim)[..., None] * np.array([0.75, 1.0, 0.95], dtype=np.float32)
    nostril = _near(p, m[34] + (0.1, 0.22, -0.45), (0.36, 0.22, 0.4)) * 0.92
    fold = _near(p, m[35] + (0.55, 0.5, -0.2), (0.25, 0.6, 0.7)) * 0.25
    under_lip = _near(p, m[57] - (0, 0.5, 0.3), (1.0, 0.3, 0.8)) * 0.18
    shade = (1 - dark) * (1 - np.clip(nostril + fold + under_lip, 0, 0.95))[..., None]
    return np.asarray(albedo * shade, dtype=np.float32)


def _beard(ground: Ground, albedo: Array, hair: Array, grain: Array, rng: np.random.Generator) -> Array:
    """Half have none; the others stubble, a moustache or a short beard."""
    kind = rng.choice(4, p=[0.55, 0.2, 0.1, 0.15])
    if kind == 0:
        return albedo
    m, p = ground.marks, ground.face
    x, y = np.abs(p[..., 0]), p[..., 1]
    jaw_top = np.interp(x, [0, 1.5, 3.0, 5.0, 7.5], [m[33, 1], m[33, 1], m[48, 1] - 0.3, m[48, 1] + 0.4, 3.0])
    low = np.clip((jaw_top - 0.25 - y) / 0.5, 0, 1) * np.clip((y + 9.5) / 1.5, 0, 1)
    upper = low * np.clip((2.7 - x) / 0.5, 0, 1) * (y > m[62, 1] - 0.3)
    area = upper if kind == 2 else low
    area = area * (1 - cv2.GaussianBlur(ground.masks["lips"], (0, 0), 1.5)) * (1 - ground.ear)
    thick = float(
        {1: rng.uniform(0.12, 0.5), 2: rng.uniform(0.6, 0.95), 3: rng.uniform(0.6, 0.95)}[int(kind)]
    )
    dots = np.clip(0.75 + 0.35 * _on(grain, p, 22.0), 0.1, 1.2)
    cover = np.clip(area * thick * dots, 0, 0.97)[..., None]
    return np.asarray(albedo * (1 - cover) + hair * 1.2 * cover, dtype=np.float32)


def _brows(ground: Ground, albedo: Array, hair: Array, rng: np.random.Generator) -> Array:
    """A few hundred strokes along each brow."""
    layer = np.zeros((1024, 1024), dtype=np.float32)
    full, raise_outer, thick = rng.uniform(90, 420), rng.uniform(-0.004, 0.006), rng.uniform(0.55, 1.35)
    for side in (1, -1):
        marks = ground.marks_uv[22:27] if side == 1 else ground.marks_uv[21:16:-1]
        for t in rng.beta(1.1, 1.25, int(full)):
            u, v = (np.interp(t * 4, range(5), marks[:, k]) for k in (0, 1))
            half = thick * (0.0105 * (1 - 0.72 * t) * min(1.0, 0.5 + 4 * t))
            v = v - 0.006 + raise_outer * t + rng.uniform(-half, half)
            lean = rng.normal(np.interp(t, [0, 0.25, 1], [1.35, 0.75, -0.1]), 0.2)
            length = rng.uniform(0.010, 0.020) * (1 - 0.35 * t)
            ends = np.array([[u, v], [u + side * np.cos(lean) * length, v + np.sin(lean) * length]])
            q = np.round(np.stack([ends[:, 0], 1 - ends[:, 1]], axis=1) * 1024 * 16).astype(np.int32)
            cv2.line(layer, q[0].tolist(), q[1].tolist(), float(rng.uniform(0.5, 1)), 1, cv2.LINE_8, 4)
    small = cv2.resize(layer, (512, 512), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), 1.6)
    cover = np.clip(0.75 * small + 0.8 * soft, 0, 0.93)[..., None] * np.float32(rng.uniform(0.7, 1.0))
    return np.asarray(albedo * (1 - cover) + hair * cover, dtype=np.float32)


class _Hairline:
    """How low hair grows at each angle round the head, and how far it stands off."""

    def __init__(self, rng: np.random.Generator) -> None:
        bald = rng.random() < 0.08
        front = 14.9 if bald else rng.uniform(8.6, 11.2)
        temple = front - rng.uniform(0.0, 1.4)
        side = rng.uniform(1.0, 4.5)
        self._angles = np.array([0, 0.35, 0.75, 1.02, 1.18, 1.3, 1.85, 2.05, 3.2])
        self._heights = np.array([front, front, temple, 7.2, side, 5.6, 5.4, -1.0, -5.0])
        self._soft = rng.uniform(0.35, 0.9)
        self._lock = 0.0 if bald else float(rng.choice([0.25, 0.7, 1.3, 2.0])) * rng.uniform(0.7, 1.3)
        self._side = rng.uniform(0.25, 0.9)

    def share(self, places: Array) -> Array:
        angle = np.abs(np.arctan2(places[..., 0], places[..., 2]))
        line = np.interp(angle, self._angles, self._heights)
        line = line + 0.2 * np.sin(places[..., 0] * 2.1 + 0.7 * np.sin(places[..., 0] * 5.3))
        share = np.clip((places[..., 1] - line) / self._soft, 0, 1)
        return np.asarray((share * share * (3 - 2 * share)), dtype=np.float32)

    def thick(self, points: Array) -> Array:
        high = np.clip((points[:, 1] - 4) / 9, 0, 1)
        return (0.12 + self._lock * (self._side + (1 - self._side) * high)).astype(np.float32)


def _depths(ground: Ground, rng: np.random.Generator) -> Array:
    """Depth of each wrinkle, shape (9, 256, 256), in the order of `WRINKLES`."""
    p = ground.face[:: 512 // WRINKLE_TILE, :: 512 // WRINKLE_TILE]
    m = ground.marks
    x, y = np.abs(p[..., 0]), p[..., 1]
    warp = 0.25 * _on(_tile(rng, 2.5), p)
    brow = float(m[19, 1])
    lines = _groove((y + warp - brow) * 6.283 / rng.uniform(0.75, 1.25), 3)
    band = np.clip((y - brow - 0.7) / 0.6, 0, 1) * np.clip((brow + 4.2 - y) / 0.8, 0, 1)
    inner = lines * band * np.clip((3.6 - x) / 1.2, 0, 1)
    outer = lines * band * np.clip((x - 1.8) / 1.2, 0, 1) * np.clip((6.2 - x) / 1.0, 0, 1)
    frown_x = 0.55 + 0.12 * np.sin(y * 2 + float(rng.uniform(0, 6)))
    frown = np.exp(-(((x - frown_x) / 0.14) ** 2)) * _bump(y, brow - 0.2, 0.9)
    eye = m[45]
    dx, dy = x - (eye[0] + 0.55), y - eye[1]
    angle = np.arctan2(dy + 0.15 * warp, np.maximum(dx, 0.05))
    crow = _groove(angle * rng.uniform(6, 9), 2) * np.clip(dx / 0.5, 0, 1) * np.clip((1.9 - dx) / 0.9, 0, 1)
    crow = crow * (np.abs(angle) < 1.0)
    under = np.exp(-(((y - (m[46, 1] - 0.55 - 0.06 * (x - 3.2) ** 2)) / 0.13) ** 2)) * _bump(x, 3.2, 0.9)
    bridge = (
        _groove((y - 0.5 * x + 0.4 * warp) * 6.283 / 0.7, 2)
        * _bump(y, float(m[28, 1]), 0.8)
        * _bump(x, 0.5, 0.75)
    )
    t = np.clip((m[33, 1] + 0.8 - y) / 3.6, 0, 1)
    fold_x = m[35, 0] + 0.55 + t * (m[54, 0] + 0.75 - m[35, 0] - 0.55)
    fold = np.exp(-(((x - fold_x) / 0.2) ** 2)) * _bump(y, float(m[33, 1]) - 1.0, 1.15)
    corner = np.exp(-(((x - m[54, 0] - 0.45) / 0.2) ** 2)) * _bump(y, float(m[54, 1]), 0.55)
    pit = (
        np.clip(_on(_tile(rng, 0.55), p) * 0.6, 0, 1)
        * _bump(y, float(m[57, 1]) - 1.7, 0.8)
        * _bump(x, 0, 1.2)
    )
    arch = np.exp(-(((y - (m[57, 1] - 0.65 - 0.12 * x * x)) / 0.2) ** 2)) * _bump(x, 0, 1.0)
    chin = np.clip(pit + 0.8 * arch, 0, 1)
    rows = [inner, outer, frown, crow, under, bridge, fold, corner, chin]
    gains = rng.uniform(0.35, 1.0, len(rows)) * rng.uniform(0.6, 1.1)
    return np.stack(
        [cv2.GaussianBlur((g * r).astype(np.float32), (0, 0), 0.8) for g, r in zip(gains, rows, strict=True)]
    )


def _groove(phase: npt.NDArray[np.float64] | Array, power: int) -> Array:
    """Narrow valleys, 1 at their bottom, one each turn of the phase."""
    return (np.clip(np.cos(phase), 0, 1) ** power).astype(np.float32)


def _bump(at: Array, middle: float, size: float) -> Array:
    return np.asarray(np.exp(-0.5 * ((at - middle) / size) ** 2), dtype=np.float32)
