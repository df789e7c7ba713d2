"""The 128 channels: what each number of a row means, its unit and its sign.

A row holds seven channels for each of the 17 action units of the purchase paper, then nine for the face
as a whole. Names are data: every table, model, plot and attribution takes them from here.

Signs and frames are written once, here. Angles are radians. `yaw` is positive when the head turns to
the subject's own left, `pitch` when it tips up, `roll` when it leans to the subject's left shoulder;
`gaze_x` and `gaze_y` follow the same directions. Left and right are the subject's. Intensities are a
share of the unit's full range above the person's own neutral (1 = full); 0.2 is roughly FACS level B.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

Pooling = Literal["mean", "signed_peak", "max", "min"]

LAYOUT: Final = "telltale-128/1"
"""Name and version of this layout; a model trained on another one is refused."""

RATE_HZ: Final = 10.0
"""Rows a second. The row at t pools the frames in (t - 0.1 s, t]."""

ACTION_UNITS: Final = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
"""FACS numbers of the 17 units: the purchase paper's list is cut off, this is the one of OpenFace."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One of the 128 numbers of a row."""

    name: str
    unit: str
    """Physical unit, `1` for a share or a ratio."""
    pooling: Pooling
    """How the frames of a tenth of a second become one value."""
    flips_sign: bool
    """Whether mirroring the face turns the value's sign."""
    action_unit: int | None
    """FACS number, or None for a channel of the whole face."""
    mirror: str
    """The channel that takes this one's place when the face is mirrored."""
    meaning: str


_UNIT_CHANNELS: Final[tuple[tuple[str, str, Pooling, str], ...]] = (
    ("intensity_left", "1", "mean", "intensity on the subject's left, above the person's own neutral"),
    ("intensity_right", "1", "mean", "intensity on the subject's right, above the person's own neutral"),
    ("velocity_left", "1/s", "signed_peak", "fastest change of intensity on the left, with its sign"),
    ("velocity_right", "1/s", "signed_peak", "fastest change of intensity on the right, with its sign"),
    ("energy_left", "1", "max", "envelope of the 40 - 500 ms band of intensity, left (a micro-event's peak)"),
    (
        "energy_right",
        "1",
        "max",
        "envelope of the 40 - 500 ms band of intensity, right (a micro-event's peak)",
    ),
    ("confidence", "1", "min", "how far the unit could be read, 0 (hidden) to 1"),
)

_FACE_CHANNELS: Final[tuple[tuple[str, str, Pooling, bool, str], ...]] = (
    ("yaw", "rad", "mean", True, "head turn, positive to the subject's left"),
    ("pitch", "rad", "mean", False, "head tip, positive up"),
    ("roll", "rad", "mean", True, "head lean, positive to the subject's left shoulder"),
    ("gaze_x", "rad", "mean", True, "eyes in the head, positive to the subject's left"),
    ("gaze_y", "rad", "mean", False, "eyes in the head, positive up"),
    ("face_size", "1", "mean", False, "width of the face as a share of the picture's width"),
    ("brightness", "1", "mean", False, "mean luma of the face, 0 to 1"),
    ("noise", "1", "mean", False, "standard deviation of the picture's noise in luma, 0 to 1"),
    ("valid", "1", "min", False, "1 where the face was read, 0 where it was not"),
)


def _build() -> tuple[Channel, ...]:
    rows = []
    for au in ACTION_UNITS:
        for kind, unit, pooling, meaning in _UNIT_CHANNELS:
            name = f"au{au:02d}_{kind}"
            mirror = name.replace("_left", "_RIGHT").replace("_right", "_left").replace("_RIGHT", "_right")
            rows.append(Channel(name, unit, pooling, False, au, mirror, f"AU{au}: {meaning}"))
    for name, unit, pooling, flips, meaning in _FACE_CHANNELS:
        rows.append(Channel(name, unit, pooling, flips, None, name, meaning))
    return tuple(rows)


CHANNELS: Final = _build()
NAMES: Final = tuple(channel.name for channel in CHANNELS)
COUNT: Final = len(CHANNELS)
INDEX: Final = {name: i for i, name in enumerate(NAMES)}
VALID: Final = INDEX["valid"]

FLIP_ORDER: Final[npt.NDArray[np.intp]] = np.array([INDEX[c.mirror] for c in CHANNELS])
"""Shape (128,): the mirrored row is `row[FLIP_ORDER] * FLIP_SIGN`."""
FLIP_SIGN: Final[npt.NDArray[np.float32]] = np.array(
    [-1.0 if c.flips_sign else 1.0 for c in CHANNELS], dtype=np.float32
)


def unit_channels(kind: str) -> npt.NDArray[np.intp]:
    """Columns of one kind of channel, one for each unit in the order of `ACTION_UNITS`.

    Parameters
    ----------
    kind
        `intensity_left`, `velocity_right`, `energy_left`, `confidence`, ...

    Returns
    -------
    Shape (17,), integers.

    >>> [NAMES[i] for i in unit_channels("energy_left")[:3]]
    ['au01_energy_left', 'au02_energy_left', 'au04_energy_left']
    """
    return np.array([INDEX[f"au{au:02d}_{kind}"] for au in ACTION_UNITS])


def flip(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Mirror rows left to right: a permutation of channels, with yaw, roll and gaze_x changing sign.

    Parameters
    ----------
    values
        Shape (..., 128).

    >>> row = np.zeros(128, dtype=np.float32)
    >>> row[INDEX["au12_intensity_left"]], row[INDEX["yaw"]] = 0.5, 0.1
    >>> mirrored = flip(row)
    >>> float(mirrored[INDEX["au12_intensity_right"]]), round(float(mirrored[INDEX["yaw"]]), 3)
    (0.5, -0.1)
    """
    mirrored: npt.NDArray[np.float32] = values[..., FLIP_ORDER] * FLIP_SIGN
    return mirrored
