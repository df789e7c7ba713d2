"""`telltale causal graph`: what sorting tells comes first, then the graph, then what others say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from telltale.causal import library_graphs
from telltale.cli.app import build as build_app
from telltale.core.errors import TelltaleError
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study

FACTORS = ("promotion", "host_elation", "chat_mood", "attention", "desire")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("graph") / "study"
    return simulate_study(out, load_spec().scaled(60), seed=2, signals="none").study


def call(study: Path, *words: str | Path) -> Result:
    chosen = [word for name in FACTORS for word in ("--factor", name)]
    asked = ["causal", "graph", str(study), *chosen, "--halves", "2", *map(str, words)]
    return CliRunner().invoke(build_app(), asked)


def test_sortability_is_told_before_any_graph(study: Path) -> None:
    told = call(study)
    assert told.exit_code == 0, told.output
    lines = told.stdout.splitlines()
    assert lines[0].startswith("Varsortability 0.")
    assert lines[0].endswith(
        "The score reads neither; the search begins at the order of R2, among other starts."
    )
    assert "of the paths" in lines[1]
    assert "of the paths" in lines[2]
    assert "by order search (" in told.stdout
    assert told.stdout.index("Varsortability") < told.stdout.index("arrows among 5 factors")


def test_what_was_chosen_is_in_the_json(study: Path) -> None:
    found = json.loads(call(study, "--json").stdout)
    assert 0 <= found["sortability"]["by_variance"] <= 1
    assert found["method"] == "order"
    assert "noise" in found["chosen_because"]
    assert [part["factor"] for part in found["shared"]["factors"]] == ["attention", "desire"]
    asked = json.loads(call(study, "--json", "--method", "lingam", "--shared", "adjust").stdout)
    assert asked["method"] == "lingam"
    assert asked["chosen_because"] == "asked for"
    assert asked["shared"]["adjusted"]
    assert asked["settings"]["method"] == "lingam"
    kept = json.loads(call(study, "--json", "--shared", "keep", "--types", "normal scores").stdout)
    assert kept["shared"] == {"adjusted": False, "factors": []}


def test_the_papers_method_is_there_and_says_what_it_cannot_tell(study: Path) -> None:
    told = call(study, "--method", "notears")
    assert told.exit_code == 0, told.output
    lines = told.stdout.splitlines()
    assert lines[0].endswith("NOTEARS reads variances; here each is 1, so that they tell it nothing.")
    assert "by NOTEARS (asked for; it reads the order of variances" in told.stdout


def test_other_methods_stand_beside_it(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_graphs, "find_spec", lambda _: None)
    told = call(study, "--side-by-side")
    assert told.exit_code == 0, told.output
    assert "By 4 methods" in told.stdout
    assert "pc was not run: causal-learn is not installed" in told.stdout
    found = json.loads(call(study, "--side-by-side", "--json").stdout)["side_by_side"]
    ran = [one["name"] for one in found["methods"] if not one["not_run"]]
    assert ran == ["order", "lingam", "notears", "grow-shrink"]
    assert ("attention", "desire") in {(pair["cause"], pair["effect"]) for pair in found["pairs"]}
    assert [row[k] for k, row in enumerate(found["agreement"])] == [1.0] * 4
    assert found["joined_by_all"] == sum(len(pair["joined"]) == 4 for pair in found["pairs"])


def test_what_others_say_is_on_the_page_too(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_graphs, "find_spec", lambda _: None)
    out = tmp_path / "out"
    told = call(study, "--side-by-side", "--report", out, "--json")
    assert told.exit_code == 0, told.output
    page = (out / "report.html").read_text(encoding="utf-8")
    kept = json.loads((out / "report.json").read_text(encoding="utf-8"))["side_by_side"]
    printed = json.loads(told.stdout)["side_by_side"]
    assert (kept["pairs"], kept["agreement"]) == (printed["pairs"], printed["agreement"])
    section = page[page.index("<h2>By other methods</h2>") :]
    assert "<td>attention &gt; desire</td>" in section
    assert section.count("<td>grow-shrink</td><td>") == 1
    assert section.count("<tr><td>") == len(kept["pairs"]) + 4
    assert "pc was not run: causal-learn is not installed" in section


def test_how_stable_is_not_told_where_nobody_asked(study: Path) -> None:
    told = call(study, "--halves", "0")
    assert told.exit_code == 0, told.output
    rows = [line.split() for line in told.stdout.splitlines() if line.startswith("attention")]
    assert rows
    assert all(row[-2:] == ["-", "-"] for row in rows)
    assert "How stable an arrow is was not asked" in told.stdout
    assert json.loads(call(study, "--halves", "0", "--json").stdout)["edges"][0]["seen"] is None


def test_contradictions_are_told_before_a_study_is_read(tmp_path: Path) -> None:
    known = tmp_path / "known.toml"
    known.write_text('forbidden = ["attention -> desire"]\nrequired = ["attention -> desire"]\n')
    exception = call(tmp_path / "no-study", "--background", known).exception
    assert isinstance(exception, TelltaleError)
    assert "both required and forbidden" in str(exception)
    known.write_text('required = ["attention -> desire", "desire -> attention"]\n')
    assert "circle within a step" in str(call(tmp_path / "no-study", "--background", known).exception)


def test_a_method_that_is_none_is_refused(study: Path) -> None:
    told = call(study, "--method", "magic")
    assert told.exit_code == 2
    assert "magic" in told.output
