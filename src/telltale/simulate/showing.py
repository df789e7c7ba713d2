"""What a host's face shows, second by second: one expression at a time, or none.

A face has one set of muscles, so the 28 expressions of the causal model take turns. In each second expression
e leads with probability

    p_e = exp(b x_e) / (exp(r) + sum_j exp(b x_j))

and none with what is left; x is the latent of the step of 5 s. What leads is shown by all its units, those of
head and eyes too, more strongly the higher its x.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core.channels import ACTION_UNITS, RATE_HZ
from telltale.signs.expressions import Expression, load_table
from telltale.simulate.panel import STEP_S

Array32 = npt.NDArray[np.float32]

SHARPNESS: Final = 2.0
"""b: how much more often the higher x leads."""
REST: Final = 4.2
"""r: with 28 standard normal x and b = 2, nothing shows in three tenths of the time."""
LEAST, PER_SD, MOST = 0.3, 0.2, 1.0
"""Intensity of what leads: LEAST + PER_SD x, between LEAST and MOST."""
POSTURES: Final = ("yaw", "pitch", "roll", "gaze_x", "gaze_y", "size")
"""What a head does: radians from its usual, and the log of how much the face grows."""
_ROWS: Final = int(RATE_HZ)
"""Rows for which one expression leads."""
_TURNS: Final = {52: ("yaw", -0.35), 53: ("pitch", 0.25), 54: ("pitch", -0.25), 55: ("roll", 0.25),
                 56: ("roll", -0.25), 57: ("size", 0.2)}  # fmt: skip
"""What head units do in full; angles are positive to the subject's left, and up."""
_AWAY_RAD: Final = 0.35
_EYES_SHUT: Final = 43
_EASED: Final = np.array([0.25, 0.5, 0.25], dtype=np.float32)
"""One expression gives way to the next within three rows."""


@dataclass(frozen=True)
class Showing:
    """What a host shows."""

    drive: Array32
    """shape (rows, 17): intensity that each unit is asked for"""
    posture: Array32
    """shape (6, rows), in the order of `POSTURES`"""


def draw_showing(
    rng: np.random.Generator, expressions: Array32, names: tuple[str, ...], rows: int
) -> Showing:
    """Draw which expression leads in each second of a broadcast.

    Parameters
    ----------
    expressions
        The latents, shape (steps, E), in the order of `names`.

    >>> sure = np.array([[9.0, -9.0]], np.float32)
    >>> shown = draw_showing(np.random.default_rng(0), sure, ("interest", "anger"), 50)
    >>> [unit for unit, size in zip(ACTION_UNITS, shown.drive[25].tolist()) if size > 0.5]
    [1, 2, 12]
    """
    table = load_table()
    seconds = -(-rows // _ROWS)
    step = np.minimum(np.arange(seconds) * _ROWS // int(STEP_S * RATE_HZ), len(expressions) - 1)
    wish = np.column_stack([SHARPNESS * expressions[step], np.full(seconds, REST)])
    # The largest of wishes with Gumbel noise leads with just these probabilities.
    lead = (wish + rng.gumbel(size=wish.shape)).argmax(axis=1)
    drives = np.zeros((len(names) + 1, len(ACTION_UNITS)), dtype=np.float32)
    postures = np.zeros((len(names) + 1, len(POSTURES)), dtype=np.float32)
    for i, name in enumerate(names):
        drives[i], postures[i] = _form(rng, table[name])
    x = np.append(expressions, np.zeros((len(expressions), 1), np.float32), axis=1)[step, lead]
    size = np.clip(LEAST + PER_SD * x, LEAST, MOST).astype(np.float32)[:, None]
    return Showing(_eased(size * drives[lead], rows), _eased(size * postures[lead], rows).T)


def _form(rng: np.random.Generator, expression: Expression) -> tuple[Array32, Array32]:
    """Units and posture of an expression in full; of what may be either, one for the whole broadcast."""
    drive, posture = np.zeros(len(ACTION_UNITS), np.float32), np.zeros(len(POSTURES), np.float32)
    drive[[ACTION_UNITS.index(unit) for unit in expression.channel_units]] = 1.0
    units = (*expression.units, *((int(rng.choice(expression.either)),) if expression.either else ()))
    if _EYES_SHUT in units:
        drive[ACTION_UNITS.index(45)] = 1.0
    for unit in units:
        if unit in _TURNS:
            what, far = _TURNS[unit]
            posture[POSTURES.index(what)] = far
    if expression.gaze == "away":
        posture[POSTURES.index("gaze_x")] = _AWAY_RAD
    return drive, posture


def _eased(seconds: Array32, rows: int) -> Array32:
    """From seconds to rows, with steps eased. Shape (rows, columns)."""
    whole = np.repeat(seconds, _ROWS, axis=0)[:rows]
    padded = np.pad(whole, ((1, 1), (0, 0)), mode="edge")
    eased: Array32 = _EASED[0] * padded[:-2] + _EASED[1] * padded[1:-1] + _EASED[2] * padded[2:]
    return eased
