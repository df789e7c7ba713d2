"""`telltale causal effect`, `graph`, `paths` and `whatif`, as a person calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from telltale.cli.app import build as build_app
from telltale.core.errors import TelltaleError
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study

FACTORS = ("promotion", "host_elation", "chat_mood", "attention", "desire")


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(build_app(), ["causal", *map(str, words)])


def refused(*words: str | Path) -> None:
    """What `main` would tell in one line."""
    exception = call(*words).exception
    assert exception is not None
    raise exception


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("causal") / "study"
    return simulate_study(out, load_spec().scaled(60), seed=2, signals="none").study


def chosen() -> list[str]:
    return [word for name in FACTORS for word in ("--factor", name)]


def test_a_graph_is_told_and_written_as_json(study: Path) -> None:
    told = call("graph", study, *chosen(), "--halves", "4")
    assert told.exit_code == 0, told.output
    assert "arrows among 5 factors" in told.stdout
    found = json.loads(call("graph", study, *chosen(), "--halves", "4", "--json").stdout)
    arrows = {(edge["cause"], edge["effect"]) for edge in found["edges"]}
    assert ("attention", "desire") in arrows
    assert not {effect for _, effect in arrows} & {"promotion"}
    assert found["settings"]["halves"] == 4


def test_a_background_forbids_arrows(study: Path, tmp_path: Path) -> None:
    known = tmp_path / "known.toml"
    known.write_text('forbidden = ["attention -> desire", "attention -(1)-> desire"]\n')
    found = json.loads(
        call("graph", study, *chosen(), "--halves", "0", "--background", known, "--json").stdout
    )
    assert ("attention", "desire") not in {(edge["cause"], edge["effect"]) for edge in found["edges"]}


def test_paths_add_up(study: Path) -> None:
    words: list[str | Path] = [
        "paths",
        study,
        *chosen(),
        "--from",
        "host_elation",
        "--to",
        "desire",
        "--seconds",
        "30",
    ]
    told = call(*words)
    assert told.exit_code == 0, told.output
    assert "directly" in told.stdout
    found = json.loads(call(*words, "--json").stdout)
    assert found["seconds"] == [0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0]
    for step in range(7):
        listed = sum(chain["response"][step] for chain in found["chains"]) + found["other_chains"][step]
        assert listed == pytest.approx(found["total"][step], abs=1e-8)
        assert found["direct"][step] + found["indirect"][step] == pytest.approx(
            found["total"][step], abs=1e-8
        )
    with pytest.raises(TelltaleError, match="no whole steps"):
        refused(*words[:-1], "7")


def test_what_if_warns_where_the_data_never_went(study: Path) -> None:
    words: list[str | Path] = ["whatif", study, *chosen(), "--set", "attention=9", "--on", "desire"]
    told = call(*words)
    assert told.exit_code == 0, told.output
    assert "Careful" in told.stdout
    found = json.loads(call(*words, "--json").stdout)
    (desire,) = found["outcomes"]
    assert desire["low"][-1] < desire["change"][-1] < desire["high"][-1]
    with pytest.raises(TelltaleError, match="'attention', 'desire=high'"):
        refused("whatif", study, *chosen(), "--set", "attention", "--set", "desire=high")


def test_an_effect_is_told_with_its_checks(study: Path) -> None:
    asked = ["--strategy", "social_proof", "--outcome", "desire", "--method", "ipw"]
    words: list[str | Path] = ["effect", study, *asked]
    told = call(*words, "--draws", "5")
    assert told.exit_code == 0, told.output
    assert told.stdout.startswith("social_proof raised desire after it by")
    assert "by lot, the better evidence" in told.stdout
    assert "placebo outcome" in told.stdout
    found = json.loads(call(*words, "--draws", "5", "--json").stdout)
    assert len(found["sentences"]) == 3
    assert {check["name"] for check in found["checks"]} >= {
        "placebo treatment",
        "subsets",
        "leave one group out",
    }
    assert found["effect"]["estimand"] == "ATE"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("effect --strategy lottery --outcome desire", "no strategy 'lottery'"),
        ("effect --strategy social_proof --outcome joy", "no outcome 'joy'"),
        ("effect --strategy social_proof --outcome desire --method x", "no estimator 'x'"),
        ("graph --factor joy --factor desire", "joy"),
        ("whatif --factor attention --factor desire --set desire=1 --seconds 7", "no whole steps"),
        ("paths --factor attention --factor desire --from desire --to joy", "no factor is called 'joy'"),
        ("graph --factor attention --factor desire --background nowhere.toml", "nowhere.toml"),
    ],
)
def test_what_is_not_there_is_told(study: Path, words: str, says: str) -> None:
    command, *options = words.split()
    with pytest.raises(TelltaleError, match=says):
        refused(command, study, *options)
