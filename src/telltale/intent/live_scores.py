"""Models over whole sessions, a probability each second, as they would run live.

A network that can run row by row does so (`stream.py`), many viewers at once; a line on seconds is given all
seconds of a session together; any other model that reads the face is given the window before each second. All
say at second k what was known at second k.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core import channels
from telltale.core.progress import Progress, silent
from telltale.core.signal import unread_rows
from telltale.intent.evidence import Array, Evidence, Span, face_evidence
from telltale.intent.evidence_build import CONTEXT_S
from telltale.intent.saved import SavedModel
from telltale.intent.stream import can_stream, open_stream
from telltale.intent.stream_places import ROWS
from telltale.intent.stream_seconds import FEATURES
from telltale.intent.summaries import UNIT_NAMES, second_maxima
from telltale.study.store import Study
from telltale.study.window_tensors import cut

Floats = npt.NDArray[np.float64]

_AT_ONCE: Final = 64
"""Sessions held in memory: half an hour of each is a tenth of a gigabyte for every six."""
_CHUNK: Final = 256
_SECONDS_AT_ONCE: Final = 1024
_WINDOW: Final = Span().steps
_BEFORE: Final = _WINDOW + Span.skipped(CONTEXT_S)


@dataclass(frozen=True, slots=True, eq=False)
class LiveSession:
    """One session, second by second: place k is the end of second k + 1 on the log's clock."""

    session_id: str
    person: str
    told: Mapping[str, Floats]
    """For each model, shape (seconds,); NaN where no row of the window was read."""

    @property
    def seconds(self) -> int:
        """How long it is."""
        return len(next(iter(self.told.values())))


def can_run_live(model: SavedModel) -> bool:
    """Whether it reads the face and nothing else."""
    return model.reads == ("face",)


def score_sessions(
    models: Mapping[str, SavedModel],
    study: Study,
    session_ids: Sequence[str],
    *,
    progress: Progress = silent,
) -> Iterator[LiveSession]:
    """Run models over whole sessions.

    Parameters
    ----------
    models
        By name; each must read the face alone.
    session_ids
        Of sessions that have a signal and whose people have agreed.
    """
    facts = study.table("sessions", ["session_id", "participant_id", "duration_s"]).to_pylist()
    known = {row["session_id"]: row for row in facts}
    groups = [session_ids[start : start + _AT_ONCE] for start in range(0, len(session_ids), _AT_ONCE)]
    for group in progress(groups, total=len(groups), label="sessions run live"):
        rows = [_rows(study, name, int(known[name]["duration_s"])) for name in group]
        told = {kind: score_rows(model, rows) for kind, model in models.items()}
        for place, name in enumerate(group):
            read = _read(rows[place])
            of_session = {kind: np.where(read, found[place], np.nan) for kind, found in told.items()}
            yield LiveSession(name, str(known[name]["participant_id"]), of_session)


def score_rows(model: SavedModel, rows: Sequence[Array]) -> list[Floats]:
    """The probability at each second's end of some sessions.

    Parameters
    ----------
    rows
        For each session shape (10 seconds, 128), from its first moment on.
    """
    if model.kind in FEATURES and can_stream(model.folder):
        return [_by_second(model, one) for one in rows]
    if can_stream(model.folder):
        return _streamed(model, rows)
    return [_by_window(model, one) for one in rows]


def _streamed(model: SavedModel, rows: Sequence[Array]) -> list[Floats]:
    stream = open_stream(model.folder, len(rows))
    places = np.array([stream.enter() for _ in rows])
    seconds = np.array([len(one) // ROWS for one in rows])
    found = [np.empty(count) for count in seconds]
    for second in range(int(seconds.max(initial=0))):
        here = np.flatnonzero(seconds > second).tolist()
        now = np.stack([rows[k][second * ROWS : (second + 1) * ROWS] for k in here])
        for k, probability in zip(here, stream.step(places[here], now), strict=True):
            found[k][second] = probability
    return found


def _by_second(model: SavedModel, rows: Array) -> Floats:
    """As its stream tells, all seconds of a session at once."""
    if not len(rows):
        return np.zeros(0)
    maxima = second_maxima(rows[None]).reshape(-1, len(UNIT_NAMES))[::-1]
    before = np.full((_WINDOW // ROWS - 1, len(UNIT_NAMES)), np.nan, np.float32)
    seconds = np.concatenate([before, maxima])
    views = np.lib.stride_tricks.sliding_window_view(seconds, _WINDOW // ROWS, axis=0)
    found = np.empty(len(views))
    for start in range(0, len(found), _SECONDS_AT_ONCE):
        part = slice(start, start + _SECONDS_AT_ONCE)
        latest_first = np.ascontiguousarray(views[part].transpose(0, 2, 1)[:, ::-1])
        told = model.run_inputs({"features": FEATURES[model.kind](latest_first)})
        found[part] = told["probability"]
    return found


def _by_window(model: SavedModel, rows: Array) -> Floats:
    windows = _windows(rows)
    found = np.empty(len(windows))
    for start in range(0, len(found), _CHUNK):
        part = slice(start, start + _CHUNK)
        found[part] = model.predict_proba(windows[part])[:, 1]
    return found


def _windows(rows: Array) -> Evidence:
    """The window before each second's end and what stood before it; nothing is copied."""
    whole = np.concatenate([unread_rows(_BEFORE - ROWS), rows])
    views = np.lib.stride_tricks.sliding_window_view(whole, _BEFORE, axis=0)[::ROWS]
    return face_evidence(views.transpose(0, 2, 1))


def _rows(study: Study, session_id: str, seconds: int) -> Array:
    """All rows of a session. Shape (10 seconds, 128)."""
    if not seconds:
        return unread_rows(0)
    rows: Array = cut(study.signal(session_id), np.array([float(seconds)]), seconds * ROWS)[0]
    return rows


def _read(rows: Array) -> npt.NDArray[np.bool_]:
    """Whether any row of the window before each second's end was read. Shape (seconds,)."""
    read = np.concatenate([np.zeros(_WINDOW), rows[:, channels.VALID]]).cumsum()
    ends = _WINDOW - 1 + np.arange(1, len(rows) // ROWS + 1) * ROWS
    found: npt.NDArray[np.bool_] = read[ends] > read[ends - _WINDOW]
    return found
