"""`telltale causal forecast`, as a person calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from telltale.causal.graph_forecaster import GraphForecaster
from telltale.cli.app import build as build_app
from telltale.core.errors import TelltaleError
from telltale.factors.from_study import factor_panel
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study
from telltale.study.store import Study

QUICK = ("--epochs", "2", "--beside", "linear", "--beside", "persistence")
FACTORS = ("promotion", "host_elation", "chat_mood", "attention")


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(build_app(), ["causal", "forecast", *map(str, words)])


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("forecast") / "study"
    return simulate_study(out, load_spec().scaled(84), seed=2, signals="none").study


def chosen() -> list[str]:
    return [word for name in FACTORS for word in ("--factor", name)]


def test_a_forecast_is_told_beside_others_and_kept(study: Path, tmp_path: Path) -> None:
    told = call(study, *chosen(), *QUICK, "--people", "20", "--out", tmp_path / "kept")
    assert told.exit_code == 0, told.output
    assert told.stdout.startswith("desire 30 s ahead, judged on 4 people of whom no model learnt")
    assert "20 of 21 people, drawn by lot" in told.stdout
    assert "judged on 4 people: intervals of so few are too narrow" in told.stdout
    assert "Beside the best of the others, the graph network is" in told.stdout
    for word in ("linear", "persistence", "attention"):
        assert word in told.stdout
    kept = GraphForecaster.load(tmp_path / "kept")
    assert (kept.target, kept.ahead, set(kept.factors)) == ("desire", 6, {*FACTORS, "desire"})
    forecasts = kept.forecast(factor_panel(Study.open(study)))
    assert ((forecasts.rise > 0) & (forecasts.rise < 1)).all()


def test_a_forecast_as_json(study: Path) -> None:
    told = call(study, *chosen(), *QUICK, "--target", "attention", "--horizon", "5", "--json")
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert (found["target"], found["horizon_s"]) == ("attention", 5.0)
    assert [one["model"] for one in found["scores"]["models"]] == ["graph network", "linear", "persistence"]
    assert sum(found["people"].values()) == 21
    assert found["settings"]["epochs"] == 2
    assert found["scores"]["models"][1]["r2"]["low"] > 0
    assert {edge["lag"] for edge in found["edges"]} <= {0, 1}
    # Time order: nothing moves the promotion, and within a step no viewer the host.
    assert not [edge for edge in found["edges"] if edge["effect"] == "promotion"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--target joy", "no factor is called 'joy'"),
        ("--factor joy", "no factor is called 'joy'"),
        ("--target purchase", "purchase is an outcome, which no graph takes unless it is told to"),
        ("--horizon 7", "7 s are no whole steps of 5 s"),
        ("--horizon 0", "a horizon of 0 s is not one or more whole steps of 5 s"),
        ("--horizon nan", "nan s are not between 0 and 10,000 steps of 5 s"),
        ("--horizon inf", "inf s are not between 0 and 10,000 steps of 5 s"),
        ("--people 5", "5 people, 20 at least"),
        ("--beside lottery", "no model 'lottery'"),
        ("--factor attention --target promotion", "'promotion' is there or not"),
        ("--background nowhere.toml", "nowhere.toml"),
    ],
)
def test_what_cannot_be_is_told(study: Path, words: str, says: str) -> None:
    exception = call(study, *words.split()).exception
    assert isinstance(exception, TelltaleError)
    assert says in str(exception)


def test_a_folder_that_is_taken_is_told_before_anything_runs(study: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    exception = call(study, "--out", tmp_path).exception
    assert isinstance(exception, TelltaleError)
    assert "exists and is not empty" in str(exception)
