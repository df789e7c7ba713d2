"""From a Signal to a reading of every FACS unit that it can tell: face, closed eyes, head and gaze.

The 17 units with channels are the mean of both sides; of 14 it is the larger side, since a dimple of contempt
often shows on one. The rest is read off other channels against this face's own usual (`usual.py`), so that a
camera that was moved is no head that is:

    43      45 held at `shut_from` or more for longer than `held_s`; a blink is no 43
    52      yaw below the usual / its full range               53, 54  pitch above, below
    55, 56  roll above, below                                  57      log of the face's size above
    away    how far the eyes look from their usual, where the head does not turn away too and no lid hides it

Tongue, pressed lips and the stretched mouth (19, 24, 27) cannot be told. What was hidden or not read is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core.channels import ACTION_UNITS, RATE_HZ, unit_channels
from telltale.core.signal import Signal, Times, Values
from telltale.signs.usual import Usual

AWAY: Final = 0
"""Stands for a gaze that goes away, among the numbers of units."""
EYES_SHUT: Final = 43
HEAD: Final = (52, 53, 54, 55, 56, 57)
TOLD: Final = (*(n for n in ACTION_UNITS if n != 45), EYES_SHUT, *HEAD, AWAY)
"""What is read, in the order of the columns. A blink belongs to no expression: 45 is read as 43 alone."""
UNTOLD: Final = (19, 24, 27)
_LARGER_SIDE: Final = (14,)
_MOUTH: Final = (25, 26)


@dataclass(frozen=True, slots=True)
class ReadingSettings:
    """How units are read off channels. Angles in radians."""

    smooth_s: float
    """Readings of the face are means over this long, half of it ahead."""
    shut_from: float
    held_s: float
    usual_s: float
    """Length of the windows that have a usual of their own."""
    turn_rad: float
    """Full range of 52, counted from the usual."""
    nod_rad: float
    """Full range of 53 and 54."""
    tilt_rad: float
    """Full range of 55 and 56."""
    forward: float
    """Full range of 57: growth of the face, log of the share."""
    gaze_rad: tuple[float, float]
    """Where away begins, and where it is full."""
    facing_rad: tuple[float, float]
    """From where on a turned head says nothing of the gaze, and where it says nothing at all."""
    speech: tuple[float, float]
    """Restlessness of the mouth (`speech_of`) where speech begins, and where there is no doubt."""

    def __post_init__(self) -> None:
        ranges = (self.gaze_rad, self.facing_rad, self.speech)
        if not all(low < high for low, high in ranges):
            raise ValueError("'gaze_rad', 'facing_rad' and 'speech' want two rising numbers each: mend them")
        sizes = (self.smooth_s, self.usual_s, self.turn_rad, self.nod_rad, self.tilt_rad, self.forward)
        if min(*sizes, self.held_s) <= 0:
            raise ValueError("lengths and ranges want to be over 0: mend them")


@dataclass(frozen=True, slots=True, eq=False)
class UnitReadings:
    """What units show."""

    times_s: Times
    """Shape (T,)."""
    values: Values
    """Shape (T, U) in the order of `TOLD`: about 0 at rest, 1 in full; NaN where hidden or unread."""
    speech: Values
    """Shape (T,), 0 to 1: how far the mouth moves as in speech; 0 where unread."""


def read_units(signal: Signal, settings: ReadingSettings) -> UnitReadings:
    """Read a face's units, row by row."""
    raw, lids = face_units(signal), _lids(signal)
    usual = Usual(signal, settings.usual_s)
    away = np.where(lids < settings.shut_from, _away(usual, settings), np.nan)
    columns = (_smoothed(raw, settings.smooth_s), _held(lids, settings)[:, None], _head(usual, settings))
    values = np.concatenate([*columns, away[:, None]], axis=1)
    return UnitReadings(signal.times_s, values.astype(np.float32), speech_of(raw, settings.speech))


