"""`telltale causal paths` and `whatif`: intervals, the picture, and sentences in their order."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from telltale.causal import discovery
from telltale.causal.discovery import FactorGraph
from telltale.causal.graph_words import WRONG
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
    """With few half samples, where none are asked for."""
    halves = () if "--halves" in words else ("--halves", "2")
    return CliRunner().invoke(
        build_app(), ["causal", command, str(study), *CHOSEN, *halves, *map(str, words)]
    )


@pytest.mark.parametrize("types", ["as they are", "normal scores"])
def test_what_is_asked_is_the_graph_that_is_drawn(
    study: Path, types: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    learnt, graphs = discovery.learn_graph, []

    def kept(*given: Any, **more: Any) -> FactorGraph:
        graphs.append(learnt(*given, **more))
        return graphs[-1]

    monkeypatch.setattr(discovery, "learn_graph", kept)
    for words in ("graph", "paths --from attention --to desire", "whatif --set attention=0.2"):
        command, *rest = words.split()
        told = CliRunner().invoke(
            build_app(), ["causal", command, str(study), *CHOSEN, *rest, "--types", types]
        )
        assert told.exit_code == 0, told.output
    drawn, *asked = graphs
    assert drawn.settings.halves == 20
    by_ranks = drawn.rows.structure.products != pytest.approx(drawn.rows.clusters.products)
    assert by_ranks == (types == "normal scores")
    for graph in asked:
        assert graph.settings == drawn.settings
        assert graph.edges == drawn.edges


def test_that_no_half_sample_was_asked_is_said(study: Path) -> None:
    for asked in ("paths --from attention --to desire", "whatif --set attention=0"):
        command, *words = asked.split()
        assert "how stable an arrow is was not asked" in call(command, study, *words, "--halves", "0").stdout
        assert "how stable an arrow is was not asked" not in call(command, study, *words).stdout


def test_rooms_are_drawn_where_the_rooms_own_is_moved(tmp_path: Path) -> None:
    study = simulate_study(tmp_path / "study", load_spec().scaled(120), seed=2, signals="none").study
    rooms = len(set(pd.read_parquet(study / "sessions.parquet").room_id))
    people = len(set(pd.read_parquet(study / "sessions.parquet").participant_id))
    few = f"intervals draw among only {rooms} rooms: they are widened for so few, and may still be too narrow"
    assert 20 <= rooms < 30 < people
    room, own = f"draw the {rooms} rooms again", f"draw the {people} people again"

    def told(words: str) -> str:
        command, *rest = words.split()
        return call(command, study, *rest, "--shared", "keep").stdout

    by_room = told("paths --from promotion --to desire")
    assert room in by_room
    assert few in by_room
    assert own in told("paths --from promotion --to desire --cluster person")
    assert own in told("paths --from attention --to desire")
    assert room in told("whatif --set promotion=1")
    assert own in told("whatif --set attention=0.5")
    drawn = told("graph")
    assert f"{rooms} rooms, by " in drawn
    assert few in drawn


def test_what_is_on_or_off_is_held_between(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("7", "-0.1"):
        with monkeypatch.context() as patched:
            patched.setattr(discovery, "learn_graph", None)
            error = call("whatif", study, "--set", f"promotion={value}").exception
        assert isinstance(error, TelltaleError)
        assert str(error) == (
            f"'promotion' is on or off and is set to {value}: set it to 0, to 1 or to a share between them"
        )
    assert call("whatif", study, "--set", "promotion=0.5").exit_code == 0
    assert call("whatif", study, "--set", "attention=7").exit_code == 0


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
    assert told.splitlines()[0].endswith(f" One standard deviation of host_elation is {found['step']:.3g}.")
    assert f"({low:+.3f} to {high:+.3f})" in told.splitlines()[0]
    assert told.splitlines()[1].startswith("Intervals of 95 % draw the")
    assert told.splitlines()[2] == WRONG
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
    answer, sure, wrong = told.splitlines()[:3]
    assert answer.startswith("No way was found from desire to promotion among ")
    assert answer.endswith(" people within 60 s; a weak one may have been missed.")
    assert (
        "so here there is none: arrows of less than 0.03 standard deviations or that fewer than 50 %" in sure
    )
    assert sure.endswith("as known, allows no way there, so the data were not asked.")
    assert wrong == WRONG
    assert "chain" not in told
    assert "0.000" not in told


def test_what_if_says_what_moves_most_first(study: Path) -> None:
    told = call("whatif", study, "--set", "attention=0.5").stdout
    lines = told.splitlines()
    assert lines[0].startswith("Holding attention at 0.5 (against its mean -0.")
    assert "raises desire by" in lines[0]
    assert "the most of 4 factors" in lines[0]
    assert lines[2].startswith("It is wrong if")
    assert "To 3 others no way was found." in told
    twice = call("whatif", study, "--set", "attention=0.5", "--on", "desire", "--on", "desire", "--json")
    assert [one["factor"] for one in json.loads(twice.stdout)["outcomes"]] == ["desire"]
    nothing = call("whatif", study, "--set", "desire=0.5", "--on", "promotion").stdout
    assert "no way was found to promotion among " in nothing.splitlines()[0]
    assert "so here there is none" in nothing.splitlines()[1]
    assert nothing.splitlines()[2] == WRONG


def test_a_promotion_is_told_on_instead_of_off(study: Path, tmp_path: Path) -> None:
    words = ("--from", "promotion", "--to", "desire", "--seconds", "30")
    out, file = tmp_path / "out", tmp_path / "paths.svg"
    told = call("paths", study, *words, "--report", out, "--figure", file)
    assert told.exit_code == 0, told.output
    assert told.stdout.startswith("promotion on instead of off from then on moves desire by ")
    page = (out / "report.html").read_text(encoding="utf-8")
    assert '<p class="first">Promotion on instead of off from then on raises desire by ' in page
    assert ">0 to 1</text>" in page
    assert ">0 to 1</text>" in file.read_text(encoding="utf-8")
    found = json.loads(call("paths", study, *words, "--json").stdout)
    assert found["step"] == 1.0
    # The same as holding it at 1 instead of at 0, in what is asked of the other command.
    changes = [
        json.loads(call("whatif", study, "--set", f"promotion={value}", "--on", "desire", "--seconds", "30",
                        "--json").stdout)["outcomes"][0]["change"][-1]
        for value in (0, 1)
    ]  # fmt: skip
    assert found["total"][-1] * found["sd"]["desire"] == pytest.approx(changes[1] - changes[0])


def test_what_is_set_is_compared_with_how_often_it_is(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ("--set", "promotion=1")
    told = call("whatif", study, *words, "--report", out)
    compared = json.loads(call("whatif", study, *words, "--json").stdout)["compared_with"]["promotion"]
    assert compared["words"] == f"instead of its mean, {100 * compared['mean']:.0f} % of the time"
    assert told.stdout.startswith(f"Holding promotion at 1 ({compared['words']}) raises ")
    page = (out / "report.html").read_text(encoding="utf-8")
    assert f'<p class="first">If promotion is held at 1 ({compared["words"]}), ' in page


def test_a_device_is_told_instead_of_another(study: Path, tmp_path: Path) -> None:
    """Here desire hangs on it, so that a way leads from it."""
    lifted = tmp_path / "study"
    shutil.copytree(study, lifted)
    devices = pd.read_parquet(study / "sessions.parquet").set_index("session_id").device
    rows = pd.read_parquet(study / "viewer_factors.parquet")
    rows["desire"] += 2.0 * (rows.session_id.map(devices) == "laptop")
    rows.to_parquet(lifted / "viewer_factors.parquet")
    out, words = tmp_path / "out", ("--factor", "device_laptop")
    told = call("paths", lifted, *words, "--from", "device_laptop", "--to", "desire", "--report", out)
    assert told.exit_code == 0, told.output
    assert told.stdout.startswith("device laptop instead of another from then on moves desire by +")
    page = (out / "report.html").read_text(encoding="utf-8")
    assert '<p class="first">Device laptop instead of another from then on raises desire by ' in page
    told = call("whatif", lifted, *words, "--set", "device_laptop=1", "--report", tmp_path / "set")
    assert told.stdout.startswith("Holding device laptop for all (instead of its mean, ")
    page = (tmp_path / "set" / "report.html").read_text(encoding="utf-8")
    assert '<p class="first">If device laptop is held for all (instead of its mean, ' in page


@pytest.mark.parametrize(
    "words",
    [("paths", "--from", "promotion", "--to", "desire"), ("whatif", "--set", "promotion=1")],
)
def test_notes_of_the_graph_reach_what_follows_from_it(
    study: Path, tmp_path: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    learnt = discovery.learn_graph

    def left_open(*given: Any, **more: Any) -> FactorGraph:
        graph = learnt(*given, **more)
        edges = tuple(
            replace(edge, oriented=(edge.cause, edge.effect, edge.lag) != ("attention", "desire", 0))
            for edge in graph.edges
        )
        return replace(graph, edges=edges)

    monkeypatch.setattr(discovery, "learn_graph", left_open)
    command, *rest = words
    told = call(command, study, *rest, "--report", tmp_path / "out")
    assert told.exit_code == 0, told.output
    found = json.loads(call(command, study, *rest, "--json").stdout)["notes"]
    assert found[0] == "attention - desire: the data do not say which way"
    assert any("people are drawn again for intervals" in note for note in found)
    page = unescape((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
    for note in found:
        assert f"  {note}\n" in told.stdout
        assert f"{note}." in page
    assert json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))["notes"] == found


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--set joy=1", "no factor is called 'joy' among those of --factor"),
        ("--set desire=1 --on joy", "no factor is called 'joy' among those of --factor"),
        ("--set desire=nan", "'desire' is set to nan"),
        ("--set desire=-inf", "'desire' is set to -inf"),
        ("--set promotion=5 --set promotion=0", "'promotion' is set twice"),
        ("--set desire=1 --on desire", "'desire' is set and asked for"),
        ("--set desire=1 --seconds inf", "inf s are not between 0 and 10,000 steps"),
        ("--set desire=1 --seconds 1e6", "1e+06 s are not between 0 and 10,000 steps"),
        ("--set desire=1 --grid 0", "a step of 0 s is none"),
        ("--set =1 --set desire", "'=1', 'desire': write FACTOR=NUMBER"),
    ],
)
def test_what_cannot_be_set_is_refused_before_the_study_is_read(
    tmp_path: Path, words: str, says: str
) -> None:
    error = call("whatif", tmp_path / "no study", *words.split()).exception
    assert isinstance(error, TelltaleError)
    assert says in str(error)
    assert "\n" not in str(error)


def test_names_are_refused_before_the_graph_is_learnt(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def learn(*given: object, **more: object) -> None:
        raise AssertionError(f"learnt a graph of {given} {more}")

    monkeypatch.setattr(discovery, "learn_graph", learn)
    for command, *words in (
        ("paths", "--from", "desir", "--to", "attention"),
        ("whatif", "--set", "desir=1"),
        ("whatif", "--set", "attention=1", "--on", "desir"),
    ):
        asked = ["causal", command, str(study), *words]
        error = CliRunner().invoke(build_app(), asked).exception
        assert isinstance(error, TelltaleError)
        assert "no factor is called 'desir' (did you mean 'desire'?)" in str(error)
    asked = ["causal", "paths", str(study), "--from", "desire", "--to", "purchase"]
    error = CliRunner().invoke(build_app(), asked).exception
    assert isinstance(error, TelltaleError)
    assert "--factor desire --factor purchase" in str(error)


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
