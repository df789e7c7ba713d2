"""What faces of viewers and hosts show: the four affect signals of `telltale.signs`, their mean a step.

Signals are read one session or broadcast at a time, each through the door of consent. Several hosts of a
broadcast are taken together: the mean over all rows of a step in which any of them was read, so that each
counts by how much of their face was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
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
from telltale.study import schema
from telltale.study.store import Study

Array32 = npt.NDArray[np.float32]


def has_faces(study: Study) -> bool:
    """Whether the study holds a signal of a viewer."""
    return next((study.folder / schema.SIGNALS).glob("*.parquet"), None) is not None


def has_host_faces(study: Study) -> bool:
    """Whether it holds one of a host."""
    return study.holds_host_signals


def face(study: Study, grid: Grid, now: datetime) -> Given:
    """Hesitation, desire, surprise, disengagement as a viewer's face shows them; NaN where unread."""

    def read(session_id: str) -> list[Signal]:
        there = study.signal_path(session_id).is_file()
        return [study.signal(session_id, now=now)] if there else []

    values, notes = _all_means(read, grid.session_ids, grid.steps, grid.step_ms, "sessions")
    columns = (Column(_factor("face", name), values[:, k]) for k, name in enumerate(NAMES))
    return Given(tuple(columns), notes)


def host_face(study: Study, grid: Grid, now: datetime) -> Given:
    """The same of the broadcast's hosts, as many as were read and agree."""

    def read(room_id: str) -> list[Signal]:
        hosts = study.hosts_with_signal(room_id)
        # Where nobody agrees the door is asked for all, so that it says so.
        return [study.host_signal(room_id, host, now=now) for host in _agreed(study, room_id, now) or hosts]

    values, notes = _all_means(read, grid.room_ids, grid.room_steps, grid.step_ms, "broadcasts")
    columns = (by_room(grid, _factor("host_face", name), values[:, k]) for k, name in enumerate(NAMES))
    counts = [(len(_agreed(study, room, now)), len(study.teams[room])) for room in grid.room_ids]
    some = sum(0 < agreed < hosts for agreed, hosts in counts)
    told = f"in {some} broadcasts the faces of some hosts alone may be read: they stand for all"
    return Given(tuple(columns), (*notes, told) if some else notes)


def _agreed(study: Study, room_id: str, now: datetime) -> list[str]:
    """The hosts of a broadcast whose signal is there and may be read."""
    hosts = study.hosts_with_signal(room_id)
    return [host for host in hosts if study.host_consents.may(host, "research", now)]


def _all_means(
    read: Callable[[str], list[Signal]], ids: Sequence[str], steps: Codes, step_ms: int, what: str
) -> tuple[Array32, tuple[str, ...]]:
    """Means of all signals one after another, shape (all steps, 4), and notes on those without."""
    blocks, absent, closed = [], 0, 0
    for name, count in zip(ids, steps.tolist(), strict=True):
        means = np.full((count, len(NAMES)), np.nan, dtype=np.float32)
        try:
            signals = read(name)
            absent += not signals
            if signals:
                means[:] = _means(signals, count, step_ms)
        except ConsentError:
            closed += 1
        blocks.append(means)
    notes = [f"{absent} {what} have no signal of a face"] if absent else []
    notes += [f"faces of {closed} {what} left out: no consent for 'research' holds"] if closed else []
    return np.concatenate(blocks), tuple(notes)


def _means(signals: Sequence[Signal], steps: int, step_ms: int) -> Array:
    """Over the rows of all signals together, shape (steps, 4)."""
    affects = [compute_affect(signal) for signal in signals]
    step = -(-milliseconds(np.concatenate([affect.times_s for affect in affects])) // step_ms) - 1
    step[(step < 0) | (step >= steps)] = NOWHERE
    values = np.concatenate([affect.values for affect in affects]).astype(np.float64)
    return np.column_stack([mean_at(step, column, steps) for column in values.T])


def _factor(source: str, name: str) -> Factor:
    host = source == "host_face"
    says = f"'{name}' as the {'host' if host else 'viewer'}'s face shows it, 0 to 1, mean over the step"
    level, tier = ("room", BROADCAST) if host else ("viewer", VIEWER)
    return Factor(f"{source}_{name}", source, cast(Level, level), "continuous", tier, "", says)
