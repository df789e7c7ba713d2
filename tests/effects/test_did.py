"""Matching and difference in differences: the formula pair by pair, and worlds whose effect is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.effects.did_worlds import Kind, make_did, without_moments

from telltale.core.errors import ConfigError, FormatError
from telltale.effects.did import DidSettings, even_weights, matched_did, plain_did
from telltale.effects.did_panel import DidPanel
from telltale.effects.did_window import cut_windows
from telltale.effects.event_study import event_study
from telltale.effects.propensity import LogisticChances, PropensitySettings, fit_chances


def test_the_estimate_is_the_formula() -> None:
    panel = make_did("trend", 120, 1).panel
    found = matched_did(panel, DidSettings(before=3, after=2, caliper=None, neighbours=1, adjust=False))
    wide, own = panel.wide(), np.flatnonzero(panel.treated)
    other = np.flatnonzero(~panel.treated)
    gain = wide[:, 4:6].mean(axis=1) - wide[:, 1:4].mean(axis=1)
    model = fit_chances(panel.covariates, panel.treated, panel.cluster, PropensitySettings())
    assert isinstance(model, LogisticChances)
    odds = model.linear(panel.covariates)
    match = [other[np.argmin(np.abs(odds[other] - odds[i]))] for i in own]
    assert found.effect.value == pytest.approx(float((gain[own] - gain[match]).mean()))
    weight = np.bincount(match, minlength=120) + panel.treated
    np.testing.assert_allclose(found.weight[np.argsort(found.windows.unit)], weight)
    assert (found.effect.treated, found.effect.control) == (len(own), len(set(match)))
    assert found.effect.left_out == 120 - len(own) - len(set(match))


def test_what_five_matches_leave_is_regressed_away() -> None:
    panel = make_did("trend", 160, 1).panel
    found = matched_did(panel, DidSettings(before=3, after=2, caliper=None))
    wide, own = panel.wide(), np.flatnonzero(panel.treated)
    other = np.flatnonzero(~panel.treated)
    gain = wide[:, 4:6].mean(axis=1) - wide[:, 1:4].mean(axis=1)
    chosen = PropensitySettings()
    model = fit_chances(panel.covariates, panel.treated, panel.cluster, chosen, held_out=False)
    assert isinstance(model, LogisticChances)
    odds = model.linear(panel.covariates)
    match = np.array([other[np.argsort(np.abs(odds[other] - odds[i]))[:5]] for i in own])
    served = np.bincount(match.ravel(), minlength=160) / 5
    x = np.column_stack([np.ones(160), panel.covariates])
    line = x @ np.linalg.solve(x.T @ (x * served[:, None]), x.T @ (served * gain))
    apart = gain[own] - line[own] - (gain[match] - line[match]).mean(axis=1)
    assert found.effect.value == pytest.approx(float(apart.mean()))
    # The effect, what is drawn and the balance are all of the same weights.
    weight, windows = found.weight, found.windows
    mean = [np.average(windows.gain, weights=weight * (windows.treated == arm)) for arm in (True, False)]
    assert mean[0] - mean[1] == pytest.approx(found.effect.value)
    assert np.abs(found.balance.after[:2]).max() < 1e-9 < 0.01 < found.alone.worst
    assert f"{found.alone.worst:.2f} SD at most, is regressed away" in str(found.effect)


def test_five_matches_and_a_line_err_less_than_one_match() -> None:
    errors = {}
    for name, asked in {"one": DidSettings(neighbours=1, adjust=False), "five": DidSettings()}.items():
        worlds = (make_did("trend", 300, 500 + seed) for seed in range(40))
        errors[name] = [matched_did(world.panel, asked).effect.value - world.att for world in worlds]
    assert np.square(errors["five"]).mean() < 0.75 * np.square(errors["one"]).mean()
    assert abs(np.mean(errors["five"])) < 2 * np.std(errors["five"]) / np.sqrt(40)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The inplace keyword")
def test_the_plain_estimate_is_two_way_fixed_effects_by_pyfixest() -> None:
    pyfixest = pytest.importorskip("pyfixest")
    pd = pytest.importorskip("pandas")
    kinds: tuple[Kind, ...] = ("level", "rooms")
    for kind in kinds:
        panel = make_did(kind, 2000, 2).panel
        on = (panel.period >= panel.start[panel.unit]).astype(float)
        frame = pd.DataFrame({
            "y": panel.outcome, "on": on, "unit": panel.unit, "period": panel.period,
            "room": panel.cluster[panel.unit],
        })  # fmt: skip
        model = pyfixest.feols("y ~ on | unit + period", frame, vcov={"CRV1": "room"})
        found = plain_did(panel, cut_windows(panel))
        assert found.value == pytest.approx(float(model.coef()["on"]), abs=1e-8)
        assert found.standard_error == pytest.approx(float(model.se()["on"]), rel=1e-3)


def test_selection_on_a_lasting_level_falls_out() -> None:
    world = make_did("level", 4000, 3)
    wide, own = world.panel.wide(), world.panel.treated
    after_only = wide[own, 4:].mean() - wide[~own, 4:].mean()
    found = matched_did(world.panel)
    assert after_only - world.att > 0.5
    for effect in (found.effect, found.plain):
        assert abs(effect.value - world.att) < 3 * effect.standard_error < 0.15
    assert found.trends.verdict == found.trends_plain.verdict == "holds"
    # What comes of matching on a noisy level where the level lasts: shown beside, and wrong.
    assert found.beside is not None
    assert found.beside.value - world.att > 0.1


def test_covariates_that_drive_trends_are_matched_away() -> None:
    world = make_did("trend", 4000, 4)
    found = matched_did(world.panel)
    assert found.plain.value - world.att > 0.5
    assert found.trends_plain.verdict == "does not hold"
    assert abs(found.effect.value - world.att) < 3 * found.effect.standard_error < 0.25
    assert found.trends.verdict == "holds"
    assert np.abs(found.balance.before[0]) > 0.5
    assert np.abs(found.balance.after[:2]).max() < 0.05


def test_a_passing_high_wants_the_last_value() -> None:
    world = make_did("high", 4000, 5)
    last = matched_did(world.panel, DidSettings(history=("last",)))
    assert last.plain.value - world.att < -0.1
    assert last.trends_plain.verdict == "does not hold"
    assert abs(last.effect.value - world.att) < 3 * last.effect.standard_error < 0.25
    assert last.effect.method == "psm-did (last before)"
    assert "match without history" in last.trends.why or last.trends.verdict == "does not hold"


def test_trends_that_nobody_knows_why_are_detected() -> None:
    said = [matched_did(make_did("broken", 800, seed).panel).trends.verdict for seed in range(8)]
    assert said.count("does not hold") >= 7


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["level", "trend", "rooms"])
def test_intervals_hold_the_effect(kind: Kind) -> None:
    held = {"matched": 0, "plain": 0}
    for seed in range(100):
        world = make_did(kind, 300, 100 + seed)
        found = matched_did(world.panel)
        held["matched"] += found.effect.low <= world.att <= found.effect.high
        held["plain"] += found.plain.low <= world.att <= found.plain.high
    # 95 of 100, and three standard errors of that below.
    assert held["matched"] >= 88
    assert held["plain"] >= 88 or kind == "trend"


def test_rooms_widen_the_interval() -> None:
    panel = make_did("rooms", 1200, 6).panel
    # How much ridge is best is told from other clusters, so it is given here.
    given = DidSettings(propensity=PropensitySettings(ridge=1.0))
    alone = matched_did(replace(panel, cluster=np.arange(1200)), given)
    rooms = matched_did(panel, given)
    assert rooms.effect.value == pytest.approx(alone.effect.value)
    assert rooms.plain.value == pytest.approx(alone.plain.value)
    assert rooms.plain.standard_error > 1.3 * alone.plain.standard_error
    assert rooms.effect.standard_error > 1.2 * alone.effect.standard_error
    assert rooms.plain.clusters == 300


def test_control_that_borrows_its_moments_is_compared_within_them() -> None:
    world = make_did("staggered", 1500, 7, effect=0.5)
    panel = without_moments(world.panel)
    windows = cut_windows(panel, before=2, after=2)
    wide, start = panel.wide(), panel.start
    total = 0.0
    for g in panel.starts.tolist():
        gain = wide[:, g : g + 2].mean(axis=1) - wide[:, g - 2 : g].mean(axis=1)
        total += (start == g).sum() * (gain[start == g].mean() - gain[np.isnan(start)].mean())
    assert plain_did(panel, windows).value == pytest.approx(total / np.isfinite(start).sum())
    found = matched_did(panel, DidSettings(before=2, after=2))
    short = np.mean([world.by_period[0], world.by_period[1]])
    assert abs(found.effect.value - short) < 4 * found.effect.standard_error
    assert found.effect.control <= int((~panel.treated).sum())
    group, weight = found.windows.group, found.weight
    for g in range(3):
        inside = group == g
        own = found.windows.treated & inside
        assert weight[inside & ~own].sum() == pytest.approx(weight[own].sum())
    assert even_weights(windows)[~windows.treated].sum() == pytest.approx(windows.treated.sum())


def test_event_studies_are_those_of_the_panel_where_all_share_a_moment() -> None:
    panel = make_did("rooms", 400, 8).panel
    one, other = matched_did(panel).study_plain, event_study(panel)
    np.testing.assert_allclose(one.value, other.value, atol=1e-10)
    np.testing.assert_allclose(one.standard_error, other.standard_error, rtol=1e-8)


def test_the_matched_study_adds_up_to_the_effect() -> None:
    found = matched_did(make_did("trend", 500, 9).panel, DidSettings(before=1))
    value, _ = found.study.average()
    assert value == pytest.approx(found.effect.value)


def test_the_order_of_rows_changes_nothing() -> None:
    panel = make_did("trend", 200, 10).panel
    rows = {
        "who": panel.unit, "t": panel.period, "y": panel.outcome, "x1": panel.covariates[panel.unit, 0],
        "from": panel.start[panel.unit],
    }  # fmt: skip
    order = np.random.default_rng(0).permutation(len(panel.unit))
    asked: dict[str, Any] = {
        "unit": "who",
        "time": "t",
        "outcome": "y",
        "treated_from": "from",
        "covariates": ["x1"],
    }
    one = matched_did(DidPanel.from_frame(rows, **asked))
    other = matched_did(DidPanel.from_frame({k: v[order] for k, v in rows.items()}, **asked))
    assert str(one.effect) == str(other.effect)
    np.testing.assert_array_equal(one.weight, other.weight)


def test_without_covariates_the_history_is_matched_on() -> None:
    panel = replace(make_did("high", 500, 11).panel, covariates=np.empty((500, 0)), names=())
    found = matched_did(panel)
    assert found.beside is None
    assert found.balance.names == tuple(f"outcome before, {word}" for word in ("last", "level", "trend"))
    assert matched_did(panel, DidSettings(before=1)).balance.names == ("outcome before, last",)


def test_units_without_a_whole_window_are_left_out_and_told() -> None:
    panel = make_did("level", 200, 12).panel
    keep = ~((panel.unit % 40 == 0) & (panel.period == 3))
    holes = replace(panel, unit=panel.unit[keep], period=panel.period[keep], outcome=panel.outcome[keep])
    windows = cut_windows(holes, 2, 2)
    lost = int((panel.treated & (np.arange(200) % 40 == 0)).sum())
    assert windows.left_out == lost > 0
    assert not np.isin(windows.unit, np.arange(0, 200, 40)).any()
    assert f"{lost:,} treated units left out" in str(plain_did(holes, windows))


def test_settings_that_make_no_sense() -> None:
    panel = make_did("level", 100, 13).panel
    for settings, line in (({"history": ("past",)}, "history 'past'"), ({"level": 0.0}, r"level is 0\.0")):
        with pytest.raises(ConfigError, match=line):
            DidSettings(**settings)
    with pytest.raises(ConfigError, match="one or more"):
        matched_did(panel, DidSettings(before=0))
    with pytest.raises(FormatError, match="ask for fewer periods"):
        matched_did(panel, DidSettings(before=9))
    bare = replace(panel, covariates=np.empty((100, 0)), names=())
    with pytest.raises(ConfigError, match="nothing to match on"):
        matched_did(bare, DidSettings(history=()))
