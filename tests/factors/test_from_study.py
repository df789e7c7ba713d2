"""From a study to its panel: the right step for everything, who may be used, what the simulator made."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr
from tests.factors.studies import EVENING, NOW, Row, event, granted, room, visit, write

from telltale.core.errors import ConfigError, FormatError, TelltaleError
from telltale.factors.from_study import factor_panel
from telltale.factors.order import Background, allowed
from telltale.factors.panel import FactorPanel
from telltale.factors.sources import choose
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study
from telltale.simulate.tables import READING_NOISE_SD
from telltale.simulate.truth import Truth
from telltale.study.store import Study, read_table

NAN = float("nan")


def column(panel: FactorPanel, name: str, session: str = "s1") -> list[float]:
    """One factor of one session, step by step."""
    mine = panel.session == panel.session_ids.index(session)
    found: list[float] = panel.column(name)[mine].tolist()
    return found


def same(found: list[float], wanted: list[float]) -> bool:
    return np.array_equal(found, wanted, equal_nan=True)


def test_an_event_counts_in_the_step_that_ends_with_it_or_after(tmp_path: Path) -> None:
    times_s = [0.0, 5.0, 5.001, 14.999, 15.0, 99.0, 100.0, 101.0, 103.0]
    study = write(
        tmp_path / "s",
        [visit("s1", "p1", lasts_s=103.0)],
        {
            "events": [event("s1", t, "like") for t in times_s]
            + [event("s1", 7.0, "pause"), event("s9", 1.0, "like")]
        },
    )
    panel = factor_panel(study, now=NOW)
    assert panel.step.tolist() == list(range(20))  # the 3 s after the last whole step are left away
    assert column(panel, "like") == [2, 1, 2] + [0] * 16 + [2]
    assert column(panel, "pause") == [0, 1] + [0] * 18


def test_outcomes_are_yes_or_no_and_stand_last(tmp_path: Path) -> None:
    acts = [
        (12.0, "add_to_cart"),
        (13.0, "add_to_cart"),
        (20.0, "begin_checkout"),
        (31.0, "purchase"),
        (1.0, "live_join"),
    ]
    study = write(
        tmp_path / "s", [visit("s1", "p1")], {"events": [event("s1", t, kind, "p1") for t, kind in acts]}
    )
    panel = factor_panel(study, now=NOW)
    assert panel.names == ("add_to_cart", "begin_checkout", "purchase")
    assert [(f.kind, f.tier) for f in panel.factors] == [("binary", 4), ("count", 4), ("binary", 4)]
    assert np.flatnonzero(panel.column("add_to_cart")).tolist() == [2]
    assert panel.column("add_to_cart").max() == 1
    assert np.flatnonzero(panel.column("purchase")).tolist() == [6]


ROOM_STEPS: list[Row] = [{"room_id": "r1", "time_s": 5.0 * (k + 1), "mood": float(k)} for k in range(40)]


@pytest.mark.parametrize(
    ("since_s", "first"),
    [(0.0, 0), (35.0, 7), (36.0, 7), (39.999, 7), (40.0, 8), (4.0, 0), (-0.5, -1)],
)
def test_a_broadcast_is_seen_at_the_last_step_that_had_ended(
    tmp_path: Path, since_s: float, first: int
) -> None:
    """The broadcast's step k ends at 5 (k + 1): a session that begins at 36 sees at 41 what ended at 40."""
    study = write(tmp_path / "s", [visit("s1", "p1", since_s=since_s)], {"room_factors": ROOM_STEPS})
    panel = factor_panel(study, now=NOW)
    assert panel.moment.tolist() == list(range(first, first + 20))
    assert same(column(panel, "mood"), [float(k) if k >= 0 else NAN for k in range(first, first + 20)])
    ended_s = (panel.moment + 1) * 5.0
    now_s = since_s + (panel.step + 1) * 5.0
    assert ((ended_s <= now_s + 1e-9) & (ended_s > now_s - 5.0)).all()


def test_sessions_of_one_room_meet_at_one_moment(tmp_path: Path) -> None:
    visits = [
        visit("s1", "p1", since_s=20.0),
        visit("s2", "p2", since_s=50.0, lasts_s=60.0),
        visit("s3", "p3", "r2"),
    ]
    panel = factor_panel(write(tmp_path / "s", visits, {"room_factors": ROOM_STEPS}), now=NOW)
    by_moment: dict[int, set[float]] = {}
    for i in np.flatnonzero(panel.room == 0):
        by_moment.setdefault(int(panel.moment[i]), set()).add(float(panel.values[i, 0]))
    assert all(len(values) == 1 for values in by_moment.values())
    assert np.isnan(column(panel, "mood", "s3")).all()  # another room's factors are not there
    assert [len(column(panel, "mood", s)) for s in ("s1", "s2", "s3")] == [20, 12, 20]


