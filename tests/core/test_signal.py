"""Signal: cutting, joining, mirroring and resampling, and that what was not read stays unread."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.signals import counting_signal, random_rows, same_bits, signals

from telltale.core import channels
from telltale.core.errors import FormatError
from telltale.core.signal import Signal, join, unread_rows

PERIOD_S = 1.0 / channels.RATE_HZ


@given(signals())
def test_mirrored_twice_is_unchanged(signal: Signal) -> None:
    assert same_bits(signal.flipped().flipped(), signal)


@given(signals())
def test_a_mirror_leaves_what_was_read_and_when(signal: Signal) -> None:
    mirrored = signal.flipped()
    np.testing.assert_array_equal(mirrored.valid, signal.valid)
    np.testing.assert_array_equal(mirrored.times_s, signal.times_s)


@given(signals(), st.floats(-1, 1100), st.floats(0, 60))
def test_between_never_gives_a_row_that_pools_outside(
    signal: Signal, start_s: float, length_s: float
) -> None:
    stop_s = start_s + length_s
    piece = signal.between(start_s, stop_s)
    assert (piece.times_s - PERIOD_S >= start_s - 1e-5).all()
    assert (piece.times_s <= stop_s + 1e-5).all()
    inside = (signal.times_s - PERIOD_S >= start_s) & (signal.times_s <= stop_s)
    assert len(piece) >= np.count_nonzero(inside)


@given(signals(on_grid=True, least=1), st.data())
def test_slices_at_row_times_join_to_the_whole(signal: Signal, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.sampled_from(signal.times_s.tolist()), max_size=5)))
    edges = [signal.times_s[0] - PERIOD_S, *cuts, signal.times_s[-1]]
    pieces = [signal.between(a, b) for a, b in itertools.pairwise(edges)]
    assert same_bits(join(pieces), signal)


def test_between_at_tenths_knows_that_they_are_no_binary_numbers() -> None:
    signal = counting_signal(20)
    piece = signal.between(0.3, 0.6)
    assert piece.channel("au12_intensity_left").tolist() == [4.0, 5.0, 6.0]


def test_a_cut_between_rows_leaves_out_the_row_that_reaches_over_it() -> None:
    piece = counting_signal(20).between(0.35, 0.65)
    assert piece.channel("au12_intensity_left").tolist() == [5.0, 6.0]


def test_a_stretch_before_after_or_shorter_than_a_row_is_empty() -> None:
    signal = counting_signal(5)
    for start_s, stop_s in [(-3.0, -1.0), (9.0, 12.0), (0.21, 0.28), (0.4, 0.2)]:
        assert len(signal.between(start_s, stop_s)) == 0


@given(signals())
def test_resampled_to_its_own_times_is_unchanged(signal: Signal) -> None:
    assert same_bits(signal.resampled(signal.times_s), signal)


@given(signals(), st.floats(-0.2, 0.2))
def test_resampling_invents_nothing(signal: Signal, shift_s: float) -> None:
    again = signal.resampled(signal.times_s + shift_s)
    rows = {row.tobytes() for row in signal.values} | {unread_rows(1)[0].tobytes()}
    assert {row.tobytes() for row in again.values} <= rows


@given(signals())
def test_unread_stays_unread(signal: Signal) -> None:
    unread = signal.times_s[~signal.valid]
    assert not signal.resampled(unread).valid.any()
    assert np.isnan(np.delete(signal.flipped().values[~signal.valid], channels.VALID, axis=1)).all()


def test_a_gap_is_unread_not_bridged() -> None:
    signal = counting_signal(10)
    holed = join([signal.between(0.0, 0.3), signal.between(0.7, 1.0)])
    again = holed.resampled(signal.times_s)
    assert again.valid.tolist() == [True] * 3 + [False] * 4 + [True] * 3


def test_an_empty_signal_resamples_to_unread_rows() -> None:
    again = counting_signal(0).resampled(np.array([0.1, 0.2]))
    assert not again.valid.any()


@given(signals(), st.floats(-100, 100))
def test_shifting_moves_times_alone(signal: Signal, seconds: float) -> None:
    shifted = signal.shifted(seconds)
    np.testing.assert_array_equal(shifted.times_s, signal.times_s + seconds)
    assert shifted.values is signal.values


def _with(row: int, column: int, value: float) -> Signal:
    values = random_rows(4, seed=1)
    values[:] = 0.0
    values[:, channels.VALID] = 1.0
    values[row, column] = value
    return Signal(np.arange(1, 5) / 10, values)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Signal(np.array([0.1]), unread_rows(1)[:, 1:]), r"not \(1,\) and \(1, 127\)"),
        (lambda: Signal(np.array([0.1, 0.2]), unread_rows(3)), r"not \(2,\) and \(3, 128\)"),
        (lambda: Signal(np.array([[0.1]]), unread_rows(1)), r"not \(1, 1\) and \(1, 128\)"),
        (lambda: Signal(np.array([0.2, 0.1]), unread_rows(2)), "times do not increase"),
        (lambda: Signal(np.array([0.1, 0.1]), unread_rows(2)), "times do not increase"),
        (lambda: Signal(np.array([0.1, np.nan]), unread_rows(2)), "times do not increase"),
        (lambda: _with(2, channels.VALID, 0.0), "row 2 has valid = 0 but holds values"),
        (lambda: _with(1, channels.VALID, 0.5), "row 1 has valid = 0.5"),
        (lambda: _with(3, channels.VALID, np.nan), "row 3 has valid = nan"),
        (lambda: join([]), "nothing to join"),
        (lambda: join([counting_signal(3), counting_signal(3)]), "times do not increase"),
        (lambda: join([Signal(np.array([]), unread_rows(0), face=f) for f in "ab"]), "different faces"),
    ],
)
def test_what_is_no_signal_is_refused(make: object, words: str) -> None:
    assert callable(make)
    with pytest.raises(FormatError, match=words):
        make()


def test_infinity_does_not_pass_for_unread() -> None:
    values = unread_rows(1)
    values[0, 0] = np.inf
    with pytest.raises(FormatError, match="holds values"):
        Signal(np.array([0.1]), values)
