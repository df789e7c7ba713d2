"""Stretches meet their counts as these come, and what stands out is told against all that is looked at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telltale.core.rng import stream
from telltale.host.live_board import ENOUGH, KEPT, LiveBoard, LiveState, live_words, stands_out
from telltale.host.watch import WatchedStretch

Array = npt.NDArray[np.float64]
BEGAN = datetime(2026, 5, 1, 20, tzinfo=UTC)
EVERY_S = 30.0
NAMES = ("elation", "doubt")


class Told:
    """Counts of stretches as a test says them, known up to when it says."""

    outcomes = ("purchases", "likes")

    def __init__(self, counts: Array) -> None:
        self.counts, self.known = counts, 0
        self.asked: list[int] = []

    def known_until(self, now: datetime) -> datetime | None:
        assert now.tzinfo is not None
        return BEGAN + timedelta(seconds=EVERY_S * self.known) if self.known else None

    def between(self, start: datetime, end: datetime) -> Array:
        assert (end - start).total_seconds() == EVERY_S
        place = round((start - BEGAN).total_seconds() / EVERY_S)
        self.asked.append(place)
        counts: Array = self.counts[place]
        return counts


def beyond_a_line(*series: Array) -> Array:
    """Correlations of all with all, of what a line over time leaves."""
    both = np.column_stack(series)
    time = np.column_stack([np.ones(len(both)), np.arange(len(both))])
    left = both - time @ np.linalg.lstsq(time, both)[0]
    return np.asarray(np.corrcoef(left.T))


def board_of(counter: Told, **settings: object) -> LiveBoard:
    return LiveBoard(NAMES, counter, BEGAN, EVERY_S, **settings)  # type: ignore[arg-type]


def ended(board: LiveBoard, place: int, shares: Array) -> None:
    read = 0.0 if np.isnan(shares).any() else 1.0
    board.ended(WatchedStretch(EVERY_S * place, EVERY_S * (place + 1), shares, read))


def played(shares: Array, counts: Array, **settings: object) -> LiveState:
    counter = Told(counts)
    board = board_of(counter, **settings)
    for place, one in enumerate(shares):
        counter.known = place + 1
        ended(board, place, one)
        assert board.look(BEGAN) == 1
    return board.state


@settings(max_examples=40, deadline=None)
@given(moves=st.lists(st.sampled_from(["ends", "counted", "looked"]), max_size=60))
def test_a_stretch_waits_until_all_of_it_is_counted(moves: list[str]) -> None:
    counts = stream(1, "counts").poisson(5.0, (60, 2)).astype(float)
    counter = Told(counts)
    board = board_of(counter)
    over, taken = 0, 0
    for move in moves:
        if move == "ends":
            ended(board, over, np.array([0.1, 0.2]))
            over += 1
        elif move == "counted":
            counter.known += 1
        else:
            new = board.look(BEGAN)
            assert new == max(min(over, counter.known) - taken, 0)
            taken += new
        assert counter.asked == list(range(taken))
        assert (board.state.stretches, board.state.waiting) == (taken, over - taken)
    assert board.look(BEGAN, last=True) == over - taken
    assert (board.state.stretches, board.state.waiting) == (over, 0)


def test_what_was_not_read_or_not_counted_says_nothing_and_is_told() -> None:
    rng = stream(2, "unread")
    shares, counts = rng.random((60, 2)), rng.poisson(5.0, (60, 2)).astype(float)
    # Two faces unread, one stretch not counted at all, and likes not counted in another and in an unread one.
    shares[[4, 9]], counts[[9, 20], 1], counts[30] = np.nan, np.nan, np.nan
    state = played(shares, counts)
    assert (state.stretches, state.unread, state.uncounted) == (60, 3, (0, 1))
    for k in range(2):
        known = np.isfinite(shares).all(axis=1) & np.isfinite(counts[:, k])
        assert known.sum() == 57 - k
        time = np.column_stack([np.ones(known.sum()), np.flatnonzero(known)])
        both = np.column_stack([shares[known], np.log1p(counts[known, k])])
        wanted = np.corrcoef((both - time @ np.linalg.lstsq(time, both)[0]).T)[:2, 2]
        np.testing.assert_allclose(state.correlations.r[0, :, k], wanted, atol=1e-9)
    assert state.now == BEGAN + timedelta(seconds=60 * EVERY_S)
    np.testing.assert_array_equal(state.shares, shares)
    np.testing.assert_array_equal(state.counts, counts)


def test_the_course_keeps_the_last_stretches_and_the_sums_all() -> None:
    rng = stream(3, "course")
    many = KEPT + 17
    shares, counts = rng.random((many, 2)), rng.poisson(5.0, (many, 2)).astype(float)
    state = played(shares, counts, lags=(0,))
    assert (state.stretches, len(state.ends_s), state.ends_s[-1]) == (many, KEPT, many * EVERY_S)
    np.testing.assert_array_equal(state.shares, shares[17:])
    wanted = beyond_a_line(shares, np.log1p(counts))[:2, 2:]
    np.testing.assert_allclose(state.correlations.r[0], wanted, atol=1e-9)


def test_what_goes_along_stands_out_at_its_lag() -> None:
    rng = stream(4, "stands out")
    shares = rng.random((200, 2))
    counts = np.column_stack([rng.poisson(20.0, 200), rng.poisson(60.0, 200)]).astype(float)
    counts[1:, 0] += 30 * shares[:-1, 0]
    counts[:, 1] -= 30 * shares[:, 1]
    state = played(shares, counts)
    found = {(one.name, one.outcome): one for one in stands_out(state)}
    assert set(found) == {("elation", "purchases"), ("doubt", "likes")}
    assert [abs(one.r) for one in stands_out(state)] == sorted(abs(one.r) for one in found.values())[::-1]
    sold, liked = found["elation", "purchases"], found["doubt", "likes"]
    assert (sold.lag_s, liked.lag_s) == (EVERY_S, 0.0)
    assert 0 < sold.low < sold.r < sold.high
    assert liked.low < liked.r < liked.high < 0
    # Intervals for all that is looked at are wider than each for itself.
    r, strict = state.correlations, state.strict
    assert ((strict.low < r.low) & (strict.high > r.high)).all()
    answer, sure, not_said = live_words(state)
    assert answer.startswith("So far ")
    assert answer.endswith(" 1 more stands out.")
    assert "100 minutes in 200 stretches of 30 s" in sure
    assert "all 12 pairs" in sure
    assert "One broadcast cannot tell" in not_said


@pytest.mark.parametrize(("outcome", "word"), [("purchases", "fewer likes"), ("revenue", "less revenue")])
def test_words_fit_what_is_counted(outcome: str, word: str) -> None:
    rng = stream(5, "words")
    shares = rng.random((200, 2))
    counts = np.column_stack([rng.poisson(20.0, 200) * 1.0, 60 - 30 * shares[:, 1] + 9 * rng.random(200)])
    counter = Told(counts)
    counter.outcomes = ("purchases", "revenue") if outcome == "revenue" else ("purchases", "likes")
    board = board_of(counter, half_life_s=1800.0)
    for place, one in enumerate(shares):
        ended(board, place, one)
    board.look(BEGAN, last=True)
    answer, sure, _ = live_words(board.state)
    assert f"doubt goes with {word}: correlation -0.9" in answer
    assert "what is 30 min old counts half" in sure


def test_little_says_nothing_and_chance_says_so() -> None:
    rng = stream(6, "little")
    shares, counts = rng.random((60, 2)), rng.poisson(5.0, (60, 2)).astype(float)
    assert live_words(board_of(Told(counts)).state)[0] == "Too little has been seen to say anything yet."
    assert live_words(played(shares[:4], counts[:4]))[0].startswith("Too little")
    state = played(shares, counts)
    assert live_words(state)[0].startswith("So far no expression goes along")
    assert live_words(state, over=True)[0].startswith("In what was seen no expression goes along")
    assert live_words(played(shares[:4], counts[:4]), over=True)[0] == "Too little was seen to say anything."
    lacking = np.where(np.arange(4)[:, None] < 3, np.nan, counts[:4])
    told = live_words(played(shares[:4], lacking), over=True)[1]
    assert told.startswith(
        "Wanted are 30 independent stretches; 1 can be used so far; of all 4, 3 lack a count. "
    )
    assert "Wanted" not in live_words(state)[1]
    # Fewer stretches than `ENOUGH` never stand out, however alike the two are.
    few = int(ENOUGH) - 2
    alike = np.column_stack([np.expm1(shares[:few, 0]), counts[:few, 1]])
    state = played(shares[:few], alike)
    assert state.strict.r[0, 0, 0] == pytest.approx(1.0)
    assert stands_out(state) == ()
    assert live_words(state)[0].startswith("Too little")
    assert "so far. 1 minute in 2 stretches" in live_words(played(shares[:2], counts[:2]))[1]


def test_drifts_alone_seldom_stand_out() -> None:
    """Ten simulated broadcasts of two hours in which all drifts and nothing else goes along."""
    false = 0
    line = np.linspace(-1, 1, 120)[:, None]
    for seed in range(10):
        rng = stream(seed, "drifts")
        faces = 1.2 * line * rng.standard_normal(8) + rng.standard_normal((120, 8))
        counts = rng.poisson(3 * np.exp(0.7 * line + 0.2 * rng.standard_normal((120, 2)))).astype(float)
        counter = Told(counts)
        board = LiveBoard(tuple("abcdefgh"), counter, BEGAN, EVERY_S)
        for place, one in enumerate(1 / (1 + np.exp(1.5 - faces))):
            ended(board, place, one)
        board.look(BEGAN, last=True)
        false += bool(stands_out(board.state))
    assert false <= 1


def test_viewers_are_held_fixed_where_they_are_known() -> None:
    rng = stream(9, "viewers")
    crowd = 100 * np.exp(0.7 * rng.standard_normal(200))
    shares = np.column_stack([np.log(crowd) / 10 + 0.05 * rng.random(200), rng.random(200)])
    counts = rng.poisson(np.column_stack([crowd, crowd])).astype(float)
    present = crowd.copy()
    present[50:60] = np.nan

    def viewers(start: datetime, end: datetime) -> float:
        assert (end - start).total_seconds() == EVERY_S
        return float(present[round((start - BEGAN).total_seconds() / EVERY_S)])

    assert {one.name for one in stands_out(played(shares, counts))} == {"elation"}
    state = played(shares, counts, viewers=viewers)
    assert stands_out(state) == ()
    assert state.correlations.beyond == ("trend", "viewers")
    assert state.viewers is not None
    np.testing.assert_array_equal(state.viewers, present)
    # By least squares; a stretch in which they are not known says nothing.
    assert state.unread == 10
    known = np.isfinite(present)
    on = np.column_stack([np.ones(190), np.flatnonzero(known), np.log1p(present[known])])
    both = np.column_stack([shares, np.log1p(counts)])[known]
    wanted = np.corrcoef((both - on @ np.linalg.lstsq(on, both)[0]).T)[:2, 2:]
    np.testing.assert_allclose(state.correlations.r[0], wanted, atol=1e-9)
    assert "A straight trend over time and the number of viewers are taken out." in live_words(state)[1]


def test_who_is_counted_and_what_was_left_out_are_told() -> None:
    shares, counts = np.full((3, 2), 0.1), np.ones((3, 2))
    state = played(shares, counts, who="viewers who agreed alone", left_out=lambda: "2 rows are left out")
    assert live_words(state)[1].endswith("being alike. Counted: viewers who agreed alone.")
    assert state.left_out == "2 rows are left out"
    assert played(shares, counts).left_out == ""
    assert live_words(played(shares, counts))[1].endswith("being alike.")
