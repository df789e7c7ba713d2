"""Alarms: when a probability each second would have made somebody act, and what came of it.

An alarm is raised at the first second at or over the threshold, and then none for the cool-down. It is right
when a cart comes within the time before a cart that counts, false when nothing of the kind is near, and
counts as neither where a cart action that is not asked about is near.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Kinds = npt.NDArray[np.int8]

BEFORE_S: Final = 30.0
"""So long before a cart is a second one that precedes it."""
AFTER_S: Final = 30.0
"""So long after any cart action a second is no plain watching."""
COOL_DOWN_S: Final = 30.0

PLAIN, PRECEDES, NEAR = 0, 1, 2
"""A second of plain watching, one that precedes a cart, one near a cart action that is not asked about."""


def kinds_of_seconds(seconds: int, carts_s: Floats, actions_s: Floats) -> Kinds:
    """What each second is: `PLAIN`, `PRECEDES` or `NEAR`. Shape (seconds,); place k ends at second k + 1.

    Parameters
    ----------
    carts_s
        When products went into the cart in a session with a purchase.
    actions_s
        When anything was done with a cart, those among them.

    >>> kinds_of_seconds(100, np.array([50.0]), np.array([50.0]))[[18, 19, 49, 50, 78, 80]].tolist()
    [0, 1, 1, 2, 2, 0]
    """
    ends_s = np.arange(1, seconds + 1, dtype=np.float64)
    near = _any_within(ends_s, actions_s, -AFTER_S, BEFORE_S)
    before = _any_within(ends_s, carts_s, 0.0, BEFORE_S)
    return np.where(before, PRECEDES, np.where(near, NEAR, PLAIN)).astype(np.int8)


def cart_within(seconds: int, carts_s: Floats, horizon_s: float) -> npt.NDArray[np.bool_]:
    """Whether a cart comes within so long after each second's end. Shape (seconds,)."""
    return _any_within(np.arange(1, seconds + 1, dtype=np.float64), carts_s, 0.0, horizon_s)


def _any_within(ends_s: Floats, events_s: Floats, from_s: float, until_s: float) -> npt.NDArray[np.bool_]:
    """Whether an event comes from `from_s` to `until_s` after each second's end."""
    apart_s = np.asarray(events_s)[None, :] - ends_s[:, None]
    return np.asarray(((apart_s >= from_s) & (apart_s <= until_s)).any(axis=1))


def alarm_seconds(told: Floats, threshold: float, *, cool_down_s: float = COOL_DOWN_S) -> Ints:
    """The places of the seconds at which an alarm is raised. NaN raises none.

    >>> alarm_seconds(np.array([.1, .9, .9, .2, .9]), .5, cool_down_s=3).tolist()
    [1, 4]
    """
    over = np.flatnonzero(told >= threshold)
    found, free = [], -np.inf
    for second in over:
        if second >= free:
            found.append(second)
            free = second + cool_down_s
    return np.array(found, dtype=np.intp)


@dataclass(frozen=True, slots=True, eq=False)
class SessionAlarms:
    """What came of the alarms of one session."""

    right: int
    false: int
    warned_s: Floats
    """Shape (carts,): seconds from the first alarm before each cart to the cart; NaN where none came."""


def judge_alarms(alarms: Ints, kinds: Kinds, carts_s: Floats) -> SessionAlarms:
    """Hold a session's alarms against its carts.

    >>> carts_s = np.array([50.0])
    >>> found = judge_alarms(np.array([5, 41]), kinds_of_seconds(100, carts_s, carts_s), carts_s)
    >>> found.right, found.false, found.warned_s.tolist()
    (1, 1, [8.0])
    """
    ends_s = alarms + 1.0
    warned_s = np.full(len(carts_s), np.nan)
    for place, cart_s in enumerate(carts_s):
        before = ends_s[(ends_s <= cart_s) & (ends_s >= cart_s - BEFORE_S)]
        if len(before):
            warned_s[place] = cart_s - before[0]
    of_alarms = kinds[alarms]
    return SessionAlarms(int((of_alarms == PRECEDES).sum()), int((of_alarms == PLAIN).sum()), warned_s)
