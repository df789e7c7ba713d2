"""Rendered clips of expressions: what was read of each beside what it truly shows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from telltale.cli import console
from telltale.core.channels import COUNT, INDEX, VALID, unit_channels
from telltale.core.errors import FormatError
from telltale.core.pooling import pool_frames
from telltale.core.signal import Signal, unread_rows
from telltale.core.signal_file import read_signal
from telltale.host.acted_clips import Acted, ActedClip, acted_units
from telltale.signs.micro_macro import Event
from telltale.units.events_file import read_events
from telltale.units.rendered_clips import RenderedClip, rendered_clips
from telltale.units.truth import read_truth

if TYPE_CHECKING:
    from telltale.cli.read_job import ReadJob

_POSE: Final = ("yaw", "pitch", "roll", "gaze_x", "gaze_y")
_JAW: Final = slice(0, 17)
"""The points along the edge of the face, among the 68."""


def load_acted(folders: Sequence[Path], readings: Path | None, workers: int | None) -> list[ActedClip]:
    """Clips of some folders; what was not read yet is read now and kept.

    Parameters
    ----------
    readings
        Folder of what `telltale read` wrote, one folder a clip; `readings` in the clips' own folder if left
        out.
    """
    clips = rendered_clips(*folders).clips
    places = {clip.name: (readings or clip.folder / "readings") / clip.name for clip in clips}
    _read([clip for clip in clips if not places[clip.name].is_dir()], places, workers)
    return [_load(clip, places[clip.name]) for clip in clips]


def _read(clips: Sequence[RenderedClip], places: dict[str, Path], workers: int | None) -> None:
    from telltale.cli.read_job import Failed, read_one_of_many
    from telltale.core.pool import imap

    jobs = [_job(clip, places[clip.name]) for clip in clips]
    work = imap(read_one_of_many, jobs, workers=workers)
    for done in console.progress(work, total=len(jobs), label="reading clips"):
        if isinstance(done, Failed):
            raise done.error


def _job(clip: RenderedClip, place: Path) -> ReadJob:
    from telltale.cli.read_job import ReadJob

    return ReadJob(what=str(clip.video), out=place)


def _load(clip: RenderedClip, place: Path) -> ActedClip:
    true, speaking = _true(clip)
    read, spotted = _was_read(place, true), _spotted(place / "events.parquet")
    return ActedClip(clip.name, read, true, _acted(clip), speaking, clip.maker, spotted)


def _spotted(path: Path) -> tuple[Event, ...]:
    """Events of all faces: a clip shows one person, who may go by two names."""
    return tuple(event for found in read_events(path).events.values() for event in found)


def _was_read(place: Path, true: Signal) -> Signal:
    """What was read, on the rows of the truth; of several faces the largest: a clip shows one person."""
    paths = [path for path in sorted(place.glob("face-*.parquet")) if "." not in path.stem]
    values = unread_rows(len(true))
    largest = np.zeros(len(true), dtype=np.float32)
    for path in paths:
        found = read_signal(path).resampled(true.times_s)
        size = np.nan_to_num(found.channel("face_size"))
        values[size > largest] = found.values[size > largest]
        largest = np.maximum(largest, size)
    return Signal(true.times_s, values)


def _true(clip: RenderedClip) -> tuple[Signal, np.ndarray[Any, np.dtype[np.bool_]]]:
    """The face as it truly moved, pooled as readings are, and the rows in which it speaks."""
    truth, table = read_truth(clip.truth), _table(clip.truth, ("speaking", *_POSE))
    frames = np.zeros((len(truth.times_s), COUNT), dtype=np.float32)
    for side, name in enumerate(("left", "right")):
        frames[:, unit_channels(f"intensity_{name}")] = truth.intensity[:, :, side]
    frames[:, unit_channels("confidence")] = 1.0
    for name in _POSE:
        frames[:, INDEX[name]] = table.column(name).to_numpy()
    across = truth.points68[:, _JAW, 0]
    frames[:, INDEX["face_size"]] = (across.max(axis=1) - across.min(axis=1)) / clip.width
    frames[:, VALID] = 1.0
    frames[~truth.in_frame] = unread_rows(1)
    true = pool_frames(truth.times_s, frames)
    speaks = np.interp(true.times_s - 0.05, truth.times_s, table.column("speaking").to_numpy())
    return true, speaks > 0.5


def _acted(clip: RenderedClip) -> tuple[Acted, ...]:
    path = clip.folder / f"{clip.name}.events.parquet"
    names = ("onset_s", "apex_s", "offset_s", "kind", "units", "expression", "form", "further")
    rows: list[dict[str, Any]] = _table(path, names).to_pylist()
    return tuple(
        Acted(
            expression=row["expression"],
            onset_s=row["onset_s"],
            apex_s=row["apex_s"],
            offset_s=row["offset_s"],
            units=acted_units(row["units"], row["further"]),
            form=tuple(map(int, row["form"].split("+"))),
            kind=row["kind"],
        )
        for row in rows
        if row["expression"]
    )


def _table(path: Path, names: tuple[str, ...]) -> pa.Table:
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise FormatError(f"{path} is not a readable Parquet file", hint="render the clip again") from error
    if missing := [name for name in names if name not in table.column_names]:
        hint = "render clips with `telltale rig render --preset expressions`"
        raise FormatError(f"{path} has no column {', '.join(missing)}", hint=hint)
    return table.select(list(names))
