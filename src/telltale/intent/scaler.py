"""Channels brought to mean 0 and deviation 1 over the rows that were read; what was not read becomes 0.

    scaled = (s(value) - mean) / deviation,   s(e) = log(1 + e / 0.1) for energies, s(v) = v for all else

The energy of a brief act is nothing for most rows and then twenty deviations: as it is, a few rows would rule
what a network learns. `valid` stays as it is, so that a model can tell a mean from a gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from telltale.core import channels
from telltale.intent.evidence import Array
from telltale.intent.summaries import ACTIVE_ABOVE

_ENERGIES: Final = [k for name, k in channels.INDEX.items() if "_energy_" in name]
_LEAST: Final = 1e-3
"""A channel that hardly moves is not blown up."""


@dataclass(frozen=True, slots=True, eq=False)
class Scaler:
    """Means and deviations of channels.

    >>> rows = np.array([[[1.0], [3.0], [np.nan]]], np.float32)
    >>> Scaler.of([rows]).apply(rows).ravel().tolist()
    [-1.0, 1.0, 0.0]
    """

    mean: Array
    """Shape (channels,)."""
    deviation: Array

    @classmethod
    def of(cls, parts: Iterable[Array]) -> Scaler:
        """From windows, (b, steps, channels) at a time: they need not fit into memory together."""
        count = total = squares = np.zeros(1)
        for part in map(_squeezed, parts):
            there = np.isfinite(part)
            held = np.where(there, part, 0).astype(np.float64)
            count = count + there.sum(axis=(0, 1))
            total = total + held.sum(axis=(0, 1))
            squares = squares + (held**2).sum(axis=(0, 1))
        known = np.maximum(count, 1)
        mean = total / known
        deviation = np.sqrt(np.maximum(squares / known - mean**2, 0))
        deviation = np.where(deviation > _LEAST, deviation, 1.0)
        if len(mean) == channels.COUNT:
            mean[channels.VALID], deviation[channels.VALID] = 0.0, 1.0
        return cls(mean.astype(np.float32), deviation.astype(np.float32))

    def apply(self, values: Array) -> Array:
        """Scaled, 0 where unread. The same shape, new memory."""
        scaled = _squeezed(values)
        scaled -= self.mean
        scaled /= self.deviation
        found: Array = np.nan_to_num(scaled, copy=False)
        return found

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """By name, to be saved."""
        return {"mean": self.mean, "deviation": self.deviation}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Scaler:
        """What `arrays` gave."""
        return cls(arrays["mean"], arrays["deviation"])


def _squeezed(values: Array) -> Array:
    """The same with energies on a logarithmic scale; new memory."""
    found = np.array(values)
    if found.shape[-1] == channels.COUNT:
        found[..., _ENERGIES] = np.log1p(found[..., _ENERGIES].clip(0) / ACTIVE_ABOVE)
    return found
