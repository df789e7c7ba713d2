"""A graph network that has been trained, as a thing to keep: it forecasts in numpy, from a file or not.

model.json    what it forecasts, of which factors, on which grid        arrays.npz    scales and weights
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from telltale.causal.dag import Floats
from telltale.causal.forecast_rows import whole_windows, window_inputs
from telltale.causal.graph_messages import GraphWeights, tell
from telltale.core.errors import FormatError
from telltale.core.files import new_folders
from telltale.factors.panel import FactorPanel

FORMAT: Final = "telltale-forecast"
VERSION: Final = 1
_ARRAYS: Final = tuple(field.name for field in fields(GraphWeights) if field.name != "target")


@dataclass(frozen=True, slots=True, eq=False)
class Forecasts:
    """Of M rows."""

    rows: npt.NDArray[np.int64]
    """Shape (M,): places in the panel; those with all steps before them seen."""
    value: Floats
    """Shape (M,): the target `ahead` steps after, in its own units."""
    rise: Floats
    """Shape (M,): the probability that it is then half an SD or more over its mean of the steps seen."""


@dataclass(frozen=True, slots=True, eq=False)
class GraphForecaster:
    """All that a forecast needs."""

    factors: tuple[str, ...]
    ahead: int
    """Steps."""
    grid_s: float
    mean: Floats
    """Shape (n,)."""
    sd: Floats
    """Shape (n,)."""
    weights: GraphWeights

    @property
    def target(self) -> str:
        """What is forecast."""
        return self.factors[self.weights.target]

    def forecast(self, panel: FactorPanel) -> Forecasts:
        """What comes after each row of a panel that holds these factors on this grid.

        Rows with a hole in the steps before them are left out.
        """
        if panel.grid_s != self.grid_s:
            raise FormatError(
                f"a panel on {panel.grid_s:g} s for a forecast on {self.grid_s:g} s",
                hint="lay the study on the forecast's grid",
            )
        given = panel.select(self.factors)
        last = whole_windows(given, self.weights.history)
        inputs = window_inputs(given, last, self.weights.history, self.mean, self.sd)
        seen = np.isfinite(inputs).all(axis=(1, 2))
        told = tell(self.weights, inputs[seen])
        target = self.weights.target
        return Forecasts(last[seen], told[:, 0] * self.sd[target] + self.mean[target], expit(told[:, 1]))

    def save(self, folder: Path) -> None:
        """Write it whole or not at all."""
        told = {
            "format": FORMAT,
            "version": VERSION,
            "target": self.target,
            "factors": list(self.factors),
            "ahead": self.ahead,
            "grid_s": self.grid_s,
        }
        arrays = {name: getattr(self.weights, name) for name in _ARRAYS}
        with new_folders(folder) as (beside,):
            (beside / "model.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
            np.savez(beside / "arrays.npz", allow_pickle=False, mean=self.mean, sd=self.sd, **arrays)

    @classmethod
    def load(cls, folder: Path) -> GraphForecaster:
        """Read it again."""
        path = folder / "model.json"
        if not path.is_file():
            raise FormatError(
                f"no forecast in {folder}", hint="give a folder that GraphForecaster.save wrote"
            )
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            with np.load(folder / "arrays.npz") as held:
                arrays = {name: held[name] for name in ("mean", "sd", *_ARRAYS)}
            factors, form, version = tuple(told["factors"]), told["format"], told["version"]
            target, ahead, grid_s = factors.index(told["target"]), int(told["ahead"]), float(told["grid_s"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FormatError(f"{folder} does not hold a whole forecast", hint="train it again") from error
        if (form, version) != (FORMAT, VERSION):
            raise FormatError(f"{folder} is of version {version}", hint=f"this Telltale reads {VERSION}")
        mean, sd = arrays.pop("mean"), arrays.pop("sd")
        return cls(factors, ahead, grid_s, mean, sd, GraphWeights(target, **arrays))
