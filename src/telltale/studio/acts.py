"""Brief and longer acts in a recording's rows, for the player to mark: at 10 Hz, good to a tenth of a second.

Spotting frame by frame (`telltale read`) is better; what is stored are rows.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from telltale.core import channels
from telltale.core.signal import Signal

FLASH: Final = 0.1
"""Energy over which a unit flashes, as models of brief acts take it."""
HELD: Final = 0.2
"""Intensity of an act that lasts: FACS level B, a trace."""
HELD_S: Final = 0.5


def acts_of(signal: Signal) -> list[dict[str, Any]]:
    """Each run of rows in which a unit flashes (micro) or stays up (macro), in order of time."""
    found: list[dict[str, Any]] = []
    for unit in channels.ACTION_UNITS:
        for side in ("left", "right"):
            energy = signal.channel(f"au{unit:02d}_energy_{side}")
            intensity = signal.channel(f"au{unit:02d}_intensity_{side}")
            found += _runs(signal, energy, FLASH, unit, side, micro=True)
            held = _runs(signal, intensity, HELD, unit, side, micro=False)
            found += [act for act in held if act["offset_s"] - act["onset_s"] >= HELD_S]
    return sorted(found, key=lambda act: (act["onset_s"], act["unit"], act["side"]))


def _runs(
    signal: Signal, values: np.ndarray, above: float, unit: int, side: str, *, micro: bool
) -> list[dict[str, Any]]:
    over = np.concatenate([[False], np.nan_to_num(values) > above, [False]])
    edges = np.flatnonzero(np.diff(over.astype(np.int8)))
    acts = []
    for first, stop in zip(edges[::2], edges[1::2], strict=True):
        apex = first + int(np.argmax(values[first:stop]))
        step_s = 1 / channels.RATE_HZ
        acts.append(
            {
                "unit": unit,
                "side": side,
                "onset_s": round(float(signal.times_s[first]) - step_s, 2),
                "apex_s": round(float(signal.times_s[apex]) - step_s / 2, 2),
                "offset_s": round(float(signal.times_s[stop - 1]), 2),
                "micro": micro,
            }
        )
    return acts
