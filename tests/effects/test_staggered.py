"""Staggered adoption: cell by cell, against pyfixest, and where two-way fixed effects are wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.effects.did_worlds import make_did

from telltale.core.errors import ConfigError, FormatError
from telltale.effects import staggered_library
from telltale.effects.did_panel import DidPanel
from telltale.effects.staggered import staggered
from telltale.effects.staggered_library import did2s, sun_abraham
from telltale.effects.variance import Floats


def everybody(panel: DidPanel) -> DidPanel:
    """The treated alone."""
    rows, some = panel.treated[panel.unit], panel.treated
    return DidPanel(
        np.unique(panel.unit[rows], return_inverse=True)[1], panel.period[rows], panel.outcome[rows],
        panel.start[some], panel.start[some], panel.covariates[some], panel.names, np.arange(int(some.sum())),
    )  # fmt: skip


def test_each_cell_is_the_formula() -> None:
    panel = make_did("staggered", 200, 1).panel
    wide, start = panel.wide(), panel.start
    for controls in ("never", "not-yet"):
        found = staggered(panel, controls=controls)
        sizes = []
        for g, t, value, error in zip(
            found.group, found.period, found.value, found.standard_error, strict=True
        ):
            change = wide[:, t] - wide[:, g - 1]
            free = np.isnan(start) if controls == "never" else np.isnan(start) | (start > max(g, t))
            own = start == g
            assert value == pytest.approx(change[own].mean() - change[free].mean())
            # Two independent means; the correction is C / (C - 1) over all units.
            parts = change[own].var() / own.sum() + change[free].var() / free.sum()
            assert error == pytest.approx(np.sqrt(parts * 200 / 199))
            sizes.append(own.sum())
        after = found.period >= found.group
        assert found.effect.value == pytest.approx(
            np.average(found.value[after], weights=np.array(sizes)[after])
        )


@pytest.mark.slow
def test_sun_and_abraham_agree() -> None:
    pytest.importorskip("pyfixest")
    panel = make_did("staggered", 500, 2).panel
    relative, value, error = sun_abraham(panel)
    ours = staggered(panel).study
    keep = ours.relative != -1
    np.testing.assert_array_equal(relative, ours.relative[keep])
    np.testing.assert_allclose(value, ours.value[keep], atol=1e-8)
    # Theirs take the shares of the starts as given, ours as drawn, where effects differ between starts.
    same = np.isin(relative, [-6, -5, -4, -3, -2])
    np.testing.assert_allclose(error[same], ours.standard_error[keep][same], rtol=0.05)
    assert (ours.standard_error[keep][~same] > 0.95 * error[~same]).all()


@pytest.mark.slow
def test_two_steps_agree() -> None:
    pytest.importorskip("pyfixest")
    world = make_did("staggered", 800, 3)
    other, ours = did2s(world.panel), staggered(world.panel).effect
    assert abs(other.value - ours.value) < 0.2
    assert abs(other.value - world.att) < 0.3
    assert (other.estimand, other.treated, other.clusters) == (ours.estimand, ours.treated, ours.clusters)


def test_two_way_fixed_effects_are_wrong_and_this_is_right() -> None:
    world = make_did("staggered", 2000, 4)
    panel = world.panel
    on = (panel.period >= panel.start[panel.unit]).astype(float).reshape(panel.units, -1)
    y = panel.wide()

    def within(values: Floats) -> Floats:
        found: Floats = values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) + values.mean()
        return found

    two_way = float((within(on) * within(y)).sum() / (within(on) ** 2).sum())
    found = staggered(panel)
    assert abs(two_way - world.att) > 0.5
    assert abs(found.effect.value - world.att) < 0.15
    for k in found.study.lags.tolist():
        assert abs(found.study.value[k] - world.by_period[int(found.study.relative[k])]) < 0.3


@pytest.mark.parametrize("controls", ["never", "not-yet"])
def test_intervals_hold_the_effect(controls: str) -> None:
    truth = float(np.mean([make_did("staggered", 20_000, 10_000 + k).att for k in range(5)]))
    held = 0
    for seed in range(150):
        found = staggered(make_did("staggered", 200, seed).panel, controls=controls).effect  # type: ignore[arg-type]
        held += found.low <= truth <= found.high
    # 95 % of 150, and three standard errors of that below.
    assert held >= 134


def test_with_one_start_it_is_the_difference_of_differences() -> None:
    panel = make_did("level", 300, 6).panel
    wide, own = panel.wide(), panel.treated
    change = wide[:, 4:].mean(axis=1) - wide[:, 3]
    assert staggered(panel).effect.value == pytest.approx(change[own].mean() - change[~own].mean())
    assert staggered(panel, controls="not-yet").effect.value == pytest.approx(staggered(panel).effect.value)


def test_covariates_that_drive_trends_are_adjusted_for() -> None:
    world = make_did("trend", 3000, 7)
    plain, adjusted = staggered(world.panel).effect, staggered(world.panel, adjust=True).effect
    assert abs(plain.value - world.att) > 0.3
    assert abs(adjusted.value - world.att) < 3 * adjusted.standard_error < 0.3


def test_adjusting_is_a_regression_among_control() -> None:
    panel = make_did("trend", 300, 8).panel
    wide, own = panel.wide(), panel.treated
    x = np.column_stack([np.ones(300), panel.covariates])
    found = staggered(panel, adjust=True)
    for t, value in zip(found.period, found.value, strict=True):
        change = wide[:, t] - wide[:, 3]
        beta = np.linalg.lstsq(x[~own], change[~own], rcond=None)[0]
        assert value == pytest.approx(float((change - x @ beta)[own].mean()))


def test_without_anybody_untreated_the_later_ones_serve() -> None:
    world = make_did("staggered", 3000, 9)
    panel = everybody(world.panel)
    with pytest.raises(FormatError, match="not-yet"):
        staggered(panel)
    found = staggered(panel, controls="not-yet")
    assert found.effect.control == 0
    assert found.effect.left_out == int((panel.start == panel.starts[-1]).sum())
    # The first start gains 3 in its first period, the second 1.
    first = {(int(g), int(t)): v for g, t, v in zip(found.group, found.period, found.value, strict=True)}
    assert first[2, 2] == pytest.approx(3, abs=0.25)
    assert first[4, 4] == pytest.approx(1, abs=0.25)
    with pytest.raises(FormatError, match="not-yet"):
        sun_abraham(panel)


def test_clusters_widen_the_interval() -> None:
    panel = make_did("rooms", 400, 10).panel
    alone = replace(panel, cluster=np.arange(400))
    assert staggered(panel).effect.value == pytest.approx(staggered(alone).effect.value)
    assert staggered(panel).effect.standard_error > 1.2 * staggered(alone).effect.standard_error
    assert staggered(panel).effect.clusters == 100


def test_settings_that_make_no_sense(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = make_did("staggered", 100, 11).panel
    with pytest.raises(ConfigError, match="'never' or 'not-yet'"):
        staggered(panel, controls="all")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="nothing to adjust for"):
        staggered(replace(panel, covariates=np.empty((100, 0)), names=()), adjust=True)
    with pytest.raises(ConfigError, match="level is 1"):
        staggered(panel, level=1.0)
    monkeypatch.setitem(__import__("sys").modules, "pyfixest", None)
    with pytest.raises(ConfigError, match="pyfixest is not installed"):
        staggered_library.did2s(panel)
