"""What a window is summed up in, for models that take a row of numbers: a line, or boosted trees.

What was not read is NaN and is left out of every number; where nothing is left, the number is NaN. So it
makes no difference to any number but the share of rows read what an unread row would have held. Seconds count
back from the window's own end. float16 is taken as it is, and nothing is computed in it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from telltale.core import channels
from telltale.core.signal import Values

Floats = npt.NDArray[np.float64]
Columns = dict[str, Floats]
"""Numbers of n windows by name, shape (n,) each."""

ACTIVE_ABOVE: Final = 0.1
"""Half of what a coder calls a trace (FACS level B is about 0.2): above it a unit is at work."""

PARTS_S: Final = ((0, 5), (5, 10), (10, 20), (20, None))
"""Stretches before the window's end, seconds; the last one goes back to its beginning."""

UNIT_NAMES: Final = tuple(f"au{unit:02d}" for unit in channels.ACTION_UNITS)
_UNIT_CHANNELS: Final = np.array([i for i, c in enumerate(channels.CHANNELS) if c.action_unit is not None])
_FACE_CHANNELS: Final = [c.name for c in channels.CHANNELS if c.action_unit is None and c.name != "valid"]
_ROWS_A_SECOND: Final = int(channels.RATE_HZ)

_WINDOWS_AT_ONCE: Final = 64
"""Some 20 MB for each array on the way."""


def unit_statistics(values: npt.NDArray[np.floating]) -> Values:
    """Mean, variance and maximum of the 119 channels of units: the paper's logistic regression sees these.

    The variance is that of the rows there are, sum of (x - mean)^2 / count.

    Parameters
    ----------
    values
        Shape (n, steps, 128), NaN where nothing was read.

    Returns
    -------
    Shape (n, 357), in the order of `unit_statistics_names`. NaN throughout where no row was read.

    >>> values = np.zeros((1, 300, 128), dtype=np.float32)
    >>> values[0, :3, channels.INDEX["au12_energy_left"]] = 1.0
    >>> numbers = dict(zip(unit_statistics_names(), unit_statistics(values)[0].tolist()))
    >>> [round(numbers[f"au12_energy_left_{what}"], 4) for what in ("mean", "variance", "max")]
    [0.01, 0.0099, 1.0]
    """
    return _in_chunks(values, _unit_statistics, len(unit_statistics_names()))


def unit_statistics_names() -> tuple[str, ...]:
    """Names of what `unit_statistics` gives: all means, all variances, all maxima.

    >>> unit_statistics_names()[0], unit_statistics_names()[-1]
    ('au01_intensity_left_mean', 'au45_confidence_max')
    """
    return tuple(
        f"{channels.NAMES[i]}_{what}" for what in ("mean", "variance", "max") for i in _UNIT_CHANNELS
    )


def second_maxima(values: npt.NDArray[np.floating]) -> Values:
    """The greatest energy of each unit, on either side, in each second before the window's end.

    Parameters
    ----------
    values
        Shape (n, steps, 128). Rows that make no whole second are dropped from the beginning.

    Returns
    -------
    Shape (n, seconds * 17): the 17 units of the last second, those of the one before, and so on. NaN where
    nothing of the unit was read in that second.

    >>> values = np.zeros((1, 300, 128), dtype=np.float32)
    >>> values[0, 285, channels.INDEX["au01_energy_right"]] = 0.5
    >>> second_maxima(values).reshape(30, 17)[:3, 0].tolist()
    [0.0, 0.5, 0.0]
    """
    seconds = values.shape[1] // _ROWS_A_SECOND
    return _in_chunks(values, _second_maxima, len(second_maxima_names(seconds)))


def second_maxima_names(seconds: int = 30) -> tuple[str, ...]:
    """Names of what `second_maxima` gives; second 0 is the last.

    >>> second_maxima_names(2)[:2], second_maxima_names(2)[-1]
    (('au01_energy_second_0', 'au02_energy_second_0'), 'au45_energy_second_1')
    """
    return tuple(f"{unit}_energy_second_{second}" for second in range(seconds) for unit in UNIT_NAMES)