def test_a_finer_table_is_averaged_and_a_coarser_one_has_holes(tmp_path: Path) -> None:
    rows: list[Row] = [{"session_id": "s1", "time_s": t / 2, "fine": t / 2} for t in range(1, 201)]
    rows += [{"session_id": "s1", "time_s": 10.0 * t, "coarse": float(t)} for t in range(1, 11)]
    rows += [{"session_id": "s1", "time_s": 500.0, "fine": 1e9}]
    panel = factor_panel(write(tmp_path / "s", [visit("s1", "p1")], {"viewer_factors": rows}), now=NOW)
    # Step k holds k * 5 + .5, 1, ... 5: their mean is k * 5 + 2.75.
    assert column(panel, "fine") == pytest.approx([5.0 * k + 2.75 for k in range(20)])
    assert same(column(panel, "coarse"), [NAN if k % 2 == 0 else (k + 1) / 2 for k in range(20)])


def test_another_grid(tmp_path: Path) -> None:
    study = write(
        tmp_path / "s", [visit("s1", "p1")], {"events": [event("s1", t, "like") for t in (0.2, 0.3, 9.9)]}
    )
    panel = factor_panel(study, grid_s=0.25, now=NOW)
    assert np.flatnonzero(panel.column("like")).tolist() == [0, 1, 39]
    for grid_s in (0.0, -5.0, 0.0001, NAN, float("inf")):
        with pytest.raises(ConfigError, match="is none"):
            factor_panel(study, grid_s=grid_s, now=NOW)


def test_exposure_holds_from_the_step_in_which_it_was_shown(tmp_path: Path) -> None:
    shown = [
        ("s1", 20.0, "treated"),
        ("s1", 60.0, "treated"),
        ("s2", 22.0, "treated"),
        ("s3", 20.0, "control"),
    ]
    rows = [
        {
            "exposure_id": str(i),
            "session_id": s,
            "time_s": t,
            "strategy": "badge",
            "arm": arm,
            "propensity": 0.5,
        }
        for i, (s, t, arm) in enumerate(shown)
    ]
    visits = [visit(f"s{i}", f"p{i}") for i in (1, 2, 3, 4)]
    panel = factor_panel(write(tmp_path / "s", visits, {"exposures": rows}), now=NOW)
    for session, first in (("s1", 4), ("s2", 4), ("s3", 20), ("s4", 20)):
        assert column(panel, "badge", session) == [0.0] * first + [1.0] * (20 - first)
    assert panel.factor("badge").tier == 1


def test_facts_of_the_visit(tmp_path: Path) -> None:
    devices = ["phone", "laptop", "phone", None, "tv"]
    people_of = ["p4", "p3", "p2", "p0", "p0"]
    visits = [visit(f"s{i}", people_of[i], f"r{i % 3 + 1}") | {"device": d} for i, d in enumerate(devices)]
    rooms = [room("r1", promotion=True), room("r2", promotion=False), room("r3", promotion=None)]
    people = [{"participant_id": f"p{i}", "category": "fashion", "gender": g} for i, g in enumerate("abaab")]
    panel = factor_panel(write(tmp_path / "s", visits, {"rooms": rooms, "participants": people}), now=NOW)
    assert panel.names == (
        "promotion",
        "device_laptop",
        "device_tv",
    )  # phones are what both are compared with
    assert all(f.level == "session" and f.tier == 0 and f.kind == "binary" for f in panel.factors)
    assert [f.shared for f in panel.factors] == [True, False, False]
    firsts = [int(np.flatnonzero(panel.session == i)[0]) for i in range(5)]
    assert same(panel.column("device_laptop")[firsts].tolist(), [0, 1, 0, NAN, 0])
    assert same(panel.column("promotion")[firsts].tolist(), [1, 0, NAN, 1, 0])
    asked = factor_panel(Study.open(tmp_path / "s"), sources=["person"], now=NOW)
    assert asked.names == ("gender_b",)
    assert asked.values[firsts, 0].tolist() == [1, 0, 0, 0, 0]


