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
    answer, sureness, doubt = told.stdout.splitlines()[:3]
    assert answer.startswith("The graph network ")
    assert "desire 30 s ahead" in answer
    assert sureness.startswith("95 % intervals over 4 people of whom no model learnt")
    assert doubt.startswith("The forecast is wrong for people or broadcasts unlike these")
    assert "20 of 21 people, drawn by lot" in told.stdout
    assert "intervals of so few people may be too narrow" in sureness
    assert "moves" in told.stdout
    assert "is no effect of its cause: factors that move together, and two steps of one factor" in told.stdout
    assert "An edge is a cause" not in told.stdout
    assert told.stdout.count("interval") > 4
    assert " -> desire" in told.stdout or "-(1)-> desire" in told.stdout
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
    assert [one.split()[0] for one in found["sentences"]] == ["The", "95", "The"]
    assert all(one["effect_sd"]["low"] <= one["effect_sd"]["high"] for one in found["edges"])
    assert all(one["moved"]["low"] <= one["moved"]["value"] <= one["moved"]["high"] for one in found["edges"])
    assert found["settings"]["epochs"] == 2
    assert found["scores"]["models"][1]["r2"]["low"] > 0
    assert {edge["lag"] for edge in found["edges"]} <= {0, 1}
    # Time order: nothing moves the promotion, and within a step no viewer the host.
    assert not [edge for edge in found["edges"] if edge["effect"] == "promotion"]


def test_a_page_holds_what_the_json_holds(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    told = call(study, *chosen(), *QUICK, "--refits", "2", "--report", out, "--json")
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert json.loads((out / "report.json").read_text(encoding="utf-8")) == {"simulated": True} | found
    page = (out / "report.html").read_text(encoding="utf-8")
    assert [page.count(f">{one}</p>") for one in found["sentences"]] == [1, 1, 1]
    assert "<strong>simulated</strong>" in page
    assert page.count("<svg ") == len(list((out / "figures").glob("*.svg"))) == 4
    assert found["refits"] == 2
    assert {edge["again"] for edge in found["edges"]} <= {0.0, 0.5, 1.0}


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


def test_a_folder_that_is_taken_is_told_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    for option in ("--out", "--report"):
        exception = call(tmp_path / "no-study", option, tmp_path).exception
        assert isinstance(exception, TelltaleError)
        assert "exists and is not empty" in str(exception)


@pytest.mark.parametrize(("out", "report"), [("a", "a"), ("a", "a/b"), ("a/b", "a")])
def test_two_folders_of_which_one_holds_the_other_are_refused(out: str, report: str, tmp_path: Path) -> None:
    exception = call(tmp_path / "no-study", "--out", tmp_path / out, "--report", tmp_path / report).exception
    assert isinstance(exception, TelltaleError)
    assert "lie within each other: give two folders side by side" in str(exception)
