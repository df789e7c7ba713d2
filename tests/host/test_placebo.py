"""Which way it runs: faces that drive sales, that answer them, and that share a hidden cause with them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from tests.host.made_points import NAMES, TESTED, Made, made_points

from telltale.host import placebo
from telltale.host.glm import fit_glm
from telltale.host.question import Question
from telltale.host.rungs import Ladder

FEW = 4
"""Expressions in the tests' studies; the last stands for the tested one."""
DRIVES = Made(expressions=FEW, ratio=1.3)
ANSWERS = Made(expressions=FEW, reaction=0.4)
HIDDEN = Made(expressions=FEW, surge=0.7, rise=1.0, recorded=False)
TESTED_PLACE = FEW - 1
ASK = Question("purchases", NAMES[TESTED_PLACE])


@cache
def ladder(seed: int, made: Made) -> Ladder:
    return Ladder(made_points(seed, made))


def test_a_driver_stands_every_question_of_time() -> None:
    failed = 0
    for seed in range(8):
        asked = ladder(seed, DRIVES)
        failed += placebo.later(asked, "purchases")[TESTED_PLACE].p <= 0.01
        failed += placebo.around(asked, ASK).one_sided(1) <= 0.01
        failed += placebo.shifted(asked, ASK).one_sided(-1) <= 0.01
        near = placebo.nearby(asked, ASK)
        assert near.low > 0
        assert near.value == pytest.approx(np.log(1.3), abs=0.12)
    assert failed <= 1


def test_a_face_that_answers_sales_goes_best_a_little_later() -> None:
    for seed in range(5):
        found = placebo.shifted(ladder(seed, ANSWERS), ASK)
        assert found.high < 0
        assert placebo.shifted(ladder(seed, ANSWERS), Question("purchases", NAMES[0])).p > 1e-3


def test_a_hidden_cause_shows_in_the_minutes_around() -> None:
    found = [placebo.around(ladder(seed, HIDDEN), ASK).value for seed in range(6)]
    other = [placebo.around(ladder(seed, DRIVES), ASK).value for seed in range(6)]
    assert np.mean(found) > 0.08
    assert abs(np.mean(other)) < 0.05


def test_a_hidden_cause_fades_among_neighbours() -> None:
    """Compared with the few points next to it less of what both share is left; of a driver all."""
    left = {}
    for name, made in (("hidden", HIDDEN), ("drives", DRIVES)):
        kept = []
        for seed in range(6):
            asked = ladder(seed, made)
            one = asked.design("purchases", "within")
            full = fit_glm(one.together, one.y, offset=one.offset, group=one.group).beta[-1]
            kept.append(placebo.nearby(asked, ASK).value / full)
        left[name] = np.mean(kept)
    assert left["hidden"] < 0.8
    assert left["drives"] > 0.85


def test_later_is_the_coefficient_of_the_next_point() -> None:
    asked = ladder(3, DRIVES)
    found = placebo.later(asked, "purchases")
    one = asked.design("purchases", "within", asked.seen(-60.0)[:, 1])
    x = np.column_stack([one.together, one.extra])
    fit = fit_glm(x, one.y, offset=one.offset, weight=one.weight, cluster=one.fine, group=one.group)
    assert found.value[1] == pytest.approx(fit.beta[-1], abs=1e-6)
    assert len(found.value) == FEW


def test_worlds_are_what_they_are_called() -> None:
    """The planted ratio is found at the lag at which it was planted."""
    points = made_points(5, Made(rooms=60, expressions=FEW, ratio=1.15, demand_sd=0.0, theta=50.0))
    assert points.names[TESTED_PLACE] != TESTED
    one = Ladder(points).design("purchases", "within", Ladder(points).seen(10.0))
    fit = fit_glm(
        np.column_stack([one.controls, one.extra]), one.y, offset=one.offset, cluster=one.room, group=one.room
    )
    assert fit.beta[-1] == pytest.approx(np.log(1.15), abs=3 * fit.standard_error[-1])
    assert fit.standard_error[-1] < 0.02
    others = fit.beta[-FEW:-1] / fit.standard_error[-FEW:-1]
    assert np.abs(others).max() < 3.5