def window_summaries(values: npt.NDArray[np.floating]) -> Values:
    """What one would hand to gradient boosting: level, spread, trend and recent peaks of everything.

    For each unit its intensity (mean of both sides), energy (the greater side), asymmetry (left less right)
    and velocity (the faster side, without its sign): mean, sd, slope a second, maximum, share of rows above
    0.1, and the maxima of the last 5 s, of 5 - 10, of 10 - 20 and of all before; for asymmetry the maxima
    and the share are those of its size. For energy also the seconds since the last row above 0.1, at most
    the window's length. For the face's own channels mean, sd and last value; and the share of rows read.

    Parameters
    ----------
    values
        Shape (n, steps, 128), NaN where nothing was read.

    Returns
    -------
    Shape (n, 654), in the order of `window_summaries_names`.

    >>> values = np.zeros((1, 300, 128), dtype=np.float32)
    >>> values[0, 239, channels.INDEX["au12_energy_left"]] = 0.5
    >>> numbers = dict(zip(window_summaries_names(), window_summaries(values)[0].tolist()))
    >>> numbers["au12_energy_since_s"], numbers["au12_energy_max_5_10s"], numbers["read_share"]
    (6.0, 0.5, 0.0)
    """
    return _in_chunks(values, _window_summaries, len(window_summaries_names()))


def window_summaries_names() -> tuple[str, ...]:
    """Names of what `window_summaries` gives.

    >>> names = window_summaries_names()
    >>> len(names), names[0], names[-1]
    (654, 'au01_intensity_mean', 'read_share')
    """
    return tuple(_window_columns(np.empty((0, 300, channels.COUNT), dtype=np.float32)))


def _in_chunks(values: npt.NDArray[np.floating], summarise: Callable[[Values], Floats], width: int) -> Values:
    """Shape (n, width). A memory map is read a few windows at a time."""
    if values.ndim != 3 or values.shape[2] != channels.COUNT or values.shape[1] < 1:
        raise ValueError(f"windows have the shape (n, steps, {channels.COUNT}), not {values.shape}")
    summary = np.empty((len(values), width), dtype=np.float32)
    for first in range(0, len(values), _WINDOWS_AT_ONCE):
        few = slice(first, first + _WINDOWS_AT_ONCE)
        summary[few] = summarise(np.asarray(values[few], dtype=np.float32))
    return summary


def _unit_statistics(values: Values) -> Floats:
    units = values[:, :, _UNIT_CHANNELS].astype(np.float64)
    return np.concatenate([_mean(units), _variance(units), _maximum(units)], axis=1)


def _second_maxima(values: Values) -> Floats:
    seconds = values.shape[1] // _ROWS_A_SECOND
    energy = _greater_energy(values[:, values.shape[1] - seconds * _ROWS_A_SECOND :])
    rows = energy.reshape(len(values), seconds, _ROWS_A_SECOND, len(UNIT_NAMES))
    # maximum is many times faster than fmax, and knows -inf.
    latest_first = np.maximum.reduce(np.where(np.isnan(rows), -np.inf, rows), axis=2)[:, ::-1]
    return np.where(np.isinf(latest_first), np.nan, latest_first).reshape(len(values), -1)


def _window_summaries(values: Values) -> Floats:
    return np.stack(list(_window_columns(values).values()), axis=1)


def _window_columns(values: Values) -> Columns:
    columns: Columns = {}
    for kind, x in _both_sides(values).items():
        for what, numbers in _unit_columns(kind, x).items():
            columns |= {f"{unit}_{kind}_{what}": numbers[:, i] for i, unit in enumerate(UNIT_NAMES)}
    face = values[:, :, [channels.INDEX[name] for name in _FACE_CHANNELS]].astype(np.float64)
    for what, numbers in (("mean", _mean(face)), ("sd", np.sqrt(_variance(face))), ("last", _last(face))):
        columns |= {f"{name}_{what}": numbers[:, i] for i, name in enumerate(_FACE_CHANNELS)}
    return columns | {"read_share": (values[:, :, channels.VALID] == 1).mean(axis=1)}