def test_who_does_not_agree_is_left_out_and_counted(tmp_path: Path) -> None:
    visits = [visit("s1", "p1"), visit("s2", "p2"), visit("s3", "p3", since_s=2), visit("s4", "p3", "r2")]
    rows: list[Row] = [{"session_id": s, "time_s": 5.0, "desire": 1.0} for s in ("s1", "s2", "s3", "s4")]
    taken_back = NOW - timedelta(days=1)
    consents = [granted("p1"), granted("p3", withdrawn_at=taken_back)]
    study = write(tmp_path / "s", visits, {"consents": consents, "viewer_factors": rows})
    panel = factor_panel(study, now=NOW)
    assert (panel.session_ids, panel.person_ids) == (("s1",), ("p1",))
    assert panel.notes == ("3 sessions of 2 people left out: no consent for 'research' holds",)
    before = factor_panel(study, now=taken_back - timedelta(seconds=1))
    assert before.session_ids == ("s1", "s3", "s4")
    with pytest.raises(FormatError, match="no session is left"):
        factor_panel(study, session_ids=["s2"], now=NOW)


def test_a_host_who_took_consent_back_is_not_seen(tmp_path: Path) -> None:
    rooms = [room("r1"), room("r2", host_id="h2")]
    hosts: list[Row] = [granted("h1", "host_id", withdrawn_at=EVENING), granted("h2", "host_id")]
    tables = {
        "rooms": rooms,
        "hosts": [{"host_id": "h1"}, {"host_id": "h2"}],
        "host_consents": hosts,
        "room_factors": ROOM_STEPS + [row | {"room_id": "r2"} for row in ROOM_STEPS],
    }
    panel = factor_panel(write(tmp_path / "s", [visit("s1", "p1"), visit("s2", "p2", "r2")], tables), now=NOW)
    assert np.isnan(column(panel, "mood", "s1")).all()
    assert column(panel, "mood", "s2") == list(range(20))
    assert "1 broadcasts left out" in panel.notes[0]


def test_names_that_meet_are_told_apart(tmp_path: Path) -> None:
    rows: list[Row] = [{"session_id": "s1", "time_s": 5.0 * k, "like": float(k)} for k in range(1, 21)]
    study = write(
        tmp_path / "s", [visit("s1", "p1")], {"events": [event("s1", 1, "like")], "viewer_factors": rows}
    )
    panel = factor_panel(study, now=NOW)
    assert panel.names == ("like", "events_like")
    assert column(panel, "like")[:2] == [1, 2]


def test_what_cannot_be_asked_is_told(tmp_path: Path) -> None:
    study = write(
        tmp_path / "s",
        [visit("s1", "p1"), visit("s2", "p2", lasts_s=4.0)],
        {"events": [event("s1", 1, "like")]},
    )
    for options, message in (
        ({"sources": ["chatt", "voice"]}, "no source 'chatt' (did you mean 'chat'?), 'voice'"),
        ({"sources": ["chat", "face", "events"]}, "'chat' wants chat.parquet; 'face' wants signals"),
        ({"session_ids": ["s9", "s1", "s8"]}, "no session s8, s9"),
        ({"session_ids": ["s2"]}, "0 steps of 5 s are too few: 13 at the least"),
        ({"grid_s": 10.0}, "10 steps of 10 s are too few"),
    ):
        with pytest.raises(TelltaleError) as caught:
            factor_panel(study, now=NOW, **options)
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)
    assert "1 sessions are shorter than one step of 5 s" in factor_panel(study, now=NOW).notes


def test_columns_that_never_change_are_kept_and_told(tmp_path: Path) -> None:
    rows: list[Row] = [{"session_id": "s1", "time_s": 5.0 * k, "flat": 1.0, "x": k % 3} for k in range(1, 21)]
    panel = factor_panel(write(tmp_path / "s", [visit("s1", "p1")], {"viewer_factors": rows}), now=NOW)
    assert {f.name: f.remark for f in panel.describe()} == {"flat": "constant", "x": ""}
    assert panel.varying().names == ("x",)
    assert panel.varying().notes == ("left out as they never change: flat",)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> tuple[FactorPanel, Truth]:
    folder = tmp_path_factory.mktemp("simulated") / "study"
    made = simulate_study(folder, load_spec().scaled(60), seed=3, signals="none", workers=1)
    return factor_panel(Study.open(made.study)), Truth.open(made.truth)


