"""Evidence of a study's moments: faces written once beside the study and mapped from disk, clicks, answers.

    windows > rows of faces with 25.2 s of context and room for jitter    derived/<name>.npy, float16
    events  > clicks up to the same moment
    surveys > answers of the session

The file on disk is a table of people's rows like any other in `derived/`: `telltale study forget` finds it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import numpy as np
import pyarrow as pa

from telltale.core.errors import FormatError
from telltale.core.progress import Progress, silent
from telltale.intent.clicks import click_features
from telltale.intent.evidence import Array, Evidence, FaceRows
from telltale.study import schema
from telltale.study.store import Study, read_table
from telltale.study.window_tensors import Reason, write_window_tensor

CONTEXT_S: Final = 25.2
"""What six blocks of kernel 3 see before their window: 252 rows."""
JITTER_S: Final = 0.5
DESCRIBES: Final = ("gender", "age_band", "culture", "skin_tone")
"""Columns of participants by which people are told apart; further ones of the study's own too."""


def build_evidence(
    study: Study,
    windows: pa.Table,
    *,
    name: str = "intent_windows",
    leave_out: tuple[Reason, ...] = (),
    now: datetime | None = None,
    workers: int = 1,
    progress: Progress = silent,
) -> Evidence:
    """What was known at each window's end.

    Parameters
    ----------
    windows
        Of `study.windows.label_windows`, or moments cut in another way in the same columns.
    name
        Of the files in `derived/`.
    leave_out
        Windows that cannot be read for these reasons are left out; else they raise.
    """
    if not windows.num_rows:
        raise FormatError(
            f"{study.manifest.name} holds no windows to learn from",
            hint="it wants carts in sessions with a purchase, and displays of 30 s in others",
        )
    path = study.folder / schema.DERIVED / f"{name}.npy"
    write_window_tensor(
        study,
        windows,
        path,
        dtype="float16",
        before_s=CONTEXT_S + JITTER_S,
        leave_out=leave_out,
        now=now,
        workers=workers,
        progress=progress,
    )
    kept = read_table(path.with_suffix(".parquet"))
    if not (np.asarray(kept["read_share"]) > 0).any():
        raise FormatError(
            f"no face was read in any of {kept.num_rows} windows of {study.manifest.name}",
            hint="see `telltale study check` and the signals' `valid` channel",
        )
    values = np.load(path, mmap_mode="r")
    survey, items = survey_answers(study, kept)
    return Evidence(
        table=with_people(study, kept),
        faces=FaceRows(values, np.arange(kept.num_rows)),
        clicks=click_features(study, kept),
        survey=survey,
        survey_items=items,
    )


def survey_answers(study: Study, moments: pa.Table) -> tuple[Array, tuple[str, ...]]:
    """Answers of each moment's session, shape (n, items), NaN where there is none; and the items' names."""
    if not study.has("surveys"):
        return np.zeros((moments.num_rows, 0), np.float32), ()
    table = study.table("surveys", ["session_id", "item", "answer"])
    columns = [table.column(name).to_pylist() for name in table.column_names]
    items = tuple(sorted({str(item) for item in columns[1]}))
    answers: dict[str, Array] = {}
    for session, item, answer in zip(*columns, strict=True):
        row = answers.setdefault(str(session), np.full(len(items), np.nan, np.float32))
        row[items.index(item)] = np.nan if answer is None else answer
    nothing = np.full(len(items), np.nan, np.float32)
    rows = [answers.get(session, nothing) for session in moments["session_id"].to_pylist()]
    return np.array(rows, np.float32).reshape(len(rows), len(items)), items


def with_people(study: Study, moments: pa.Table) -> pa.Table:
    """Moments with what the study says of whose they are, for subgroups."""
    people = study.table("participants")
    further = [name for name in people.column_names if name not in ("participant_id", *moments.column_names)]
    order = {person: row for row, person in enumerate(people.column("participant_id").to_pylist())}
    rows = pa.array([order.get(person) for person in moments["participant_id"].to_pylist()], pa.int64())
    for name in further:
        moments = moments.append_column(name, people.column(name).take(rows))
    return moments
