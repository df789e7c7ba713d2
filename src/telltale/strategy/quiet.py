"""Quiet hours: ranges of local time in which nothing is shown, such as `21:00-09:00` over midnight."""

from __future__ import annotations

import re
from datetime import time
from functools import lru_cache
from typing import Final

_RANGE: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_DAY: Final = 24 * 60


@lru_cache(maxsize=64)
def quiet_minutes(ranges: tuple[str, ...]) -> frozenset[int]:
    """The minutes of the day that lie in any of the ranges; an end is not in it any more.

    >>> sorted(quiet_minutes(("23:58-00:01",)))
    [0, 1438, 1439]
    >>> quiet_minutes(("25:00-26:00",))
    Traceback (most recent call last):
    ValueError: '25:00-26:00' is no range of a day: write it as 21:00-09:00
    """
    minutes: set[int] = set()
    for text in ranges:
        found = _RANGE.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no range of a day: write it as 21:00-09:00")
        hour, minute, end_hour, end_minute = map(int, found.groups())
        first, last = hour * 60 + minute, end_hour * 60 + end_minute
        minutes.update(k % _DAY for k in range(first, last if last > first else last + _DAY))
    return frozenset(minutes)


def is_quiet(ranges: tuple[str, ...], local_time: time) -> bool:
    """Whether a wall clock's time lies in quiet hours.

    >>> is_quiet(("21:00-09:00",), time(23, 30)), is_quiet(("21:00-09:00",), time(9, 0))
    (True, False)
    """
    return local_time.hour * 60 + local_time.minute in quiet_minutes(ranges)
