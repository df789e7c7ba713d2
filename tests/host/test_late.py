"""What comes a minute or two later: found, told as late, and only where nothing stands out at once."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
import pytest
from tests.host.made_points import NAMES, Made, made_points

from telltale.host.climb import FOR_LATE, asked_p, lags_of, late_p
from telltale.host.closer import look_closer
from telltale.host.driver import DriverStudy
from telltale.host.driver_words import said
from telltale.host.drivers import find_drivers
from telltale.host.glm import fit_glm
from telltale.host.points import HostPoints
from telltale.host.rungs import RUNGS, TOGETHER, Ladder

FEW = 6
TESTED = NAMES[FEW - 1]
LATE = Made(expressions=FEW, ratio=1.3, lag_s=60.0)


@cache
def late_points(seed: int = 1) -> HostPoints:
    return made_points(seed, LATE)


@cache
def late_study(seed: int = 1) -> DriverStudy:
    return find_drivers(late_points(seed), ("purchases",), seed=seed)


def test_a_face_that_sells_a_minute_later_is_found() -> None:
    answer = late_study().of("purchases", TESTED)
    assert (answer.verdict, answer.lag_s) == ("driver", 60.0)
    assert answer.last.estimate.low < np.log(1.3) < answer.last.estimate.high
    assert answer.last.q <= 0.05
    assert np.isnan(answer.steps[0].q)
    assert answer.negbin is not None
    assert answer.negbin.value == pytest.approx(answer.last.estimate.value, abs=0.06)
    assert answer.ols.value == pytest.approx(np.expm1(answer.last.estimate.value), abs=0.1)
    assert "more of the time" in said(answer)
    assert "more of the time a minute before" in said(answer)
    assert all(one.lag_s == 0 for one in late_study().answers if one.name != TESTED)


def test_its_numbers_are_those_of_the_design() -> None:
    """All faces of the design are of a minute before."""
    answer, ladder = late_study().of("purchases", TESTED), Ladder(late_points())
    for rung, step in zip(RUNGS, answer.steps, strict=True):
        one = ladder.at(60.0).design("purchases", rung)
        np.testing.assert_array_equal(one.shares, ladder.seen(60.0)[one.rows])
        x = np.column_stack([one.controls, one.shares[:, -1]]) if rung not in TOGETHER else one.together
        fit = fit_glm(x, one.y, offset=one.offset, weight=one.weight, cluster=one.cluster, group=one.group)
        assert step.estimate.value == pytest.approx(fit.beta[-1], abs=1e-6)


@pytest.mark.parametrize("lag_s", [30.0, 100.0])
def test_a_lag_between_those_asked_is_no_reaction(lag_s: float) -> None:
    for seed in (1, 2):
        study = find_drivers(made_points(seed, dataclasses.replace(LATE, lag_s=lag_s)), ("purchases",))
        assert "shifted" not in study.of("purchases", TESTED).reasons


def test_what_stands_out_at_once_is_told_at_once() -> None:
    study = find_drivers(made_points(1, dataclasses.replace(LATE, lag_s=10.0)), ("purchases",))
    assert study.of("purchases", TESTED).lag_s == 0


def test_late_questions_take_a_small_part_of_the_chance_of_error() -> None:
    once, late = np.full(2, 0.01), [np.full(2, 0.01)] * 3
    weights = 0.01 / asked_p(once, late)
    np.testing.assert_allclose(weights[:2], 4 * (1 - FOR_LATE))
    np.testing.assert_allclose(weights[2:], 4 * FOR_LATE / 3)
    assert weights.mean() == pytest.approx(1)
    assert asked_p(once, []) is once


def test_where_nothing_is_planted_late_p_are_even() -> None:
    p = []
    for seed in range(12):
        ladder = Ladder(made_points(seed, Made(expressions=FEW)))
        p += [late_p(ladder.at(lag), "purchases")[1] for lag in lags_of(ladder)]
    found = np.concatenate(p)
    # 5 % of 216 and two standard errors; neighbours in time are alike, so a little more.
    assert (found <= 0.05).mean() <= 0.05 + 2.5 * np.sqrt(0.05 * 0.95 / len(found))
    assert 0.42 < found.mean() < 0.58


def test_where_points_are_long_nothing_late_is_asked() -> None:
    points = late_points()
    assert lags_of(Ladder(points)) == (30.0, 60.0, 120.0)
    assert lags_of(Ladder(dataclasses.replace(points, step_s=100.0))) == (50.0, 100.0)
    assert lags_of(Ladder(dataclasses.replace(points, step_s=250.0))) == ()


def test_a_closer_look_is_at_the_minute_that_it_is_about() -> None:
    closer = look_closer(late_points(), late_study())
    (dose,) = closer.doses
    assert np.isfinite(dose.curvature_p)
    assert dose.curve.ratio[-1] / dose.curve.ratio[0] > 1.5
    lags = closer.lags_of("purchases", TESTED)
    assert lags is not None
    assert lags.when is None or lags.when.low_s <= 60 <= lags.when.high_s + 20
