"""Whole simulated studies: the same bytes for a seed, sound by the checker, true to their spec."""

from __future__ import annotations

import json
import runpy
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from tests.simulate.studies import digest

from telltale.core.errors import ConfigError, FormatError
from telltale.core.signal_file import read_signal
from telltale.simulate.population import draw_population
from telltale.simulate.spec import Clock, Strategy
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import Simulated, simulate_study
from telltale.simulate.truth import Truth
from telltale.simulate.world import play
from telltale.study.check import check_study
from telltale.study.describe import describe_study
from telltale.study.store import Study

pytestmark = pytest.mark.slow

SESSIONS = 12


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    out = tmp_path_factory.mktemp("small") / "study"
    return simulate_study(out, load_spec().scaled(SESSIONS), seed=7, workers=1)


def test_workers_do_not_move_a_byte_and_another_seed_moves_them(small: Simulated, tmp_path: Path) -> None:
    again = simulate_study(tmp_path / "study", load_spec().scaled(SESSIONS), seed=7, workers=2)
    assert digest(again.study) == digest(small.study)
    assert digest(again.truth) == digest(small.truth)
    other = simulate_study(tmp_path / "other", load_spec().scaled(SESSIONS), seed=8, workers=2)
    ours, theirs = digest(other.study), digest(small.study)
    same = {name for name in ours.keys() & theirs.keys() if ours[name] == theirs[name]}
    assert same == {"study.toml", "consents.parquet", "host_consents.parquet"}  # all agree, the day before


def test_it_passes_the_check_without_a_warning(small: Simulated) -> None:
    assert check_study(small.study, workers=1).faults == ()


def test_signals_cover_their_sessions(small: Simulated) -> None:
    study = Study.open(small.study)
    assert study.manifest.simulated
    for row in study.table("sessions").to_pylist():
        signal = read_signal(study.signal_path(row["session_id"]))
        assert len(signal) == int(row["duration_s"] * 10 + 1e-6)
        assert signal.times_s[:3] == pytest.approx([0.1, 0.2, 0.3])
        assert signal.provenance.steps[0].settings["simulated"] is True


def test_the_example_draws_what_precedes_a_cart(small: Simulated, tmp_path: Path) -> None:
    example = runpy.run_path(str(Path(__file__).parents[2] / "examples" / "what_precedes_a_cart.py"))
    example["main"](small.study, tmp_path / "cart.svg")
    drawn = ElementTree.parse(tmp_path / "cart.svg").getroot()
    assert drawn.find("{*}title").text == "What precedes a cart (simulated people)"  # type: ignore[union-attr]
    assert len(drawn.findall("{*}rect")) == 1 + 16 * 30


def test_the_truth_can_be_read(small: Simulated) -> None:
    truth = Truth.open(small.truth)
    assert truth.spec == load_spec().scaled(SESSIONS)
    graph = json.loads((small.truth / "graph.json").read_text())
    assert {"cause": "attention", "effect": "desire", "weight": 0.2, "lag": 0} in graph["edges"]
    assert {"cause": "cart", "effect": "AU12", "rate_factor": 5.3, "seconds_before": [3, 8]} in graph["edges"]
    named = {node["name"] for node in graph["nodes"]}
    assert {end for edge in graph["edges"] for end in (edge["cause"], edge["effect"])} <= named
    assert len([n for n in graph["nodes"] if n["name"].startswith("host_")]) == 29  # 28 and the voice
    scores = truth.table("windows_oracle")
    (again,) = truth.log_likelihood_ratio(
        scores["session_id"].to_pylist(),
        scores["end_s"].to_numpy(),
        scores["label"].to_numpy().astype(np.int64),
    )
    assert again == pytest.approx(scores["log_likelihood_ratio"].to_numpy(), abs=1e-12)


def test_a_truth_speaks_of_its_own_study_alone(small: Simulated, tmp_path: Path) -> None:
    truth, other = Truth.open(small.truth), simulate_study(tmp_path / "o", load_spec().scaled(12), seed=8)
    truth.refuse_other(Study.open(small.study))
    with pytest.raises(FormatError, match="is not the truth of default: session s00000 differs"):
        truth.refuse_other(Study.open(other.study))


def test_the_study_does_not_hold_its_truth(small: Simulated) -> None:
    columns = {name for table in small.study.glob("*.parquet") for name in pq.read_schema(table).names}
    assert not columns & {"hidden", "taste", "expressivity", "clock_offset_s", "stratum", "label"}
    with pytest.raises(FormatError, match="holds no truth"):
        Truth.open(small.study)


