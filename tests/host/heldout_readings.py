"""Readings of rendered faces, kept small: the channels that coding needs, of clips of `expressions-heldout`.

Written from a folder of clips and what was read of them:

    python -m tests.host.heldout_readings CLIPS READINGS OUT.npz
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import numpy as np

from telltale.core import channels
from telltale.core.signal import Signal, unread_rows
from telltale.host.acted_clips import Acted, ActedClip

KEPT: Final = [
    *channels.unit_channels("intensity_left").tolist(),
    *channels.unit_channels("intensity_right").tolist(),
    *(channels.INDEX[name] for name in ("yaw", "pitch", "roll", "gaze_x", "gaze_y", "face_size")),
]
_FINE: Final = 1000
"""Values are kept in thousandths."""
_NONE: Final = np.iinfo(np.int16).min


def heldout_clips(path: Path) -> list[ActedClip]:
    """The clips of a file; the truth of units is not kept, so what was read stands in its place."""
    with np.load(path) as held:
        rows, acted, units = held["rows"], held["acted"], held["units"].tolist()
        names, expressions = held["clips"].tolist(), held["expressions"].tolist()
        starts = np.concatenate([[0], np.cumsum(held["lengths"])])
        speaking = held["speaking"]
    clips = []
    for k, name in enumerate(names):
        own = slice(starts[k], starts[k + 1])
        times_s = np.arange(starts[k + 1] - starts[k]) / channels.RATE_HZ
        values = unread_rows(len(times_s))
        read = rows[own, -1] != _NONE
        values[np.ix_(read, KEPT)] = np.where(rows[own][read] == _NONE, np.nan, rows[own][read] / _FINE)
        values[read, channels.VALID] = 1.0
        signal = Signal(times_s, values)
        shown = tuple(
            Acted(
                expression=expressions[i],
                onset_s=float(acted[i, 1]),
                apex_s=float(acted[i, 2]),
                offset_s=float(acted[i, 3]),
                units=tuple(map(int, units[i].split("+"))),
            )
            for i in np.flatnonzero(acted[:, 0] == k)
        )
        clips.append(ActedClip(name, signal, signal, shown, speaking[own]))
    return clips


def keep(clips: list[ActedClip], path: Path) -> None:
    """Write clips in the form that `heldout_clips` reads."""
    values = np.concatenate([clip.read.values[:, KEPT] for clip in clips]).astype(np.float64)
    rows = np.where(np.isnan(values), _NONE, np.round(np.nan_to_num(values) * _FINE)).astype(np.int16)
    shown = [(k, one) for k, clip in enumerate(clips) for one in clip.acted]
    np.savez_compressed(
        path,
        about=np.array("Readings of rendered faces that belong to nobody: telltale rig render, read"),
        rows=rows,
        lengths=np.array([len(clip.read) for clip in clips]),
        speaking=np.concatenate([clip.speaking for clip in clips]),
        clips=np.array([clip.name for clip in clips]),
        expressions=np.array([one.expression for _, one in shown]),
        units=np.array(["+".join(map(str, one.units)) for _, one in shown]),
        acted=np.array([(k, one.onset_s, one.apex_s, one.offset_s) for k, one in shown]),
    )


if __name__ == "__main__":
    from telltale.cli.host_evaluate_clips import load_acted

    keep(load_acted([Path(sys.argv[1])], Path(sys.argv[2]), 1), Path(sys.argv[3]))
