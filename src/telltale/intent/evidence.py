"""What was known at n moments: the face before each, the clicks, the survey. What every model is given.

    evidence = build_evidence(study, windows, folder)       or `face_evidence(values)` of an array
    evidence[rows]                                          some of the moments, nothing copied

It has a length, a shape and rows that can be picked, so scikit-learn's cross-validation takes it as an X.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from telltale.core import channels
from telltale.core.errors import FormatError
from telltale.core.signal import Signal
from telltale.intent.clicks import CLICK_NAMES
from telltale.signs.affect import NAMES as AFFECT
from telltale.signs.affect import compute_affect

Array = npt.NDArray[np.float32]
Rows = npt.NDArray[np.intp]

WINDOW_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Span:
    """Which seconds before the moment are looked at, from `from_s` to `until_s` before it.

    >>> Span(30.0, 15.0).steps
    150
    >>> Span(5.0, 5.0)
    Traceback (most recent call last):
    ValueError: from_s must be over until_s, not 5.0 and 5.0
    """

    from_s: float = WINDOW_S
    until_s: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.until_s < self.from_s <= WINDOW_S:
            if self.from_s <= self.until_s:
                raise ValueError(f"from_s must be over until_s, not {self.from_s} and {self.until_s}")
            raise ValueError(f"seconds before the moment run from 0 to {WINDOW_S:g}, not {self}")

    @property
    def steps(self) -> int:
        """Rows."""
        return self.skipped(self.from_s) - self.skipped(self.until_s)

    @staticmethod
    def skipped(seconds: float) -> int:
        """Rows in so many seconds."""
        return round(seconds * channels.RATE_HZ)


@dataclass(frozen=True, slots=True, eq=False)
class FaceRows:
    """Rows of faces that end at each moment, most often mapped from disk."""

    values: npt.NDArray[Any]
    """Shape (N, length, channels), float16 or float32; NaN where unread; the oldest first."""
    places: Rows
    """Shape (n,): which of them these moments are."""

    def __len__(self) -> int:
        return len(self.places)

    @property
    def width(self) -> int:
        """Channels."""
        return int(self.values.shape[2])

    def take(
        self,
        index: Rows | slice,
        span: Span,
        *,
        context_steps: int = 0,
        earlier_steps: npt.ArrayLike = 0,
    ) -> Array:
        """The rows of some moments. Shape (b, context + span's steps, channels).

        Parameters
        ----------
        context_steps
            Further rows before the span.
        earlier_steps
            How many rows earlier each is taken, one number or shape (b,): jitter. Never later.
        """
        places = self.places[index]
        earlier = np.broadcast_to(np.asarray(earlier_steps, dtype=np.intp), places.shape)
        if (earlier < 0).any():
            raise ValueError("a window may be taken earlier, never later")
        stop = self.values.shape[1] - Span.skipped(span.until_s) - earlier
        length = context_steps + span.steps
        found = np.full((len(places), length, self.width), np.nan, np.float32)
        for row, (place, end) in enumerate(zip(places, stop, strict=True)):
            first = max(int(end) - length, 0)
            # Where less was kept than is asked for, the rest is unread.
            found[row, length - (int(end) - first) :] = self.values[place, first:end]
        if self.width == channels.COUNT:
            np.nan_to_num(found[..., channels.VALID], copy=False)
        return found

    def as_affect(self) -> FaceRows:
        """The four affect signals of these moments in the channels' place."""
        length = self.values.shape[1]
        found = np.empty((len(self), length, len(AFFECT)), np.float32)
        times_s = np.arange(1, length + 1) / channels.RATE_HZ
        for row, place in enumerate(self.places):
            found[row] = compute_affect(Signal(times_s, self.values[place])).values
        return FaceRows(found, np.arange(len(self)))


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """n moments and what was known at each."""

    table: pa.Table
    """As `study.windows.SCHEMA`, one row a moment; further columns tell people apart."""
    faces: FaceRows
    clicks: Array
    """Shape (n, K), `clicks.CLICK_NAMES`."""
    survey: Array
    """Shape (n, items); NaN where not answered."""
    survey_items: tuple[str, ...] = ()

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @property
    def shape(self) -> tuple[int]:
        """(n,)."""
        return (len(self),)

    def __getitem__(self, key: Any) -> Evidence:
        # scikit-learn asks for [rows, ...]: rows and everything of them.
        rows = np.arange(len(self))[key[0] if isinstance(key, tuple) else key]
        rows = np.atleast_1d(rows)
        return replace(
            self,
            table=self.table.take(pa.array(rows)),
            faces=replace(self.faces, places=self.faces.places[rows]),
            clicks=self.clicks[rows],
            survey=self.survey[rows],
        )

    @property
    def label(self) -> npt.NDArray[np.int8]:
        """Shape (n,): 1 where a product goes into the cart at the moment."""
        found: npt.NDArray[np.int8] = self.table.column("label").to_numpy().astype(np.int8)
        return found

    @property
    def people(self) -> npt.NDArray[np.str_]:
        """Shape (n,): whose moment it is."""
        return np.array(self.table.column("participant_id").to_pylist(), dtype=str)


def face_evidence(values: npt.ArrayLike, *, people: list[str] | None = None) -> Evidence:
    """Evidence of faces alone, from an array.

    Parameters
    ----------
    values
        Shape (n, steps, 128), NaN where unread, 10 rows a second, the last row at the moment.
    people
        Whose; everybody's own when not given.

    >>> len(face_evidence(np.zeros((3, 300, 128), np.float32))[[0, 2]])
    2
    """
    array = np.asarray(values)
    if array.ndim != 3 or array.shape[2] != channels.COUNT:
        raise FormatError(
            f"faces of shape {array.shape} cannot be read",
            hint=f"give (moments, rows, {channels.COUNT}) in the layout {channels.LAYOUT}",
        )
    count = len(array)
    names = people or [f"p{row}" for row in range(count)]
    table = pa.table({"participant_id": pa.array(names, pa.string())})
    nothing = np.zeros((count, 0), np.float32)
    clicks = np.full((count, len(CLICK_NAMES)), np.nan, np.float32)
    return Evidence(table, FaceRows(array, np.arange(count)), clicks, nothing)


def as_evidence(given: Any) -> Evidence:
    """Evidence as it is; an array of faces made into it."""
    return given if isinstance(given, Evidence) else face_evidence(given)
