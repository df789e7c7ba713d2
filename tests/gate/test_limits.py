"""Rates: what is let through in the long run, and that callers do not fill the memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from telltale.gate.limits import Bucket, Limiter, Rate


@given(st.lists(st.floats(0, 10), max_size=200), st.floats(0.1, 20), st.floats(1, 50))
def test_never_more_than_the_rate_and_what_may_come_at_once(
    gaps: list[float], per_s: float, at_once: float
) -> None:
    bucket, now_s, let = Bucket(Rate(per_s, at_once), 0.0), 0.0, 0
    for gap in gaps:
        now_s += gap
        let += bucket.take(now_s)
        assert let <= at_once + per_s * now_s + 1e-6


def test_callers_do_not_share_and_are_told_how_long_to_wait() -> None:
    limiter = Limiter(Rate(per_s=0.5, at_once=1))
    assert limiter.take("a", 0) is None
    assert limiter.take("a", 0) == 2.0
    assert limiter.take("b", 0) is None
    assert limiter.take("a", 2.0) is None


def test_those_not_heard_of_for_longest_are_forgotten() -> None:
    limiter = Limiter(Rate(per_s=1e-9, at_once=1))
    for k in range(Limiter.MOST + 10):
        limiter.take(str(k), 0)
    assert len(limiter._buckets) == Limiter.MOST
    assert limiter.take("5", 0) is None
    assert limiter.take(str(Limiter.MOST), 0) is not None
