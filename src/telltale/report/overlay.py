"""The overlay: a video's frame with what was read of it, face in the picture and numbers on a panel beside.

The canvas is wider than the video by the panel's 280 pixels. Left and right are the subject's; bars lie as
the face does in the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from telltale.core.channels import ACTION_UNITS
from telltale.face.view import Pose
from telltale.report import overlay_parts as parts
from telltale.report.overlay_panel import LEAST_HEIGHT, WIDTH, Panel
from telltale.report.overlay_parts import Picture
from telltale.signs.facs import BY_NUMBER
from telltale.signs.micro_macro import Event

Array = npt.NDArray[np.float64]

LINGER_S: Final = 2.5
"""How long an event stays on the picture after its offset, fading; live it is told up to a second late."""

_SHOWS: Final = 0.08
"""Intensity from which a unit's region is outlined ..."""
_OUTLINED: Final = 3
"""... of so many units at most."""

_LINES: Final = (
    (0, 17, False),
    (17, 22, False),
    (22, 27, False),
    (27, 31, False),
    (31, 36, False),
    (36, 42, True),
    (42, 48, True),
    (48, 60, True),
    (60, 68, True),
)
"""The 68 points as lines: first, one after the last, whether closed."""


@dataclass(frozen=True, slots=True, eq=False)
class OverlayFace:
    """What is known of one face in one frame. Points are pixels of the picture."""

    name: str
    points68: npt.NDArray[np.floating]
    """Shape (68, 2)."""
    regions: npt.NDArray[np.floating]
    """Shape (17, N, 2): outlines in the order of `ACTION_UNITS`."""
    intensity: npt.NDArray[np.floating]
    """Shape (17, 2), NaN where unread."""
    confidence: npt.NDArray[np.floating]
    """Shape (17,)."""
    pose: Pose
    affect: npt.NDArray[np.floating]
    """Shape (4,), NaN where unread."""
    events: tuple[Event, ...] = ()
    """Those that may still be shown."""


class Overlay:
    """Draws frame after frame of one video; it remembers the affect signals of the last seconds.

    >>> overlay = Overlay(640, 480)
    >>> overlay.draw(np.zeros((480, 640, 3), np.uint8), 0.0, ()).shape
    (480, 920, 3)
    """

    def __init__(self, width_px: int, height_px: int) -> None:
        height_px = max(height_px, LEAST_HEIGHT)
        self._panel = Panel(height_px)
        self._names: set[str] = set()
        self._shape = (height_px, width_px + WIDTH, 3)

    def draw(self, rgb: Picture, time_s: float, faces: Sequence[OverlayFace], *, unread: str = "") -> Picture:
        """One frame's canvas, shape (height, width + 280, 3); below a low video it is filled up.

        Parameters
        ----------
        rgb
            The video's frame; it stays as it is.
        faces
            Faces that were read; the first has the panel.
        unread
            Why no face was read, in a few words, where none was.
        """
        canvas = np.empty(self._shape, dtype=np.uint8)
        height, width = rgb.shape[:2]
        canvas[height:, :width] = parts.GROUND
        video, strip = canvas[:height, :width], canvas[:, width:]
        video[:] = rgb
        for face in faces:
            _draw_face(video, face)
        self._draw_panel(strip, time_s, faces[0] if faces else None)
        self._names.update(face.name for face in faces)
        if faces:
            _draw_events(video, faces, time_s, named=len(self._names) > 1)
        else:
            _draw_notice(video, unread or "no face read")
        return canvas

    def _draw_panel(self, strip: Picture, time_s: float, face: OverlayFace | None) -> None:
        if face is None:
            unread = np.full((17, 2), np.nan)
            nothing = np.full(4, np.nan)
            self._panel.draw(strip, time_s, "", unread, unread[:, 0], nothing[:3], nothing)
            return
        pose = np.array([face.pose.yaw, face.pose.pitch, face.pose.roll])
        intensity, confidence = (
            np.asarray(face.intensity, np.float64),
            np.asarray(face.confidence, np.float64),
        )
        affect = np.asarray(face.affect, np.float64)
        self._panel.draw(strip, time_s, face.name, intensity, confidence, pose, affect)


def _draw_face(video: Picture, face: OverlayFace) -> None:
    """Regions that show, the lines of the face, its corners, its head's axes and its name."""
    # Drawn on a copy of the face's part, then mixed in: lines are to be seen through.
    reach = np.concatenate([face.points68, face.regions.reshape(-1, 2)])
    low, high = np.floor(reach.min(axis=0)) - 4, np.ceil(reach.max(axis=0)) + 4
    left, top = np.maximum(low, 0).astype(int)
    right, bottom = np.minimum(high, video.shape[1::-1]).astype(int)
    if right - left < 2 or bottom - top < 2:
        return
    part = video[top:bottom, left:right]
    sheet = part.copy()
    shift = np.array([left, top])
    for first, last, closed in _LINES:
        parts.line(sheet, face.points68[first:last] - shift, parts.INK, closed=closed)
    cv2.addWeighted(sheet, 0.35, part, 0.65, 0.0, dst=part)
    _draw_regions(part, face, shift)
    for x, y in face.points68 - shift:
        parts.dot(part, x, y, 1.1, parts.INK)
    _draw_axes(part, face, shift)
    _draw_corners(video, face)


