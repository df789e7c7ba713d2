"""Lags: a planted one is found at its place, with fine and with coarse counts; nothing is not."""

import dataclasses

import numpy as np
import pytest
from tests.host.replanted import Made, made_points, replanted, shown_before

from telltale.core.errors import FormatError
from telltale.host.lags import find_lags
from telltale.host.rungs import Ladder

FACE = "awe"
RATIO = 1.3
STUDY = made_points(11, Made(expressions=3))


@pytest.mark.parametrize(("every_s", "lag_s"), [(10.0, 20.0), (10.0, 60.0), (60.0, 20.0), (60.0, 60.0)])
def test_a_planted_lag_is_found(every_s: float, lag_s: float) -> None:
    planted = np.log(RATIO) * shown_before(STUDY, lag_s, FACE)
    found = find_lags(Ladder(replanted(STUDY, planted, 2, every_s=every_s)), "purchases", FACE)
    assert found.when is not None
    assert found.when.low_s <= lag_s <= found.when.high_s <= found.when.low_s + 60
    assert abs(found.when.half_s - lag_s) < (10 if every_s == 10 else 20)
    assert found.total[1] < RATIO < found.total[2]
    assert found.p < 0.001 < found.leads_p
    assert found.so_far.ratio[-1] == pytest.approx(found.total[0])
    assert (found.by_lag.band_low <= found.by_lag.low).all()
    assert found.bin_s == (10.0 if every_s == 10 else 20.0)


def test_where_nothing_comes_no_time_is_told() -> None:
    silent = [
        find_lags(Ladder(replanted(STUDY, np.zeros((25, 720)), seed)), "purchases", FACE) for seed in range(6)
    ]
    assert sum(one.when is None for one in silent) >= 5
    assert sum(one.p > 0.05 for one in silent) >= 4
    assert any("cannot be told" in note for one in silent for note in one.notes)


def test_sales_that_make_the_face_show_in_the_leads() -> None:
    ahead = np.log(RATIO) * shown_before(STUDY, -30.0, FACE)
    found = find_lags(Ladder(replanted(STUDY, ahead, 3, every_s=10.0)), "purchases", FACE)
    assert found.leads_p < 0.01
    assert found.leads.at.max() < 0 < found.by_lag.at.min()


def test_counts_too_coarse_are_refused() -> None:
    coarse = dataclasses.replace(STUDY, step_s=300.0)
    with pytest.raises(FormatError, match="300 s cannot tell"):
        find_lags(Ladder(coarse), "purchases", FACE)
