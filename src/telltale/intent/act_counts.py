"""Brief acts as counts: in which seconds each unit flashed, and how often in each longer stretch.

An act of 40 - 200 ms either came or did not; how strong it was says less than that it came. So a second's
greatest energy becomes 0 or 1, and beside the single seconds stand the means over stretches of 2, 5, 10 and
30 s: a line on all of them is one whose weights change little from a second to the next (a ridge shrinks the
longer stretches less), which a few hundred moments can teach.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.intent.summaries import UNIT_NAMES, second_maxima

Floats = npt.NDArray[np.float32]

FLASH: Final = 0.1
"""Energy over which a unit has flashed."""
STRETCHES_S: Final = (1, 2, 5, 10, 30)


def act_counts(values: npt.NDArray[np.floating]) -> Floats:
    """Counts of the windows' acts.

    Parameters
    ----------
    values
        Shape (n, steps, 128), NaN where unread, the last row at the moment.

    Returns
    -------
    Shape (n, F): for each stretch of `STRETCHES_S`, from the latest back, the 17 units.

    >>> from telltale.core import channels
    >>> values = np.zeros((1, 300, 128), np.float32)
    >>> values[0, 299, channels.INDEX["au12_energy_left"]] = 0.4
    >>> counts = act_counts(values)
    >>> counts.shape, [round(float(c), 2) for c in counts[counts > 0]]
    ((1, 935), [1.0, 0.71, 0.45, 0.32, 0.18])
    """
    maxima = second_maxima(values)
    return counts_of_maxima(maxima.reshape(len(maxima), -1, len(UNIT_NAMES)))


def counts_of_maxima(maxima: Floats) -> Floats:
    """The same from each unit's greatest energy by second, shape (n, seconds, 17), the latest first."""
    seconds, units = maxima.shape[1:]
    # Sums of any stretch are differences of sums from the beginning; NaN is over nothing.
    read_until, flashed_until = _until(np.isfinite(maxima)), _until(maxima > FLASH)
    found = []
    for stretch_s in STRETCHES_S:
        whole = seconds // stretch_s
        if not whole:
            continue
        edges = slice(0, whole * stretch_s + 1, stretch_s)
        known, seen = (np.diff(until[:, edges], axis=1) for until in (read_until, flashed_until))
        share = np.divide(seen, known, out=np.full(seen.shape, np.nan, np.float32), where=known > 0)
        # Times its root, a stretch's count has the spread of a single second's.
        found.append((share * np.sqrt(np.float32(stretch_s))).reshape(len(maxima), whole * units))
    return np.concatenate(found, axis=1).astype(np.float32)


def _until(flags: npt.NDArray[np.bool_]) -> Floats:
    """How many there are before each second and the end. Shape (n, seconds + 1, 17)."""
    found = np.zeros((flags.shape[0], flags.shape[1] + 1, flags.shape[2]), np.float32)
    np.cumsum(flags, axis=1, out=found[:, 1:])
    return found
