"""Counts of brief acts: what is counted, in which stretch, and what unread seconds do."""

from __future__ import annotations

import numpy as np
import pytest

from telltale.intent.act_counts import STRETCHES_S, act_counts, counts_of_maxima
from telltale.intent.summaries import UNIT_NAMES

AU12 = UNIT_NAMES.index("au12")


def by_stretch(counts: np.ndarray, seconds: int = 30) -> dict[int, np.ndarray]:
    """Counts of each stretch, shape (stretches, 17)."""
    found, at = {}, 0
    for stretch_s in STRETCHES_S:
        whole = seconds // stretch_s
        found[stretch_s] = counts[0, at : at + whole * 17].reshape(whole, 17)
        at += whole * 17
    assert at == counts.shape[1]
    return found


def test_an_act_is_counted_once_in_each_stretch_it_lies_in() -> None:
    maxima = np.zeros((1, 30, 17), np.float32)
    maxima[0, 7, AU12] = 0.3
    counts = by_stretch(counts_of_maxima(maxima))
    for stretch_s, rows in counts.items():
        assert np.flatnonzero(rows[:, AU12]).tolist() == [7 // stretch_s]
        assert rows.sum() == pytest.approx(1 / np.sqrt(stretch_s))


def test_how_strong_it_was_does_not_matter_and_a_faint_one_is_none() -> None:
    maxima = np.zeros((3, 30, 17), np.float32)
    maxima[:, 4, AU12] = [0.09, 0.2, 0.9]
    faint, weak, strong = counts_of_maxima(maxima)
    assert not faint.any()
    assert np.array_equal(weak, strong)


def test_what_was_not_read_is_not_counted_as_nothing() -> None:
    maxima = np.zeros((1, 30, 17), np.float32)
    maxima[0, 1] = np.nan
    maxima[0, 0, AU12] = 1.0
    counts = by_stretch(counts_of_maxima(maxima))
    assert np.isnan(counts[1][1]).all()
    # Of two seconds one was read, and in it the unit flashed.
    assert counts[2][0, AU12] == pytest.approx(np.sqrt(2))


def test_short_spans_leave_the_longer_stretches_out() -> None:
    assert act_counts(np.zeros((2, 50, 128), np.float32)).shape == (2, 17 * (5 + 2 + 1))
