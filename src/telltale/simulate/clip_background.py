"""What stands behind a face: invented pictures of rooms, soft shapes and gradients that may drift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from telltale.simulate.acting_curves import Array, Drift

Picture = npt.NDArray[np.uint8]

_MARGIN: Final = 0.12
"""How much larger than the frame the picture is, so that it can drift."""


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """A picture larger than the frame, and the path of the frame over it."""

    picture: Picture
    """Shape (H + 2 my, W + 2 mx, 3)."""
    drifts: tuple[Drift, Drift] | None
    """None stands still."""
    width_px: int
    height_px: int

    def frame(self, time_s: float) -> Picture:
        """The part that is seen at one moment. Shape (H, W, 3), contiguous."""
        margin = np.array([self.picture.shape[1] - self.width_px, self.picture.shape[0] - self.height_px]) / 2
        share = np.zeros(2)
        if self.drifts is not None:
            share = np.array([float(drift.at(np.array([time_s]))[0]) for drift in self.drifts]) / 3
        x, y = margin * (1 + np.clip(share, -0.95, 0.95))
        centre = (x + (self.width_px - 1) / 2, y + (self.height_px - 1) / 2)
        # Between pixels too: whole steps would shake the picture.
        seen: Picture = cv2.getRectSubPix(self.picture, (self.width_px, self.height_px), centre)  # type: ignore[assignment]
        return seen


def draw_background(
    rng: np.random.Generator, width_px: int, height_px: int, *, moves: float = 0.3
) -> Background:
    """One background; `moves` is the share of those that drift."""
    size = (int(width_px * (1 + _MARGIN)), int(height_px * (1 + _MARGIN)))
    kind = rng.choice(["gradient", "shapes", "room"], p=[0.25, 0.35, 0.4])
    if kind == "gradient":
        picture = _gradient(rng, *size)
    elif kind == "shapes":
        picture = _shapes(rng, *size)
    else:
        picture = _room(rng, *size)
    blur = rng.uniform(0.0, 6.0) * width_px / 640
    if blur > 0.5:
        picture = cv2.GaussianBlur(picture, (0, 0), blur)  # type: ignore[assignment]
    drifts = None
    if rng.random() < moves:
        drifts = (Drift.draw(rng, 0.03, 0.3), Drift.draw(rng, 0.03, 0.3))
    return Background(np.clip(picture, 0, 255).astype(np.uint8), drifts, width_px, height_px)


def _colour(rng: np.random.Generator, low: float = 20, high: float = 220) -> Array:
    """Mostly dull: walls and cloth are."""
    grey = rng.uniform(low, high)
    return np.clip(grey + rng.normal(0, 1, 3) * rng.uniform(3, 28), 4, 250)


def _gradient(rng: np.random.Generator, width: int, height: int) -> npt.NDArray[np.float32]:
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    along = x / width * np.cos(angle) + y / height * np.sin(angle)
    along = (along - along.min()) / np.ptp(along)
    picture = _colour(rng) * (1 - along[..., None]) + _colour(rng) * along[..., None]
    clouded: npt.NDArray[np.float32] = picture + _cloud(rng, width, height)[..., None] * rng.uniform(0, 10)
    return clouded.astype(np.float32, copy=False)


def _cloud(rng: np.random.Generator, width: int, height: int) -> npt.NDArray[np.float32]:
    """Noise in octaves, standard deviation about 1. Shape (height, width)."""
    total = np.zeros((height, width), dtype=np.float32)
    for cells, weight in ((5, 0.8), (16, 0.5), (60, 0.3)):
        grid = rng.standard_normal((max(cells * height // width, 2), cells)).astype(np.float32)
        total += weight * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
    return total


def _shapes(rng: np.random.Generator, width: int, height: int) -> npt.NDArray[np.float32]:
    picture = _gradient(rng, width, height)
    for _ in range(rng.integers(5, 25)):
        colour = tuple(_colour(rng).tolist())
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        axes = tuple(int(a) for a in rng.uniform(0.03, 0.2, 2) * width)
        if rng.random() < 0.5:
            cv2.ellipse(picture, centre, axes, float(rng.uniform(0, 180)), 0, 360, colour, -1)
        else:
            cv2.rectangle(picture, centre, (centre[0] + axes[0], centre[1] + axes[1]), colour, -1)
    return picture


def _room(rng: np.random.Generator, width: int, height: int) -> npt.NDArray[np.float32]:
    """A wall with its texture, shelves or frames on it, a window or a lamp, a floor or a sofa below."""
    picture = _gradient(rng, width, height)
    for _ in range(rng.integers(2, 6)):
        _frame(rng, picture)
    if rng.random() < 0.5:
        _shelf(rng, picture)
    if rng.random() < 0.6:
        top = int(height * rng.uniform(0.55, 0.9))
        picture[top:] = _colour(rng, 15, 160)
    if rng.random() < 0.5:
        spot = np.zeros((height, width), dtype=np.float32)
        cv2.circle(
            spot,
            (int(rng.integers(width)), int(rng.integers(height))),
            int(width * rng.uniform(0.03, 0.12)),
            1.0,
            -1,
        )
        picture += cv2.GaussianBlur(spot, (0, 0), width * 0.04)[..., None] * rng.uniform(40, 200)
    grain = rng.standard_normal((height, width)).astype(np.float32) * rng.uniform(0, 5)
    picture += cv2.GaussianBlur(grain, (0, 0), 0.8)[..., None] + _cloud(rng, width, height)[
        ..., None
    ] * rng.uniform(0, 8)
    return picture


def _frame(rng: np.random.Generator, picture: npt.NDArray[np.float32]) -> None:
    height, width = picture.shape[:2]
    x, y = int(rng.integers(-40, width)), int(rng.integers(-40, height))
    w, h = (int(v) for v in rng.uniform(0.08, 0.4, 2) * width)
    cv2.rectangle(picture, (x, y), (x + w, y + h), tuple(_colour(rng).tolist()), -1)
    inner = int(rng.uniform(3, 12))
    cv2.rectangle(
        picture, (x + inner, y + inner), (x + w - inner, y + h - inner), tuple(_colour(rng).tolist()), -1
    )


def _shelf(rng: np.random.Generator, picture: npt.NDArray[np.float32]) -> None:
    height, width = picture.shape[:2]
    base = int(height * rng.uniform(0.15, 0.7))
    cv2.rectangle(picture, (0, base), (width, base + 8), tuple(_colour(rng).tolist()), -1)
    x = int(rng.integers(0, width // 4))
    while x < width - 10:
        w, h = int(rng.integers(8, 36)), int(rng.integers(30, 110))
        if rng.random() < 0.8:
            cv2.rectangle(picture, (x, base - h), (x + w, base - 1), tuple(_colour(rng).tolist()), -1)
        x += w + int(rng.integers(1, 8))
