"""How far a share differs from face to face: a mean over rows hides the few faces that are read badly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

Of = Literal["first", "few", "quiet", "talking"]
"""Of expressions: told first, or among the first three; of rows at rest, silent or talking: abstained in."""

_LOW: Final = 0.05


@dataclass(frozen=True, slots=True)
class Spread:
    """One share over faces, each counted once; NaN without a face."""

    of: Of
    faces: int
    """Those that have any of what it is a share of."""
    least: float
    low: float
    """The quantile of 5 %."""
    median: float


def spread_of(of: Of, held: npt.NDArray[np.bool_], face: npt.NDArray[np.intp]) -> Spread:
    """The spread over faces of the share in which something held.

    Parameters
    ----------
    held
        Shape (N,).
    face
        Shape (N,): whose each is, from 0.

    >>> spread_of("few", np.array([True, False, True, True]), np.array([0, 0, 2, 3]))
    Spread(of='few', faces=3, least=0.5, low=0.55, median=1.0)
    """
    counts = np.bincount(face)
    shares = np.bincount(face, weights=held)[counts > 0] / counts[counts > 0]
    if not len(shares):
        return Spread(of, 0, *3 * (float("nan"),))
    least, low, median = np.quantile(shares, [0.0, _LOW, 0.5]).tolist()
    return Spread(of, len(shares), least, low, median)
