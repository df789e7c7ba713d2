"""Simulated studies for the tests: made once a run of pytest in each process, and read by many."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from telltale.core import channels
from telltale.study.store import Study
from telltale.study.window_tensors import iter_windows


def digest(folder: Path) -> dict[str, str]:
    """SHA-256 of every file under a folder, by its path."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def energy_by_second(study: Study, windows: pa.Table) -> npt.NDArray[np.float32]:
    """Greatest energy of either side in each second before the end. Shape (n, 30, 17); unread is 0."""
    sides = [channels.unit_channels(f"energy_{side}") for side in ("left", "right")]
    found = np.zeros((windows.num_rows, 30, 17), dtype=np.float32)
    for block in iter_windows(study, windows):
        energy = np.nan_to_num(np.maximum(*(block.values[:, :, side] for side in sides)))
        found[block.rows] = energy.reshape(len(energy), 30, 10, 17).max(axis=2)[:, ::-1]
    return found


def unit_statistics(study: Study, windows: pa.Table) -> npt.NDArray[np.float32]:
    """Mean, variance and maximum of the 119 channels of units. Shape (n, 357); unread rows are left out."""
    units = np.array([i for i, channel in enumerate(channels.CHANNELS) if channel.action_unit])
    found = np.zeros((windows.num_rows, 3 * len(units)), dtype=np.float32)
    for block in iter_windows(study, windows):
        for row, values in zip(block.rows, block.values[:, :, units], strict=True):
            read = values[np.isfinite(values[:, 0])]
            if len(read):
                found[row] = np.concatenate([read.mean(axis=0), read.var(axis=0), read.max(axis=0)])
    return found


CLICKS = ("view_item", "like", "chat", "pause", "share")
"""What viewers do with their hands, short of the cart: earlier carts tell which sessions convert, and
windows without a cart come from sessions that do not."""
SPANS_S = (10, 30)


def click_counts(study: Study, windows: pa.Table) -> npt.NDArray[np.float64]:
    """Counts of each click in the last 10 and 30 s before the window's end. Shape (n, 10)."""
    events: dict[str, list[tuple[float, int]]] = {}
    for event in study.table("events", ["session_id", "time_s", "type"]).to_pylist():
        if event["type"] in CLICKS:
            events.setdefault(event["session_id"], []).append((event["time_s"], CLICKS.index(event["type"])))
    found = np.zeros((windows.num_rows, len(SPANS_S), len(CLICKS)))
    ends = zip(windows["session_id"].to_pylist(), windows["end_s"].to_pylist(), strict=True)
    for row, (session, end_s) in enumerate(ends):
        for time_s, kind in events.get(session, []):
            if time_s < end_s:
                found[row, :, kind] += [end_s - time_s <= span for span in SPANS_S]
    return found.reshape(len(found), -1)


def survey_answers(study: Study, windows: pa.Table) -> npt.NDArray[np.float64]:
    """Answers of the window's session, one column an item."""
    table = study.table("surveys").to_pylist()
    items = sorted({row["item"] for row in table})
    answers = {(row["session_id"], row["item"]): row["answer"] for row in table}
    return np.array([[answers[s, item] for item in items] for s in windows["session_id"].to_pylist()])
