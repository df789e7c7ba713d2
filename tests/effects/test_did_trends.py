"""Parallel trends: the test holds its size, sees what is there, and says when it cannot tell."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import f
from tests.effects.did_worlds import make_did

from telltale.core.errors import ConfigError
from telltale.core.rng import stream
from telltale.effects.event_study import EventStudy, event_study
from telltale.effects.parallel_trends import parallel_trends, slope_weights, wald


def study(value: list[float], variance: float, relative: list[int] | None = None) -> EventStudy:
    at = np.array(relative or [-3, -2, -1, 0, 1])
    v = variance * np.diag((at != -1).astype(float))
    v[np.ix_(at != -1, at != -1)] += variance / 2
    ends = np.array(value)
    return EventStudy(at, ends, ends, ends, v, np.full(len(at), 50), 100, 99.0, 0.95, "desire", "note")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The inplace keyword")
@pytest.mark.filterwarnings("ignore:Distribution changed to chi2")
def test_the_wald_test_is_pyfixests() -> None:
    pyfixest = pytest.importorskip("pyfixest")
    pd = pytest.importorskip("pandas")
    panel = make_did("broken", 300, 1).panel
    found = parallel_trends(event_study(panel))
    relative = panel.period - panel.start[panel.unit]
    frame = pd.DataFrame({
        "y": panel.outcome, "unit": panel.unit, "period": panel.period,
        **{f"k{k + 9}": (relative == k).astype(float) for k in range(-4, 4) if k != -1},
    })  # fmt: skip
    names = [name for name in frame if name.startswith("k")]
    model = pyfixest.feols(f"y ~ {' + '.join(names)} | unit + period", frame, vcov={"CRV1": "unit"})
    chi2 = float(model.wald_test(R=np.eye(3, 7), q=np.zeros(3))["statistic"])
    hotelling = chi2 / 3 * 297 / 299
    assert found.statistic == pytest.approx(hotelling, rel=2e-3)
    assert found.p == pytest.approx(float(f.sf(hotelling, 3, 297)), rel=2e-2)


def test_many_leads_and_few_clusters_err_no_more_often() -> None:
    """Means of 21 clusters with the covariance told from the same: Hotelling's test is exact."""
    draw = stream(1, "hotelling")
    p = []
    for _ in range(400):
        x = draw.normal(size=(21, 11))
        p.append(wald(x.mean(axis=0), np.cov(x.T) / 21, 20.0)[1])
    assert 0.02 < np.mean(np.array(p) < 0.05) < 0.085
    assert abs(np.mean(p) - 0.5) < 0.06


def test_the_slope_is_the_line_through_the_periods_before() -> None:
    one = study([0.5, 0.1, 0.0, 2.0, 2.0], 0.01)
    weight = slope_weights(one)
    assert float(weight @ one.value) == pytest.approx(np.polyfit([-3, -2, -1], [0.5, 0.1, 0.0], 1)[0])
    found = parallel_trends(one)
    assert found.slope_low < found.slope < found.slope_high


def test_it_errs_as_often_as_it_says() -> None:
    p = [parallel_trends(event_study(make_did("level", 150, seed).panel)).p for seed in range(200)]
    assert 2 <= sum(x < 0.05 for x in p) <= 22
    assert abs(np.mean(p) - 0.5) < 0.09


def test_what_is_broken_is_seen() -> None:
    said = [parallel_trends(event_study(make_did("broken", 800, seed).panel)).verdict for seed in range(20)]
    assert said == ["does not hold"] * 20


def test_three_verdicts() -> None:
    flat = [0.02, -0.01, 0.0, 1.0, 1.0]
    assert parallel_trends(study(flat, 1e-4)).verdict == "holds"
    wide = parallel_trends(study(flat, 0.5))
    assert wide.verdict == "cannot tell"
    assert "could have been missed" in str(wide)
    assert parallel_trends(study([1.0, 0.5, 0.0, 1.0, 1.0], 1e-3)).verdict == "does not hold"


def test_the_drift_is_the_steepest_line_carried_to_the_middle_of_the_treated_periods() -> None:
    found = parallel_trends(study([0.02, -0.01, 0.0, 1.0, 1.0], 1e-2))
    assert found.drift == pytest.approx(1.5 * max(abs(found.slope_low), abs(found.slope_high)))
    assert parallel_trends(study([0.02, -0.01, 0.0, 1.0, 1.0], 1e-2), found.drift * 1.01).verdict == "holds"
    assert (
        parallel_trends(study([0.02, -0.01, 0.0, 1.0, 1.0], 1e-2), found.drift * 0.99).verdict
        == "cannot tell"
    )


def test_one_period_before_shows_nothing() -> None:
    found = parallel_trends(study([0.0, 1.0, 1.0], 0.01, [-1, 0, 1]))
    assert (found.verdict, found.leads) == ("cannot tell", 0)
    assert np.isnan([found.p, found.slope]).all()
    assert "shows no trend" in str(found)


def test_more_leads_than_clusters_have_no_test() -> None:
    assert np.isnan(wald(np.ones(3), np.eye(3), 2.0)).all()
    assert np.isnan(wald(np.ones(2), np.ones((2, 2)), 50.0)).all()
    with pytest.raises(ConfigError, match="alpha"):
        parallel_trends(study([0.0, 1.0, 1.0], 0.01, [-1, 0, 1]), alpha=0.0)
