"""The default coder's numbers, from clips in which it is known what is shown.

Each unit's rest and noise are the mean and standard deviation of its readings where it is not acted, its gain
the slope of readings on true intensities where it is, its scatter what that slope leaves:

    x - r = g y + e,    Var e = n^2 + (k g y)^2,    then widened by how faces vary: k^2 + v^2

What speech adds is the slope of readings on q where the unit is not acted. A unit is carried by another if
its readings rise by a third of its gain with it, over and above what all others do. What is left makes what
was shown as probable as can be, by the mean of log p over rows at rest and rows in the middle of an
expression: how often a unit is missing or added; since errors of units go together and are at times far
greater than usual, one noise that is added to that of all units and one factor each for all scatters and
gains; how often a face is at rest, and the temperatures. Numbers are too sure of the faces that they are
from, so these last three are then fitted anew by the same measure on faces that the others do not know: every
third face is held to numbers from the other two thirds, thrice. How often a face shows what fits no row
(`other`) stays as it was: clips that show rows of the table alone know nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize, nnls

from telltale.core.errors import FormatError
from telltale.host.acted_clips import APART_S, ActedClip, refuse_unless_shown
from telltale.host.coding_evaluation import label_rows
from telltale.signs.coder_prototypes import PrototypeCoder
from telltale.signs.coding_settings import CodingSettings, UnitSettings
from telltale.signs.coding_units import TOLD, UnitReadings, read_units
from telltale.signs.expressions import load_table

Array = npt.NDArray[np.float64]

_LEAST: Final = 5
"""Expressions in which a unit must be acted for its numbers to be fitted."""
_VARIES: Final = 0.3
"""How much stronger or weaker than the expression a unit is, as a share: ours."""
_NOISE: Final = 0.02
_CARRIES: Final = 1 / 3
_SPEAKS: Final = 0.05
_FIRST_NOISE: Final = 0.1
_STEP: Final = 0.6
_PARTS: Final = 3
_LEAST_CHANCE: Final = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """All clips' rows, one after another."""

    read: Array
    """Shape (T, U): readings."""
    true: Array
    """Shape (T, U): the same of the true units."""
    speech: Array
    """Shape (T,)."""
    middle: Array
    """Shape (T, U): 1 in the middle of an expression in which the unit is acted."""
    near: Array
    """Shape (T, U): 1 from begin to end of such an expression, and half a second beside."""
    instance: npt.NDArray[np.intp]
    """Shape (T,): number of the expression whose middle it is, or -1."""


@dataclass(frozen=True, slots=True, eq=False)
class _Plain:
    """Rows whose truth is plain."""

    label: npt.NDArray[np.intp]
    """Shape (T,): place of what shows in the table, after its rows for rest."""
    readings: UnitReadings


def fit_settings(
    clips: Sequence[ActedClip], start: CodingSettings, fitted_on: str, *, steps: int = 1000
) -> CodingSettings:
    """Numbers fitted on clips; what readings are made of (`start.reading`, floors) stays as it is.

    Parameters
    ----------
    fitted_on
        What to say they were fitted on.
    steps
        How many settings of the chances are tried.
    """
    refuse_unless_shown(clips)
    faces = sorted(clips, key=lambda clip: clip.name)
    if len(faces) < _PARTS:
        hint = f"render {_PARTS} or more"
        raise FormatError(f"{len(faces)} clips: too few to make probabilities honest on others", hint=hint)
    parts = [faces[k::_PARTS] for k in range(_PARTS)]
    others = [[face for face in faces if face not in part] for part in parts]
    tried = [
        _Tried(_likelihoods(of, start, steps), _plain_rows(part, start))
        for part, of in zip(parts, others, strict=True)
    ]
    found = replace(_likelihoods(faces, start, steps), fitted_on=fitted_on)

    def loss(x: Array) -> float:
        return sum(one.surprise(x) for one in tried)

    return _with_odds(found, _least(loss, _odds_of(found), steps))


class _Tried:
    """Faces held to numbers that were fitted on others: all but odds and temperatures is worked out once."""

    def __init__(self, settings: CodingSettings, rows: _Plain) -> None:
        self._settings, self._label = settings, rows.label
        self._likelihoods = PrototypeCoder(settings=settings).likelihoods(rows.readings)

    def surprise(self, x: Array) -> float:
        coder = PrototypeCoder(settings=_with_odds(self._settings, x))
        return _surprise(coder.chances(*self._likelihoods), self._label)


