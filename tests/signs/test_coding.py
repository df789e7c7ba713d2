"""What every coding promises: shapes that fit, scores that add up, and NaN where nothing was read."""

from __future__ import annotations

import numpy as np
import pytest

from telltale.signs.coding import Coding

TIMES = np.array([0.1, 0.2])


def coding(scores: list[list[float]], rest: list[float]) -> Coding:
    return Coding(TIMES, ("awe", "pride"), np.array(scores, np.float32), np.array(rest, np.float32))


def test_rows_that_were_read_are_those_that_have_a_rest() -> None:
    made = coding([[0.25, 0.5], [np.nan, np.nan]], [0.25, np.nan])
    assert made.read.tolist() == [1.0, 0.0]
    assert made.read.dtype == np.float32


@pytest.mark.parametrize(
    ("scores", "rest", "told"),
    [
        ([[0.5], [0.5]], [0.5, 0.5], r"scores \(2, 1\), rest \(2,\): give \(T, E\) and \(T,\)"),
        ([[0.5, 0.5]], [0.0, 0.0], r"scores \(1, 2\)"),
        ([[0.5, 0.5], [0.5, 0.5]], [0.0], r"rest \(1,\)"),
        ([[0.5, 0.5], [0.2, 0.2]], [0.0, 0.5], "do not add up to 1"),
        ([[0.5, 0.5], [0.5, 0.5]], [0.0, 0.1], "do not add up to 1"),
        ([[0.5, 0.5], [np.inf, 0.5]], [0.0, 0.5], "do not add up to 1"),
    ],
)
def test_what_breaks_the_promise_is_no_coding(
    scores: list[list[float]], rest: list[float], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        coding(scores, rest)