def test_viewers_are_as_the_simulator_made_them_but_for_its_noise(
    simulated: tuple[FactorPanel, Truth],
) -> None:
    panel, truth = simulated
    table = read_table(truth.folder / "viewer_factors.parquet").to_pandas()
    assert panel.session_ids == tuple(sorted(set(table["session_id"])))
    table = table.sort_values(["session_id", "time_s"], kind="stable")
    assert len(table) == len(panel)
    assert ((panel.step + 1) * 5.0 == table["time_s"].to_numpy()).all()
    for name in ("attention", "desire", "hesitation", "surprise", "disengagement"):
        noise = panel.column(name) - table[name].to_numpy()
        # 17,000 rows: the spread of noise of .3 is known to about half a per cent.
        assert noise.std() == pytest.approx(READING_NOISE_SD, rel=0.03)
        assert abs(noise.mean()) < 0.01


def test_a_broadcast_is_as_the_simulator_made_it_at_that_moment(simulated: tuple[FactorPanel, Truth]) -> None:
    panel, truth = simulated
    table = read_table(truth.folder / "room_factors.parquet").to_pandas()
    true = {
        (r, round(t / 5) - 1): i
        for i, (r, t) in enumerate(zip(table["room_id"], table["time_s"], strict=True))
    }
    rows = [
        true[panel.room_ids[r], m] for r, m in zip(panel.room.tolist(), panel.moment.tolist(), strict=True)
    ]
    for name in ("chat_rate", "chat_mood", "host_voice"):
        noise = panel.column(name) - table[name].to_numpy()[rows]
        assert noise.std() == pytest.approx(READING_NOISE_SD, rel=0.03)
    share = ndtr(table["host_elation"].to_numpy()[rows] - 1.0)
    error = (panel.column("host_elation") - share) / np.sqrt(share * (1 - share) / 50)
    assert error.std() == pytest.approx(1.0, rel=0.03)


def test_the_default_study_gives_every_kind_of_factor(simulated: tuple[FactorPanel, Truth]) -> None:
    panel, _ = simulated
    assert {f.source for f in panel.factors} == {
        "room", "session", "product", "room_factors", "chat", "exposures", "viewer_factors", "events",
    }  # fmt: skip
    assert [f.kind for f in panel.factors if f.name in ("add_to_cart", "social_proof", "promotion")] == [
        "binary"
    ] * 3
    assert panel.complete().dropped < 0.02 * len(panel)
    assert np.isnan(panel.values).any(axis=0).sum() <= 4  # what waits for a first product or message
    tiers = [f.tier for f in panel.factors if f.source != "events"]
    assert tiers == sorted(tiers)


def test_some_sessions_are_as_they_were_among_all(
    simulated: tuple[FactorPanel, Truth], tmp_path: Path
) -> None:
    panel, truth = simulated
    study = Study.open(truth.folder.parent / "study")
    chosen = panel.session_ids[5:9]
    some = factor_panel(study, session_ids=list(reversed(chosen)))
    assert some.session_ids == chosen
    rows = np.isin(panel.session, range(5, 9))
    shared = [name for name in some.names if name in panel.names]
    assert len(shared) > 40
    assert np.array_equal(some.select(shared).values, panel.select(shared).values[rows], equal_nan=True)


def test_each_session_alone_has_the_factors_that_it_had_among_all(
    simulated: tuple[FactorPanel, Truth],
) -> None:
    """Whatever device is commonest among few, and whether anybody added to the cart."""
    panel, truth = simulated
    study = Study.open(truth.folder.parent / "study")
    every = factor_panel(study, sources=[*(source.name for source in choose(study, None)), "person"])
    assert len(every.factors) > len(panel.factors)
    for code in range(0, len(panel.session_ids), 4):
        alone = factor_panel(study, session_ids=[panel.session_ids[code]], factors=every.factors)
        assert alone.factors == every.factors
        assert np.array_equal(alone.values, every.values[every.session == code], equal_nan=True)


def test_factors_that_are_known_are_given_whatever_a_session_holds(tmp_path: Path) -> None:
    visits = [{**visit("s1", "p1"), "device": "phone"}, {**visit("s2", "p2", lasts_s=12.0), "device": "tv"},
              {**visit("s3", "p3"), "device": "phone"}]  # fmt: skip
    events = [event("s1", 1.0, "click"), event("s1", 2.0, "product_pin", "p1")]
    shown = [{"session_id": "s1", "time_s": 50.0, "strategy": "trust", "arm": "treated"}]
    study = write(tmp_path / "s", visits, {"events": events, "exposures": shown})
    panel = factor_panel(study, now=NOW)
    few = factor_panel(study, session_ids=["s2"], factors=panel.factors, now=NOW)
    assert few.names == panel.names
    assert len(few) == 2
    found = dict(zip(few.names, few.values[0].tolist(), strict=True))
    assert (found["device_tv"], found["click"], found["trust"], found["on_show"]) == (1.0, 0.0, 0.0, 0.0)
    assert np.isnan(found["price_on_show"])
    # A factor of which a study holds nothing any more is not seen; one of a table that is gone is told.
    lost = replace(panel.factor("click"), name="swipe")
    assert np.isnan(factor_panel(study, factors=[lost], now=NOW).values).all()
    with pytest.raises(FormatError, match=r"'chat' wants chat\.parquet"):
        factor_panel(study, factors=[replace(lost, source="chat")], now=NOW)


