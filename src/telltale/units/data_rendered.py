"""Faces rendered by `telltale rig render`: videos with exact intensities and events.

A folder holds `clips.parquet`, one row a clip; `<name>.mp4`; `<name>.events.parquet`, the expressions; and
`<name>.truth.parquet`, the intensities of every unit in every frame.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from telltale.core.errors import FormatError
from telltale.units.data_clips import ClipData, ClipLabel, Recording, VideoFrames
from telltale.units.data_codes import on_side, parse_units, read_kind

_EVENTS: Final = ("onset_s", "apex_s", "offset_s", "units", "side", "kind")
_CLIPS: Final = ("name", "identity_seed", "rate_hz")
"""The seed of an identity stands for the person: no other group or clip has it."""


def load_rendered(folder: Path) -> ClipData:
    """Read a folder of rendered clips. Clips without an event are recordings too."""
    index = folder / "clips.parquet"
    if not index.is_file():
        raise FormatError(f"no file at {index}", hint="give a folder that `telltale rig render` made")
    return ClipData.join(_load_clip(folder, row) for row in _rows(index, _CLIPS))


def _load_clip(folder: Path, row: dict[str, Any]) -> ClipData:
    name = str(row["name"])
    video, truth, events = (folder / f"{name}.{end}" for end in ("mp4", "truth.parquet", "events.parquet"))
    if lacking := [path.name for path in (video, truth, events) if not path.is_file()]:
        return ClipData(problems=(f"clips.parquet, clip {name}: there is no {', '.join(lacking)}",))
    who = str(row["identity_seed"])
    recording = Recording("rendered", who, name, VideoFrames(video), truth=truth)
    try:
        rows = _rows(events, _EVENTS)
        clips = tuple(_label(recording, number, event, row["rate_hz"]) for number, event in enumerate(rows))
    except FormatError as error:
        return ClipData(problems=(f"{events.name}: {error}",))
    return ClipData(clips, (recording,))


def _rows(path: Path, needed: tuple[str, ...]) -> list[dict[str, Any]]:
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise FormatError(f"{path} is not a readable Parquet file", hint="render the clips again") from error
    if missing := [name for name in needed if name not in table.column_names]:
        raise FormatError(f"{path} has no column {', '.join(missing)}", hint="render the clips again")
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def _label(recording: Recording, number: int, event: dict[str, Any], rate_hz: float) -> ClipLabel:
    return ClipLabel(
        dataset=recording.dataset,
        subject=recording.subject,
        clip=f"{recording.name}/{number}",
        recording=recording.name,
        frames=recording.frames,
        rate_hz=float(rate_hz),
        onset_s=float(event["onset_s"]),
        apex_s=float(event["apex_s"]),
        offset_s=float(event["offset_s"]),
        onset=None,
        apex=None,
        offset=None,
        units=on_side(parse_units(event["units"]), str(event["side"])),
        emotion=None,
        kind=read_kind(str(event["kind"])),
    )