def _gather(clips: Sequence[ActedClip], start: CodingSettings) -> _Told:
    readings = [read_units(clip.read, start.reading) for clip in clips]
    middle, near, instance, number = [], [], [], 0
    for clip in clips:
        rows = len(clip.read)
        own, around, which = np.zeros((rows, len(TOLD))), np.zeros((rows, len(TOLD))), np.full(rows, -1)
        times = clip.read.times_s
        for one in clip.acted:
            columns = [TOLD.index(n) for n in one.units]
            inside = one.middle(clip.read)
            beside = (times > one.onset_s - APART_S) & (times < one.offset_s + APART_S)
            for column in columns:
                own[inside, column] = around[beside, column] = 1
            which[inside] = number
            number += 1
        middle.append(own)
        near.append(around)
        instance.append(which)
    return _Told(
        read=np.concatenate([one.values for one in readings]).astype(np.float64),
        true=np.concatenate([read_units(clip.true, start.reading).values for clip in clips]).astype(
            np.float64
        ),
        speech=np.concatenate([one.speech for one in readings]).astype(np.float64),
        middle=np.concatenate(middle),
        near=np.concatenate(near),
        instance=np.concatenate(instance),
    )


def _unit(told: _Told, before: UnitSettings, k: int) -> UnitSettings:
    """One unit's numbers; those of `before` where it is acted too seldom."""
    x, y = told.read[:, k], told.true[:, k]
    seen = np.isfinite(x) & np.isfinite(y)
    shown = seen & (told.middle[:, k] > 0)
    if len(set(told.instance[shown].tolist())) < _LEAST:
        return before
    hidden_by = [j for j, number in enumerate(TOLD) if before.number in _always_carries(number)]
    free = seen & (told.near[:, k] == 0) & (told.near[:, hidden_by] == 0).all(axis=1)
    silent, speaks = free & (told.speech < _SPEAKS), free & (told.speech >= _SPEAKS)
    rest = float(x[silent].mean())
    noise = max(float(x[silent].std()), _NOISE)
    moved, widened = _speech(x[speaks] - rest, told.speech[speaks], noise)
    rise = x[shown] - rest - moved * told.speech[shown]
    gain = max(float(rise @ y[shown] / (y[shown] @ y[shown])), 0.05)
    # In the squares of what the slope leaves, the part that grows with the rise.
    size = (gain * y[shown]) ** 2
    over = (rise - gain * y[shown]) ** 2 - noise**2 - widened**2 * told.speech[shown]
    scatter = float(np.sqrt(max(float(over @ size / (size @ size)), 0.0) + _VARIES**2))
    return replace(
        before,
        rest=round(rest, 3),
        noise=round(noise, 3),
        gain=round(gain, 3),
        scatter=round(scatter, 3),
        speech=round(moved, 3),
        speech_noise=round(widened, 3),
    )


def _always_carries(number: int) -> tuple[int, ...]:
    """A jaw that drops, an upper lip that rises part the lips: 25 says nothing of itself then."""
    return (25,) if number in (26, 10) else ()


def _speech(above: Array, speech: Array, noise: float) -> tuple[float, float]:
    if len(above) < 2 * _LEAST:
        return 0.0, 0.0
    moved = float(above @ speech / (speech @ speech))
    left = (above - moved * speech) ** 2 - noise**2
    return moved, float(np.sqrt(max(float(left @ speech / (speech @ speech)), 0.0)))


def _carried(told: _Told, units: Sequence[UnitSettings], k: int) -> tuple[int, ...]:
    """Units whose readings rise with this one where they are not acted."""
    count = int(told.instance.max()) + 1
    acted = _by_instance(told.middle, told.instance, count)
    strength = _by_instance(told.true, told.instance, count) * acted
    found = []
    for j, unit in enumerate(units):
        if j == k:
            continue
        level = _by_instance(told.read[:, [j]], told.instance, count)[:, 0] - unit.rest
        free = np.isfinite(level) & np.isfinite(strength).all(axis=1) & (acted[:, j] == 0)
        if (acted[free, k] > 0).sum() < _LEAST:
            continue
        slopes = nnls(strength[free], level[free])[0]
        if slopes[k] > _CARRIES * unit.gain:
            found.append(TOLD[j])
    return tuple(found)


