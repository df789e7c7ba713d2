"""A network row by row: what each convolution needs of the past is carried, hidden states wait in a ring.

ten new rows > hidden states > ring of the last 300 > attention over the ring > classifier > probability
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from telltale.core.signal import unread_rows
from telltale.core.stages import Timer
from telltale.intent.evidence import Array, Span
from telltale.intent.saved import About
from telltale.intent.scaler import Scaler
from telltale.intent.stream_places import ROWS, IntentStream, Places, as_slice
from telltale.weights.onnx_model import OnnxModel

_RING: Final = Span().steps


class NetworkStream(IntentStream):
    """A network whose folder holds `stream_rows.onnx` and `stream_head.onnx`."""

    def __init__(self, folder: Path, about: About, capacity: int, timer: Timer) -> None:
        super().__init__(about, capacity, timer)
        self._rows = OnnxModel(folder / "stream_rows.onnx")
        self._head = OnnxModel(folder / "stream_head.onnx")
        with np.load(folder / "arrays.npz") as held:
            self._scaler = Scaler.from_arrays(held)
        self._begin()

    def _begin(self) -> None:
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
        self._carried = [np.repeat(state, self.capacity, axis=0) for state in rest]
        self._ring = np.tile(self._rest_hidden, (self.capacity, _RING, 1))
        self._scores = np.full((self.capacity, _RING), self._rest_score, np.float32)
        self._at = np.zeros(self.capacity, np.intp)

    def _clear(self, place: int) -> None:
        for held, rest in zip(self._carried, self._rest, strict=True):
            held[place] = rest[0]
        self._ring[place], self._scores[place], self._at[place] = self._rest_hidden, self._rest_score, 0

    def _step(self, places: Places, rows: Array) -> Array:
        with self._timer("scale"):
            scaled = self._scaler.apply(rows)
        with self._timer("carry"):
            where: Any = as_slice(places)
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


def _softmax(scores: Array) -> Array:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    found: Array = raised / raised.sum(axis=1, keepdims=True)
    return found
