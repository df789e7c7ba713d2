"""Windows as numbers: the 300 x 128 block before each window's end, read through the door of consent.

Row k of a window (k = 1 ... 300) stands for start_s + k / 10 and takes the last row of the signal that
ends at or before it, not more than a tenth of a second old. So each row of the signal serves once, no row
after the window's end is ever read, and where the signal has a gap the window has unread rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from telltale.core import channels, clock, pool
from telltale.core.errors import ConsentError, FormatError
from telltale.core.files import replacing_file
from telltale.core.progress import Progress, silent
from telltale.core.signal import Signal, Times, Values, unread_rows
from telltale.study.store import Study, write_table

Reason = Literal["no-consent", "no-signal"]
REASONS: Final[tuple[Reason, ...]] = ("no-consent", "no-signal")
"""Why a window's face cannot be read: its person has not agreed, or there is no file of it."""

_PERIOD_S: Final = 1 / channels.RATE_HZ
_DECIMALS_S: Final = 1e-6
"""Times are written as decimals: a row at 12.3 s belongs to a window that ends at 12.3 s."""


@dataclass(frozen=True, slots=True, eq=False)
class WindowBlock:
    """The windows of one session."""

    session_id: str
    rows: npt.NDArray[np.intp]
    """Shape (n,): their places in the table of windows."""
    values: Values
    """Shape (n, steps, 128): 300 steps for 30 s, the oldest first."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadableWindows:
    """Which windows can be read, and how many cannot."""

    rows: npt.NDArray[np.intp]
    """Shape (n,): places in the table of windows."""
    no_consent: int
    no_signal: int


def readable_windows(
    study: Study, windows: pa.Table, *, leave_out: tuple[Reason, ...] = (), now: datetime | None = None
) -> ReadableWindows:
    """Tell the windows whose face may and can be read from the others, without reading any.

    Raises
    ------
    ConsentError, FormatError
        For the first window that cannot be read, unless its reason is in `leave_out`.
    """
    moment = now or clock.now()
    people = dict(
        zip(*(windows.column(n).to_pylist() for n in ("session_id", "participant_id")), strict=True)
    )
    refused = {s for s, person in people.items() if not study.consents.may(person, "research", moment)}
    lost = {s for s in people if s not in refused and not study.signal_path(s).is_file()}
    _refuse(refused, "no-consent", leave_out)
    _refuse(lost, "no-signal", leave_out)
    sessions = windows.column("session_id").to_pylist()
    rows = [row for row, session in enumerate(sessions) if session not in refused and session not in lost]
    return ReadableWindows(
        rows=np.array(rows, dtype=np.intp),
        no_consent=sum(session in refused for session in sessions),
        no_signal=sum(session in lost for session in sessions),
    )


def _refuse(sessions: set[str], reason: Reason, leave_out: tuple[Reason, ...]) -> None:
    if not sessions or reason in leave_out:
        return
    some = ", ".join(sorted(sessions)[:3]) + (" ..." if len(sessions) > 3 else "")
    if reason == "no-consent":
        raise ConsentError(
            f"no consent for 'research' holds for {len(sessions)} sessions with windows ({some})",
            hint="leave them out (--leave-out-no-consent), or record the consents in consents.parquet",
        )
    raise FormatError(
        f"{len(sessions)} sessions with windows have no signal file ({some})",
        hint="leave them out (--leave-out-no-signal), or add the files to signals/",
    )


def iter_windows(
    study: Study,
    windows: pa.Table,
    *,
    earlier_s: float | Times = 0.0,
    before_s: float = 0.0,
    leave_out: tuple[Reason, ...] = (),
    now: datetime | None = None,
    workers: int = 1,
) -> Iterator[WindowBlock]:
    """Stream the windows' numbers, one session at a time.

    Parameters
    ----------
    study
        Where the signals lie.
    windows
        A table of `label_windows`, or any part of it.
    earlier_s
        How much earlier each window is taken, one number or shape (rows,): jitter. Never below 0; up to
        the margin that the windows were cut with.
    before_s
        Seconds of rows before each window that are read too; unread where the session had not begun.
    leave_out
        Windows that cannot be read for these reasons are left out; else they raise.
    now
        The moment of use, for the consents; the present one when not given.
    workers
        Processes that read. Blocks wait in memory when they come faster than they are taken.

    Yields
    ------
    A block for each session that has readable windows, by session id.
    """
    moment = now or clock.now()
    shift_s = np.broadcast_to(np.asarray(earlier_s, dtype=np.float64), (windows.num_rows,))
    if not (shift_s >= 0).all():
        raise ValueError("a window may be taken earlier, never later: earlier_s must be 0 or more")
    ends_s = windows.column("end_s").to_numpy() - shift_s
    steps = _steps(windows) + _rows_in(before_s)
    readable = readable_windows(study, windows, leave_out=leave_out, now=moment)
    work = list(_by_session(windows, readable.rows, ends_s))
    if workers == 1:
        yield from (_block(study, moment, steps, item) for item in work)
    else:
        yield from pool.imap(partial(_block_in_worker, study.folder, moment, steps), work, workers=workers)


def cut(signal: Signal, ends_s: Times, steps: int) -> Values:
    """The `steps` rows up to each end. Shape (len(ends_s), steps, 128); what was not there is unread."""
    wanted_s = np.asarray(ends_s)[:, None] + (np.arange(steps) - (steps - 1)) * _PERIOD_S
    last = np.searchsorted(signal.times_s, wanted_s + _DECIMALS_S, side="right") - 1
    there = last >= 0
    there[there] = wanted_s[there] - signal.times_s[last[there]] < _PERIOD_S - _DECIMALS_S
    values = unread_rows(wanted_s.size).reshape(*wanted_s.shape, channels.COUNT)
    values[there] = signal.values[last[there]]
    return values


def write_window_tensor(
    study: Study,
    windows: pa.Table,
    path: Path,
    *,
    dtype: Literal["float32", "float16"] = "float32",
    before_s: float = 0.0,
    leave_out: tuple[Reason, ...] = (),
    now: datetime | None = None,
    workers: int = 1,
    progress: Progress = silent,
) -> ReadableWindows:
    """Write the windows' numbers as a NumPy file and, beside it, the table of its rows.

    Parameters
    ----------
    path
        `NAME.npy`, shape (n, steps, 128), to be read with `numpy.load(path, mmap_mode="r")`. Row i of
        `NAME.parquet` speaks of `[i]`; it has the columns of the windows and `read_share`, the share of
        steps in which the face was read.
    dtype
        float16 halves the size and keeps three digits.
    before_s
        As for `iter_windows`.

    Returns
    -------
    Which of the windows were written, and how many could not be read.
    """
    moment = now or clock.now()
    readable = readable_windows(study, windows, leave_out=leave_out, now=moment)
    index = windows.take(readable.rows).sort_by([("session_id", "ascending"), ("end_s", "ascending")])
    steps = _steps(windows)
    shape = (index.num_rows, steps + _rows_in(before_s), channels.COUNT)
    head = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
    sessions = pc.count_distinct(index.column("session_id")).as_py()
    read_share: list[float] = []
    with replacing_file(path.with_suffix(".parquet")) as index_beside, replacing_file(path) as beside:
        # Written in order, not through a memory map: a full disk is then an error and not the process's end.
        with beside.open("wb") as file:
            np.lib.format.write_array_header_1_0(file, head)
            blocks = iter_windows(study, index, before_s=before_s, now=moment, workers=workers)
            for block in progress(blocks, total=sessions, label="sessions read"):
                file.write(block.values.astype(dtype).tobytes())
                read_share += block.values[:, -steps:, channels.VALID].mean(axis=1).tolist()
        write_table(index_beside, index.append_column("read_share", pa.array(read_share, pa.float64())))
    return readable


def _rows_in(seconds: float) -> int:
    return round(seconds * channels.RATE_HZ)


def _steps(windows: pa.Table) -> int:
    lengths_s = windows.column("end_s").to_numpy() - windows.column("start_s").to_numpy()
    steps = np.unique(np.round(lengths_s * channels.RATE_HZ)).astype(int)
    if len(steps) > 1:
        raise FormatError("these windows differ in length", hint="cut them with one length_s")
    return int(steps[0]) if len(steps) else 0


_Item = tuple[str, npt.NDArray[np.intp], Times]
"""Session, places in the table, ends in seconds."""


def _by_session(windows: pa.Table, rows: npt.NDArray[np.intp], ends_s: Times) -> Iterator[_Item]:
    places: dict[str, list[int]] = {}
    sessions = windows.column("session_id").to_pylist()
    for row in rows.tolist():
        places.setdefault(str(sessions[row]), []).append(row)
    for session_id in sorted(places):
        chosen = np.array(places[session_id], dtype=np.intp)
        yield session_id, chosen, ends_s[chosen]


def _block(study: Study, now: datetime, steps: int, item: _Item) -> WindowBlock:
    session_id, rows, ends_s = item
    return WindowBlock(session_id, rows, cut(study.signal(session_id, now=now), ends_s, steps))


@lru_cache(maxsize=1)
def _opened(folder: Path) -> Study:
    """A worker asks the consents once; it lives no longer than one stream."""
    return Study.open(folder)


def _block_in_worker(folder: Path, now: datetime, steps: int, item: _Item) -> WindowBlock:
    return _block(_opened(folder), now, steps, item)
