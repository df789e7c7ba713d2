"""Pooling, held against motions that can be computed by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.core import channels
from telltale.core.errors import FormatError
from telltale.core.pooling import FramePooler, pool_frames
from telltale.core.signal import Values, unread_rows

INTENSITY = channels.INDEX["au12_intensity_left"]
VELOCITY = channels.INDEX["au12_velocity_left"]
ENERGY = channels.INDEX["au12_energy_left"]
CONFIDENCE = channels.INDEX["au12_confidence"]


def read_frames(count: int) -> Values:
    frames = np.zeros((count, channels.COUNT), dtype=np.float32)
    frames[:, channels.VALID] = 1.0
    frames[:, channels.unit_channels("confidence")] = 1.0
    return frames


def test_each_channel_pools_as_the_layout_says() -> None:
    frames = read_frames(3)
    frames[:, INTENSITY] = [0.1, 0.2, 0.6]
    frames[:, VELOCITY] = [1.0, -3.0, 2.0]
    frames[:, ENERGY] = [0.0, 0.4, 0.1]
    frames[:, CONFIDENCE] = [0.9, 0.7, 0.8]
    row = pool_frames(np.array([1, 2, 3]) / 30, frames).values[0]
    assert row[[INTENSITY, VELOCITY, ENERGY, CONFIDENCE]] == pytest.approx([0.3, -3.0, 0.4, 0.7])
    assert row[channels.VALID] == 1.0


def test_a_row_takes_the_frames_after_the_last_row_up_to_its_own_time() -> None:
    frames = read_frames(4)
    frames[:, ENERGY] = [0.1, 0.2, 0.3, 0.4]
    signal = pool_frames(np.array([0.1, 0.1001, 0.2, 0.2001]), frames)
    assert signal.times_s == pytest.approx([0.1, 0.2, 0.3])
    assert signal.values[:, ENERGY] == pytest.approx([0.1, 0.3, 0.4])


def test_an_event_of_40_ms_survives_where_every_third_frame_would_lose_it() -> None:
    times_s = np.arange(1, 301) / 30
    frames = read_frames(300)
    frames[(times_s > 5.0) & (times_s <= 5.04), ENERGY] = 0.5
    kept_every_third = frames[2::3, ENERGY]
    pooled = pool_frames(times_s, frames).values[:, ENERGY]
    assert kept_every_third.max() == 0.0
    assert pooled[50] == 0.5
    assert (pooled > 0).sum() == 1


def test_a_row_with_an_unread_frame_is_unread() -> None:
    frames = read_frames(6)
    frames[4] = unread_rows(1)[0]
    signal = pool_frames(np.arange(1, 7) / 30, frames)
    assert signal.valid.tolist() == [True, False]
    assert np.isnan(np.delete(signal.values[1], channels.VALID)).all()


def test_a_unit_hidden_in_one_frame_is_hidden_in_the_row_and_the_others_stay() -> None:
    frames = read_frames(3)
    frames[1, [INTENSITY, VELOCITY, ENERGY]] = np.nan
    frames[1, CONFIDENCE] = 0.0
    row = pool_frames(np.arange(1, 4) / 30, frames).values[0]
    assert np.isnan(row[[INTENSITY, VELOCITY, ENERGY]]).all()
    assert row[CONFIDENCE] == 0.0
    assert row[channels.INDEX["au04_intensity_left"]] == 0.0


def test_a_gap_without_frames_is_unread() -> None:
    signal = pool_frames(np.array([0.05, 0.45]), read_frames(2))
    assert signal.times_s == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])
    assert signal.valid.tolist() == [True, False, False, False, True]


def test_no_frames_make_no_rows() -> None:
    assert len(pool_frames(np.array([]), read_frames(0))) == 0


def test_frames_out_of_order_are_refused() -> None:
    with pytest.raises(FormatError, match="do not increase"):
        pool_frames(np.array([0.2, 0.1]), read_frames(2))


@given(st.integers(15, 200), st.integers(1, 400), st.integers(0, 10_000_000))
def test_at_any_frame_rate_every_frame_counts_once(rate_hz: int, count: int, start_ms: int) -> None:
    frames = read_frames(count)
    frames[:, ENERGY] = np.arange(1, count + 1)
    times_s = start_ms / 1000 + np.arange(count) / rate_hz
    signal = pool_frames(times_s, frames)
    row_of_frame = np.searchsorted(signal.times_s, times_s - 1e-6)
    for row in np.unique(row_of_frame):
        assert signal.values[row, ENERGY] == frames[row_of_frame == row, ENERGY].max()
    assert signal.valid.sum() == len(np.unique(row_of_frame))


@given(
    st.lists(st.floats(0.004, 0.5), min_size=1, max_size=60),
    st.floats(0.0, 10_000.0),
    st.integers(0, 2**32 - 1),
)
def test_one_by_one_is_all_at_once(steps_s: list[float], start_s: float, seed: int) -> None:
    """Frames at any distance from each other, gaps and unread ones among them."""
    random = np.random.default_rng(seed)
    frames = random.normal(size=(len(steps_s), channels.COUNT)).astype(np.float32)
    frames[:, channels.VALID] = 1.0
    gone = random.random(len(frames)) < 0.2
    frames[gone] = unread_rows(int(gone.sum()))
    times_s = start_s + np.cumsum(steps_s)
    pooler = FramePooler()
    rows = [row for time_s, frame in zip(times_s, frames, strict=True) for row in pooler.add(time_s, frame)]
    rows += pooler.finish()
    whole = pool_frames(times_s, frames)
    np.testing.assert_array_equal([time_s for time_s, _ in rows], whole.times_s)
    np.testing.assert_array_equal([row for _, row in rows], whole.values)
    assert pooler.finish() == []
