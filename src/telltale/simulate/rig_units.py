"""The 17 action units as mixtures of ICT-FaceKit's expression shapes, at full intensity.

The weights are a visual judgement and are not calibrated to the FACS levels A - E; docs/rig.md says which
units the shapes draw poorly. A shape that exists for one side only (`browDown_L`) belongs to that side of
the unit. A shape of the whole mouth is cut in two by the ramp that the source's own one-sided shapes follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

STEP_CM: Final = 2.0**-12
"""Displacements of expressions and units are rounded to this, so that they pack well."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One action unit: its FACS number and the weight of each shape, sides left out of the shape's name."""

    unit: int
    shapes: tuple[tuple[str, float], ...]
    fades_below_nose: bool = False
    """Whether the movement is drawn down to a quarter on the mouth, which the shape moves too much."""


RECIPES: Final = (
    Recipe(1, (("browInnerUp", 1.0),)),
    Recipe(2, (("browOuterUp", 1.0), ("browInnerUp", -0.3))),
    Recipe(4, (("browDown", 1.1), ("browInnerUp", -0.35))),
    Recipe(5, (("eyeWide", 1.0),)),
    Recipe(6, (("cheekRaiser", 1.0),)),
    Recipe(7, (("eyeSquint", 1.0), ("eyeBlink", 0.12))),
    Recipe(9, (("noseSneer", 1.0),), fades_below_nose=True),
    Recipe(10, (("mouthUpperUp", 0.6), ("mouthShrugUpper", 0.3))),
    Recipe(12, (("mouthSmile", 0.9),)),
    Recipe(14, (("mouthDimple", 1.0),)),
    Recipe(15, (("mouthFrown", 1.0),)),
    Recipe(17, (("mouthShrugLower", 0.8),)),
    Recipe(20, (("mouthStretch", 1.0),)),
    Recipe(
        23,
        (
            ("mouthRollLower", 0.35),
            ("mouthRollUpper", 0.35),
            ("mouthPress", 0.3),
            ("mouthPucker", 0.15),
            ("mouthClose", 0.05),
        ),
    ),
    Recipe(25, (("mouthLowerDown", 0.5), ("mouthShrugUpper", 0.2))),
    Recipe(26, (("jawOpen", 0.35),)),
    Recipe(45, (("eyeBlink", 1.05),)),
)

_SIDED: Final = (
    "browDown",
    "browInnerUp",
    "browOuterUp",
    "cheekPuff",
    "cheekRaiser",
    "cheekSquint",
    "eyeBlink",
    "eyeLookDown",
    "eyeLookIn",
    "eyeLookOut",
    "eyeLookUp",
    "eyeSquint",
    "eyeWide",
    "mouthDimple",
    "mouthFrown",
    "mouthLowerDown",
    "mouthPress",
    "mouthSmile",
    "mouthStretch",
    "mouthUpperUp",
    "noseSneer",
)
_WHOLE: Final = (
    "jawForward",
    "jawLeft",
    "jawOpen",
    "jawRight",
    "mouthClose",
    "mouthFunnel",
    "mouthLeft",
    "mouthPucker",
    "mouthRight",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
)

SHAPES: Final = tuple(sorted([*_WHOLE, *(f"{name}_{side}" for name in _SIDED for side in "LR")]))
"""The 55 expression files that are read, without `.obj`: ARKit's shapes and `cheekRaiser`."""

_AT: Final = {name: i for i, name in enumerate(SHAPES)}


def recipe_arrays() -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
    """The recipes as arrays.

    Returns
    -------
    Weights and marks, both of shape (17, 2, 55): [unit, side: 0 left 1 right, shape]. A mark of 1 says that
    the shape is of the whole face and is taken times the side's ramp.

    >>> weight, masked = recipe_arrays()
    >>> [(SHAPES[e], int(masked[7, 0, e])) for e in np.flatnonzero(weight[7, 0])]
    [('mouthShrugUpper', 1), ('mouthUpperUp_L', 0)]
    """
    weight = np.zeros((len(RECIPES), 2, len(SHAPES)), dtype=np.float32)
    masked = np.zeros(weight.shape, dtype=np.uint8)
    for u, recipe in enumerate(RECIPES):
        for name, amount in recipe.shapes:
            for s, side in enumerate("LR"):
                at = _AT[name if name in _AT else f"{name}_{side}"]
                weight[u, s, at] = amount
                masked[u, s, at] = name in _AT
    return weight, masked


def left_ramp(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Share of the left side at each vertex: 0 from 2 cm right of the middle, 1 from 2 cm left of it.

    Parameters
    ----------
    x
        Shape (N,): cm, positive to the subject's left.

    >>> left_ramp(np.array([-3.0, 0.0, 1.0, 2.5])).tolist()
    [0.0, 0.5, 0.75, 1.0]
    """
    return np.clip((x + 2) / 4, 0, 1).astype(np.float32)


def nose_fade(y: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """How much of unit 9 is left at each height: all above -0.6 cm, a quarter below -2 cm, smooth between.

    Parameters
    ----------
    y
        Shape (N,): cm, up; the nose ends at about -1.2.

    >>> nose_fade(np.array([0.0, -1.3, -3.0])).tolist()
    [1.0, 0.625, 0.25]
    """
    share = np.clip((y + 2) / 1.4, 0, 1)
    return (0.25 + 0.75 * share**2 * (3 - 2 * share)).astype(np.float32)


def unit_displacements(
    shapes: npt.NDArray[np.float16], neutral: npt.NDArray[np.float64]
) -> npt.NDArray[np.float16]:
    """How each side of each unit moves each vertex at full intensity.

    d[u, s] = f_u * sum_e w[u, s, e] * m_s[e] * shape[e], with m_s the side's ramp where the shape is of the
    whole face and 1 elsewhere, and f_u the fade below the nose for unit 9.

    Parameters
    ----------
    shapes
        Shape (55, N, 3): cm.
    neutral
        Shape (N, 3): cm.

    Returns
    -------
    Shape (17, 2, N, 3): cm.
    """
    weight, masked = recipe_arrays()
    left = left_ramp(neutral[:, 0])
    moved = np.zeros((len(RECIPES), 2, len(neutral), 3), dtype=np.float16)
    for u, recipe in enumerate(RECIPES):
        fade = nose_fade(neutral[:, 1]) if recipe.fades_below_nose else np.ones(len(neutral), np.float32)
        for s, ramp in enumerate((left, 1 - left)):
            total = np.zeros((len(neutral), 3), dtype=np.float32)
            for e in np.flatnonzero(weight[u, s]):
                share = fade * ramp if masked[u, s, e] else fade
                total += weight[u, s, e] * share[:, None] * shapes[e].astype(np.float32)
            moved[u, s] = rounded(total, STEP_CM)
    return moved


def rounded(
    values: npt.NDArray[np.float32] | npt.NDArray[np.float64], step: float
) -> npt.NDArray[np.float16]:
    """Values to the nearest multiple of `step`, then to half precision, which is coarser only above 0.5 cm.

    >>> float(rounded(np.array([0.1]), 2.0**-12)[0]) == round(0.1 * 4096) / 4096
    True
    """
    return (np.rint(values / step) * step).astype(np.float16)
