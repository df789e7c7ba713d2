"""Doses: a straight line is left one, a turn is found and held."""

import numpy as np
import pytest
from tests.host.replanted import NAMES, Made, made_points, replanted, share_of, shown_before

from telltale.core.errors import FormatError
from telltale.host.dose import dose_knots, find_dose
from telltale.host.question import Question
from telltale.host.rungs import Ladder

FACE = "awe"


def test_of_a_straight_line_a_curve_is_rarely_claimed() -> None:
    study = made_points(3, Made(rooms=10, minutes=40, hosts=8, expressions=2))
    line = 0.15 * shown_before(study, 0.0, NAMES[1])
    found = [
        find_dose(Ladder(replanted(study, line, seed)), Question("purchases", NAMES[1]))
        for seed in range(100)
    ]
    assert sum(one.curved for one in found) <= 11  # of 100 at 5 %: over 11 comes less than once in 200
    assert sum(one.best is not None for one in found) <= 5
    assert "no sign of too much" in next(one.told for one in found if not one.curved)


def test_a_turn_is_found_and_its_place_held() -> None:
    held = 0
    for seed in range(3):
        study = made_points(seed, Made(expressions=3))
        top = float(np.quantile(study.shares[:, study.names.index(FACE)], 0.5))
        sd = float(study.shares[:, study.names.index(FACE)].std())
        planted = -0.3 * ((share_of(study, FACE) - top) / sd) ** 2
        found = find_dose(Ladder(replanted(study, planted, seed)), Question("purchases", FACE))
        assert found.curved
        assert found.best is not None
        assert "no longer better" in found.told
        held += found.best.low <= top <= found.best.high
        assert found.curve.at[0] <= found.best.low < found.best.high < found.curve.at[-1]
    assert held >= 2


def test_more_of_what_always_helps_is_never_too_much() -> None:
    study = made_points(1, Made(expressions=3))
    found = find_dose(
        Ladder(replanted(study, 0.3 * shown_before(study, 0.0, FACE), 1)), Question("purchases", FACE)
    )
    assert found.best is None
    assert (np.diff(found.curve.ratio) > 0).mean() > 0.9
    usual = np.interp(found.usual, found.curve.at, found.curve.ratio)
    assert usual == pytest.approx(1.0, abs=0.02)


def test_knots_come_closer_where_an_expression_is_rare() -> None:
    rare = np.concatenate([np.zeros(60), np.linspace(0.01, 0.5, 80)])
    with pytest.raises(FormatError, match="shows too rarely"):
        dose_knots(np.concatenate([np.zeros(900), np.ones(100)]), "awe")
    assert len(dose_knots(rare, "awe")) == 3


def test_what_comes_with_less_is_told_as_less() -> None:
    study = made_points(1, Made(expressions=3))
    fall = replanted(study, -0.3 * shown_before(study, 0.0, FACE), 1)
    found = find_dose(Ladder(fall), Question("purchases", FACE), less=True)
    assert found.best is None
    assert "too much" not in found.told
    assert "no sign that it turns" in found.told
    study = made_points(0, Made(expressions=3))
    top = float(np.quantile(study.shares[:, study.names.index(FACE)], 0.5))
    sd = float(study.shares[:, study.names.index(FACE)].std())
    valley = np.minimum(0.3 * ((share_of(study, FACE) - top) / sd) ** 2, 1.0)
    turned = find_dose(Ladder(replanted(study, valley, 0)), Question("purchases", FACE), less=True)
    assert turned.best is not None
    assert turned.best.share == pytest.approx(top, abs=0.4 * sd)
    assert turned.told.startswith("least at")