def _both_sides(values: Values) -> dict[str, Floats]:
    """Both sides of each unit as one. Shape (n, steps, 17) each."""

    def side(kind: str) -> Floats:
        return values[:, :, channels.unit_channels(kind)].astype(np.float64)

    left, right = side("intensity_left"), side("intensity_right")
    return {
        "intensity": (left + right) / 2,
        "energy": _greater_energy(values),
        "asymmetry": left - right,
        "velocity": np.fmax(np.abs(side("velocity_left")), np.abs(side("velocity_right"))),
    }


def _greater_energy(values: Values) -> Floats:
    """Of both sides. Shape (n, steps, 17)."""
    left, right = (values[:, :, channels.unit_channels(f"energy_{side}")] for side in ("left", "right"))
    return np.fmax(left, right, dtype=np.float64)


def _unit_columns(kind: str, x: Floats) -> Columns:
    """Shape (n, 17) each."""
    size = np.abs(x) if kind == "asymmetry" else x
    columns = {
        "mean": _mean(x),
        "sd": np.sqrt(_variance(x)),
        "slope": _slope(x),
        "max": _maximum(size),
        "active_share": _ratio((size > ACTIVE_ABOVE).sum(axis=1), _count(x)),
    }
    for start_s, stop_s in PARTS_S:
        name = f"max_{start_s}s_up" if stop_s is None else f"max_{start_s}_{stop_s}s"
        columns[name] = _maximum(_before_end(size, start_s, stop_s))
    return columns | ({"since_s": _since_active_s(x)} if kind == "energy" else {})


def _before_end(x: Floats, start_s: int, stop_s: int | None) -> Floats:
    """The rows from `stop_s` to `start_s` before the end."""
    steps = x.shape[1]
    first = 0 if stop_s is None else max(steps - stop_s * _ROWS_A_SECOND, 0)
    return x[:, first : max(steps - start_s * _ROWS_A_SECOND, 0)]


def _count(x: Floats) -> npt.NDArray[np.intp]:
    there: npt.NDArray[np.intp] = (~np.isnan(x)).sum(axis=1)
    return there


def _ratio(part: npt.NDArray[Any], whole: npt.NDArray[Any]) -> Floats:
    """NaN where the whole is 0."""
    share: Floats = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return share


def _mean(x: Floats) -> Floats:
    return _ratio(np.nansum(x, axis=1), _count(x))


def _variance(x: Floats) -> Floats:
    return _ratio(np.nansum((x - _mean(x)[:, None]) ** 2, axis=1), _count(x))


def _maximum(x: Floats) -> Floats:
    largest: Floats = np.fmax.reduce(x, axis=1, initial=np.nan)
    return largest


def _slope(x: Floats) -> Floats:
    """Least squares: sum of (t - mean t)(x - mean x) / sum of (t - mean t)^2, over the rows read."""
    times_s = np.where(np.isnan(x), np.nan, np.arange(x.shape[1])[:, None] / channels.RATE_HZ)
    times_s -= _mean(times_s)[:, None]
    rise = np.nansum(times_s * (x - _mean(x)[:, None]), axis=1)
    return _ratio(rise, np.nansum(times_s**2, axis=1))


def _last(x: Floats) -> Floats:
    """The last value that was read."""
    rows_ago = np.argmax(~np.isnan(x[:, ::-1]), axis=1)
    return np.take_along_axis(x, x.shape[1] - 1 - rows_ago[:, None], axis=1)[:, 0]


def _since_active_s(energy: Floats) -> Floats:
    """Seconds from the last row above the threshold to the window's end; its length where there is none."""
    active = energy[:, ::-1] > ACTIVE_ABOVE
    rows_ago = np.where(active.any(axis=1), np.argmax(active, axis=1), energy.shape[1])
    return np.where(_count(energy) > 0, rows_ago / channels.RATE_HZ, np.nan)
