"""What the overlay is drawn with: its palette, text, pills, bars and lines, all anti-aliased, all RGB."""

from __future__ import annotations

import functools
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from telltale.signs.facs import Region

Picture = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.float32]
Colour = tuple[int, int, int]

INK: Final[Colour] = (232, 236, 241)
DIM: Final[Colour] = (132, 143, 158)
FAINT: Final[Colour] = (46, 53, 64)
GROUND: Final[Colour] = (18, 21, 27)
ALERT: Final[Colour] = (255, 183, 77)

REGION_COLOURS: Final[dict[Region, Colour]] = {
    "brows": (129, 199, 255),
    "eyes": (94, 234, 212),
    "nose": (196, 181, 253),
    "cheeks": (253, 186, 116),
    "mouth": (251, 113, 133),
    "chin": (244, 164, 220),
    "jaw": (250, 204, 92),
    "head": (200, 206, 214),
}
"""One hue for each part of the face, the same in the picture and on the panel."""

AFFECT_COLOURS: Final[tuple[Colour, ...]] = ((250, 204, 92), (251, 113, 133), (94, 234, 212), (148, 163, 184))
AXIS_COLOURS: Final[tuple[Colour, ...]] = ((251, 113, 133), (134, 239, 172), (129, 199, 255))

_FINE: Final = 4
"""Coordinates are given to OpenCV in sixteenths of a pixel."""
_PLAIN, _BOLD = 400, 600


@functools.lru_cache(maxsize=2048)
def text_mask(text: str, size_px: int, bold: bool = False) -> Mask:
    """How far each pixel is covered by a line of text, shape (h, w), 0 to 1; its baseline lies at 0.75 h."""
    height = round(size_px * 1.5)
    width = max(1, text_width(text, size_px, bold) + 2)
    if not hasattr(cv2, "FontFace"):
        return _stroked(text, size_px, bold, (height, width))
    canvas = np.zeros((height, width, 3), dtype=np.uint8)
    origin = (0, round(height * 0.75))
    face = cv2.FontFace("sans")
    cv2.putText(canvas, text, origin, (255, 255, 255), face, size_px, _BOLD if bold else _PLAIN)
    return _share(canvas[..., 0])


@functools.lru_cache(maxsize=2048)
def text_width(text: str, size_px: int, bold: bool = False) -> int:
    """Width of a line of text in pixels."""
    if not hasattr(cv2, "FontFace"):
        (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size_px / 30, 1)
        return int(width)
    face = cv2.FontFace("sans")
    box = cv2.getTextSize((4096, 256), text, (0, 128), face, size_px, _BOLD if bold else _PLAIN)
    return int(box[0] + box[2])


def _stroked(text: str, size_px: int, bold: bool, shape: tuple[int, int]) -> Mask:
    """OpenCV before its version 5 has stroke fonts alone: drawn four times as large, then made smaller."""
    height, width = shape
    canvas = np.zeros((4 * height, 4 * width), dtype=np.uint8)
    at, scale = (0, 3 * height), 4 * size_px / 30
    cv2.putText(canvas, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, 7 if bold else 5, cv2.LINE_AA)
    return _share(cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA))


@functools.lru_cache(maxsize=256)
def pill_mask(width: int, height: int, radius: int) -> Mask:
    """A rectangle with round corners, shape (height, width), 0 to 1."""
    big = np.zeros((4 * height, 4 * width), dtype=np.uint8)
    r, right, bottom = 4 * radius, 4 * width - 1, 4 * height - 1
    cv2.rectangle(big, (r, 0), (right - r, bottom), 255, -1)
    cv2.rectangle(big, (0, r), (right, bottom - r), 255, -1)
    for x in (r, right - r):
        for y in (r, bottom - r):
            cv2.circle(big, (x, y), r, 255, -1)
    return _share(cv2.resize(big, (width, height), interpolation=cv2.INTER_AREA))


def _share(covered: npt.NDArray[Any]) -> Mask:
    return np.asarray(covered, np.float32) / np.float32(255)


def blend(canvas: Picture, mask: Mask, x: int, y: int, colour: Colour, alpha: float = 1.0) -> None:
    """Lay a colour over the canvas through a mask whose corner lies at (x, y); what sticks out is cut off."""
    top, left = max(y, 0), max(x, 0)
    bottom, right = min(y + mask.shape[0], canvas.shape[0]), min(x + mask.shape[1], canvas.shape[1])
    if bottom <= top or right <= left or alpha <= 0:
        return
    part = canvas[top:bottom, left:right]
    share = mask[top - y : bottom - y, left - x : right - x, None] * np.float32(alpha)
    part[:] = part + share * (np.array(colour, np.float32) - part)


def write(
    canvas: Picture,
    text: str,
    x: float,
    middle_y: float,
    colour: Colour,
    size_px: int = 12,
    *,
    bold: bool = False,
    right: bool = False,
    alpha: float = 1.0,
) -> None:
    """One line of text, its lower-case letters centred on `middle_y`; `right` makes x its right end."""
    mask = text_mask(text, size_px, bold)
    start = round(x) - (text_width(text, size_px, bold) if right else 0)
    baseline = middle_y + 0.36 * size_px
    blend(canvas, mask, start, round(baseline - 0.75 * mask.shape[0]), colour, alpha)


def pill(
    canvas: Picture, box: tuple[int, int, int, int], colour: Colour, alpha: float = 1.0, radius: int = 0
) -> None:
    """A rectangle with round corners: x, y, width, height; half round where no radius is given."""
    x, y, width, height = box
    if width >= 1 and height >= 1:
        blend(canvas, pill_mask(width, height, radius or min(width, height) // 2), x, y, colour, alpha)


def bar(canvas: Picture, start: float, stop: float, y: int, thick: int, colour: Colour) -> None:
    """A bar from one x to another, either way round, its ends between pixels."""
    low, high = min(start, stop), max(start, stop)
    first, last = int(np.ceil(low)), int(np.floor(high))
    canvas[y : y + thick, first : max(last, first)] = colour
    for x, cover in ((first - 1, first - low), (last, high - last)):
        if last >= first and cover > 0.01:
            edge = canvas[y : y + thick, x]
            edge[:] = edge + np.float32(cover) * (np.array(colour, np.float32) - edge)


def line(
    canvas: Picture, points: npt.NDArray[np.floating], colour: Colour, *, thick: int = 1, closed: bool = False
) -> None:
    """A line through points, shape (N, 2), in pixels and parts of them."""
    fine = np.rint(np.asarray(points) * 2**_FINE).astype(np.int32)
    cv2.polylines(canvas, [fine], closed, colour, thick, cv2.LINE_AA, _FINE)


def dot(canvas: Picture, x: float, y: float, radius: float, colour: Colour) -> None:
    """A filled circle."""
    middle = (round(x * 2**_FINE), round(y * 2**_FINE))
    cv2.circle(canvas, middle, round(radius * 2**_FINE), colour, -1, cv2.LINE_AA, _FINE)


def mixed(colour: Colour, ground: Colour, share: float) -> Colour:
    """A colour with `share` of itself and the rest of the ground.

    >>> mixed((255, 255, 255), (0, 0, 0), 0.2)
    (51, 51, 51)
    """
    red, green, blue = (round(c * share + g * (1 - share)) for c, g in zip(colour, ground, strict=True))
    return red, green, blue
