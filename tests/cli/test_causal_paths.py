"""`telltale causal paths` and `whatif`: intervals, the picture, and sentences in their order."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from telltale.cli.app import build as build_app
from telltale.core.errors import TelltaleError
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study

FACTORS = ("promotion", "host_elation", "chat_mood", "attention", "desire")
CHOSEN = [word for name in FACTORS for word in ("--factor", name)]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("paths") / "study"
    return simulate_study(out, load_spec().scaled(60), seed=2, signals="none").study


def call(command: str, study: Path, *words: str | Path) -> Result:
    return CliRunner().invoke(build_app(), ["causal", command, str(study), *CHOSEN, *map(str, words)])


def test_every_part_of_a_path_has_its_interval(study: Path) -> None:
    words = ("--from", "host_elation", "--to", "desire", "--strongest", "1")
    found = json.loads(call("paths", study, *words, "--json").stdout)
    assert len(found["chains"]) == 1
    assert found["level"] == 0.95
    parts = {name: (found[name], ends) for name, ends in found["intervals"].items()}
    assert set(parts) == {"total", "direct", "indirect", "other_chains"}
    parts["chain"] = (found["chains"][0]["response"], found["chains"][0])
    for values, ends in parts.values():
        assert len(values) == len(ends["low"]) == len(ends["high"]) == 13
        assert all(low - 1e-9 <= value <= high + 1e-9
                   for low, value, high in zip(ends["low"], values, ends["high"], strict=True))  # fmt: skip
    told = call("paths", study, *words).stdout
    low, high = (found["intervals"]["total"][end][-1] for end in ("low", "high"))
    assert told.splitlines()[0].startswith("One standard deviation more of host_elation from then on moves")
    assert f"({low:+.3f} to {high:+.3f})" in told.splitlines()[0]
    assert told.splitlines()[1].startswith("Intervals of 95 % draw the")
    assert told.splitlines()[2].startswith("It is wrong if")
    assert "all other chains" in told


def test_the_chains_are_drawn(study: Path, tmp_path: Path) -> None:
    file = tmp_path / "new" / "paths.svg"
    told = call("paths", study, "--from", "host_elation", "--to", "desire", "--figure", file)
    assert told.exit_code == 0, told.output
    words = [
        "".join(one.itertext()) for one in ElementTree.parse(file).iter("{http://www.w3.org/2000/svg}text")
    ]
    assert "host elation" in words
    assert "simulated viewers" in words


def test_where_no_way_leads_one_sentence_says_it(study: Path) -> None:
    told = call("paths", study, "--from", "desire", "--to", "promotion").stdout
    assert told.startswith("No way leads from desire to promotion")
    assert "chain" not in told


def test_what_if_says_what_moves_most_first(study: Path) -> None:
    told = call("whatif", study, "--set", "attention=0.5").stdout
    lines = told.splitlines()
    assert lines[0].startswith("Holding attention at 0.5 (its mean is")
    assert "raises desire by" in lines[0]
    assert "the most of 4 factors" in lines[0]
    assert lines[2].startswith("It is wrong if")
    assert "3 others stay as they are." in told
    nothing = call("whatif", study, "--set", "desire=0.5", "--on", "promotion").stdout
    assert "moves nothing that was asked for" in nothing


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--from desire --to desire", "'desire' is cause and effect"),
        ("--from desire --to joy", "no factor is called 'joy'"),
        ("--from host_elation --to desire --figure chains.png", "chains.png is no SVG"),
    ],
)
def test_what_cannot_be_told_is_refused_before_the_study_is_read(
    tmp_path: Path, words: str, says: str
) -> None:
    error = call("paths", tmp_path / "no study", *words.split()).exception
    assert isinstance(error, TelltaleError)
    assert says in str(error)
