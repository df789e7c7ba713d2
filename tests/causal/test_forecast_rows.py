"""Windows end where they should, people stay apart, and what no forecast can be made of is told at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.causal.forecast_worlds import panel

from telltale.causal.forecast_rows import RISE_SD, forecast_rows, some_people, split_people
from telltale.core.errors import ConfigError, FormatError


def test_a_window_is_what_was_seen_and_the_truth_what_came() -> None:
    given = panel(30, 12)
    rows = forecast_rows(given, "desire", horizon_s=2.0, history=3, seed=4)
    assert (rows.ahead, rows.history, rows.factors[rows.target]) == (2, 3, "desire")
    own, desire = rows.judge.own(rows.target), given.column("desire")
    seen = own * rows.sd[rows.target] + rows.mean[rows.target]
    for person in np.unique(rows.judge.person):
        mine, whole = rows.judge.person == person, desire[given.person == person]
        assert mine.sum() == 12 - 2 - 2
        for back in range(3):
            np.testing.assert_allclose(seen[mine][:, back], whole[2 - back : 10 - back], atol=1e-6)
        np.testing.assert_array_equal(rows.judge.truth[mine], whole[4:])
    rises = rows.judge.truth - seen.mean(axis=1) > RISE_SD * rows.sd[rows.target]
    np.testing.assert_array_equal(rises, rows.judge.rises)
    assert 0 < rises.mean() < 1


def test_no_window_runs_over_a_hole_in_time() -> None:
    given = panel(60, 12)
    whole = forecast_rows(given, "desire", history=3)
    holed = forecast_rows(given.take(given.step != 5), "desire", history=3)
    # Of nine windows a person, those that hold step 5, seen or forecast, are gone: four.
    assert [len(part) for part in (whole.learn, whole.stop, whole.judge)] == [324, 108, 108]
    assert [len(part) for part in (holed.learn, holed.stop, holed.judge)] == [180, 60, 60]


def test_nothing_is_learnt_of_people_who_judge() -> None:
    given = panel(30, 12)
    split = split_people(given, 3)
    assert len(np.unique(np.concatenate(split))) == sum(map(len, split)) == 30
    other = given.values.copy()
    other[np.isin(given.person, split.judge)] *= 7
    one, two = (forecast_rows(each, "desire", seed=3) for each in (given, replace(given, values=other)))
    for name in ("learn", "stop"):
        np.testing.assert_array_equal(getattr(one, name).inputs, getattr(two, name).inputs)
        np.testing.assert_array_equal(getattr(one, name).truth, getattr(two, name).truth)
    np.testing.assert_array_equal(one.sd, two.sd)
    assert not np.allclose(one.judge.truth, two.judge.truth)
    assert set(one.judge.person.tolist()) == set(split.judge.tolist())


def test_fewer_people_and_fewer_windows_are_told() -> None:
    given = some_people(panel(30, 20), 25, seed=1)
    assert len(np.unique(given.person)) == 25
    rows = forecast_rows(given, "desire", most_windows=200)
    assert len(rows.learn) + len(rows.stop) + len(rows.judge) <= 200
    assert rows.notes == ("25 of 30 people, drawn by lot", "350 windows: one in 2 is taken")
    assert some_people(given, 600) is given


def test_what_no_forecast_can_be_made_of_is_told() -> None:
    given = panel(30, 12)
    still = given.values.copy()
    still[:, given.names.index("desire")] = 2.0
    coin = given.values.copy()
    coin[:, given.names.index("desire")] = given.step % 2
    binary = tuple(replace(f, kind="binary") if f.name == "desire" else f for f in given.factors)
    with pytest.raises(ConfigError, match=r"no factor 'desir' \(did you mean 'desire'\?\)"):
        forecast_rows(given, "desir")
    with pytest.raises(FormatError, match=r"a horizon of 2\.5 s is not one or more whole steps of 1 s"):
        forecast_rows(given, "desire", horizon_s=2.5)
    with pytest.raises(FormatError, match="a horizon of 0 s"):
        forecast_rows(given, "desire", horizon_s=0.0)
    with pytest.raises(FormatError, match="'desire' never changes"):
        forecast_rows(replace(given, values=still), "desire")
    with pytest.raises(FormatError, match="is there or not"):
        forecast_rows(replace(given, values=coin, factors=binary), "desire")
    with pytest.raises(FormatError, match=r"a horizon of 2\.5 s .*; 1 person, 20 at least"):
        forecast_rows(given.take(given.person == 0), "desire", horizon_s=2.5)
    with pytest.raises(FormatError, match="12 windows of 2 steps, 9 ahead"):
        forecast_rows(panel(20, 11), "desire", history=2, horizon_s=9.0)
    with pytest.raises(ConfigError, match="0 people"):
        some_people(given, 0)
