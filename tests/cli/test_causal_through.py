"""`telltale causal through`, as a person calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from telltale.cli.app import build as build_app
from telltale.core.errors import TelltaleError
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study

ASKED = ("--strategy", "social_proof", "--mediator", "attention", "--outcome", "desire", "--model", "linear")


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(build_app(), ["causal", "through", *map(str, words)])


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("through") / "study"
    return simulate_study(out, load_spec().scaled(60), seed=2, signals="none").study


def test_three_sentences_come_first_then_the_parts(study: Path) -> None:
    told = call(study, *ASKED)
    assert told.exit_code == 0, told.output
    answer, sure, wrong = told.stdout.splitlines()[:3]
    assert answer.startswith("social_proof raised desire from 30 s after it on by")
    assert "there is no evidence that any of it went through attention within 30 s" in answer
    assert sure.startswith("95 % intervals: in all")
    assert "no lot was drawn for what it went through" in sure
    assert " checks" in wrong
    assert "something that no column tells moves both attention" in wrong
    for words in (
        "What carried it",
        "What could have sunk it",
        "placebo outcome",
        "the same seconds",
        "This holds if",
        "by other ways or after 30 s",
    ):
        assert words in told.stdout


def test_json_holds_every_number_and_the_parts_add_up(study: Path) -> None:
    found = json.loads(call(study, *ASKED, "--within", "10", "--until", "60", "--json").stdout)
    effects = found["effects"]
    assert len(found["sentences"]) == 3
    assert found["stands"] in ("pass", "fail", "cannot tell")
    assert {"placebo treatment", "placebo outcome"} <= {check["name"] for check in found["checks"]}
    assert effects["direct"]["value"] + effects["indirect"]["value"] == pytest.approx(
        effects["total"]["value"], abs=1e-9
    )
    assert effects["outcome"] == "desire 10 to 60 s after it"
    assert found["outcome_unit"] == "its own"
    assert effects["mediators"] == ["attention within 10 s"]
    for part in ("total", "direct", "indirect"):
        assert effects[part]["low"] < effects[part]["value"] < effects[part]["high"]
    assert effects["checks"][0]["verdict"] in ("pass", "fail", "cannot tell")
    assert len(effects["assumptions"]) == 5


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--strategy lottery --mediator attention --outcome desire", "no strategy 'lottery'"),
        ("--strategy social_proof --mediator joy --outcome desire", "no mediator 'joy'"),
        ("--strategy social_proof --mediator attention --outcome joy", "no outcome 'joy'"),
        ("--strategy social_proof --mediator desire --outcome desire", "'desire' is mediator and outcome"),
        ("--strategy social_proof --mediator attention --outcome desire --within 1", "no step ends"),
        (
            "--strategy social_proof --mediator attention --outcome desire --covariate joy",
            "no covariate 'joy'",
        ),
        (
            "--strategy social_proof --mediator attention --outcome desire --within 30 --until 30",
            "the outcome ends before it begins",
        ),
    ],
)
def test_what_cannot_be_asked_is_told_in_one_line(study: Path, words: str, says: str) -> None:
    error = call(study, *words.split()).exception
    assert isinstance(error, TelltaleError)
    assert says in str(error)
    assert "\n" not in str(error)
