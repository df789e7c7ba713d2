"""What a source gives: columns on the grid of the sessions, or on that of the broadcasts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from telltale.factors.factor import Factor
from telltale.factors.grid import NOWHERE, Grid
from telltale.factors.reading import Codes

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One factor's values."""

    factor: Factor
    values: npt.NDArray[Any]
    """Shape (rows,) of the grid; (sessions,) and (moments of all broadcasts,) with `by`."""
    by: Codes | None = None
    """Shape (rows,): where each row finds its value; `NOWHERE` is NaN."""

    def write(self, out: Array) -> None:
        """Put the values into a column of the panel, shape (rows,)."""
        if self.by is None:
            out[:] = self.values
            return
        seen = self.by != NOWHERE
        out[seen] = self.values[self.by[seen]]
        out[~seen] = np.nan


@dataclass(frozen=True, slots=True)
class Given:
    """What one source gave."""

    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()


def by_room(grid: Grid, factor: Factor, values: npt.NDArray[Any]) -> Column:
    """A column whose values are by broadcast and moment, shape (moments of all broadcasts,)."""
    return Column(factor, values, grid.room_row)


def by_session(grid: Grid, factor: Factor, values: npt.NDArray[Any]) -> Column:
    """A column whose values are by session, shape (sessions,)."""
    return Column(factor, values, grid.session)


def mean_at(place: Codes, values: Array, size: int) -> Array:
    """The mean of the values at each place, shape (size,); NaN where none is. NaN is no value.

    >>> mean_at(np.array([0, 0, 2, -1]), np.array([1.0, 3.0, np.nan, 5.0]), 3).tolist()
    [2.0, nan, nan]
    """
    seen = (place != NOWHERE) & np.isfinite(values)
    count = np.bincount(place[seen], minlength=size)
    total = np.bincount(place[seen], weights=values[seen], minlength=size)
    mean: Array = np.divide(total, count, out=np.full(size, np.nan), where=count > 0)
    return mean


def count_at(place: Codes, size: int) -> npt.NDArray[np.float32]:
    """How many there are at each place, shape (size,).

    >>> count_at(np.array([0, 0, -1]), 2).tolist()
    [2.0, 0.0]
    """
    # Half the size of the panel's own numbers: all columns wait here until the panel is made.
    return np.bincount(place[place != NOWHERE], minlength=size).astype(np.float32)
