"""What faces of viewers and hosts show: the four affect signals of `telltale.signs`, their mean a step.

Signals are read one at a time, each through the door of consent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from telltale.core.errors import ConsentError
from telltale.core.signal import Signal
from telltale.factors.columns import Column, Given, by_room, mean_at
from telltale.factors.factor import BROADCAST, VIEWER, Factor, Level
from telltale.factors.grid import NOWHERE, Codes, Grid
from telltale.factors.reading import Array, milliseconds
from telltale.signs.affect import NAMES, compute_affect
from telltale.study.store import Study

Array32 = npt.NDArray[np.float32]


def has_faces(study: Study) -> bool:
    """Whether the study holds a signal of a viewer."""
    return _holds(study.signal_path("any"))


def has_host_faces(study: Study) -> bool:
    """Whether it holds one of a host."""
    return _holds(study.host_signal_path("any"))


def face(study: Study, grid: Grid, now: datetime) -> Given:
    """Hesitation, desire, surprise, disengagement as a viewer's face shows them; NaN where unread."""

    def read(session_id: str) -> Signal | None:
        there = study.signal_path(session_id).is_file()
        return study.signal(session_id, now=now) if there else None

    values, notes = _all_means(read, grid.session_ids, grid.steps, grid.step_ms, "sessions")
    columns = (Column(_factor("face", name), values[:, k]) for k, name in enumerate(NAMES))
    return Given(tuple(columns), notes)


def host_face(study: Study, grid: Grid, now: datetime) -> Given:
    """The same of the broadcast's host."""

    def read(room_id: str) -> Signal | None:
        there = study.host_signal_path(room_id).is_file()
        return study.host_signal(room_id, now=now) if there else None

    values, notes = _all_means(read, grid.room_ids, grid.room_steps, grid.step_ms, "broadcasts")
    columns = (by_room(grid, _factor("host_face", name), values[:, k]) for k, name in enumerate(NAMES))
    return Given(tuple(columns), notes)


def _holds(path: Path) -> bool:
    return path.parent.is_dir() and next(path.parent.glob("*.parquet"), None) is not None


def _all_means(
    read: Callable[[str], Signal | None], ids: Sequence[str], steps: Codes, step_ms: int, what: str
) -> tuple[Array32, tuple[str, ...]]:
    """Means of all signals one after another, shape (all steps, 4), and notes on those without."""
    blocks, absent, closed = [], 0, 0
    for name, count in zip(ids, steps.tolist(), strict=True):
        means = np.full((count, len(NAMES)), np.nan, dtype=np.float32)
        try:
            signal = read(name)
            absent += signal is None
            if signal is not None:
                means[:] = _means(signal, count, step_ms)
        except ConsentError:
            closed += 1
        blocks.append(means)
    notes = [f"{absent} {what} have no signal of a face"] if absent else []
    notes += [f"faces of {closed} {what} left out: no consent for 'research' holds"] if closed else []
    return np.concatenate(blocks), tuple(notes)


def _means(signal: Signal, steps: int, step_ms: int) -> Array:
    """Shape (steps, 4)."""
    affect = compute_affect(signal)
    step = -(-milliseconds(affect.times_s) // step_ms) - 1
    step[(step < 0) | (step >= steps)] = NOWHERE
    return np.column_stack([mean_at(step, values.astype(np.float64), steps) for values in affect.values.T])


def _factor(source: str, name: str) -> Factor:
    host = source == "host_face"
    says = f"'{name}' as the {'host' if host else 'viewer'}'s face shows it, 0 to 1, mean over the step"
    level, tier = ("room", BROADCAST) if host else ("viewer", VIEWER)
    return Factor(f"{source}_{name}", source, cast(Level, level), "continuous", tier, "", says)
