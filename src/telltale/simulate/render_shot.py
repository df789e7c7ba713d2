"""One moment of a rendered face: what moves, where the head stands, where it looks, what the light does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from telltale.core.channels import ACTION_UNITS

Array = npt.NDArray[np.float32]


def _at_rest() -> Array:
    return np.zeros(len(ACTION_UNITS), dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """What `FacePainter.paint` draws. Angles are radians, their signs those of `core.channels`.

    >>> Shot(centre_px=(320.0, 240.0), face_width_px=200.0).left.shape
    (17,)
    """

    left: Array = field(default_factory=_at_rest)
    """Shape (17,): weight of each unit on the subject's left, 0 to 1, in the order of `ACTION_UNITS`."""
    right: Array = field(default_factory=_at_rest)
    """Shape (17,): the same on the right."""
    extra: Mapping[str, float] = field(default_factory=dict)
    """Weights of the rig's other shapes by name, such as `jawOpen` or `mouthFunnel` of speech."""
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    gaze_x: float = 0.0
    """Eyes in the head, positive to the subject's left."""
    gaze_y: float = 0.0
    """Eyes in the head, positive up."""
    centre_px: tuple[float, float] = (0.0, 0.0)
    """Where the middle of the head is seen, x and y; whole numbers are the centres of pixels."""
    face_width_px: float = 200.0
    """Width from ear to ear when the head looks into the camera, pixels."""
    light_gain: float = 1.0
    """All lights times this."""
    light_turn: float = 0.0
    """Lights turned about the vertical by this much, radians; positive to the subject's left."""
