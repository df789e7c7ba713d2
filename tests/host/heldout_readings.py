"""Readings of rendered faces and how they truly moved, kept small: the channels that coding needs.

`heldout.npz` is of the 56 clips of `expressions-heldout`, `micro.npz` of 20 of `expressions-micro`. Written
from a folder of clips and what was read of them:

    python -m tests.host.heldout_readings CLIPS READINGS OUT.npz
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from telltale.core import channels
from telltale.core.signal import Signal, unread_rows
from telltale.host.acted_clips import Acted, ActedClip
from telltale.signs.micro_macro import Event, Kind, read_units, write_units

KEPT: Final = [
    *channels.unit_channels("intensity_left").tolist(),
    *channels.unit_channels("intensity_right").tolist(),
    *(channels.INDEX[name] for name in ("yaw", "pitch", "roll", "gaze_x", "gaze_y", "face_size")),
]
_FINE: Final = 1000
"""Values are kept in thousandths,"""
_COARSE: Final = 100
"""and how faces truly moved in hundredths, which packs smaller."""
_NONE: Final = np.iinfo(np.int16).min


def heldout_clips(path: Path) -> list[ActedClip]:
    """The clips of a file."""
    with np.load(path) as file:
        held = {name: file[name] for name in file.files}
    starts = np.concatenate([[0], np.cumsum(held["lengths"])])
    clips = []
    for k, name in enumerate(held["clips"].tolist()):
        own = slice(starts[k], starts[k + 1])
        shown = tuple(_acted(held, i) for i in np.flatnonzero(held["acted"][:, 0] == k).tolist())
        spotted = tuple(_event(held, i) for i in np.flatnonzero(held["spotted"][:, 0] == k).tolist())
        clips.append(
            ActedClip(
                name=name,
                read=_signal(held["rows"][own]),
                true=_signal(held["true"][own]),
                acted=shown,
                speaking=held["speaking"][own],
                maker=str(held["makers"][k]),
                spotted=spotted,
            )
        )
    return clips


def _signal(rows: npt.NDArray[np.int16]) -> Signal:
    values = unread_rows(len(rows))
    read = rows[:, -1] != _NONE
    values[np.ix_(read, KEPT)] = np.where(rows[read] == _NONE, np.nan, rows[read] / _FINE)
    values[read, channels.VALID] = 1.0
    return Signal(np.arange(len(rows)) / channels.RATE_HZ, values)


def _acted(held: dict[str, Any], i: int) -> Acted:
    _, onset_s, apex_s, offset_s = held["acted"][i].tolist()
    units, form = (tuple(map(int, held[name][i].split("+"))) for name in ("units", "forms"))
    kind: Kind = "micro" if held["micro"][i] else "macro"
    return Acted(str(held["expressions"][i]), onset_s, apex_s, offset_s, units, form, kind)


def _event(held: dict[str, Any], i: int) -> Event:
    _, onset_s, apex_s, offset_s, peak, confidence = held["spotted"][i].tolist()
    return Event(onset_s, apex_s, offset_s, read_units(str(held["spotted_units"][i])), peak, confidence)


def keep(clips: list[ActedClip], path: Path) -> None:
    """Write clips in the form that `heldout_clips` reads."""
    shown = [(k, one) for k, clip in enumerate(clips) for one in clip.acted]
    events = [(k, one) for k, clip in enumerate(clips) for one in clip.spotted]
    np.savez_compressed(
        path,
        about=np.array("Readings of rendered faces that belong to nobody: telltale rig render, read"),
        rows=_kept([clip.read for clip in clips], _FINE),
        true=_kept([clip.true for clip in clips], _COARSE),
        lengths=np.array([len(clip.read) for clip in clips]),
        speaking=np.concatenate([clip.speaking for clip in clips]),
        clips=np.array([clip.name for clip in clips]),
        makers=np.array([clip.maker for clip in clips]),
        expressions=np.array([one.expression for _, one in shown]),
        units=np.array(["+".join(map(str, one.units)) for _, one in shown]),
        forms=np.array(["+".join(map(str, one.form)) for _, one in shown]),
        micro=np.array([one.kind == "micro" for _, one in shown]),
        acted=np.array([(k, one.onset_s, one.apex_s, one.offset_s) for k, one in shown]),
        spotted=np.array([(k, e.onset_s, e.apex_s, e.offset_s, e.peak, e.confidence) for k, e in events]),
        spotted_units=np.array([write_units(event.units) for _, event in events]),
    )


def _kept(signals: list[Signal], fine: int) -> npt.NDArray[np.int16]:
    """In thousandths, rounded to one part in `fine`."""
    values = np.concatenate([signal.values[:, KEPT] for signal in signals]).astype(np.float64)
    rounded = np.round(np.nan_to_num(values) * fine) * (_FINE // fine)
    kept: npt.NDArray[np.int16] = np.where(np.isnan(values), _NONE, rounded).astype(np.int16)
    return kept


if __name__ == "__main__":
    from telltale.cli.host_evaluate_clips import load_acted

    keep(load_acted([Path(sys.argv[1])], Path(sys.argv[2]), 1), Path(sys.argv[3]))
