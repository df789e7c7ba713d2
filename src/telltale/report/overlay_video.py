"""The overlay as a video, drawn while a recording is read.

What happens on a face is told only after it is over. So frames wait for a second and a half before they are
drawn, and the sign of a brief event stands on the picture from its onset on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

import cv2
import numpy as np

from telltale.core import channels
from telltale.core.errors import FormatError
from telltale.core.signal import Signal, Values
from telltale.face.view import Array, FaceView
from telltale.media.frame import Frame, Picture, SourceInfo
from telltale.media.write import VideoWriter
from telltale.perceive.perceiver import FaceStep
from telltale.perceive.regions import outlines_in_picture
from telltale.report.overlay import LINGER_S, Overlay, OverlayFace
from telltale.report.overlay_panel import LEAST_HEIGHT, WIDTH
from telltale.signs.affect import compute_affect
from telltale.signs.micro_macro import Event

WAIT_S: Final = 1.5
"""Micro-events are told within this time of their onset."""
MOST_WAITING_BYTES: Final = 192_000_000
"""Frames of fast and large videos are drawn sooner than that: memory comes first."""
MOST_WIDTH_PX: Final = 1280
"""Wider pictures are made smaller."""

_INTENSITY: Final = np.stack([channels.unit_channels(f"intensity_{s}") for s in ("left", "right")], axis=1)
_CONFIDENCE: Final = channels.unit_channels("confidence")


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A frame that is not drawn yet."""

    time_s: float
    rgb: Picture
    faces: tuple[OverlayFace, ...]
    unread: str


class OverlayVideo:
    """Draws what a reading brings and writes it, with the frames' own times; use it in a `with` block.

    The file holds pictures of whoever is in the recording: it wants their consent to be recorded.

    Parameters
    ----------
    path
        The video to write; there when the block ends well and not before.
    info
        What is known of the recording.
    """

    def __init__(self, path: Path, info: SourceInfo) -> None:
        if not info.width_px:
            raise FormatError(f"{info.name} sent no picture to draw on", hint="leave the overlay out")
        self._scale = min(1.0, MOST_WIDTH_PX / info.width_px)
        self._size = round(info.width_px * self._scale), max(1, round(info.height_px * self._scale))
        self._overlay = Overlay(*self._size)
        self._video = VideoWriter(
            path,
            width_px=self._size[0] + WIDTH,
            height_px=max(self._size[1], LEAST_HEIGHT),
            rate_hz=info.rate_hz or 30.0,
        )
        self._waiting: deque[_Waiting] = deque()
        self._events: list[tuple[str, Event]] = []

    def __enter__(self) -> Self:
        self._video.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._video.__exit__(*error)

    def frame(self, frame: Frame, steps: Sequence[FaceStep]) -> None:
        """Take one frame."""
        self._take_events(steps)
        faces = tuple(_shown(step, step.view, self._scale) for step in steps if step.view is not None)
        unread = "face not read" if steps else "no face found"
        self._waiting.append(_Waiting(frame.time_s, self._fitted(frame.rgb), faces, unread))
        while self._is_due(frame.time_s):
            self._draw(self._waiting.popleft())

    def finish(self, steps: Sequence[FaceStep]) -> None:
        """Take what came after the last frame, and draw what waits."""
        self._take_events(steps)
        while self._waiting:
            self._draw(self._waiting.popleft())

    def _is_due(self, now_s: float) -> bool:
        oldest = self._waiting[0]
        too_many = len(self._waiting) * oldest.rgb.nbytes > MOST_WAITING_BYTES
        return too_many or oldest.time_s <= now_s - WAIT_S

    def _take_events(self, steps: Sequence[FaceStep]) -> None:
        self._events += [(step.face, event) for step in steps for event in step.events]

    def _draw(self, shown: _Waiting) -> None:
        self._events = [(name, e) for name, e in self._events if e.offset_s + LINGER_S >= shown.time_s]
        faces = [
            replace(face, events=tuple(event for name, event in self._events if name == face.name))
            for face in shown.faces
        ]
        canvas = self._overlay.draw(shown.rgb, shown.time_s, faces, unread=shown.unread)
        self._video.add(canvas, shown.time_s)

    def _fitted(self, rgb: Picture) -> Picture:
        if self._scale == 1.0:
            return rgb
        return np.asarray(cv2.resize(rgb, self._size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _shown(step: FaceStep, view: FaceView, scale: float) -> OverlayFace:
    """What is drawn of one face, in a picture made smaller by `scale`."""
    row = step.channels
    pose = replace(
        view.pose, scale_px=view.pose.scale_px * scale, shift_px=_scaled(view.pose.shift_px, scale)
    )
    return OverlayFace(
        name=step.face,
        points68=_scaled(view.points68, scale),
        regions=_scaled(outlines_in_picture(view), scale),
        intensity=row[_INTENSITY],
        confidence=row[_CONFIDENCE],
        pose=pose,
        affect=_affect(step.time_s, row),
    )


def _scaled(points: Array, scale: float) -> Array:
    """Points in a smaller picture; they count from the middle of the first pixel."""
    scaled: Array = (points + np.float32(0.5)) * np.float32(scale) - np.float32(0.5)
    return scaled


def _affect(time_s: float, row: Values) -> Values:
    values: Values = compute_affect(Signal(np.array([time_s]), row[None])).values[0]
    return values
