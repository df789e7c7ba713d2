"""`telltale causal effect`, `graph`, `paths` and `whatif`, as a person calls them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from tests.effects.studies import Change, arms, changed
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


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("causal") / "large"
    return simulate_study(out, load_spec().scaled(120), seed=2, signals="none").study


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every other room got it, with all of its viewers."""
    out = tmp_path_factory.mktemp("causal") / "rooms"
    whole = simulate_study(out / "whole", load_spec().scaled(300), seed=2, signals="none").study
    room = pd.read_parquet(whole / "sessions.parquet").set_index("session_id").room_id
    got = arms(lambda table: table.session_id.map(room.str[1:].astype(int) % 2 == 1))
    return changed(whole, out / "study", exposures=got)


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
    for part in (
        "placebo outcome",
        "placebo in time",
        "how strong something hidden must be is not asked",
        "SD",
    ):
        assert part in told.stdout
    # Nothing hidden moves a lot, and a lot needs no adjustment.
    assert "E-value" not in told.stdout
    assert "A lot needs no adjustment" in told.stdout
    found = json.loads(call(*words, "--draws", "5", "--json").stdout)
    assert len(found["sentences"]) == 3
    assert {check["name"] for check in found["checks"]} >= {
        "placebo treatment",
        "subsets",
        "leave one group out",
    }
    assert found["effect"]["estimand"] == "ATE"
    assert len(found["balance"]["before"]) == len(found["balance"]["names"])
    assert sum(found["overlap"]["treated"]) + sum(found["overlap"]["control"]) == 60
    hidden = found["hidden"]
    assert hidden["rosenbaum_bounds"] is None
    assert len(hidden["bias_curve"]["low"]) == len(hidden["bias_curve"]["strength"])
    assert found["who_gains"] is None


def test_matching_and_trimming_say_what_they_left(large: Path) -> None:
    words: list[str | Path] = ["effect", large, "--strategy", "preloaded_checkout", "--outcome", "desire"]
    words += ["--method", "matching-pairs", "--trim", ".35", "--draws", "5"]
    told = call(*words)
    assert told.exit_code == 0, told.output
    assert "Rosenbaum's bound" in told.stdout
    assert "How strong would something hidden" in told.stdout
    found = json.loads(call(*words, "--json").stdout)
    assert found["hidden"]["rosenbaum_bounds"]["pairs"] == found["effect"]["treated"]
    assert found["balance"]["by"] == "matching alone"
    # Pairs are of those who got it, asked for or not.
    assert found["effect"]["estimand"] == "ATT"
    rows = sum(found["overlap"]["treated"]) + sum(found["overlap"]["control"])
    used = found["effect"]["treated"] + found["effect"]["control"] + found["effect"]["left_out"]
    assert used == rows == 120
    (kept,) = (note for note in found["effect"]["notes"] if "trimmed by a fixed bound" in note)
    within = int(re.findall(r"true only of the (\d+) rows", kept)[0])
    assert found["effect"]["left_out"] >= rows - within > 0
    assert "for whom both were likely enough" in found["sentences"][0]
    assert "were left out, for whom one of both was too unlikely" in found["sentences"][1]


