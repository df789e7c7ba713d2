"""A Signal as the table that OpenFace 2 writes, under its column names, for scripts that read those.

    frame, face_id, timestamp, confidence, success      frame counts rows from 1
    gaze_angle_x, gaze_angle_y     radians, in front of the camera: positive to the picture's right and down
    pose_Rx, pose_Ry, pose_Rz      radians: pitch positive down, yaw positive to the subject's right, roll
                                   positive to the subject's left shoulder
    AU01_r .. AU45_r               the mean of both sides, times 5, from 0 to 5
    AU01_c .. AU45_c               1 from `PRESENT` on

These differ from ours: our pitch is positive up, our yaw to the subject's left, and our gaze is that of the
eyes in the head, to which the head's own turn is added here (exact for small angles). Columns of OpenFace for
which there is no counterpart (gaze vectors, landmarks, AU28, the head's place in millimetres) are left out.
A row that was not read has success 0, confidence 0 and empty cells where OpenFace would write zeros.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

import numpy as np

from telltale.core import channels
from telltale.core.channels import ACTION_UNITS
from telltale.core.files import replacing_file
from telltale.core.signal import Signal, Values

PRESENT: Final = 1.0
"""Presence is an intensity of 1 of OpenFace's 5: what it calls present at the least intensity."""

COLUMNS: Final = (
    "frame",
    "face_id",
    "timestamp",
    "confidence",
    "success",
    "gaze_angle_x",
    "gaze_angle_y",
    "pose_Rx",
    "pose_Ry",
    "pose_Rz",
    *(f"AU{number:02d}_r" for number in ACTION_UNITS),
    *(f"AU{number:02d}_c" for number in ACTION_UNITS),
)
"""In OpenFace's order."""


def write_openface_csv(signal: Signal, path: Path) -> None:
    """Write the rows of a signal, whole or not at all; frames that were not pooled make a signal as well.

    Several faces of one recording go to several files; `face_id` is the face's number, 0 where it has none.
    """
    table = openface_values(signal)
    face_id = int(signal.face) if signal.face.isdigit() else 0
    with replacing_file(path) as beside, beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number, (time_s, row) in enumerate(zip(signal.times_s, table, strict=True), start=1):
            confidence, read, *rest = row.tolist()
            head = [number, face_id, f"{time_s:.3f}", f"{confidence:.2f}", int(read)]
            writer.writerow([*head, *map(_cell, rest)])


def openface_values(signal: Signal) -> Values:
    """The table's columns from `confidence` on. Shape (T, 41), NaN where unread.

    >>> rows = np.zeros((1, 128), dtype=np.float32)
    >>> rows[0, channels.INDEX["au12_intensity_left"]] = 0.8
    >>> rows[0, [channels.INDEX["pitch"], channels.VALID]] = 0.1, 1.0
    >>> row = openface_values(Signal(np.array([0.1]), rows))[0]
    >>> cell = dict(zip(COLUMNS[3:], row.tolist()))
    >>> cell["AU12_r"], cell["AU12_c"], round(cell["pose_Rx"], 3)
    (2.0, 1.0, -0.1)
    """
    values = signal.values
    confidence = values[:, channels.unit_channels("confidence")].mean(axis=1)
    yaw, pitch, roll = (signal.channel(name) for name in ("yaw", "pitch", "roll"))
    gaze_x, gaze_y = signal.channel("gaze_x") + yaw, -(signal.channel("gaze_y") + pitch)
    left = values[:, channels.unit_channels("intensity_left")]
    right = values[:, channels.unit_channels("intensity_right")]
    strength = np.clip(2.5 * (left + right), 0.0, 5.0)
    present = np.where(np.isnan(strength), np.nan, strength >= PRESENT)
    read = signal.valid
    first = [np.where(read, confidence, np.float32(0)), read.astype(np.float32)]
    table = np.column_stack([*first, gaze_x, gaze_y, -pitch, -yaw, roll, strength, present])
    return np.asarray(table, np.float32)


def _cell(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.3f}".rstrip("0").rstrip(".")
