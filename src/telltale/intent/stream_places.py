"""What every stream is: viewers who come, have a place while they watch, and go."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core import channels
from telltale.core.errors import FormatError
from telltale.core.stages import Timer
from telltale.intent.evidence import Array
from telltale.intent.saved import About

ROWS: Final = 10
"""A second's."""
_AT_ONCE: Final = 64
"""Viewers in one call of the graph: enough to fill a core, few enough for its cache."""

Places = npt.NDArray[np.intp]


class IntentStream(ABC):
    """A model that runs row by row for up to `capacity` viewers; `stream.open_stream` makes one.

    `enter` gives a viewer a place, `step` takes a second's rows of some places, `leave` frees one.
    """

    def __init__(self, about: About, capacity: int, timer: Timer) -> None:
        self.about = about
        self._timer = timer
        self._capacity = capacity
        self._free = list(range(capacity))[::-1]
        self._taken: set[int] = set()

    @property
    def capacity(self) -> int:
        """Viewers at most."""
        return self._capacity

    @property
    def viewers(self) -> int:
        """Viewers now."""
        return self.capacity - len(self._free)

    def enter(self) -> int:
        """A place for a new viewer."""
        if not self._free:
            raise FormatError(
                f"all {self.capacity} places are taken",
                hint="tell which viewers are gone, or make room for more (--viewers)",
            )
        place = self._free.pop()
        self._taken.add(place)
        self._clear(place)
        return place

    def leave(self, place: int) -> None:
        """Free a place; nothing of the viewer is kept."""
        if place not in self._taken:
            raise FormatError(f"nobody has place {place}", hint="leave each place that was entered once")
        self._taken.remove(place)
        self._clear(place)
        self._free.append(place)

    def step(self, places: npt.ArrayLike, rows: Array) -> npt.NDArray[np.float32]:
        """The probability at the end of a second of some viewers.

        Parameters
        ----------
        places
            Shape (B,), each once.
        rows
            Shape (B, 10, 128), raw channels; NaN where unread.

        Returns
        -------
        Shape (B,), at the share of carts of the training windows.
        """
        chosen = np.asarray(places, dtype=np.intp)
        if rows.shape != (len(chosen), ROWS, channels.COUNT):
            raise FormatError(
                f"rows of shape {rows.shape} for {len(chosen)} viewers",
                hint=f"give ({len(chosen)}, {ROWS}, {channels.COUNT})",
            )
        told = np.empty(len(chosen), np.float32)
        for start in range(0, len(chosen), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            told[part] = self._step(chosen[part], rows[part])
        return told

    def unit_log_odds(self, places: npt.ArrayLike) -> Array | None:  # noqa: ARG002
        """What each unit adds to the log odds of some viewers now, above what an average face would.

        Returns
        -------
        Shape (B, 17), exact, in the order of `channels.ACTION_UNITS`; None where the model is no line.
        """
        return None

    @abstractmethod
    def _clear(self, place: int) -> None:
        """Make a place as it is before its first row."""

    @abstractmethod
    def _step(self, places: Places, rows: Array) -> Array: ...


def as_slice(places: Places) -> slice | Places:
    """Neighbouring places as a slice, which copies nothing."""
    if len(places) and (np.diff(places) == 1).all():
        return slice(int(places[0]), int(places[-1]) + 1)
    return places
