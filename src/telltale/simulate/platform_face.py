"""What a host's face shows on top of what viewers act on: it follows the counts, or comes with a surge.

    shown_e(t) = x_e(t) + sum_r weight_r sold_r(t) + sum_s face_se surge_s(t)

with sold_r what was counted shortly before, standardised within the broadcast. None of it moves a count.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from telltale.signs.expressions import load_table
from telltale.simulate.panel import STEP_S
from telltale.simulate.spec_platform import Platform, Reaction

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def added_to_face(platform: Platform, counts: Codes, surges: Mask) -> dict[str, Array]:
    """What comes on top of each expression's latent, by share name. Arrays of shape (R, T)."""
    nothing = np.zeros(surges.shape[:2])
    face: dict[str, Array] = {}
    for reaction in platform.reactions:
        name = share_name(reaction.expression)
        own = counts[:, :, platform.outcomes.index(reaction.outcome)]
        face[name] = face.get(name, nothing) + reaction.weight * sold_before(own, reaction)
    for s, surge in enumerate(platform.surges):
        for expression, size in surge.face.items():
            name = share_name(expression)
            face[name] = face.get(name, nothing) + size * surges[:, :, s]
    return face


def sold_before(counts: Codes, reaction: Reaction) -> Array:
    """What was counted `after_s` before each step, standardised within the broadcast. Shape (R, T).

    Step t sees the mean of the steps from t - far to t - near, as many of them as the broadcast has had; 0
    where it has had none, and in a broadcast where nothing ever differs.

    >>> sold_before(np.array([[4, 0, 0, 0]]), Reaction("pride", "purchases", 1.0, (5, 10))).round(1).tolist()
    [[0.0, 1.2, 0.0, -1.2]]
    """
    near, far = (int(seconds // STEP_S) for seconds in reaction.after_s)
    steps = counts.shape[1]
    sums = np.concatenate([np.zeros((len(counts), 1)), np.cumsum(counts, axis=1)], axis=1)
    stop = np.clip(np.arange(steps) - near + 1, 0, None)
    start = np.clip(np.arange(steps) - far, 0, None)
    length = stop - start
    rate = (sums[:, stop] - sums[:, start]) / np.maximum(length, 1)
    known = length > 0
    mean = rate[:, known].mean(axis=1, keepdims=True)
    sd = rate[:, known].std(axis=1, keepdims=True)
    return np.where(known & (sd > 0), (rate - mean) / np.where(sd > 0, sd, 1.0), 0.0)


def share_name(expression: str) -> str:
    """The factor that an expression is: host_NAME."""
    return load_table()[expression].share_name
