"""A folder of rendered clips with all that is known of each: who, how dark the skin, how it was filmed.

`data_rendered` reads the same folder as a data set like any other; here is what only rendered clips have.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from telltale.core.errors import FormatError
from telltale.units.data_clips import ClipLabel
from telltale.units.data_rendered import load_rendered

_KNOWN: Final = (
    "name", "preset", "maker", "identity_seed", "skin_tone", "rate_hz", "bitrate_kbps", "width", "height",
    "face_width_px", "speaks", "duration_s",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RenderedClip:
    """One rendered clip."""

    folder: Path
    name: str
    preset: str
    maker: str
    """Of the look: shader, textures and light."""
    identity_seed: int
    skin_tone: int
    """On the Monk scale, 1 light to 10 dark."""
    rate_hz: float
    bitrate_kbps: int
    width: int
    height: int
    face_width_px: float
    speaks: bool
    duration_s: float
    events: tuple[ClipLabel, ...]

    @property
    def video(self) -> Path:
        """The video."""
        return self.folder / f"{self.name}.mp4"

    @property
    def truth(self) -> Path:
        """The exact intensities of every frame."""
        return self.folder / f"{self.name}.truth.parquet"


@dataclass(frozen=True, slots=True)
class RenderedClips:
    """The clips of some folders, by folder and name."""

    clips: tuple[RenderedClip, ...]
    problems: tuple[str, ...]
    """One line for each clip of a table that could not be used."""

    @property
    def identities(self) -> int:
        """How many people."""
        return len({clip.identity_seed for clip in self.clips})

    @property
    def minutes(self) -> float:
        """How long they are together."""
        return sum(clip.duration_s for clip in self.clips) / 60


def rendered_clips(*folders: Path) -> RenderedClips:
    """Read the tables of some folders that `telltale rig render` made. Raises FormatError without a clip."""
    clips: list[RenderedClip] = []
    problems: list[str] = []
    for folder in folders:
        data = load_rendered(folder)
        events = {recording.name: held for recording, held in data.by_recording()}
        problems += data.problems
        for row in _rows(folder / "clips.parquet"):
            if row["name"] in events:
                known = {name: row[name] for name in _KNOWN}
                clips.append(RenderedClip(folder=folder, events=events[row["name"]], **known))
    if not clips:
        raise FormatError(
            f"no whole clip in {', '.join(map(str, folders))}", hint="render some with `telltale rig render`"
        )
    return RenderedClips(tuple(clips), tuple(problems))


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise FormatError(f"{path} is not a readable Parquet file", hint="render the clips again") from error
    if missing := [name for name in _KNOWN if name not in table.column_names]:
        raise FormatError(f"{path} has no column {', '.join(missing)}", hint="render the clips again")
    rows: list[dict[str, Any]] = table.select(list(_KNOWN)).to_pylist()
    return rows