def test_a_study_that_pandas_wrote_is_read_alike(tmp_path: Path) -> None:
    visits = [visit("s1", "p1", since_s=35.0), visit("s2", "p2", "r2", since_s=5.0)]
    acts = [event("s1", 7.0, "like"), event("s2", 20.5, "pause"), event("s1", 30.0, "product_pin", "p1")]
    study = write(tmp_path / "s", visits, {"events": acts, "room_factors": ROOM_STEPS})
    plain = factor_panel(study, now=NOW)
    for name in ("sessions", "rooms", "events", "room_factors"):
        path = study.table_path(name)
        frame = pd.read_parquet(path)
        for key in frame.columns[frame.columns.isin(["started_at"])]:
            frame[key] = frame[key].dt.tz_convert("Asia/Shanghai").astype("datetime64[us, Asia/Shanghai]")
        words = [key for key in ("session_id", "room_id", "type", "product_id") if key in frame]
        frame.astype(dict.fromkeys(words, "category")).iloc[::-1].to_parquet(path)
    again = factor_panel(Study.open(study.folder), now=NOW)
    assert again.factors == plain.factors
    assert np.array_equal(again.values, plain.values, equal_nan=True)
    assert np.array_equal(again.moment, plain.moment)


BAD_TABLES: list[tuple[str, dict[str, Any], str]] = [
    ("events", {"time_s": "soon"}, "events.time_s holds"),
    ("events", {"time_s": NAN}, "events.time_s is empty"),
    ("events", {"type": None}, "events has no column 'type'"),
    ("sessions", {"duration_s": NAN}, "sessions.duration_s is empty"),
    ("sessions", {"room_id": "r9"}, "sessions name rooms that are not there"),
    ("sessions", {"session_id": "s1"}, "sessions.session_id holds an id twice"),
    ("rooms", {"started_at": 5.5}, "rooms.started_at holds"),
    ("room_factors", {"mood": "merry"}, "room_factors.mood holds"),
    ("room_factors", {"mood": math.inf}, "room_factors.mood holds infinite numbers"),
    ("room_factors", {"a -> b": 1.0}, "'a -> b' cannot name a factor"),
]


@pytest.mark.parametrize(("table", "change", "message"), BAD_TABLES, ids=[row[2] for row in BAD_TABLES])
def test_a_spoilt_table_gets_one_line(
    tmp_path: Path, table: str, change: dict[str, Any], message: str
) -> None:
    visits = [visit("s1", "p1"), visit("s2", "p2")]
    tables = {"events": [event("s1", 1.0, "like")], "room_factors": ROOM_STEPS}
    study = write(tmp_path / "s", visits, tables)
    frame = pd.read_parquet(study.table_path(table)).assign(**change)
    frame.drop(columns=[key for key, value in change.items() if value is None]).to_parquet(
        study.table_path(table)
    )
    with pytest.raises(TelltaleError) as caught:
        factor_panel(study, now=NOW)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_time_forbids_no_arrow_that_was_planted(simulated: tuple[FactorPanel, Truth]) -> None:
    panel, truth = simulated
    graph = json.loads((truth.folder / "graph.json").read_text(encoding="utf-8"))
    called = {"price": "price_on_show", "cart": "add_to_cart"}
    planted = [
        (
            called.get(edge["cause"], edge["cause"]),
            called.get(edge["effect"], edge["effect"]),
            edge.get("lag", 0),
        )
        for edge in graph["edges"]
    ]
    # The simulator lets a coming cart cause clicks; they are its signs, and come before it.
    planted = [
        edge for edge in planted if {edge[0], edge[1]} <= set(panel.names) and edge[0] != "add_to_cart"
    ]
    assert len(planted) > 25
    many = Background(viewers_move_rooms=False)
    arrows = allowed(panel, many)
    for cause, effect, lag in planted:
        where = panel.place([effect])[0], panel.place([cause])[0]
        assert (arrows.before if lag else arrows.now)[where], (cause, effect, lag)
    size = len(panel.factors)
    assert arrows.now.sum() < 0.8 * size**2