def test_without_vectors_the_same_world_happens(small: Simulated, tmp_path: Path) -> None:
    lean = simulate_study(tmp_path / "lean", load_spec().scaled(SESSIONS), seed=7, signals="none")
    full, light = digest(small.study), digest(lean.study)
    shared = [name for name in full if not name.startswith(("signals/", "host_signals/"))]
    assert all(full[name] == light[name] for name in shared)
    assert sorted(light.keys() - full.keys()) == ["room_factors.parquet", "viewer_factors.parquet"]
    assert check_study(lean.study).passed


def test_potential_outcomes_hold_what_happened(small: Simulated) -> None:
    study, truth = Study.open(small.study), Truth.open(small.truth)
    bought = set(study.table("events").filter(pc.field("type") == "purchase")["session_id"].to_pylist())
    arms = {(r["session_id"], r["strategy"]): r["arm"] for r in study.table("exposures").to_pylist()}
    outcomes = truth.table("potential_outcomes").to_pylist()
    assert len(outcomes) == SESSIONS * 2 * 2
    for row in outcomes:
        if arms[row["session_id"], row["strategy"]] == row["arm"]:
            assert row["converted"] == (row["session_id"] in bought)


def test_clocks_that_disagree_shift_the_face_and_not_the_log(small: Simulated, tmp_path: Path) -> None:
    spec = replace(load_spec().scaled(SESSIONS), clock=Clock(skewed_share=1.0, skew_sd_s=2.0))
    skewed = simulate_study(tmp_path / "study", spec, seed=7, workers=2)
    assert digest(skewed.study)["events.parquet"] == digest(small.study)["events.parquet"]
    offsets = Truth.open(skewed.truth).table("sessions")["clock_offset_s"].to_numpy()
    assert np.std(offsets) > 0.5
    name = "s00000"
    before, after = (read_signal(Study.open(m.study).signal_path(name)) for m in (small, skewed))
    rows = round(float(offsets[0]) * 10)
    energy = [s.channel("au12_energy_left") > 0.07 for s in (before, after)]
    agree = {shift: np.mean(np.roll(energy[0], shift) & energy[1]) for shift in range(-60, 61)}
    assert abs(max(agree, key=lambda shift: agree[shift]) - rows) <= 1


def test_a_folder_that_holds_something_is_left_alone(small: Simulated) -> None:
    before = digest(small.study)
    with pytest.raises(FormatError, match="exists and is not empty"):
        simulate_study(small.study, load_spec().scaled(SESSIONS), seed=9)
    assert digest(small.study) == before


def test_what_fails_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise FormatError("the disk is full", hint="free some space")

    monkeypatch.setattr("telltale.simulate.study.write_truth", fail)
    with pytest.raises(FormatError, match="the disk is full"):
        simulate_study(tmp_path / "study", load_spec().scaled(SESSIONS), signals="none")
    assert list(tmp_path.iterdir()) == []


def test_slow_factors_come_as_a_reading_would_give_them(tmp_path: Path) -> None:
    """Shares between 0 and 1, noise on the rest; the truth beside has neither."""
    lean = simulate_study(tmp_path / "lean", load_spec().scaled(40), seed=3, signals="none")
    study, truth = Study.open(lean.study), Truth.open(lean.truth)
    shares = study.table("room_factors")["host_pride"].to_numpy()
    latent = truth.table("room_factors")["host_pride"].to_numpy()
    assert shares.min() >= 0
    assert shares.max() <= 1
    assert shares.mean() == pytest.approx(0.24, abs=0.02)  # Phi(x - 1) with x standard normal
    assert np.corrcoef(shares, latent)[0, 1] > 0.9
    seen, known = (t.table("viewer_factors")["desire"].to_numpy() for t in (study, truth))
    assert (seen - known).std() == pytest.approx(0.3, abs=0.01)


def test_exposures_are_those_of_the_events(tmp_path: Path) -> None:
    late = Strategy("late", "cart", 0.4, share=0.5, at_s=1500)
    spec = replace(load_spec().scaled(60), strategies=(late,))
    study = Study.open(simulate_study(tmp_path / "study", spec, seed=2, signals="none").study)
    lengths = {row["session_id"]: row["duration_s"] for row in study.table("sessions").to_pylist()}
    rows = study.table("exposures").to_pylist()
    assert {row["session_id"] for row in rows} == {s for s, length in lengths.items() if length > 1500}
    shown = study.table("events").filter(pc.field("type") == "exposure")["session_id"].to_pylist()
    assert sorted(shown) == sorted(row["session_id"] for row in rows if row["arm"] == "treated")


