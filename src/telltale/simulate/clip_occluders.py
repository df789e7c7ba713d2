"""Things that come before a face: a hand, a cup, a microphone, a phone, a strand of hair.

Each is a small picture with its own transparency, drawn once, that enters from outside the face, stays over
one part of it and leaves. How much it hides is measured on that picture (`clip_hidden`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from telltale.simulate.acting_curves import Bump
from telltale.simulate.clip_settings import SightSettings

Picture = npt.NDArray[np.uint8]
Sprite = npt.NDArray[np.uint8]
"""Shape (h, w, 4): RGB and opacity."""

_TARGETS: Final[dict[str, tuple[int, ...]]] = {
    "mouth": (48, 51, 54, 57),
    "left eye": (42, 45),
    "right eye": (36, 39),
    "left cheek": (46, 54, 13),
    "right cheek": (41, 48, 3),
    "chin": (8, 57),
}
"""Landmarks whose middle is covered."""


@dataclass(frozen=True, slots=True, eq=False)
class Occluder:
    """One thing and its way over the face."""

    kind: str
    target: str
    sprite: Sprite
    bump: Bump
    """How far it has come: 0 outside, 1 at its target."""
    from_px: tuple[float, float]
    """Where it comes from, relative to the target."""

    def place(self, points68: npt.NDArray[np.float32], time_s: float) -> tuple[int, int] | None:
        """Left and top edge in the picture at one moment, or None while it is away.

        Parameters
        ----------
        points68
            Shape (68, 2): the landmarks of this moment; a hand follows the face it touches.
        """
        near = float(self.bump.at(np.array([time_s]))[0])
        if near <= 0:
            return None
        target = points68[list(_TARGETS[self.target])].mean(axis=0)
        middle = target + (1 - near) * np.array(self.from_px)
        height, width = self.sprite.shape[:2]
        return round(float(middle[0]) - width / 2), round(float(middle[1]) - height / 2)


def draw_occluders(
    rng: np.random.Generator, settings: SightSettings, duration_s: float, face_width_px: float
) -> tuple[Occluder, ...]:
    """The occluders of one clip, one after the other."""
    found: list[Occluder] = []
    if settings.occluder_gap_s is None:
        return ()
    now = rng.uniform(0, settings.occluder_gap_s[1])
    while now < duration_s - 0.3:
        rise, fall = rng.uniform(0.15, 0.5, 2)
        stay = rng.uniform(*settings.occluder_s)
        kind = str(rng.choice(list(_DRAWN), p=[0.4, 0.15, 0.15, 0.15, 0.15]))
        target = _target(rng, kind)
        angle = rng.uniform(0.15 * np.pi, 0.85 * np.pi) if kind != "hair" else rng.uniform(-np.pi, 0)
        away = np.array([np.cos(angle), np.sin(angle)]) * face_width_px * 2.2
        sprite = _DRAWN[kind](rng, face_width_px)
        bump = Bump(now, now + rise, now + rise + stay, now + rise + stay + fall)
        found.append(Occluder(kind, target, sprite, bump, (float(away[0]), float(away[1]))))
        now = bump.end_s + rng.uniform(*settings.occluder_gap_s)
    return tuple(found)


def _target(rng: np.random.Generator, kind: str) -> str:
    if kind in ("cup", "microphone"):
        return str(rng.choice(["mouth", "chin"]))
    if kind == "hair":
        return str(rng.choice(["left eye", "right eye", "left cheek", "right cheek"]))
    return str(rng.choice(list(_TARGETS)))


def lay_over(picture: Picture, sprite: Sprite, left: int, top: int) -> None:
    """Draw a sprite into `picture`, in place; what hangs over the edge is cut off."""
    height, width = picture.shape[:2]
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + sprite.shape[1], width), min(top + sprite.shape[0], height)
    if x0 >= x1 or y0 >= y1:
        return
    part = sprite[y0 - top : y1 - top, x0 - left : x1 - left]
    share = part[..., 3:].astype(np.uint16)
    under = picture[y0:y1, x0:x1].astype(np.uint16)
    picture[y0:y1, x0:x1] = (part[..., :3] * share + under * (255 - share) + 127) // 255


def _finish(rng: np.random.Generator, rgb: npt.NDArray[np.float32], shape: Picture, soft_px: float) -> Sprite:
    """Colour and mask to a sprite: shaded towards its edge, with a soft rim and a little texture."""
    mask = cv2.GaussianBlur(shape, (0, 0), soft_px)
    inner = cv2.GaussianBlur(shape, (0, 0), max(shape.shape[0] * 0.06, 1.0)).astype(np.float32) / 255
    grain = 1 + 0.04 * cv2.GaussianBlur(rng.standard_normal(shape.shape).astype(np.float32), (0, 0), 1.5)
    lit = rgb * (0.45 + 0.55 * inner[..., None]) * grain[..., None]
    return np.dstack([np.clip(lit, 0, 255).astype(np.uint8), mask])


def _blank(width: float, height: float) -> tuple[npt.NDArray[np.float32], Picture]:
    size = (max(int(height), 8), max(int(width), 8))
    return np.zeros((*size, 3), dtype=np.float32), np.zeros(size, dtype=np.uint8)


def _hand(rng: np.random.Generator, face: float) -> Sprite:
    """A palm with four fingers and a thumb, turned."""
    side = face * rng.uniform(0.75, 1.05)
    rgb, shape = _blank(side, side)
    rgb[:] = _SKINS[rng.integers(len(_SKINS))]
    u = side / 100
    cv2.ellipse(shape, (int(50 * u), int(68 * u)), (int(22 * u), int(25 * u)), 0, 0, 360, 255, -1)
    for k in range(4):
        root = (int((33 + 11 * k) * u), int(56 * u))
        tip = (int((28 + 14 * k + rng.uniform(-3, 3)) * u), int((12 + 5 * abs(k - 1.4)) * u))
        cv2.line(shape, root, tip, 255, max(int(9.5 * u), 1), cv2.LINE_AA)
        # A darker seam lets fingers be told apart.
        cv2.line(
            rgb, (root[0] + int(5 * u), root[1]), (tip[0] + int(5 * u), tip[1]), (70, 45, 35), max(int(u), 1)
        )
    cv2.line(
        shape, (int(66 * u), int(74 * u)), (int(90 * u), int(50 * u)), 255, max(int(11 * u), 1), cv2.LINE_AA
    )
    cv2.rectangle(shape, (int(34 * u), int(80 * u)), (int(66 * u), int(100 * u)), 255, -1)
    sprite = _finish(rng, rgb, shape, 0.8)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), float(rng.uniform(-70, 70)), 0.95)
    if rng.random() < 0.5:
        sprite = np.ascontiguousarray(sprite[:, ::-1])
    return cv2.warpAffine(sprite, turn, (sprite.shape[1], sprite.shape[0]))  # type: ignore[return-value]


def _cup(rng: np.random.Generator, face: float) -> Sprite:
    width, height = face * rng.uniform(0.4, 0.55), face * rng.uniform(0.5, 0.65)
    rgb, shape = _blank(width, height)
    rgb[:] = rng.uniform(30, 240, 3)
    w, h = width, height
    corners = np.array(
        [[0.04 * w, 0.08 * h], [0.96 * w, 0.08 * h], [0.82 * w, 0.95 * h], [0.18 * w, 0.95 * h]]
    )
    cv2.fillConvexPoly(shape, corners.astype(np.int32), 255, cv2.LINE_AA)
    cv2.ellipse(shape, (int(w / 2), int(0.09 * h)), (int(0.46 * w), int(0.07 * h)), 0, 0, 360, 255, -1)
    if rng.random() < 0.5:
        rgb[int(0.4 * h) : int(0.6 * h)] = rng.uniform(30, 240, 3)
    return _finish(rng, rgb, shape, 0.7)


def _microphone(rng: np.random.Generator, face: float) -> Sprite:
    side = face * rng.uniform(0.5, 0.7)
    rgb, shape = _blank(side, side * 1.6)
    rgb[:] = rng.uniform(15, 60)
    centre, radius = (int(side / 2), int(side * 0.42)), int(side * 0.3)
    cv2.circle(shape, centre, radius, 255, -1, cv2.LINE_AA)
    cv2.line(shape, centre, (int(side * 0.5), int(side * 1.6)), 255, max(int(side * 0.2), 1), cv2.LINE_AA)
    step = max(int(side * 0.05), 2)
    rgb[: int(side * 0.72) : step] += 50
    rgb[: int(side * 0.72), ::step] += 50
    return _finish(rng, rgb, shape, 0.7)


def _phone(rng: np.random.Generator, face: float) -> Sprite:
    width = face * rng.uniform(0.36, 0.46)
    rgb, shape = _blank(width * 2.3, width * 2.3)
    rgb[:] = rng.uniform(10, 70)
    side = width * 2.3
    angle = float(rng.choice([0, 90])) + float(rng.uniform(-15, 15))
    box = cv2.boxPoints(((side / 2, side / 2), (width, width * 2.0), angle))
    cv2.fillConvexPoly(shape, box.astype(np.int32), 255, cv2.LINE_AA)
    lens = box[:2].mean(axis=0) * 0.75 + side / 8
    cv2.circle(rgb, (int(lens[0]), int(lens[1])), max(int(width * 0.1), 2), (120, 120, 125), -1)
    return _finish(rng, rgb, shape, 0.6)


def _hair(rng: np.random.Generator, face: float) -> Sprite:
    """Some strands that hang down, thin enough to see between."""
    width, height = face * 0.4, face * rng.uniform(0.9, 1.3)
    rgb, shape = _blank(width, height)
    rgb[:] = np.array(_HAIRS[rng.integers(len(_HAIRS))])
    down = np.linspace(0, 1, 24)
    for _ in range(rng.integers(5, 18)):
        bend = rng.uniform(-0.2, 0.2) * np.sin(np.pi * down) + rng.uniform(0.3, 0.7)
        line = np.stack([bend * width, down * height], axis=1).astype(np.int32)
        cv2.polylines(shape, [line], False, 255, max(int(face * rng.uniform(0.006, 0.03)), 1), cv2.LINE_AA)
    return _finish(rng, rgb, shape, 0.5)


_SKINS: Final = ((233, 196, 172), (214, 168, 138), (186, 134, 102), (142, 94, 66), (96, 62, 46), (60, 40, 32))
_HAIRS: Final = ((26, 20, 18), (60, 40, 28), (110, 76, 48), (176, 140, 96), (150, 148, 146))
_DRAWN: Final[dict[str, Callable[[np.random.Generator, float], Sprite]]] = {
    "hand": _hand,
    "cup": _cup,
    "microphone": _microphone,
    "phone": _phone,
    "hair": _hair,
}
