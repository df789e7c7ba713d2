"""A reading as the table that OpenFace 2 writes, a row a frame, for scripts that read those.

    frame, timestamp               the video's frame, counted from 1, and its time in seconds
    face_id                        the face's number
    confidence, success            how sure it is that a face is there (FaceMesh's presence); 1 where it was
                                   read; how sure the units are stands in our own files
    gaze_angle_x, gaze_angle_y     radians, in front of the camera: positive to the picture's right and down
    pose_Rx, pose_Ry, pose_Rz      radians: pitch positive down, yaw positive to the subject's right, roll
                                   positive to the subject's left shoulder
    AU01_r .. AU45_r               the mean of both sides, times 5, from 0 to 5
    AU01_c .. AU45_c               1 from `PRESENT` on

These differ from ours: our pitch is positive up, our yaw to the subject's left, and our gaze is that of the
eyes in the head, to which the head's own turn is added here (exact for small angles). Columns of OpenFace for
which there is no counterpart (gaze vectors, landmarks, AU28, the head's place in millimetres) are left out.
A frame that was not read has success 0, confidence 0 and empty cells where OpenFace would write zeros.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

import numpy as np

from telltale.core import channels
from telltale.core.channels import ACTION_UNITS
from telltale.core.signal import Values

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


class OpenFaceCsv:
    """Writes the frames of one face as they come; close it, or use it in a `with` block.

    Several faces of one recording go to several files; `face_id` is the face's number, 0 where it has none.

    Parameters
    ----------
    path
        A new file in a folder that appears when it is whole.
    """

    def __init__(self, path: Path, face: str) -> None:
        self._face_id = int(face) if face.isdigit() else 0
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._writer.writerow(COLUMNS)

    def add(self, index: int, time_s: float, values: Values, presence: float) -> None:
        """Take the frame number `index`, counted from 0.

        Parameters
        ----------
        values
            Shape (128,): its channels.
        presence
            How sure it is that a face is there, 0 to 1.
        """
        read = bool(values[channels.VALID] == 1.0)
        confidence = presence if read else 0.0
        head = [index + 1, self._face_id, f"{time_s:.3f}", f"{confidence:.2f}", int(read)]
        self._writer.writerow([*head, *map(_cell, openface_values(values).tolist())])

    def close(self) -> None:
        """Write what is left."""
        self._file.close()

    def __enter__(self) -> OpenFaceCsv:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def openface_values(values: Values) -> Values:
    """The columns from `gaze_angle_x` on. Shape (128,) to (39,), NaN where unread.

    >>> frame = np.zeros(128, dtype=np.float32)
    >>> frame[channels.INDEX["au12_intensity_left"]] = 0.8
    >>> frame[channels.INDEX["pitch"]] = 0.1
    >>> cell = dict(zip(COLUMNS[5:], openface_values(frame).tolist()))
    >>> cell["AU12_r"], cell["AU12_c"], round(cell["pose_Rx"], 3)
    (2.0, 1.0, -0.1)
    """
    yaw, pitch, roll, gaze_x, gaze_y = values[_FACE]
    strength = np.clip(2.5 * (values[_LEFT] + values[_RIGHT]), 0.0, 5.0)
    present = np.where(np.isnan(strength), np.nan, strength >= PRESENT)
    face = (gaze_x + yaw, -(gaze_y + pitch), -pitch, -yaw, roll)
    return np.concatenate([face, strength, present]).astype(np.float32)


_FACE: Final = [channels.INDEX[name] for name in ("yaw", "pitch", "roll", "gaze_x", "gaze_y")]
_LEFT: Final = channels.unit_channels("intensity_left")
_RIGHT: Final = channels.unit_channels("intensity_right")


def _cell(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.3f}".rstrip("0").rstrip(".")