def test_help_names_every_method() -> None:
    from telltale.cli.causal_effect import _METHODS
    from telltale.effects.registry_effects import ESTIMATORS

    named = set(re.findall(r"[a-z][a-z-]+", _METHODS))
    assert set(ESTIMATORS) <= named


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_effects_on_single_sessions_are_written(study: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / "rows" / f"each.{suffix}"
    asked = ["--strategy", "social_proof", "--outcome", "desire", "--draws", "5"]
    told = call("effect", study, *asked, "--individual", out)
    assert told.exit_code == 0, told.output
    assert f"{out.name}: 60 individual effects, per viewer, by dr" in told.stdout
    rows = pd.read_csv(out) if suffix == "csv" else pd.read_parquet(out)
    assert list(rows.columns) == ["session", "effect", "low", "high", "simulated"]
    assert rows.simulated.dtype == bool
    assert rows.simulated.all()
    assigned = pd.read_parquet(study / "exposures.parquet").query("strategy == 'social_proof'")
    assert rows.session.is_unique
    assert set(rows.session) <= set(assigned.session_id)
    assert len(rows) == 60
    bounded = rows.dropna()
    assert (bounded.low < bounded.effect).all()
    assert (bounded.effect < bounded.high).all()
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_rooms_are_asked_where_whole_rooms_got_it(rooms: Path) -> None:
    asked = ["--strategy", "social_proof", "--outcome", "desire", "--method", "ipw", "--draws", "5"]
    told = call("effect", rooms, *asked, "--per", "room")
    assert told.exit_code == 0, told.output
    assert " rooms got it, " in told.stdout
    assert "drawn by room" not in told.stdout
    by_viewer = json.loads(call("effect", rooms, *asked, "--json").stdout)
    assert by_viewer["drawn"] == {"by": "room", "because": "whole rooms got it", "lot": "room"}
    assert "rooms, drawn by room, for whole rooms got it; " in by_viewer["sentences"][1]
    by_person = json.loads(call("effect", rooms, *asked, "--json", "--cluster", "person").stdout)
    assert by_person["drawn"] == {"by": "person", "because": "", "lot": "room"}
    assert by_person["effect"]["clusters"] != by_viewer["effect"]["clusters"]
    for command in ("did", "through"):
        more = ["--mediator", "attention"] if command == "through" else ["--before", "30", "--after", "30"]
        told = call(command, rooms, "--strategy", "social_proof", "--outcome", "desire", *more)
        assert "rooms, drawn by room, for whole rooms got it; " in told.stdout
    found = json.loads(call("effect", rooms, *asked, "--per", "room", "--json").stdout)
    assert found["effect"]["unit"] == "room"
    assert found["effect"]["treated"] + found["effect"]["control"] == found["effect"]["clusters"] >= 30


def test_before_and_after_is_told_with_its_checks(large: Path) -> None:
    words: list[str | Path] = ["did", large, "--strategy", "social_proof", "--outcome", "desire"]
    told = call(*words, "--every", "15")
    assert told.exit_code == 0, told.output
    first = told.stdout.splitlines()[0]
    assert "desire in the 60 s after it" in first
    for part in (
        "parallel trends",
        "placebo in time",
        "other matches",
        "Period by period",
        "-60 s",
        "psm-did",
    ):
        assert part in told.stdout
    assert "starts" not in told.stdout
    assert "Careful: after matching and regression both arms still differ" in told.stdout
    assert "after matching alone; a straight line takes out the rest" in told.stdout
    assert re.search(r" viewers got it, \d+ did not, of \d+ people; it was assigned by lot", told.stdout)
    found = json.loads(call(*words, "--every", "15", "--json", "--cluster", "room").stdout)
    assert found["periods"]["seconds"] == [-60, -45, -30, -15, 0, 15, 30, 45]
    assert found["periods"]["low"][3] is None
    assert found["warnings"][0].startswith("after matching and regression both arms still differ")
    assert found["staggered"] is None
    assert not found["starts_note"]
    assert found["trends"]["plain"]["leads"] == 3
    balance = found["balance"]
    assert len(balance["after"]) == len(balance["names"])
    assert balance["by"] == "matching and regression"
    alone, after = balance["matched_alone"], dict(zip(balance["names"], balance["after"], strict=True))
    assert alone["worst"] == max(map(abs, alone["after"])) > 0.01
    assert max(abs(after[name]) for name in alone["names"]) < 1e-9


def test_tables_of_an_event_are_of_a_hundred_viewers_and_json_per_viewer(large: Path) -> None:
    words: list[str | Path] = ["did", large, "--strategy", "social_proof", "--outcome", "like"]
    words += ["--every", "15"]
    told, found = call(*words).stdout, json.loads(call(*words, "--json").stdout)
    assert found["outcome_unit"] == "times per viewer in 60 s"
    first, effect = found["periods"]["treated"][0], found["effect"]["value"]
    assert "how often it came per 100 viewers, scaled to 60 s" in " ".join(told.split())
    assert "effect, per 100 viewers" in told
    rows = [line.split() for line in told.splitlines()]
    assert ["-60", "s", f"{100 * first:.3g}"] in [row[:3] for row in rows]
    assert ["psm-did", f"{100 * effect:+.3g}"] in [row[:2] for row in rows]


def everybody(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(arm="treated")


def nobody(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(arm="control")


def twelve(table: pd.DataFrame) -> pd.DataFrame:
    return table[table.strategy == "social_proof"].head(12)


def odd_factors(table: pd.DataFrame) -> pd.DataFrame:
    lost = table.session_id.str[1:].astype(int) % 5 > 0
    return table.assign(still=1.0, twice=2 * table.attention, gone=table.surprise.mask(lost))


@pytest.mark.parametrize("command", ["effect", "did"])
@pytest.mark.parametrize(
    ("table", "change", "more", "says"),
    [
        ("exposures", everybody, "", "everybody got 'social_proof' of the 60 sessions that were assigned"),
        ("exposures", nobody, "", "nobody got 'social_proof'"),
        ("exposures", twelve, "", "12 sessions were assigned to 'social_proof': give 30 or more"),
        ("exposures", None, "", "the study has no exposures"),
        ("viewer_factors", odd_factors, "--covariate still", "covariates that never change: 'still'"),
        (
            "viewer_factors",
            odd_factors,
            "--covariate attention --covariate twice",
            "follow from the others: 'twice'",
        ),
        ("viewer_factors", odd_factors, "--covariate gone", "missing before the moment: 'gone' 80 %"),
        ("viewer_factors", odd_factors, "--outcome still", "the outcome 'still"),
        ("", None, "--strategy lottery", "no strategy 'lottery'"),
        ("", None, "--outcome joy", "no outcome 'joy'"),
        ("", None, "--covariate joy", "no covariate 'joy'"),
    ],
    ids=[
        *("everybody", "nobody", "twelve", "no exposures", "constant", "collinear", "missing"),
        *("constant outcome", "strategy", "outcome", "covariate"),
    ],
)
def test_what_tells_no_effect_gets_one_line(
    study: Path, tmp_path: Path, command: str, table: str, change: Change | None, more: str, says: str
) -> None:
    folder = changed(study, tmp_path / "study", **({table: change} if table else {}))
    words = {"--strategy": "social_proof", "--outcome": "desire"}
    given = more.split()
    if given[:1] and given[0] in words:
        words[given[0]], given = given[1], []
    with pytest.raises(TelltaleError) as caught:
        refused(command, folder, *(word for pair in words.items() for word in pair), *given)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("command", ["effect", "did"])
def test_it_is_refused_before_the_factors_are_read(
    study: Path, tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = changed(study, tmp_path / "study", exposures=everybody)

    def read(*given: object, **more: object) -> None:
        raise AssertionError(f"read the factors: {given} {more}")

    monkeypatch.setattr(f"telltale.cli.causal_{command}.read_panel", read)
    with pytest.raises(TelltaleError, match="everybody"):
        refused(command, folder, "--strategy", "social_proof", "--outcome", "desire")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("effect --strategy lottery --outcome desire", "no strategy 'lottery'"),
        ("effect --strategy social_proof --outcome joy", "no outcome 'joy'"),
        ("effect --strategy social_proof --outcome desire --method x", "no estimator 'x'"),
        ("effect --strategy social_proof --outcome desire --trim much", "--trim much"),
        (
            "effect --strategy social_proof --outcome desire --method matching-pairs --estimand ATE",
            "only the treated are matched: ask for ATT",
        ),
        ("effect --strategy social_proof --outcome desire --within inf", "within inf s is no time"),
        (
            "effect --strategy social_proof --outcome desire --covariate social_proof",
            "'social_proof' is a strategy, no covariate",
        ),
        ("effect --strategy social_proof --outcome desire --individual rows.txt", "rows.txt is no table"),
        (
            "effect --strategy social_proof --outcome desire --method ipw --individual rows.csv",
            "'ipw' tells no individual effects: choose dr",
        ),
        ("effect --strategy social_proof --outcome desire --per room", "rooms hold both arms"),
        ("effect --strategy social_proof --outcome desire --estimand ATO", "'dr' tells no 'ATO'"),
        ("did --strategy social_proof --outcome desire --every 7", "7 s are no whole number of 5 s"),
        ("did --strategy social_proof --outcome desire --history much", "history 'much'"),
        ("did --strategy social_proof --outcome desire --before 600", "fewer periods|no whole"),
        ("graph --factor joy --factor desire", "joy"),
        ("whatif --factor attention --factor desire --set desire=1 --seconds 7", "no whole steps"),
        ("paths --factor attention --factor desire --from desire --to joy", "no factor is called 'joy'"),
        ("paths --from desir --to attention", r"'desir' \(did you mean 'desire'\?\)"),
        ("paths --from desire --to purchase", "purchase is an outcome"),
        ("whatif --set joy=1", "no factor is called 'joy'"),
        ("whatif --set desire=1 --on joy", "no factor is called 'joy'"),
        ("graph --factor attention --factor desire --background nowhere.toml", "nowhere.toml"),
    ],
)
def test_what_is_not_there_is_told(study: Path, words: str, says: str) -> None:
    command, *options = words.split()
    with pytest.raises(TelltaleError, match=says):
        refused(command, study, *options)


def test_a_yes_or_no_is_told_in_percentage_points_and_held_as_a_share(large: Path) -> None:
    words: list[str | Path] = ["effect", large, "--strategy", "preloaded_checkout", "--outcome", "purchase"]
    words += ["--draws", "5"]
    told, found = call(*words).stdout, json.loads(call(*words, "--json").stdout)
    assert found["outcome_unit"] == "share of viewers"
    effect, who = found["effect"]["value"], found["who_gains"]
    flat = " ".join(told.split())
    assert f"as large as the claimed {100 * effect:.2g} percentage points." in flat.replace("| ", "")
    assert "Who gained, in percentage points: " in flat
    rows = [line.split() for line in told.splitlines()]
    least = who["groups"][0]
    assert ["least", f"{least['units']}", f"{100 * least['value']:.3g}"] in [row[:3] for row in rows]
    assert f", by dr: {100 * effect:.2g} percentage points, 95 % interval " in told
    assert f"{effect:.3g}" not in flat


def test_starts_that_differ_are_compared(large: Path, tmp_path: Path) -> None:
    def late(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(time_s=table.time_s + 30.0 * (table.session_id.str[1:].astype(int) % 3))

    several = changed(large, tmp_path / "several", exposures=late)
    words: list[str | Path] = ["did", several, "--strategy", "social_proof", "--outcome", "desire"]
    words += ["--every", "15", "--staggered"]
    told, found = call(*words).stdout, json.loads(call(*words, "--json").stdout)
    assert "Each start with who was not reached" in told
    assert "group-time (never)" in told
    assert "no starts to compare" not in told
    assert len(set(found["staggered"]["single"]["start"])) == 3


def test_where_all_began_at_once_no_starts_are_compared(large: Path, tmp_path: Path) -> None:
    once = changed(large, tmp_path / "once", exposures=lambda table: table.assign(time_s=120.0))
    words: list[str | Path] = ["did", once, "--strategy", "social_proof", "--outcome", "desire"]
    words += ["--every", "15", "--staggered"]
    told, found = call(*words).stdout, json.loads(call(*words, "--json").stdout)
    assert "All began within one period of 15 s: there are no starts to compare." in told
    for part in ("Each start with who was not reached", "Sun and Abraham", "did2s", "group-time"):
        assert part not in told
    assert found["staggered"] is None
    assert found["starts_note"] == "all began within one period of 15 s: there are no starts to compare"
    assert not [way for way in found["other_ways"] if "did2s" in way["method"]]
