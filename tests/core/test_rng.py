"""Named streams: the same name gives the same numbers, on every machine and in every order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.core.rng import stream

seeds = st.integers(0, 2**40)
names = st.lists(st.one_of(st.text(st.characters(codec="ascii"), max_size=6), st.integers(0, 99)), max_size=3)


@given(seeds, names)
def test_one_name_gives_one_stream(seed: int, name: list[str | int]) -> None:
    assert (stream(seed, *name).random(5) == stream(seed, *name).random(5)).all()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((7, "people"), (8, "people")),
        ((7, "people"), (7, "hosts")),
        ((7, "session", 1), (7, "session", 2)),
        ((7, "session", 12), (7, "session", 1, 2)),
        ((7, "a", "b"), (7, "b", "a")),
        ((7, "a"), (7, "a", "")),
    ],
)
def test_another_seed_or_name_gives_another_stream(
    one: tuple[int, *tuple[str | int, ...]], other: tuple[int, *tuple[str | int, ...]]
) -> None:
    assert (stream(*one).random(4) != stream(*other).random(4)).all()


def test_drawing_from_one_stream_moves_no_other() -> None:
    alone = stream(7, "b").random(3)
    stream(7, "a").random(1000)
    assert (stream(7, "b").random(3) == alone).all()


def test_the_numbers_are_the_ones_of_the_first_release() -> None:
    # Studies are named by their seed: should these move, every seed in print names another study.
    expected = [393238155, 3808947937, 2718615492, 3479999191]
    np.testing.assert_array_equal(stream(7, "session", 12).integers(0, 2**32, 4), expected)


def test_neighbouring_streams_are_not_alike() -> None:
    draws = np.array([stream(7, "session", i).normal(size=2000) for i in range(20)])
    between = np.corrcoef(draws)[~np.eye(20, dtype=bool)]
    assert np.abs(between).max() < 5 / np.sqrt(2000)
