"""Chance: the shares come out, salts are independent, and a changed share moves only whom it must."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, chisquare, kstest
from tests.strategy.builder import NOW, note

from telltale.core.errors import ConfigError
from telltale.strategy.assignment import Experiment, Experiments, Holdout, assign, chance, load_experiments

UNITS = [f"viewer-{number}" for number in range(20_000)]
LEAST_P = 1e-3
"""These draws are fixed, so a test that passes once passes always."""


def test_chance_is_evenly_spread() -> None:
    assert kstest([chance("a salt", unit) for unit in UNITS], "uniform").pvalue > LEAST_P


@pytest.mark.parametrize("shares", [{"a": 0.5, "b": 0.5}, {"a": 0.1, "b": 0.9}, {"a": 2, "b": 3, "c": 5}])
def test_the_shares_come_out(shares: dict[str, float]) -> None:
    arms = [assign("a salt", unit, shares) for unit in UNITS]
    counts = [arms.count(arm) for arm in shares]
    expected = np.array(list(shares.values())) / sum(shares.values()) * len(UNITS)
    assert chisquare(counts, expected).pvalue > LEAST_P


def test_two_salts_are_independent_and_so_is_the_holdout() -> None:
    shares = {"treated": 0.5, "control": 0.5}
    holdout = Holdout("a third salt", 0.2)
    draws = [
        (
            assign("a salt", u, shares) == "treated",
            assign("b salt", u, shares) == "treated",
            holdout.holds_out(u),
        )
        for u in UNITS
    ]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        table = np.zeros((2, 2))
        for draw in draws:
            table[int(draw[one]), int(draw[other])] += 1
        assert chi2_contingency(table).pvalue > LEAST_P


def test_a_changed_share_moves_only_whom_it_must() -> None:
    before = {"a": 0.5, "b": 0.3, "c": 0.2}
    after = {"a": 0.5, "b": 0.6, "c": 0.2}
    moved = {
        (assign("a salt", unit, before), assign("a salt", unit, after))
        for unit in UNITS
        if assign("a salt", unit, before) != assign("a salt", unit, after)
    }
    assert moved == {("a", "b"), ("c", "b")}


def test_more_treated_takes_from_control_alone() -> None:
    arms = [[assign("a salt", u, {"t": s, "c": 1 - s}) == "t" for u in UNITS[:2000]] for s in (0.1, 0.4, 0.9)]
    for fewer, more in pairwise(arms):
        assert all(late or not early for early, late in zip(fewer, more, strict=True))


def test_a_greater_holdout_lets_nobody_go() -> None:
    small, great = Holdout("a salt too", 0.05), Holdout("a salt too", 0.2)
    assert all(great.holds_out(unit) for unit in UNITS if small.holds_out(unit))
    assert not any(Holdout("a salt too", 0.0).holds_out(unit) for unit in UNITS)


@given(st.text(max_size=30), st.text(max_size=30))
def test_what_reads_the_same_run_together_is_kept_apart(one: str, other: str) -> None:
    if one != other:
        assert chance(one, other + "x") != chance(one + other, "x") or not other
    assert chance(one, other) == chance(one, other)


def test_the_propensity_is_the_share_that_comes_out() -> None:
    experiments = Experiments("a salt of ours", Holdout("another salt", 0.2))
    intervention = note(share=0.3)
    found = [experiments.assign(intervention, unit, "r1", NOW) for unit in UNITS]
    for arm, wanted in (("treated", 0.8 * 0.3), ("control", 0.2 + 0.8 * 0.7)):
        of_arm = [one for one in found if one.arm == arm]
        assert {round(one.propensity, 12) for one in of_arm} == {round(wanted, 12)}
        assert len(of_arm) / len(UNITS) == pytest.approx(wanted, abs=0.015)
    assert all(one.arm == "control" for one in found if one.held_out)


def test_rooms_and_blocks_of_time_are_units_too() -> None:
    running = (
        Experiment("by room", "room_note", "a salt of rooms", unit="room"),
        Experiment(
            "by block", "block_note", "a salt of blocks", unit="switchback", block_minutes=10, share=0.5
        ),
    )
    experiments = Experiments("a salt of ours", Holdout("another salt", 0.0), running)
    by_room, by_block = note("room_note"), note("block_note")
    rooms = {experiments.assign(by_room, viewer, "r1", NOW).arm for viewer in UNITS[:50]}
    assert len(rooms) == 1
    starts = [NOW + timedelta(minutes=10 * block) for block in range(40)]
    units = [experiments.assign(by_block, "v", "r1", start) for start in starts]
    assert len({one.unit for one in units}) == 40
    assert {one.arm for one in units} == {"treated", "control"}
    for start, one in zip(starts, units, strict=True):
        assert experiments.assign(by_block, "w", "r1", start + timedelta(minutes=9, seconds=59)) == one


def test_experiments_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "experiments.toml"
    path.write_text(
        'salt = "long enough"\n[holdout]\nsalt = "for a year"\nshare = 0.05\n'
        '[[running]]\nname = "e1"\nintervention = "stock_note"\nsalt = "of the first"\nunit = "switchback"\n',
        encoding="utf-8",
    )
    assert load_experiments(path).running[0].block_minutes == 30
    path.write_text(path.read_text().replace("0.05", "1.5"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"line 2: 'share' of the holdout is 1\.5"):
        load_experiments(path)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Holdout("short", 0.1), "is short"),
        (lambda: Experiment("e", "n", "a long salt", share=1.2), "'share' of 'e'"),
        (lambda: Experiment("e", "n", "a long salt", block_minutes=0), "'block_minutes'"),
        (lambda: Experiments("a long salt", Holdout("a long salt", 0.1)), "two salts are the same"),
        (
            lambda: Experiments(
                "a long salt",
                Holdout("another salt", 0.1),
                (Experiment("e", "n", "third salt"), Experiment("f", "n", "fourth salt")),
            ),
            "same 'intervention'",
        ),
        (lambda: assign("a long salt", "u", {"a": 0.0}), "no arm has a share"),
    ],
)
def test_what_would_spoil_chance_is_refused(make: Callable[[], object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        make()
