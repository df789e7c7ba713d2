"""The panel beside the video: bars of the 17 units on both sides, head, and the four affect signals."""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core.channels import ACTION_UNITS
from telltale.report import overlay_parts as parts
from telltale.report.overlay_parts import DIM, FAINT, GROUND, INK, Picture
from telltale.signs.affect import NAMES
from telltale.signs.facs import BY_NUMBER

Array = npt.NDArray[np.float64]

WIDTH: Final = 280
LEAST_HEIGHT: Final = 360
"""Below this there is no room for 17 rows that can be read."""
HISTORY_S: Final = 10.0
"""How far back the affect signals are drawn."""

_MARGIN: Final = 16
_MIDDLE: Final = 209
"""Where the bars of both sides meet."""
_REACH: Final = 54
"""Length of a full bar."""
_UNREAD: Final = parts.mixed(DIM, GROUND, 0.7)
_HEAD: Final = 46
"""Height above the first unit's row."""


class Panel:
    """Draws into a strip of `WIDTH` pixels; what never changes is drawn once."""

    def __init__(self, height: int) -> None:
        self._height = height
        # Units take what the head, the pose and four affect rows leave.
        self._affect_row = float(np.clip(height / 22, 20, 34))
        foot = 4 * self._affect_row + 52
        self._row = float(np.clip((height - _HEAD - foot) / len(ACTION_UNITS), 9, 30))
        self._size = int(np.clip(self._row * 0.72, 9, 12))
        self._foot = _HEAD + self._row * len(ACTION_UNITS) + 8
        self._ground = self._drawn_once()
        self._history: deque[tuple[float, Array]] = deque()
        self._whose = ""

    def draw(
        self,
        strip: Picture,
        time_s: float,
        name: str,
        intensity: Array,
        confidence: Array,
        pose_rad: Array,
        affect: Array,
    ) -> None:
        """Draw one frame's panel.

        Parameters
        ----------
        strip
            Shape (height, 280, 3): the canvas where the panel goes.
        name
            The face's, empty where none was read.
        intensity, confidence
            Shapes (17, 2) and (17,); NaN where unread.
        pose_rad
            Shape (3,): yaw, pitch, roll.
        affect
            Shape (4,).
        """
        strip[:] = self._ground
        parts.write(strip, _clock(time_s), WIDTH - _MARGIN, 18, INK, 13, right=True)
        if name:
            parts.write(strip, f"face {name}", _MIDDLE - 70, 18, DIM, 12)
        for unit in range(len(ACTION_UNITS)):
            self._draw_unit(strip, unit, intensity[unit], float(confidence[unit]))
        self._draw_pose(strip, pose_rad)
        self._remember(time_s, name, affect)
        for k in range(len(NAMES)):
            self._draw_affect(strip, k, time_s)

    def _drawn_once(self) -> Picture:
        ground = np.empty((self._height, WIDTH, 3), dtype=np.uint8)
        ground[:] = GROUND
        ground[:, 0] = FAINT
        parts.write(ground, "telltale", _MARGIN, 18, INK, 15, bold=True)
        # The picture's left is the subject's right: bars lie as the face does.
        parts.write(ground, "right", _MIDDLE - 6, 37, DIM, 10, right=True)
        parts.write(ground, "left", _MIDDLE + 6, 37, DIM, 10)
        for unit, number in enumerate(ACTION_UNITS):
            y = self._unit_y(unit)
            colour = parts.REGION_COLOURS[BY_NUMBER[number].region]
            parts.write(ground, str(number), _MARGIN + 16, y, colour, self._size, bold=True, right=True)
            parts.write(ground, BY_NUMBER[number].name, _MARGIN + 22, y, DIM, self._size)
            self._bars(ground, y, (_REACH, _REACH), FAINT)
        ground[round(self._foot)] = FAINT
        for k, name in enumerate(NAMES):
            parts.write(ground, name, _MARGIN, self._affect_y(k), DIM, self._affect_size)
        return ground

    @property
    def _affect_size(self) -> int:
        return max(self._size, 11)

    def _unit_y(self, unit: int) -> float:
        return _HEAD + self._row * (unit + 0.5)

    def _affect_y(self, k: int) -> float:
        return self._foot + 38 + self._affect_row * (k + 0.5)

    def _bars(self, canvas: Picture, y: float, lengths: tuple[float, float], colour: parts.Colour) -> None:
        """Bars of the right and the left side, in pixels."""
        thick = max(4, round(self._row * 0.42))
        top = round(y - thick / 2)
        parts.bar(canvas, _MIDDLE - 1 - lengths[0], _MIDDLE - 1, top, thick, colour)
        parts.bar(canvas, _MIDDLE + 1, _MIDDLE + 1 + lengths[1], top, thick, colour)

    def _draw_unit(self, strip: Picture, unit: int, sides: Array, confidence: float) -> None:
        y = self._unit_y(unit)
        if not np.isfinite(sides).any():
            cover = strip[round(y - self._row / 2) : round(y + self._row / 2), _MIDDLE - _REACH - 2 :]
            cover[:] = GROUND
            size = max(self._size - 2, 9)
            parts.write(strip, "unread", _MIDDLE - parts.text_width("unread", size) / 2, y, _UNREAD, size)
            return
        colour = parts.REGION_COLOURS[BY_NUMBER[ACTION_UNITS[unit]].region]
        left, right = np.clip(np.nan_to_num(sides), 0.0, 1.0) * _REACH
        trust = 0.35 + 0.65 * float(np.clip(np.nan_to_num(confidence), 0.0, 1.0))
        self._bars(strip, y, (float(right), float(left)), parts.mixed(colour, GROUND, trust))
        if np.nanmax(sides) >= 0.1:
            # A unit that shows has its name lit.
            name = BY_NUMBER[ACTION_UNITS[unit]].name
            parts.write(strip, name, _MARGIN + 22, y, INK, self._size)

    def _draw_pose(self, strip: Picture, pose_rad: Array) -> None:
        y = self._foot + 20
        for k, name in enumerate(("yaw", "pitch", "roll")):
            x = _MARGIN + k * 86
            parts.write(strip, name, x, y, parts.AXIS_COLOURS[(1, 0, 2)[k]], 11)
            angle = pose_rad[k]
            shown = f"{round(float(np.degrees(angle))):+d}°" if np.isfinite(angle) else "-"
            parts.write(strip, shown, x + 34, y, INK, 12)

    def _remember(self, time_s: float, name: str, affect: Array) -> None:
        another = bool(name and self._whose and name != self._whose)
        self._whose = name or self._whose
        if another or (self._history and time_s <= self._history[-1][0]):
            self._history.clear()
        # A point a pixel or so is as much as one sees.
        if not self._history or time_s - self._history[-1][0] >= 0.09:
            self._history.append((time_s, affect))
        while self._history and self._history[0][0] < time_s - HISTORY_S:
            self._history.popleft()
        self._now = affect

    def _draw_affect(self, strip: Picture, k: int, time_s: float) -> None:
        y, colour = self._affect_y(k), parts.AFFECT_COLOURS[k]
        left, width, height = 106, 116, self._affect_row * 0.62
        times_s = np.array([t for t, _ in self._history])
        values = np.array([v[k] for _, v in self._history])
        x = left + width * (1 + (times_s - time_s) / HISTORY_S)
        points = np.column_stack([x, y + height / 2 - height * values])
        strip[round(y + height / 2), left : left + width] = FAINT
        for piece in _pieces(points):
            parts.line(strip, piece, colour)
        now = self._now[k]
        shown = f"{now:.2f}" if np.isfinite(now) else "unread"
        parts.write(strip, shown, WIDTH - _MARGIN, y, INK if np.isfinite(now) else DIM, 12, right=True)
        if np.isfinite(now):
            parts.dot(strip, left + width, y + height / 2 - height * float(now), 2.2, colour)


def _pieces(points: Array) -> list[Array]:
    """The stretches of a curve between NaN, of two points and more."""
    known = np.isfinite(points[:, 1])
    edges = np.flatnonzero(np.diff(known.astype(np.int8))) + 1
    return [p for p in np.split(points, edges) if len(p) > 1 and np.isfinite(p[0, 1])]


def _clock(time_s: float) -> str:
    """
    >>> _clock(75.28)
    '1:15.2'
    """
    tenths = int(time_s * 10 + 1e-6)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"