def speech_of(face: Values, limits: tuple[float, float]) -> Values:
    """How far lips and jaw move to and fro over a second: their way less what it led to.

    Parameters
    ----------
    face
        Shape (T, 16): readings of the units of the face, as `TOLD` begins.

    Returns
    -------
    Shape (T,), 0 to 1. A mouth that only opens, however fast, gives 0.
    """
    rows = round(RATE_HZ)
    mouth = np.nan_to_num(face[:, [TOLD.index(n) for n in _MOUTH]])
    if len(mouth) <= rows:
        return np.zeros(len(mouth), dtype=np.float32)
    way = np.abs(np.diff(mouth, axis=0)).sum(axis=1)
    led = np.abs(mouth[rows:] - mouth[:-rows]).sum(axis=1)
    to_and_fro = _sums(way[:, None], rows)[:, 0] - led
    whole = np.pad(to_and_fro, (rows // 2, len(mouth) - len(to_and_fro) - rows // 2), mode="edge")
    return np.clip((whole - limits[0]) / (limits[1] - limits[0]), 0, 1).astype(np.float32)


def face_units(signal: Signal) -> Values:
    """The 16 units of the face, row by row as they were read, as `TOLD` begins. Shape (T, 16)."""
    left, right = (signal.values[:, unit_channels(f"intensity_{side}")[:-1]] for side in ("left", "right"))
    mean = ((left + right) / 2).astype(np.float32)
    for number in _LARGER_SIDE:
        column = ACTION_UNITS.index(number)
        mean[:, column] = np.maximum(left[:, column], right[:, column])
    return mean


def _lids(signal: Signal) -> Values:
    """How shut the eyes are. Shape (T,)."""
    both = signal.channel("au45_intensity_left") + signal.channel("au45_intensity_right")
    return (both / 2).astype(np.float32)


def _held(lids: Values, settings: ReadingSettings) -> Values:
    """The same in rows that belong to a long closing, else 0. Shape (T,)."""
    shut = np.concatenate([[False], lids >= settings.shut_from, [False]])
    starts, stops = np.flatnonzero(~shut[:-1] & shut[1:]), np.flatnonzero(shut[:-1] & ~shut[1:])
    held = np.zeros(len(lids) + 1)
    long = stops - starts > settings.held_s * RATE_HZ
    held[starts[long]], held[stops[long]] = 1, -1
    level: Values = np.clip(lids, 0, 1) * (np.cumsum(held)[:-1] > 0)
    return level


def _head(usual: Usual, settings: ReadingSettings) -> Values:
    """Units 52 to 57. Shape (T, 6)."""
    yaw = usual.above("yaw") / settings.turn_rad
    pitch, roll = usual.above("pitch") / settings.nod_rad, usual.above("roll") / settings.tilt_rad
    nearer = usual.above("face_size") / settings.forward
    return np.stack([-yaw, pitch, -pitch, roll, -roll, nearer], axis=1).clip(0, 2).astype(np.float32)


def _away(usual: Usual, settings: ReadingSettings) -> Values:
    """Gaze away while the head faces as usual. Shape (T,)."""
    gone = _share(np.hypot(usual.above("gaze_x"), usual.above("gaze_y")), settings.gaze_rad)
    turned = _share(np.hypot(usual.above("yaw"), usual.above("pitch")), settings.facing_rad)
    return (gone * (1 - turned)).astype(np.float32)


def _share(values: npt.NDArray[np.float64], limits: tuple[float, float]) -> npt.NDArray[np.float64]:
    return np.clip((values - limits[0]) / (limits[1] - limits[0]), 0, 1)


def _smoothed(values: Values, over_s: float) -> Values:
    """Means of the rows around each, of those that were read; NaN stays NaN. Shape (T, U)."""
    reach = round(over_s * RATE_HZ) // 2
    read = np.isfinite(values)
    pad = ((reach, reach), (0, 0))
    total = _sums(np.pad(np.where(read, values, 0.0), pad), 2 * reach + 1)
    count = _sums(np.pad(read.astype(np.float64), pad), 2 * reach + 1)
    return np.where(read, total / np.maximum(count, 1), np.nan).astype(np.float32)


def _sums(values: npt.NDArray[np.floating], rows: int) -> npt.NDArray[np.float64]:
    """Sums of `rows` rows from each on. Shape (T - rows + 1, U)."""
    sums = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0, dtype=np.float64)])
    return np.asarray(sums[rows:] - sums[:-rows])
