"""A running stream cut into stretches: the same shares as of the whole recording, and the right face."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.host.small_study import PlainCoder, face
from tests.signs.faces import face_of, then

from telltale.core.pooling import FramePooler
from telltale.core.rng import stream
from telltale.core.signal import Signal
from telltale.host.shown import LEAST_READ
from telltale.host.watch import MEMORY_S, HostWatch, WatchedStretch
from telltale.signs.coder_prototypes import PrototypeCoder
from telltale.signs.coding import Coding

Array = npt.NDArray[np.float64]


def rows_of(signal: Signal) -> list[tuple[float, npt.NDArray[np.float32]]]:
    return [(float(t), row) for t, row in zip(signal.times_s, signal.values, strict=True)]


@settings(max_examples=40, deadline=None)
@given(
    tenths=st.integers(0, 400), every=st.sampled_from([5.0, 7.5]), at_once=st.integers(1, 90),
    seed=st.integers(0, 5),
)  # fmt: skip
def test_stretches_are_those_of_the_whole(tenths: int, every: float, at_once: int, seed: int) -> None:
    rng = stream(seed, "watch")
    shown, read = rng.uniform(0, 0.5, (tenths, 2)), rng.random(tenths) < 0.6
    rows = rows_of(face(shown, read))
    watch, found = HostWatch(PlainCoder(), every), []
    for first in range(0, tenths, at_once):
        some = rows[first : first + at_once]
        watch.add("0", some)
        # The row of the tenth of a second in which the stream is comes with the next.
        found += list(watch.ended(some[-1][0]))
    found += list(watch.ended())
    assert [(one.start_s, one.end_s) for one in found] == [
        (k * every, (k + 1) * every) for k in range(int(tenths / 10 // every))
    ]
    for one in found:
        mine = slice(round(10 * one.start_s), round(10 * one.end_s))
        part = read[mine].mean()
        assert one.read == pytest.approx(part)
        if part < LEAST_READ:
            assert np.isnan(one.shares).all()
        else:
            np.testing.assert_allclose(one.shares, shown[mine][read[mine]].mean(axis=0), atol=1e-6)


def test_no_row_at_the_end_of_a_stretch_is_lost() -> None:
    """Frames at 10 Hz as a camera gives them: the row at 5 s is told when the frame at 5.1 s has come."""
    watch, pooler = HostWatch(PlainCoder(), 5.0), FramePooler()
    signal = face(np.repeat([[0.1, 0.1], [0.4, 0.2]], 50, axis=0), np.ones(100, dtype=bool))
    found: list[WatchedStretch] = []
    for time_s, values in rows_of(signal):
        watch.add("0", pooler.add(time_s, values))
        found += list(watch.ended(time_s))
    watch.add("0", pooler.finish())
    found += list(watch.ended())
    assert [one.read for one in found] == [1.0, 1.0]
    np.testing.assert_allclose([one.shares for one in found], [[0.1, 0.1], [0.4, 0.2]], atol=1e-6)


def test_nobody_in_the_picture_is_a_stretch_without_shares() -> None:
    watch = HostWatch(PlainCoder(), 5.0)
    (one,) = watch.ended(5.5)
    assert one.read == 0.0
    assert np.isnan(one.shares).all()
    assert list(watch.ended(9.9)) == []


def test_the_host_is_who_was_read_longest_or_is_named() -> None:
    both = (0.3 * 70 + 0.1 * 50) / 120
    for named, wanted in (((), 0.3), (("guest",), 0.1), (("nobody",), np.nan), (("guest", "host"), both)):
        watch = HostWatch(PlainCoder(), 10.0, named)
        guest = np.arange(100) >= 60
        watch.add("guest", rows_of(face(np.full((100, 2), 0.1), guest | (np.arange(100) < 10))))
        watch.add("host", rows_of(face(np.full((100, 2), 0.3), np.arange(100) < 70)))
        assert watch.several() == ("host", "guest")
        assert watch.never_read() == (named if named == ("nobody",) else ())
        (one,) = watch.ended()
        np.testing.assert_allclose(one.shares, wanted, atol=1e-6)


def test_a_host_who_comes_back_under_another_name_is_the_host_again() -> None:
    watch, every = HostWatch(PlainCoder(), 60.0), 60.0
    minutes = 15
    for minute in range(minutes):
        name, level = ("0", 0.1) if minute < 8 else ("1", 0.4)
        watch.add(name, rows_of(face(np.full((600, 2), level), np.ones(600, dtype=bool), 60 * minute + 0.1)))
        (one,) = watch.ended()
        assert one.start_s == every * minute
        if minute < 8:
            np.testing.assert_allclose(one.shares, 0.1, atol=1e-6)
        # Once the new face was read longer in the last minutes it counts.
        if minute > 8 + MEMORY_S / 60 / 2:
            np.testing.assert_allclose(one.shares, 0.4, atol=1e-6)


class Remembers(PlainCoder):
    """Writes down how much it was given."""

    given: list[tuple[float, float]] = []  # noqa: RUF012 (one test's)

    def code(self, signal: Signal) -> Coding:
        self.given.append((float(signal.times_s[0]), float(signal.times_s[-1])))
        return super().code(signal)


def test_a_face_is_coded_on_its_last_minutes_and_no_more() -> None:
    watch = HostWatch(Remembers(), 60.0)
    for minute in range(9):
        rows = face(np.full((600, 2), 0.1), np.ones(600, dtype=bool), 60 * minute + 0.1)
        watch.add("0", rows_of(rows))
        assert len(list(watch.ended())) == 1
    assert Remembers.given[-1] == pytest.approx((60 * 8 - MEMORY_S + 0.1, 540.0))
    assert max(last - first for first, last in Remembers.given) < MEMORY_S + 60


def test_a_head_that_tips_is_seen_after_many_minutes_as_well() -> None:
    """What a face usually does is taken of minutes, live as in the whole, and never of the stretch itself."""
    minute = then(face_of(500, {7: 0.6, 12: 0.6}), face_of(100, {7: 0.6, 12: 0.6}, pitch=0.25))
    whole = then(*[minute] * 8)
    coder = PrototypeCoder()
    pride = coder.names.index("pride")
    watch, rows = HostWatch(coder, 10.0), rows_of(whole)
    found = []
    for first in range(0, len(rows), 100):
        watch.add("0", rows[first : first + 100])
        found += list(watch.ended(rows[first + 99][0]))
    found += list(watch.ended())
    coding = coder.code(whole)
    for one in found[5::6]:
        rows_in = (coding.times_s > one.start_s + 1e-6) & (coding.times_s <= one.end_s + 1e-6)
        batch = coding.scores[rows_in, pride].mean()
        assert batch > 0.5
        assert one.shares[pride] == pytest.approx(batch, abs=0.05)
