"""What comes a minute or two later: found, told as late, and only where nothing stands out at once."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
import pytest
from tests.host.made_points import NAMES, Made, made_points

from telltale.host.climb import FOR_LATE, climb, lags_of
from telltale.host.closer import look_closer
from telltale.host.driver import DriverStudy
from telltale.host.driver_words import said
from telltale.host.drivers import find_drivers
from telltale.host.glm import fit_glm
from telltale.host.points import HostPoints
from telltale.host.question import Question, lay_out
from telltale.host.rungs import RUNGS, Ladder

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
    answer = late_study().of("purchases", TESTED)
    ladder = Ladder(late_points())
    for rung, step in zip(RUNGS, answer.steps, strict=True):
        one = lay_out(ladder, Question("purchases", TESTED, 60.0), rung)
        beside = [one.design.shares] if rung in ("before", "within") else []
        x = np.column_stack([one.design.controls, *beside, ladder.seen(60.0)[one.design.rows, FEW - 1]])
        fit = fit_glm(x, one.design.y, offset=one.design.offset, weight=one.design.weight,
                      cluster=one.design.cluster, group=one.design.group)  # fmt: skip
        assert step.estimate.value == pytest.approx(fit.beta[-1], abs=1e-7)


def test_what_stands_out_at_once_is_told_at_once() -> None:
    study = find_drivers(made_points(1, dataclasses.replace(LATE, lag_s=10.0)), ("purchases",))
    assert study.of("purchases", TESTED).lag_s == 0


def test_late_questions_take_a_small_part_of_the_chance_of_error() -> None:
    one = climb(Ladder(late_points()), "purchases", 0.95)
    asked, once = one.asked_p(len(RUNGS) - 1), one.p[-1]
    assert len(asked) == 3 * FEW
    sure = np.flatnonzero(asked < 1)
    weight = np.concatenate([once, *(both[1] for both in one.late_p.values())])[sure] / asked[sure]
    wanted = np.where(sure < FEW, 3 * (1 - FOR_LATE), 3 * FOR_LATE / 2)
    np.testing.assert_allclose(weight, wanted)
    assert one.asked_p(0) is one.p[0]


def test_where_points_are_long_nothing_late_is_asked() -> None:
    points = late_points()
    assert lags_of(Ladder(points)) == (60.0, 120.0)
    assert lags_of(Ladder(dataclasses.replace(points, step_s=100.0))) == (100.0,)
    assert lags_of(Ladder(dataclasses.replace(points, step_s=180.0))) == ()


def test_a_closer_look_is_at_the_minute_that_it_is_about() -> None:
    closer = look_closer(late_points(), late_study())
    (dose,) = closer.doses
    assert np.isfinite(dose.curvature_p)
    assert dose.curve.ratio[-1] / dose.curve.ratio[0] > 1.5
    lags = closer.lags_of("purchases", TESTED)
    assert lags is not None
    assert lags.when is None or lags.when.low_s <= 60 <= lags.when.high_s + 20