@pytest.mark.parametrize("purchase_share", [0.1, 1.0])
def test_conversion_is_met_whatever_share_of_carts_is_bought(purchase_share: float) -> None:
    """Expected exactly, and as it falls within sampling error."""
    spec = load_spec().scaled(600)
    spec = replace(spec, cart=replace(spec.cart, purchase_share=purchase_share))
    world = play(spec, draw_population(spec, 4), 4)
    converted = np.array([any(cart.bought_s for cart in story.carts) for story in world.stories])
    wanted = np.mean([c.conversion for c in spec.categories for _ in range(c.sessions)])
    assert converted.mean() == pytest.approx(wanted, abs=3 * np.sqrt(wanted * (1 - wanted) / 600))
    treated = world.assignment.treated[:, 0].astype(int)
    expected = world.outcomes.probability[np.arange(600), 0, treated]
    assert expected.mean() == pytest.approx(wanted, abs=1e-6)


def test_a_conversion_out_of_reach_is_told() -> None:
    spec = load_spec().scaled(60)
    spec = replace(spec, cart=replace(spec.cart, purchase_share=0.005))
    with pytest.raises(ConfigError, match=r"a conversion of 0\.368 cannot be reached: let products be on"):
        play(spec, draw_population(spec, 4), 4)


def test_table_1_at_full_size(tmp_path: Path) -> None:
    """Sessions and people exactly, conversion within sampling error, minutes within 3 %."""
    made = simulate_study(tmp_path / "study", load_spec(), seed=7, signals="none")
    description = describe_study(Study.open(made.study))
    for row, category in zip(description.rows, load_spec().categories, strict=True):
        assert (row.category, row.sessions) == (category.name, category.sessions)
        assert row.participants == category.people
        spread = np.sqrt(category.conversion * (1 - category.conversion) / category.sessions)
        assert row.conversion_rate == pytest.approx(category.conversion, abs=3 * spread)
        assert row.mean_minutes == pytest.approx(category.minutes, rel=0.03)
    assert (description.total.sessions, description.total.participants) == (4800, 1247)


def test_a_naive_comparison_is_wrong_where_a_hidden_cause_chooses(tmp_path: Path) -> None:
    """Chosen by `hidden`, which also buys: the plain difference is too high; chance gives the true effect."""
    spec = load_spec().scaled(2400)
    weights = spec.cart.weights | {"hidden": 0.6}
    chosen = Strategy("chosen", "cart", 0.3, randomised=False, chosen_by={"hidden": 1.0})
    by_chance = Strategy("by_chance", "cart", 0.3)
    spec = replace(spec, strategies=(chosen, by_chance), cart=replace(spec.cart, weights=weights))
    made = simulate_study(tmp_path / "study", spec, seed=3, signals="none")
    study = Study.open(made.study)
    bought = set(study.table("events").filter(pc.field("type") == "purchase")["session_id"].to_pylist())
    naive = {}
    for name in ("chosen", "by_chance"):
        arms: dict[str, list[bool]] = {"treated": [], "control": []}
        for row in study.table("exposures").filter(pc.field("strategy") == name).to_pylist():
            arms[row["arm"]].append(row["session_id"] in bought)
        naive[name] = float(np.mean(arms["treated"]) - np.mean(arms["control"]))
    true = made.summary["average_effects"]
    spread = 2 * np.sqrt(0.25 / 1200 * 2)
    assert naive["by_chance"] == pytest.approx(true["by_chance"], abs=spread)
    assert naive["chosen"] > true["chosen"] + spread


def test_people_never_stand_in_two_rooms_at_once() -> None:
    population = draw_population(load_spec().scaled(600), 5)
    spans: dict[int, list[tuple[float, float]]] = {}
    for session in population.sessions:
        start = population.rooms[session.room].started_at.timestamp() + session.offset_steps * 5
        spans.setdefault(session.person, []).append((start, start + session.duration_s))
    for visits in spans.values():
        ordered = sorted(visits)
        assert all(stop <= start for (_, stop), (start, _) in pairwise(ordered))


def test_a_place_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    parent = tmp_path / "file"
    parent.write_text("not a folder")
    with pytest.raises(FormatError, match=r"cannot write .*study: .*one part of the path is a file"):
        simulate_study(parent / "study", load_spec().scaled(SESSIONS), signals="none")