def _draw_regions(part: Picture, face: OverlayFace, shift: npt.NDArray[np.int_]) -> None:
    """Outlines of the units that show most; of the others nothing: 17 at once hide a face."""
    strength = np.nan_to_num(face.intensity).max(axis=1)
    for unit in np.argsort(-strength, kind="stable")[:_OUTLINED]:
        if strength[unit] >= _SHOWS:
            colour = parts.REGION_COLOURS[BY_NUMBER[ACTION_UNITS[unit]].region]
            parts.line(part, face.regions[unit] - shift, colour, closed=True)


def _draw_axes(part: Picture, face: OverlayFace, shift: npt.NDArray[np.int_]) -> None:
    """The head's axes at the root of the nose: to its left, up, and out of the face."""
    start = face.points68[27] - shift
    for k, colour in enumerate(parts.AXIS_COLOURS):
        along = 0.42 * face.pose.scale_px * face.pose.rotation[:2, k] * (1, -1)
        parts.line(part, np.array([start, start + along]), colour, thick=2)


def _draw_corners(video: Picture, face: OverlayFace) -> None:
    low, high = face.points68.min(axis=0), face.points68.max(axis=0)
    # The points end at the brows: the box takes the forehead in.
    size = high - low
    low = low - size * (0.08, 0.28)
    high = high + size * (0.08, 0.06)
    arm = 0.12 * float(size.max())
    for x, inward_x in ((low[0], 1), (high[0], -1)):
        for y, inward_y in ((low[1], 1), (high[1], -1)):
            corner = np.array([[x + inward_x * arm, y], [x, y], [x, y + inward_y * arm]])
            parts.line(video, corner, parts.INK, thick=2)
    parts.write(video, f"face {face.name}", low[0] + 6, low[1] + 12, parts.INK, 12, bold=True)


def _draw_events(video: Picture, faces: Sequence[OverlayFace], time_s: float, *, named: bool) -> None:
    """Chips from the bottom up, the newest lowest, fading after their offset."""
    # The picture of a small video has room for few.
    most = max(1, video.shape[0] // 90)
    shown = [
        (event, f"face {face.name} " if named else "")
        for face in faces
        for event in face.events
        if event.onset_s <= time_s <= event.offset_s + LINGER_S
    ]
    for k, (event, whose) in enumerate(sorted(shown, key=lambda one: -one[0].onset_s)[:most]):
        faded = max(0.0, time_s - event.offset_s) / LINGER_S
        _draw_chip(video, event, whose, video.shape[0] - 40 - 34 * k, 1.0 - faded**2)


def _draw_chip(video: Picture, event: Event, whose: str, y: int, alpha: float) -> None:
    colour = parts.REGION_COLOURS[BY_NUMBER[event.numbers[0]].region]
    units = " + ".join(str(number) for number in event.numbers)
    if len(event.numbers) == 1:
        units += f" {BY_NUMBER[event.numbers[0]].name}"
    side = "" if event.side == "both" else f", {event.side}"
    length = f"{event.duration_s * 1000:.0f} ms" if event.kind == "micro" else f"{event.duration_s:.1f} s"
    said = f"{whose}AU {units}{side}"
    kind_width, said_width = parts.text_width(event.kind, 13, True), parts.text_width(said, 13)
    width = 26 + kind_width + 10 + said_width + 10 + parts.text_width(length, 13) + 14
    parts.pill(video, (14, y, width, 26), parts.GROUND, 0.82 * alpha)
    parts.pill(video, (24, y + 9, 8, 8), colour, alpha)
    x = 40
    parts.write(video, event.kind, x, y + 13, colour, 13, bold=True, alpha=alpha)
    parts.write(video, said, x + kind_width + 8, y + 13, parts.INK, 13, alpha=alpha)
    parts.write(video, length, x + kind_width + said_width + 18, y + 13, parts.DIM, 13, alpha=alpha)


def _draw_notice(video: Picture, text: str) -> None:
    width = parts.text_width(text, 14, True) + 48
    x, y = (video.shape[1] - width) // 2, video.shape[0] - 52
    parts.pill(video, (x, y, width, 32), parts.GROUND, 0.85)
    parts.pill(video, (x + 14, y + 12, 8, 8), parts.ALERT)
    parts.write(video, text, x + 30, y + 16, parts.INK, 14, bold=True)