def _by_instance(values: Array, instance: npt.NDArray[np.intp], count: int) -> Array:
    """Means over each expression's middle. Shape (N, columns)."""
    total = np.zeros((count, values.shape[1]))
    there = np.zeros_like(total)
    rows = instance >= 0
    seen = np.isfinite(values[rows])
    np.add.at(total, instance[rows], np.where(seen, values[rows], 0))
    np.add.at(there, instance[rows], seen)
    return np.where(there > 0, total / np.maximum(there, 1), np.nan)


def _likelihoods(clips: Sequence[ActedClip], start: CodingSettings, steps: int) -> CodingSettings:
    """All numbers from the same clips."""
    told = _gather(clips, start)
    fitted = [_unit(told, start.unit(number), k) for k, number in enumerate(TOLD)]
    carried = tuple(replace(unit, carries=_carried(told, fitted, k)) for k, unit in enumerate(fitted))
    rows = _plain_rows(clips, start)

    def settings(x: Array) -> CodingSettings:
        missing, added = (round(float(value), 5) for value in 1 / (1 + np.exp(-x[:2])))
        noise, scatter, gain = np.exp(x[2:5]).tolist()
        units = tuple(_widened(unit, noise, scatter, gain) for unit in carried)
        return _with_odds(replace(start, units=units, missing=missing, added=added), x[5:])

    chances = np.array([start.missing, start.added])
    first = [np.log(chances / (1 - chances)), np.log([_FIRST_NOISE, 1.0, 1.0]), _odds_of(start)]

    def loss(x: Array) -> float:
        coder = PrototypeCoder(settings=settings(x))
        return _surprise(coder.chances(*coder.likelihoods(rows.readings)), rows.label)

    return settings(_least(loss, np.concatenate(first), steps))


def _odds_of(settings: CodingSettings) -> Array:
    logs: Array = np.log([settings.rest, settings.temperature, *settings.rest_temperatures])
    return logs


def _with_odds(settings: CodingSettings, x: Array) -> CodingSettings:
    rest, temperature, over, below = (round(float(value), 5) for value in np.exp(x))
    return replace(settings, rest=rest, temperature=temperature, rest_temperatures=(over, below))


def _least(loss: Callable[[Array], float], first: Array, steps: int) -> Array:
    """Where a loss is least, within e^-9 to e^9."""
    simplex = np.vstack([first, first + _STEP * np.eye(len(first))])

    def within(x: Array) -> float:
        return loss(np.clip(x, -9, 9))

    found = minimize(
        within,
        first,
        method="Nelder-Mead",
        options={"maxfev": steps, "adaptive": True, "initial_simplex": simplex, "xatol": 0.01, "fatol": 1e-4},
    )
    least: Array = np.clip(found.x, -9, 9)
    return least


def _surprise(scores: npt.NDArray[np.float32], label: npt.NDArray[np.intp]) -> float:
    """Mean of -log p of what is shown."""
    own = scores[np.arange(len(label)), label]
    return -float(np.log(np.maximum(own, _LEAST_CHANCE), dtype=np.float64).mean())


def _plain_rows(clips: Sequence[ActedClip], start: CodingSettings) -> _Plain:
    """Rows whose truth is plain and that can be coded, of all clips."""
    names = tuple(row.name for row in load_table().expressions)
    label = np.concatenate([label_rows(clip, names) for clip in clips])
    readings = [read_units(clip.read, start.reading) for clip in clips]
    seen = np.concatenate([PrototypeCoder(settings=start).seen(one) for one in readings])
    plain = (label >= 0) & seen
    times_s, values, speech = (
        np.concatenate([getattr(one, name) for one in readings])[plain]
        for name in ("times_s", "values", "speech")
    )
    return _Plain(label[plain], UnitReadings(times_s, values, speech))


def _widened(unit: UnitSettings, noise: float, scatter: float, gain: float) -> UnitSettings:
    return replace(
        unit,
        noise=round(float(np.hypot(unit.noise, noise)), 3),
        scatter=round(unit.scatter * scatter, 3),
        gain=round(unit.gain * gain, 3),
    )
