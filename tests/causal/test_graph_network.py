"""Messages over a graph forecast what no line can, over edges that are there; what is kept needs no torch."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from tests.causal.forecast_worlds import TIERS, panel

from telltale.causal.dag import is_acyclic
from telltale.causal.discovery import DiscoverySettings, learn_graph
from telltale.causal.forecast_again import drawn_again
from telltale.causal.forecast_rows import forecast_rows, split_people
from telltale.causal.forecast_words import forecast_answer
from telltale.causal.graph_forecaster import GraphForecaster
from telltale.causal.graph_network import NAME, PLAIN, ForecastStudy, NetworkEdge, fit_forecast
from telltale.causal.graph_rows import graph_rows
from telltale.causal.graph_training import GraphNetwork
from telltale.core.errors import ConfigError, FormatError
from telltale.core.rng import stream
from telltale.factors.order import Background

SETTINGS = GraphNetwork(history=3, epochs=25, more_epochs=10, batch=128, rate=0.01, edge_rate=0.01, draws=200)
BRIEF = replace(SETTINGS, epochs=2, more_epochs=1, start="chance")


def place(edge: NetworkEdge) -> tuple[int, str, str]:
    return edge.lag, edge.cause, edge.effect


@pytest.fixture(scope="module")
def study() -> ForecastStudy:
    return fit_forecast(panel(), settings=SETTINGS, beside=("linear", PLAIN))


def test_messages_forecast_what_no_line_can(study: ForecastStudy) -> None:
    found = {one.model: one for one in study.scores.models}
    assert found["linear"].r2.value < 0.3
    assert found[NAME].r2.low > 0.5
    assert found[NAME].auc.value > found["linear"].auc.value + 0.1
    (over_linear,) = (lead for lead in study.scores.leads if lead.over == "linear")
    assert over_linear.r2.low > 0.3
    assert found[NAME].r2.value > found[PLAIN].r2.value - 0.1
    assert study.people == (24, 8, 8)
    assert abs(study.parameters[1] / study.parameters[0] - 1) < 0.2


def test_without_its_edges_the_network_knows_no_more_than_a_line(study: ForecastStudy) -> None:
    known = Background(
        forbidden=tuple(
            f"{cause} {arrow} desire" for cause in TIERS if cause != "desire" for arrow in ("->", "-(1)->")
        )
    )
    alone = fit_forecast(panel(), settings=SETTINGS, background=known, beside=("linear",))
    assert alone.scores.models[0].r2.value < 0.3
    assert not [edge for edge in alone.edges if edge.effect == "desire"]


def test_edges_that_move_the_forecast_are_those_that_are_there(study: ForecastStudy) -> None:
    first = study.edges[0]
    assert (first.cause, first.effect) == ("mood", "desire")
    assert first.moved.low > 0.2
    assert first.moved.low < first.moved.value < first.moved.high
    # Its size is what counts, so that on average nothing goes up with it.
    assert abs(first.effect_sd.value) < first.moved.value
    of_noise = [edge.moved.value for edge in study.edges if edge.cause == "noise"]
    assert max(of_noise, default=0.0) < first.moved.value / 4
    moved = [edge.moved.value for edge in study.edges]
    assert moved == sorted(moved, reverse=True)


def test_edges_are_those_of_the_network_as_it_ended(study: ForecastStudy) -> None:
    weights, names = study.forecaster.weights, study.forecaster.factors
    both = np.stack([weights.now, weights.before])
    there = {(int(lag), names[i], names[j]) for lag, i, j in np.argwhere(both) if i != j}
    assert {(edge.lag, edge.cause, edge.effect) for edge in study.edges} == there
    assert all(edge.weight != 0 and edge.again is None for edge in study.edges)
    # All that it heard of the forecast came from people to judge on, each in a room of their own.
    assert set(np.unique(study.rises.person)) == set(split_people(panel(), SETTINGS.seed).judge)
    assert study.same_rooms == 0


def test_what_is_there_comes_back_when_people_are_drawn_again() -> None:
    fast = replace(SETTINGS, epochs=12, more_epochs=4)
    found = fit_forecast(panel(), settings=fast, beside=("persistence",), refits=2)
    first = found.edges[0]
    assert (found.refits, first.cause, first.effect, first.again) == (2, "mood", "desire", 1.0)
    assert {edge.again for edge in found.edges} <= {0.0, 0.5, 1.0}


def test_to_train_anew_leaves_the_network_as_it_was() -> None:
    once, again = (
        fit_forecast(panel(25, 30), settings=BRIEF, beside=("persistence",), refits=refits)
        for refits in (0, 2)
    )
    assert [replace(edge, again=None) for edge in again.edges] == list(once.edges)
    assert asdict(once.scores) == asdict(again.scores)
    with pytest.raises(ConfigError, match="-1 networks cannot be trained anew"):
        fit_forecast(panel(25, 30), settings=BRIEF, refits=-1)


def test_people_drawn_again_keep_their_rows_and_become_other_people() -> None:
    given = panel(25, 30)
    rows = forecast_rows(given, "desire", history=3)
    mine = given.take(np.isin(given.person, rows.learn.person))
    drawn, again = drawn_again(mine, rows, stream(3, "again"))
    assert (len(drawn), len(again.learn)) == (len(mine), len(rows.learn))
    assert len(np.unique(again.learn.person)) == len(np.unique(rows.learn.person)) == 15
    assert len(np.unique(drawn.values, axis=0)) < len(np.unique(mine.values, axis=0))
    for whose in np.unique(again.learn.person):
        # Windows and rows of a draw are of one and the same person.
        last = again.unscaled(again.learn.own(again.target)[again.learn.person == whose, 0])
        own = drawn.column("desire")[drawn.person == whose]
        assert np.isclose(last[:, None], own[None, :], atol=1e-5).any(axis=1).all()
    assert again.judge is rows.judge
    assert again.stop is rows.stop


def test_edges_respect_time_and_close_no_circle(study: ForecastStudy) -> None:
    weights, names = study.forecaster.weights, study.forecaster.factors
    assert is_acyclic(weights.now != 0)
    for i, j in np.argwhere(weights.now).tolist():
        assert TIERS[names[i]] <= TIERS[names[j]]
    assert study.circles < 0.01
    assert len(study.stop_loss) == 2


def test_the_answer_is_honest_either_way(study: ForecastStudy) -> None:
    of_two = replace(study.scores, models=study.scores.models[:2], leads=study.scores.leads[:1])
    answer = forecast_answer(replace(study, scores=of_two))
    assert "of the variance of desire 1 s ahead, better than ridge regression (+" in answer
    shamed = fit_forecast(panel(), settings=BRIEF, beside=("boosting",))
    assert ", worse than boosting (-" in forecast_answer(shamed)
    assert "a plain network" in forecast_answer(study)


def test_the_same_seed_gives_the_same_network() -> None:
    one, two, other = (
        fit_forecast(panel(25, 30), settings=replace(BRIEF, seed=seed), beside=("persistence",))
        for seed in (1, 1, 2)
    )
    same = one.forecaster.weights.base, two.forecaster.weights.base
    np.testing.assert_array_equal(*same)
    assert one.edges == two.edges
    assert asdict(one.scores) == asdict(two.scores)
    assert not np.allclose(one.forecaster.weights.base, other.forecaster.weights.base)


def test_nothing_of_people_who_judge_is_learnt() -> None:
    given = panel(25, 40)
    settings = replace(BRIEF, start="learnt")
    judge = np.isin(given.person, split_people(given, settings.seed).judge)
    values = given.values.copy()
    values[judge] = 5 * values[judge][::-1]
    one, two = (
        fit_forecast(each, settings=settings, beside=("persistence",))
        for each in (given, replace(given, values=values))
    )
    for name in ("now", "before", "base", "head", "mix"):
        np.testing.assert_array_equal(
            getattr(one.forecaster.weights, name), getattr(two.forecaster.weights, name)
        )
    assert [(edge.start, edge.learnt, edge.weight) for edge in sorted(one.edges, key=place)] == [
        (edge.start, edge.learnt, edge.weight) for edge in sorted(two.edges, key=place)
    ]
    # They are who its edges and its forecasts are tried on.
    assert one.edges != two.edges
    assert one.scores.models[0].r2.value != two.scores.models[0].r2.value


def test_a_graph_may_be_given_in_place_of_one_that_is_learnt() -> None:
    given = panel(25, 40)
    learners = np.isin(given.person, forecast_rows(given, "desire", history=3).learn.person)
    graph = learn_graph(graph_rows(given.take(learners)), DiscoverySettings(halves=0, draws=0))
    one, two = (
        fit_forecast(given, settings=settings, graph=held, beside=("persistence",))
        for settings, held in ((replace(BRIEF, start="learnt"), None), (BRIEF, graph))
    )
    assert one.edges == two.edges
    assert {edge.start for edge in one.edges} > {0.0}
    now_alone = learn_graph(graph_rows(given.take(learners), lags=0), DiscoverySettings(halves=0, draws=0))
    assert fit_forecast(given, settings=BRIEF, graph=now_alone, beside=("persistence",)).edges
    with pytest.raises(ConfigError, match="no factor 'noise'"):
        fit_forecast(given.select(["host", "mood", "desire"]), settings=BRIEF, graph=graph)


def test_what_is_kept_forecasts_without_torch(
    study: ForecastStudy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = panel(5, 20, seed=8)
    told = study.forecaster.forecast(given)
    study.forecaster.save(tmp_path / "kept")
    monkeypatch.setitem(sys.modules, "torch", None)
    kept = GraphForecaster.load(tmp_path / "kept")
    again = kept.forecast(given)
    np.testing.assert_array_equal(told.value, again.value)
    np.testing.assert_array_equal(told.rise, again.rise)
    assert (kept.target, kept.ahead, kept.grid_s) == ("desire", 1, 1.0)
    assert len(told.rows) == 5 * 18
    ahead = given.column("desire")[np.minimum(told.rows + 1, len(given) - 1)]
    inside = given.step[told.rows] < 19
    assert np.corrcoef(told.value[inside], ahead[inside])[0, 1] > 0.7
    with pytest.raises(FormatError, match="exists and is not empty"):
        kept.save(tmp_path / "kept")


def test_rows_with_a_hole_before_them_are_not_forecast(study: ForecastStudy) -> None:
    given = panel(5, 20, seed=8)
    values = given.values.copy()
    values[7, 0] = np.nan
    told = study.forecaster.forecast(replace(given, values=values))
    whole = study.forecaster.forecast(given)
    assert set(whole.rows.tolist()) - set(told.rows.tolist()) == {7, 8, 9}
    assert np.isfinite(told.value).all()


def test_a_folder_that_holds_no_forecast_is_told(study: ForecastStudy, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no forecast in"):
        GraphForecaster.load(tmp_path)
    study.forecaster.save(tmp_path / "kept")
    path = tmp_path / "kept" / "model.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"version": 1', '"version": 9'), encoding="utf-8")
    with pytest.raises(FormatError, match="is of version 9"):
        GraphForecaster.load(tmp_path / "kept")
    path.write_text(text, encoding="utf-8")
    (tmp_path / "kept" / "arrays.npz").unlink()
    with pytest.raises(FormatError, match="does not hold a whole forecast"):
        GraphForecaster.load(tmp_path / "kept")
    with pytest.raises(FormatError, match="a panel on 5 s for a forecast on 1 s"):
        study.forecaster.forecast(replace(panel(5, 20), grid_s=5.0))


def test_without_torch_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ConfigError, match=r"training a forecast wants torch: pip install 'telltale-live"):
        fit_forecast(panel(25, 30), settings=BRIEF)


@pytest.mark.parametrize(
    ("target", "asked", "says"),
    [
        ("joy", {}, "no factor 'joy'"),
        ("desire", {"horizon_s": 0.5}, "whole steps"),
        ("desire", {"beside": ("boostin",)}, r"no model 'boostin' \(did you mean 'boosting'\?\)"),
        ("desire", {"beside": ()}, "nothing to compare with"),
    ],
)
def test_what_is_not_there_is_told(target: str, asked: dict[str, object], says: str) -> None:
    with pytest.raises((ConfigError, FormatError), match=says):
        fit_forecast(panel(25, 30), target, settings=BRIEF, **asked)  # type: ignore[arg-type]


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="rate must be more than 0, not 0; trust must be from 0 to 1, not 2"):
        GraphNetwork(rate=0, trust=2)
    with pytest.raises(ValueError, match=r"history must be base \+ layers, 3, or more, not 2"):
        GraphNetwork(history=2)
