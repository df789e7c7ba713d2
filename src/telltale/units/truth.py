"""Exact intensities of a rendered clip, frame by frame, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from telltale.core.channels import ACTION_UNITS
from telltale.core.errors import FormatError
from telltale.face.view import Array

_UNITS: Final = [f"au{unit:02d}_{side}" for unit in ACTION_UNITS for side in ("left", "right")]
_HIDDEN: Final = [f"hidden_au{unit:02d}" for unit in ACTION_UNITS]
_POINTS: Final = [f"{axis}{i:02d}" for i in range(68) for axis in "xy"]


@dataclass(frozen=True, slots=True, eq=False)
class FrameTruths:
    """What a rendered clip shows, by frame."""

    times_s: npt.NDArray[np.float64]
    """Shape (F,)."""
    intensity: Array
    """Shape (F, 17, 2), left and right."""
    points68: Array
    """Shape (F, 68, 2), pixels."""
    seen: Array
    """Shape (F, 17): share of each region that nothing covers."""
    in_frame: npt.NDArray[np.bool_]
    """Shape (F,)."""

    def velocity(self, over_s: float) -> Array:
        """Change of intensity over the last `over_s`, 1/s, shape (F, 17, 2): what flow over it can tell."""
        flat = self.intensity.reshape(len(self.times_s), -1)
        before_s = np.maximum(self.times_s - over_s, self.times_s[0])
        past = np.stack([np.interp(before_s, self.times_s, series) for series in flat.T], axis=1)
        gone_s = np.maximum(self.times_s - before_s, 1e-6)[:, None]
        speed: Array = ((flat - past) / gone_s).astype(np.float32)
        return speed.reshape(self.intensity.shape)


def read_truth(path: Path) -> FrameTruths:
    """Read the `<name>.truth.parquet` of a rendered clip."""
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise FormatError(f"{path} is not a readable Parquet file", hint="render the clip again") from error
    needed = ["time_s", *_UNITS, *_HIDDEN, *_POINTS, "in_frame"]
    if missing := [name for name in needed if name not in table.column_names]:
        raise FormatError(f"{path} has no column {', '.join(missing[:5])}", hint="render the clip again")

    def columns(names: list[str]) -> Array:
        return np.stack([table.column(name).to_numpy() for name in names], axis=1).astype(np.float32)

    frames = table.num_rows
    return FrameTruths(
        times_s=table.column("time_s").to_numpy().astype(np.float64),
        intensity=columns(_UNITS).reshape(frames, len(ACTION_UNITS), 2),
        points68=columns(_POINTS).reshape(frames, 68, 2),
        seen=1.0 - columns(_HIDDEN),
        in_frame=table.column("in_frame").to_numpy() > 0.5,
    )
