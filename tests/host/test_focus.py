"""A few columns in a whole design: the jackknife is one, tests agree with each other."""

import dataclasses

import numpy as np
import pytest
from scipy import stats
from tests.host.made_points import Made, made_points

from telltale.core.errors import ConfigError, FormatError
from telltale.host.focus import Focus, focus_on, place_of
from telltale.host.joint import joint_p
from telltale.host.rungs import Ladder


@pytest.fixture(scope="module")
def ladder() -> Ladder:
    return Ladder(made_points(5, Made(rooms=10, minutes=30, hosts=5, expressions=4)))


def test_errors_are_those_of_leaving_out_each_host(ladder: Ladder) -> None:
    design = ladder.design("purchases", "product")
    found = focus_on(design, design.shares[:, :2], instead_of=np.array([0, 1]), kind="ols")
    root = np.sqrt(design.weight)
    x = np.column_stack([design.controls, design.shares[:, 2:], design.shares[:, :2]]) * root[:, None]
    y, beside = (design.y - design.offset) * root, []
    for host in np.unique(design.cluster):
        rest = design.cluster != host
        beside.append(np.linalg.lstsq(x[rest], y[rest], rcond=None)[0][-2:])
    moved = np.array(beside) - found.beta
    assert found.beta == pytest.approx(np.linalg.lstsq(x, y, rcond=None)[0][-2:])
    assert found.cov == pytest.approx(4 / 5 * moved.T @ moved, rel=1e-4)


def test_one_sum_is_tested_as_by_t() -> None:
    focus = Focus(np.array([0.4, 0.1]), np.array([[0.04, 0.01], [0.01, 0.02]]), 9, 100)
    assert focus.wald_p(np.array([[1.0, 0.0]])) == pytest.approx(2 * stats.t.sf(2.0, 8))
    ratio, low, high = focus.interval(np.array([1.0, 0.0]))
    wide = 0.2 * float(stats.t.ppf(0.975, 8))
    assert np.log([ratio, low, high]) == pytest.approx([0.4, 0.4 - wide, 0.4 + wide])
    assert np.isnan(Focus(np.zeros(3), np.eye(3), 3, 9).wald_p(np.eye(3)))


def test_a_band_of_many_is_wider_than_of_one() -> None:
    focus = Focus(np.zeros(6), np.eye(6), 12, 100)
    one, six = focus.at_once(np.eye(6)[:1], 0, "x"), focus.at_once(np.eye(6), 0, "x")
    assert one == pytest.approx(stats.t.ppf(0.975, 11), rel=0.05)
    assert six > one + 0.5


def test_refusals(ladder: Ladder) -> None:
    with pytest.raises(ConfigError, match="joy"):
        place_of(ladder, "joy")
    design = ladder.design("purchases", "within")
    with pytest.raises(FormatError, match="cannot be told from what is taken into account"):
        focus_on(design, design.controls[:, :1])


def test_broadcasts_taken_out_answer_as_their_columns_do(ladder: Ladder) -> None:
    design = ladder.design("purchases", "within")
    columns = np.column_stack([design.room == room for room in np.unique(design.room)]).astype(float)
    spelt = dataclasses.replace(design, group=None, controls=np.column_stack([design.controls, columns]))
    faces = np.arange(2)
    quick, slow = (focus_on(one, one.shares[:, :2], instead_of=faces) for one in (design, spelt))
    assert quick.beta == pytest.approx(slow.beta, abs=1e-9)
    assert quick.cov == pytest.approx(slow.cov, rel=1e-3)
    none = design.shares[:, :0]
    p = [joint_p(one, none, one.shares[:, :2], instead_of=faces, draws=499) for one in (design, spelt)]
    assert p[0] == pytest.approx(p[1], abs=0.01)
