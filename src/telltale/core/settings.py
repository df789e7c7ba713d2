"""Numbers that are given as settings: whether they are what they should be, before anything is computed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def whole(value: Any, least: int) -> bool:
    """Whether it is a whole number, that or more; true and false are none.

    >>> whole(3, 2), whole(1, 2), whole(2.5, 2), whole("3", 2), whole(True, 0)
    (True, False, False, False, False)
    """
    number = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return number and bool(value >= least)


def not_whole(least: int, **given: Any) -> list[str]:
    """Those that are no such numbers, in words.

    >>> not_whole(2, folds=2.5, draws=20)
    ['folds must be a whole number, 2 or more, not 2.5']
    """
    return [
        f"{name} must be a whole number, {least} or more, not {value!r}"
        for name, value in given.items()
        if not whole(value, least)
    ]


def not_share(**given: Any) -> list[str]:
    """Those that do not lie between 0 and 1, as a level does, in words.

    >>> not_share(level=1, share=0.5)
    ['level must be between 0 and 1, not 1']
    """
    return [
        f"{name} must be between 0 and 1, not {value!r}"
        for name, value in given.items()
        if not (finite(value) and 0 < value < 1)
    ]


def finite(value: Any) -> bool:
    """Whether it is a number, and not without end.

    >>> finite(0.5), finite(3), finite("3"), finite(True), finite(float("nan"))
    (True, True, False, False, False)
    """
    real = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    return real and math.isfinite(value)
