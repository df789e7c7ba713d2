"""Columns added one at a time are fits of their own, with groups taken out or without, told or not."""

from __future__ import annotations

import numpy as np
import pytest
from tests.host.made_points import Made, made_points
from tests.host.test_glm import draw

from telltale.core.rng import stream
from telltale.host.added import fit_added
from telltale.host.glm import GlmFit, fit_glm, jackknife
from telltale.host.rungs import Ladder
from telltale.host.shown import Array


@pytest.mark.parametrize("taken_out", [False, True])
def test_columns_added_one_at_a_time_are_fits_of_their_own(taken_out: bool) -> None:
    x, y, offset, cluster, group = draw()
    keep = group != 3
    base_x = np.column_stack([np.ones(int(keep.sum())), x[keep][:, :1]])
    weight = stream(2, "weights").uniform(0.5, 2.0, len(base_x))
    groups = group[keep] if taken_out else None
    base = fit_glm(base_x, y[keep], offset=offset[keep], weight=weight, cluster=cluster[keep], group=groups)
    added = np.column_stack([x[keep][:, 1:], base_x[:, 1]])
    value, error = fit_added(base, base_x, y[keep], offset[keep], added, weight)
    assert np.isnan(value[2])
    assert np.isnan(error[2])
    told = []
    for j in range(2):
        columns = np.column_stack([base_x, added[:, j]])
        fit = fit_glm(
            columns, y[keep], offset=offset[keep], weight=weight, cluster=cluster[keep], group=groups
        )
        wanted = float(np.sqrt(jackknife(fit, columns)[-1, -1]))
        told.append(abs(fit.beta[-1]) > 2 * wanted)
        assert value[j] == pytest.approx(fit.beta[-1], abs=1e-8)
        assert error[j] == pytest.approx(wanted, rel=1e-6 if told[j] else 0.02)
    assert told == [True, False]


def test_in_a_study_what_tells_nothing_has_nearly_the_error_of_its_own_fit() -> None:
    points = made_points(3, Made(rooms=14, minutes=40, hosts=7, expressions=8, ratio=1.2))
    one = Ladder(points).design("purchases", "within", Ladder(points).seen(60.0))

    def fitted(x: Array) -> GlmFit:
        return fit_glm(x, one.y, offset=one.offset, weight=one.weight, cluster=one.fine, group=one.group)

    base = fitted(one.together)
    value, error = fit_added(base, one.together, one.y, one.offset, one.extra, one.weight)
    for j in range(8):
        x = np.column_stack([one.together, one.extra[:, j]])
        fit = fitted(x)
        assert value[j] == pytest.approx(fit.beta[-1], abs=1e-7)
        assert error[j] == pytest.approx(np.sqrt(jackknife(fit, x)[-1, -1]), rel=0.03)
