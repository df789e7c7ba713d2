"""From FaceMesh's 468 points to the 68 of the Multi-PIE scheme, 0 at the subject's right jaw.

Each of the 68 is one mesh point, or a fixed blend of two neighbours on the same line of the face. Which
ones was decided by measurement on rendered faces with exact points: least mean error over identities, head
turns of up to 20 degrees and all units, the same for both sides; never a blend across the lips or the lids.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.face.view import Array

_RIGHT: Final[dict[int, tuple[int, int, float]]] = {
    # point of the 68: mesh point, its neighbour, share of the first
    0: (127, 127, 1.0),
    1: (234, 132, 0.75),
    2: (93, 172, 0.75),
    3: (58, 58, 1.0),
    4: (136, 172, 0.5),
    5: (136, 150, 0.5),
    6: (149, 149, 1.0),
    7: (171, 176, 0.75),
    8: (152, 152, 1.0),
    17: (70, 70, 1.0),
    18: (63, 105, 0.75),
    19: (105, 66, 0.75),
    20: (66, 107, 0.75),
    21: (107, 9, 0.75),
    27: (168, 6, 0.75),
    28: (197, 6, 0.75),
    29: (5, 6, 0.75),
    30: (4, 4, 1.0),
    31: (98, 167, 0.75),
    32: (97, 97, 1.0),
    33: (2, 164, 0.75),
    36: (33, 7, 0.5),
    37: (160, 160, 1.0),
    38: (158, 158, 1.0),
    39: (133, 155, 0.5),
    40: (153, 153, 1.0),
    41: (144, 144, 1.0),
    48: (61, 61, 1.0),
    49: (39, 40, 0.5),
    50: (37, 37, 1.0),
    51: (0, 0, 1.0),
    57: (17, 17, 1.0),
    58: (84, 181, 0.5),
    59: (91, 181, 0.75),
    60: (78, 78, 1.0),
    61: (81, 81, 1.0),
    62: (13, 13, 1.0),
    66: (14, 14, 1.0),
    67: (178, 178, 1.0),
}

MIRRORED_68: Final = (
    *range(16, -1, -1),
    *range(26, 16, -1),
    *(27, 28, 29, 30, 35, 34, 33, 32, 31),
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55),
    *(64, 63, 62, 61, 60, 67, 66, 65),
)
_LEFT: Final = {
    **{127: 356, 234: 454, 132: 361, 93: 323, 172: 397, 58: 288, 136: 365, 150: 379, 149: 378},
    **{171: 396, 176: 400, 70: 300, 63: 293, 105: 334, 66: 296, 107: 336, 9: 9},
    **{98: 327, 167: 393, 97: 326, 33: 263, 7: 249, 160: 387, 158: 385, 133: 362, 155: 382},
    **{153: 380, 144: 373, 61: 291, 39: 269, 40: 270, 37: 267, 84: 314, 181: 405, 91: 321},
    **{78: 308, 81: 311, 178: 402},
}
"""The mesh point on the subject's left for the one on the right; the others lie in the middle."""


def _table() -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Array]:
    rows = dict(_RIGHT)
    for point, (first, second, share) in _RIGHT.items():
        if MIRRORED_68[point] != point:
            rows[MIRRORED_68[point]] = (_LEFT[first], _LEFT[second], share)
    ordered = [rows[point] for point in range(68)]
    shares = np.array([[share] for _, _, share in ordered], dtype=np.float32)
    return (
        np.array([first for first, _, _ in ordered]),
        np.array([second for _, second, _ in ordered]),
        shares,
    )


FIRST, SECOND, SHARE = _table()
"""Shape (68,), (68,) and (68, 1): `SHARE` of mesh point `FIRST`, the rest of mesh point `SECOND`."""


def points68(mesh: Array) -> Array:
    """The 68 points of a mesh, in its own frame.

    Parameters
    ----------
    mesh
        Shape (468, 2) or (468, 3).

    Returns
    -------
    Shape (68, 2).

    >>> mesh = np.zeros((468, 3), dtype=np.float32)
    >>> mesh[4] = 1.0, 2.0, 3.0
    >>> points68(mesh)[30]
    array([1., 2.], dtype=float32)
    """
    flat = mesh[:, :2]
    blended: Array = SHARE * flat[FIRST] + (1 - SHARE) * flat[SECOND]
    return blended
