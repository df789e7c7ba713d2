"""A coder's sheet as what the head should have said, frame by frame.

A coder gives the onset, the apex and the offset of an expression and its units, at best with a level from A
to E. The intensity in between is taken to run straight, from 0 at the onset to the level at the apex and
back to 0 at the offset. Weights say how much of that is known, as coders leave out traces:

    a coded unit, on the side or sides coded, from onset to offset           1
    every other unit and frame of what was coded, towards 0                  0.3
    a unit that the coder doubted (`4?`, `5 or 7`), from onset to offset     0
    all units from onset to offset where units were not coded                0
    frames outside all expressions of a recording that is not fully coded    0
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core.channels import ACTION_UNITS
from telltale.face.view import Array
from telltale.units.data_clips import ClipLabel
from telltale.units.data_codes import CodedUnit, every_reading

LEVELS: Final = MappingProxyType({"A": 0.1, "B": 0.25, "C": 0.45, "D": 0.7, "E": 0.95})
"""Intensity at the apex by FACS level."""
NO_LEVEL: Final = 0.4
"""... where the coder gave none."""
UNCODED_WEIGHT: Final = 0.3

_BLINK: Final = 45
_SIDES: Final = {"L": (0,), "R": (1,), "both": (0, 1)}


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """What should be read in n frames, and how much that is worth."""

    intensity: Array
    """Shape (n, 17, 2), left and right."""
    velocity: Array
    """Shape (n, 17, 2), 1/s."""
    weight: Array
    """Shape (n, 17, 2)."""


def targets(
    clips: Sequence[ClipLabel], times_s: npt.NDArray[np.float64], *, over_s: float, fully_coded: bool = True
) -> Targets:
    """What a recording's coded expressions say of its frames.

    Parameters
    ----------
    clips
        All coded expressions of one recording.
    times_s
        Shape (n,), on the recording's clock.
    over_s
        Velocity is the change over this time, as it is for rendered faces.
    fully_coded
        Whether what is not coded did not happen.
    """
    shape = (len(times_s), len(ACTION_UNITS), 2)
    weight = np.full(shape, UNCODED_WEIGHT if fully_coded else 0.0, dtype=np.float32)
    # What is not known stays so, whatever another expression says of the same frames.
    known = np.ones(shape, dtype=np.bool_)
    if not any(unit.number == _BLINK for clip in clips for unit in every_reading(clip.units or ())):
        # Who codes brief expressions seldom codes blinks: that none stands there says nothing.
        known[:, ACTION_UNITS.index(_BLINK)] = False
    for clip in clips:
        inside = (times_s >= clip.onset_s) & (times_s <= clip.offset_s)
        if clip.units is None:
            known[inside] = False
            continue
        weight[inside] = np.maximum(weight[inside], UNCODED_WEIGHT)
        for row, side, sure, _ in _units_of(clip):
            if sure:
                weight[inside, row, side] = 1.0
            else:
                known[inside, row, side] = False
    now, before = _intensity(clips, times_s), _intensity(clips, times_s - over_s)
    return Targets(now, (now - before) / np.float32(over_s), np.where(known, weight, np.float32(0)))


def _intensity(clips: Sequence[ClipLabel], times_s: npt.NDArray[np.float64]) -> Array:
    """The most that any expression gives each unit and side. Shape (n, 17, 2)."""
    intensity = np.zeros((len(times_s), len(ACTION_UNITS), 2), dtype=np.float32)
    for clip in clips:
        share = _triangle(clip, times_s)
        for row, side, sure, level in _units_of(clip):
            if sure:
                intensity[:, row, side] = np.maximum(intensity[:, row, side], level * share)
    return intensity


def _triangle(clip: ClipLabel, times_s: npt.NDArray[np.float64]) -> Array:
    """0 to the onset, 1 at the apex, 0 from the offset; the middle stands in for an apex not coded."""
    apex_s = (clip.onset_s + clip.offset_s) / 2 if clip.apex_s is None else clip.apex_s
    rise = (times_s - clip.onset_s) / max(apex_s - clip.onset_s, 1e-9)
    fall = (clip.offset_s - times_s) / max(clip.offset_s - apex_s, 1e-9)
    return np.clip(np.where(times_s <= apex_s, rise, fall), 0.0, 1.0).astype(np.float32)


def _units_of(clip: ClipLabel) -> Iterator[tuple[int, int, bool, float]]:
    """Row of the unit, side, whether the coder was sure, intensity at the apex."""
    for coded in clip.units or ():
        sure = coded.sure and not coded.alternatives
        for unit in every_reading((coded,)):
            if unit.number in ACTION_UNITS:
                for side in _SIDES[unit.side]:
                    yield ACTION_UNITS.index(unit.number), side, sure, level_of(unit)


def level_of(unit: CodedUnit) -> float:
    """Intensity at the apex of a coded unit.

    >>> level_of(CodedUnit(12, "both", "C")), level_of(CodedUnit(4))
    (0.45, 0.4)
    """
    return LEVELS[unit.level] if unit.level else NO_LEVEL
