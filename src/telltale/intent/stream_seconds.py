"""A line on seconds row by row: each unit's greatest energy by second waits in a ring of thirty.

ten new rows > a second's maxima > ring of the last 30 > features > line > probability
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core.stages import Timer
from telltale.intent.act_counts import counts_of_maxima
from telltale.intent.baselines import log_odds
from telltale.intent.evidence import Array, Span
from telltale.intent.saved import About
from telltale.intent.stream_places import ROWS, IntentStream, Places
from telltale.intent.summaries import UNIT_NAMES, second_maxima
from telltale.weights.onnx_model import OnnxModel

_SECONDS: Final = Span().steps // ROWS

FEATURES: Final[Mapping[str, Callable[[Array], Array]]] = {
    "seconds": lambda maxima: maxima.reshape(len(maxima), -1),
    "acts": counts_of_maxima,
}
"""What each kind makes of maxima by second, shape (n, 30, 17), the latest first."""


class SecondsStream(IntentStream):
    """A model of the kinds in `FEATURES`."""

    def __init__(self, folder: Path, about: About, capacity: int, timer: Timer) -> None:
        super().__init__(about, capacity, timer)
        self._graph = OnnxModel(folder / "model.onnx")
        self._features = FEATURES[about.kind]
        self._ring = np.full((capacity, _SECONDS, len(UNIT_NAMES)), np.nan, np.float32)
        self._at = np.zeros(capacity, np.intp)

    def _clear(self, place: int) -> None:
        self._ring[place], self._at[place] = np.nan, 0

    def _step(self, places: Places, rows: Array) -> Array:
        with self._timer("maxima"):
            self._ring[places, self._at[places]] = second_maxima(rows)
            latest_first = (self._at[places][:, None] - np.arange(_SECONDS)) % _SECONDS
            self._at[places] = (self._at[places] + 1) % _SECONDS
        with self._timer("features"):
            features = self._features(self._ring[places[:, None], latest_first])
        with self._timer("line"):
            told: Array = self._graph.run(features=features)["probability"]
        return told

    def unit_log_odds(self, places: npt.ArrayLike) -> Array:
        """As the line adds them up: a feature that is NaN counts as the average (`gradients.py`)."""
        chosen = np.asarray(places, dtype=np.intp)
        latest_first = (self._at[chosen][:, None] - 1 - np.arange(_SECONDS)) % _SECONDS
        features = self._features(self._ring[chosen[:, None], latest_first])
        units = len(UNIT_NAMES)
        # Each viewer's features once for each unit, all others left out, and once with none at all.
        alone = np.full((len(chosen), units + 1, features.shape[1]), np.nan, np.float32)
        for unit in range(units):
            alone[:, unit, unit::units] = features[:, unit::units]
        told = self._graph.run(features=alone.reshape(-1, features.shape[1]))["probability"]
        odds = log_odds(told).reshape(len(chosen), units + 1)
        parts: Array = (odds[:, :units] - odds[:, units:]).astype(np.float32)
        return parts
