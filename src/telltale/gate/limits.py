"""How often somebody may do a thing: a bucket that fills at a steady rate. Time is an argument."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Rate:
    """So many a second in the long run, and so many at once."""

    per_s: float
    at_once: float


class Bucket:
    """One caller's.

    >>> bucket = Bucket(Rate(per_s=1, at_once=2), now_s=0)
    >>> [bucket.take(0), bucket.take(0), bucket.take(0), bucket.take(1)]
    [True, True, False, True]
    """

    __slots__ = ("_full", "_left", "_per_s", "_since_s")

    def __init__(self, rate: Rate, now_s: float) -> None:
        self._per_s, self._full = rate.per_s, rate.at_once
        self._left, self._since_s = rate.at_once, now_s

    def take(self, now_s: float, cost: float = 1.0) -> bool:
        """Whether there is room for one more, and if so, count it."""
        # A clock that is set back fills nothing and empties nothing.
        passed_s = max(now_s - self._since_s, 0.0)
        self._left, self._since_s = min(self._full, self._left + passed_s * self._per_s), now_s
        if self._left < cost:
            return False
        self._left -= cost
        return True

    @property
    def wait_s(self) -> float:
        """Seconds until there is room for one."""
        return max(0.0, (1.0 - self._left) / self._per_s)


class Limiter:
    """Buckets by caller; those not heard of for longest are forgotten when there are too many."""

    MOST: Final = 100_000

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, caller: str, now_s: float) -> float | None:
        """None where the caller may go on, else the seconds to wait."""
        bucket = self._buckets.get(caller)
        if bucket is None:
            bucket = self._buckets[caller] = Bucket(self._rate, now_s)
            if len(self._buckets) > self.MOST:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(caller)
        return None if bucket.take(now_s) else bucket.wait_s
