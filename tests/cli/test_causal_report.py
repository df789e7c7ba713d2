"""`telltale causal ... --report out`: a page beside what is printed, and no folder written over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from telltale.cli.app import build as build_app
from telltale.core.errors import FormatError
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study

FACTORS = [
    word for name in ("promotion", "host_elation", "attention", "desire") for word in ("--factor", name)
]
QUESTION = ["--strategy", "social_proof", "--outcome", "desire", "--covariate"]
ASKED = {
    "graph": [*FACTORS, "--halves", "2"],
    "paths": [*FACTORS, "--from", "promotion", "--to", "desire"],
    "whatif": [*FACTORS, "--set", "promotion=1"],
    "effect": [*QUESTION, "attention", "--draws", "5"],
    "did": [*QUESTION, "attention", "--every", "15"],
    "through": [*QUESTION, "promotion", "--mediator", "attention", "--model", "linear"],
}


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(build_app(), ["causal", *map(str, words)])


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report") / "study"
    return simulate_study(out, load_spec().scaled(60), seed=2, signals="none").study


@pytest.mark.parametrize("command", ASKED)
def test_a_page_is_written_and_says_that_people_are_simulated(
    command: str, study: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    told = call(command, study, *ASKED[command], "--report", out, "--json")
    assert told.exit_code == 0, told.output
    json.loads(told.stdout)
    assert str(out / "report.html").replace("\n", "") in told.stderr.replace("\n", "")
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "<strong>simulated</strong>" in page
    assert page.count("<svg ") == len(list((out / "figures").glob("*.svg"))) > 0
    json.loads((out / "report.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("command", ASKED)
def test_a_folder_that_holds_something_is_refused_before_anything_runs(command: str, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("mine", encoding="utf-8")
    found = call(command, tmp_path / "no-study", *ASKED[command], "--report", tmp_path).exception
    assert isinstance(found, FormatError)
    assert str(tmp_path) in str(found)
    assert "no-study" not in str(found)
