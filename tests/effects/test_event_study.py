"""Event studies against least squares with every dummy written out, and against pyfixest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from tests.effects.did_worlds import make_did

from telltale.core.errors import ConfigError, FormatError
from telltale.effects.did_panel import DidPanel
from telltale.effects.event_study import event_study, fit_event_study

Floats = npt.NDArray[np.float64]


def thinned(panel: DidPanel, share: float) -> DidPanel:
    """Some rows at random, and all units."""
    keep = np.random.default_rng(0).random(len(panel.unit)) < share
    keep[panel.first] = True
    return replace(panel, unit=panel.unit[keep], period=panel.period[keep], outcome=panel.outcome[keep])


def dummies(panel: DidPanel, relative: Floats, asked: list[int]) -> Floats:
    """Relative periods, then all units, then all periods but the first."""
    return np.column_stack([
        *((relative == k).astype(float) for k in asked),
        *((panel.unit == u).astype(float) for u in range(panel.units)),
        *((panel.period == t).astype(float) for t in range(1, panel.periods)),
    ])  # fmt: skip


@pytest.mark.parametrize("share", [1.0, 0.8])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_numbers_are_least_squares(share: float, weighted: bool) -> None:
    panel = thinned(make_did("rooms", 60, 1, periods=6).panel, share)
    weight = (
        np.random.default_rng(2).integers(0, 3, panel.units).astype(float)
        if weighted
        else np.ones(panel.units)
    )
    relative = panel.period - panel.start[panel.unit]
    found = fit_event_study(panel.unit, panel.period, relative, panel.outcome, panel.cluster, weight=weight)
    asked = [k for k in found.relative.tolist() if k != -1]
    root = np.sqrt(weight[panel.unit])
    x = dummies(panel, relative, asked) * root[:, None]
    y = panel.outcome * root
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    np.testing.assert_allclose(found.value[found.relative != -1], beta[: len(asked)], atol=1e-9)
    bread = np.linalg.pinv(x.T @ x)
    score = x * (y - x @ beta)[:, None]
    used = np.unique(panel.cluster[weight > 0])
    sums = np.array([score[panel.cluster[panel.unit] == c].sum(axis=0) for c in used])
    n, k, count = int((root > 0).sum()), len(asked) + panel.periods, len(used)
    scale = count / (count - 1) * (n - 1) / (n - k)
    v = scale * bread @ sums.T @ sums @ bread
    np.testing.assert_allclose(
        found.standard_error[found.relative != -1], np.sqrt(np.diag(v)[: len(asked)]), rtol=1e-8
    )
    assert found.clusters == count


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["level", "rooms"])
@pytest.mark.filterwarnings("ignore:The inplace keyword")
def test_it_agrees_with_pyfixest(kind: str) -> None:
    pyfixest = pytest.importorskip("pyfixest")
    pd = pytest.importorskip("pandas")
    panel = make_did(kind, 400, 3).panel  # type: ignore[arg-type]
    found = event_study(panel)
    relative = panel.period - panel.start[panel.unit]
    frame = pd.DataFrame({
        "y": panel.outcome, "unit": panel.unit, "period": panel.period, "room": panel.cluster[panel.unit],
        **{f"k{k + 9}": (relative == k).astype(float) for k in found.relative if k != -1},
    })  # fmt: skip
    names = [name for name in frame if name.startswith("k")]
    model = pyfixest.feols(f"y ~ {' + '.join(names)} | unit + period", frame, vcov={"CRV1": "room"})
    other = found.relative != -1
    np.testing.assert_allclose(found.value[other], model.coef()[names], atol=1e-8)
    np.testing.assert_allclose(found.standard_error[other], model.se()[names], rtol=1e-3)


def test_effects_and_leads_are_found() -> None:
    world = make_did("level", 4000, 5)
    found = event_study(world.panel)
    assert np.abs(found.value[found.leads]).max() < 4 * found.standard_error.max()
    for k in found.lags:
        truth = world.by_period[int(found.relative[k])]
        assert abs(found.value[k] - truth) < 4 * found.standard_error[k]
    value, spread = found.average()
    assert abs(value - world.att) < 4 * spread.standard_error
    assert spread.standard_error < found.standard_error[found.lags].mean()


def test_the_reference_is_nothing_and_has_no_interval() -> None:
    found = event_study(make_did("level", 100, 6).panel)
    base = int(np.flatnonzero(found.relative == -1)[0])
    assert found.value[base] == 0
    assert np.isnan([found.low[base], found.high[base]]).all()
    assert not found.covariance[base].any()
    assert found.units.tolist() == [int(make_did("level", 100, 6).panel.treated.sum())] * 8


def test_only_the_periods_asked_for() -> None:
    panel = make_did("staggered", 300, 7).panel
    found = event_study(panel, before=2, after=3)
    assert found.relative.tolist() == [-2, -1, 0, 1, 2]
    assert "treatments begin in 3 periods" in found.notes[0]


def test_what_cannot_be_told_is_refused() -> None:
    world = make_did("staggered", 300, 8).panel
    everybody = world.treated[world.unit]
    codes = np.unique(world.unit[everybody], return_inverse=True)[1]
    some = world.treated
    panel = DidPanel(
        codes, world.period[everybody], world.outcome[everybody], world.start[some], world.start[some],
        world.covariates[some], world.names, np.arange(int(some.sum())),
    )  # fmt: skip
    with pytest.raises(FormatError, match="every unit is treated"):
        event_study(panel)
    relative = panel.period - panel.start[panel.unit]
    with pytest.raises(FormatError, match="none of control"):
        fit_event_study(panel.unit, panel.period, relative, panel.outcome, panel.cluster)
    with pytest.raises(ConfigError, match="level is 2"):
        event_study(world, level=2.0)
    with pytest.raises(FormatError, match="none after"):
        event_study(world, after=0)


def test_without_control_in_a_period_nothing_is_told_there() -> None:
    panel = make_did("level", 100, 9).panel
    keep = panel.treated[panel.unit] | (panel.period < 6)
    relative = panel.period - panel.start[panel.unit]
    with pytest.raises(FormatError, match="course of time"):
        fit_event_study(
            panel.unit[keep], panel.period[keep], relative[keep], panel.outcome[keep], panel.cluster
        )
