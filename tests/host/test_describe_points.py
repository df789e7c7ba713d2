"""Description: sums that can be done by hand."""

import dataclasses

import numpy as np
import pytest
from tests.host.made_points import Made, made_points

from telltale.host.describe_points import describe_points, leading

POINTS = made_points(2, Made(rooms=6, minutes=30, hosts=3, expressions=4))


def test_sums() -> None:
    whole, *parts = describe_points(POINTS)
    assert (whole.held.points, whole.held.hours, whole.held.broadcasts, whole.held.hosts) == (180, 3.0, 6, 3)
    sold = POINTS.counts["purchases"]
    counted = whole.counted[0]
    assert (counted.outcome, counted.total) == ("purchases", sold.sum())
    assert counted.mean == pytest.approx(sold.mean())
    assert counted.sd == pytest.approx(sold.std())
    assert counted.zeros == (sold == 0).mean()
    assert counted.overdispersion == pytest.approx(sold.var() / sold.mean())
    assert np.isnan(whole.counted[1].overdispersion)  # revenue
    shares = POINTS.shares.astype(float)
    assert [one.mean for one in whole.showed] == pytest.approx(shares.mean(axis=0).tolist())
    assert sum(one.leads for one in whole.showed) == pytest.approx(1)
    assert {part.by for part in parts} == {"category"}
    assert sum(part.held.points for part in parts) == 180


def test_gaps_are_no_zeros() -> None:
    shares, counts = POINTS.shares.copy(), POINTS.counts["purchases"].copy()
    shares[:100], counts[:90] = np.nan, np.nan
    gaps = dataclasses.replace(
        POINTS, shares=shares, counts={"purchases": counts, "likes": np.full(180, np.nan)}
    )
    (whole, *_) = describe_points(gaps)
    assert [one.outcome for one in whole.counted] == ["purchases"]
    assert whole.counted[0].points == 90
    assert whole.counted[0].mean == pytest.approx(counts[90:].mean())
    assert (leading(gaps)[:100] == -1).all()
    assert whole.showed[0].mean == pytest.approx(float(shares[100:, 0].mean()))
