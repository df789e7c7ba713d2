"""Many viewers at once, a probability each second, at the price of the newest rows.

    ten new rows > hidden states (what each convolution needs of the past is carried) > ring of the last 300
    attention over the ring > classifier > probability

The result is that of the offline network on the same rows with real context, to rounding. Nothing here reads
a clock or does I/O: rows go in, probabilities come out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from telltale.core import channels
from telltale.core.errors import FormatError
from telltale.core.signal import unread_rows
from telltale.core.stages import Timer, untimed
from telltale.intent.evidence import Array, Span
from telltale.intent.saved import read_about
from telltale.intent.scaler import Scaler
from telltale.weights.onnx_model import OnnxModel

ROWS: Final = 10
"""A second's."""
_AT_ONCE: Final = 64
"""Viewers in one call of the graph: enough to fill a core, few enough for its cache."""
_RING: Final = Span().steps

Places = npt.NDArray[np.intp]


class IntentStream:
    """A model that runs row by row for up to `capacity` viewers.

    `enter` gives a viewer a place, `step` takes a second's rows of some places, `leave` frees one.
    """

    def __init__(self, folder: Path, capacity: int, *, timer: Timer = untimed) -> None:
        self.about = read_about(folder)
        if not (folder / "stream_rows.onnx").is_file():
            raise FormatError(
                f"{folder} cannot run row by row", hint="give a tcn-stream model trained on all 30 s"
            )
        self._rows, self._head = (
            OnnxModel(folder / "stream_rows.onnx"),
            OnnxModel(folder / "stream_head.onnx"),
        )
        with np.load(folder / "arrays.npz") as held:
            self._scaler = Scaler.from_arrays(held)
        self._timer = timer
        self._begin(capacity)

    def _begin(self, capacity: int) -> None:
        """Room for the viewers, and what a place holds before its first row."""
        carried = [port for port in self._rows.inputs if port.name != "rows"]
        shapes = [tuple(length or 0 for length in port.shape[1:]) for port in carried]
        self._names = [port.name for port in carried]
        rest = [np.zeros((1, *shape), np.float32) for shape in shapes]
        unread = self._scaler.apply(unread_rows(ROWS)[None])
        # As if nobody had been read for as long as the network can look back.
        for _ in range(-(-sum(shape[0] for shape in shapes) // ROWS) + 1):
            hidden, score, rest = self._run(unread, rest)
        self._rest = rest
        self._rest_hidden, self._rest_score = hidden[0, -1], score[0, -1]
        self._carried = [np.repeat(state, capacity, axis=0) for state in rest]
        self._ring = np.tile(self._rest_hidden, (capacity, _RING, 1))
        self._scores = np.full((capacity, _RING), self._rest_score, np.float32)
        self._at = np.zeros(capacity, np.intp)
        self._free = list(range(capacity))[::-1]

    @property
    def capacity(self) -> int:
        """Viewers at most."""
        return len(self._at)

    @property
    def viewers(self) -> int:
        """Viewers now."""
        return self.capacity - len(self._free)

    def enter(self) -> int:
        """A place for a new viewer."""
        if not self._free:
            raise FormatError(f"all {self.capacity} places are taken", hint="make a stream of more")
        place = self._free.pop()
        for held, rest in zip(self._carried, self._rest, strict=True):
            held[place] = rest[0]
        self._ring[place], self._scores[place], self._at[place] = self._rest_hidden, self._rest_score, 0
        return place

    def leave(self, place: int) -> None:
        """Free a place; nothing of the viewer is kept."""
        self._free.append(place)
        for held in self._carried:
            held[place] = 0
        self._ring[place] = 0

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

    def _step(self, places: Places, rows: Array) -> Array:
        with self._timer("scale"):
            scaled = self._scaler.apply(rows)
        with self._timer("carry"):
            where: Any = _as_slice(places)
            carried = [np.ascontiguousarray(held[where]) for held in self._carried]
        with self._timer("network"):
            hidden, score, carried = self._run(scaled, carried)
        with self._timer("carry"):
            for held, now in zip(self._carried, carried, strict=True):
                held[where] = now
            at = self._at[places][:, None] + np.arange(ROWS)
            self._ring[places[:, None], at] = hidden
            self._scores[places[:, None], at] = score
            self._at[places] = (self._at[places] + ROWS) % _RING
        with self._timer("attention"):
            weight = _softmax(self._scores[where])
            # The order of rows does not matter to a sum, so the ring is never turned.
            summary = np.matmul(weight[:, None], self._ring[where])[:, 0]
            told: Array = self._head.run(summary=summary)["probability"]
        return told

    def _run(self, rows: Array, carried: list[Array]) -> tuple[Array, Array, list[Array]]:
        told = self._rows.run_named({"rows": rows, **dict(zip(self._names, carried, strict=True))})
        return told["hidden"], told["score"], [told[f"{name}_on"] for name in self._names]


def _as_slice(places: Places) -> slice | Places:
    """Neighbouring places as a slice, which copies nothing."""
    if len(places) and (np.diff(places) == 1).all():
        return slice(int(places[0]), int(places[-1]) + 1)
    return places


def _softmax(scores: Array) -> Array:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    found: Array = raised / raised.sum(axis=1, keepdims=True)
    return found
