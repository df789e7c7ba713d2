"""Whose rows are drawn together: rooms for what a room shares, where there are enough, else people."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from telltale.causal.discovery import DiscoverySettings, learn_graph
from telltale.causal.graph_clusters import FEWEST_ROOMS, drawn_anew, drawn_by, drawn_for, drawn_words
from telltale.causal.graph_rows import GraphRows, graph_rows
from telltale.causal.path_intervals import path_intervals
from telltale.core.rng import stream
from telltale.factors.panel import FactorPanel

STEPS = 20
FEW = "they are widened for so few, and may still be too narrow"


def rooms_of_six(rooms: int, seed: int = 1, persons: int | None = None) -> FactorPanel:
    """A promotion that some rooms have moves desire, and that in each room by another amount; a viewer's own
    attention moves it too. `persons` of them come again and again."""
    draw, viewers = stream(seed, "rooms"), 6 * rooms
    room = np.repeat(np.arange(rooms), 6)
    promotion = (np.arange(rooms) % 2)[room]
    attention = draw.normal(size=(viewers, STEPS))
    moved = draw.normal(0.6, 0.5, size=rooms)[room] * promotion
    desire = 0.4 * attention + moved[:, None] + draw.normal(size=(viewers, STEPS))
    table = {
        "viewer": np.repeat([f"v{k:03d}" for k in range(viewers)], STEPS),
        "step": np.tile(np.arange(STEPS), viewers),
        "broadcast": np.repeat([f"r{k:03d}" for k in room], STEPS),
        "who": np.repeat([f"p{k % (persons or viewers):03d}" for k in range(viewers)], STEPS),
        "promotion": np.repeat(promotion, STEPS),
        "attention": attention.ravel(),
        "desire": desire.ravel(),
    }
    return FactorPanel.from_frame(
        table, unit="viewer", time="step", group="broadcast", person="who",
        tiers={"promotion": 0, "attention": 2, "desire": 2},
    )  # fmt: skip


def test_rooms_are_drawn_for_what_a_room_shares() -> None:
    panel = rooms_of_six(FEWEST_ROOMS)
    assert [factor.of_room for factor in panel.factors] == [True, False, False]
    assert drawn_by(panel) == drawn_for(panel, ["promotion"]) == "room"
    assert drawn_for(panel, ["promotion", "attention"]) == "room"
    assert drawn_for(panel, ["attention"]) == "person"
    own = panel.select(["attention", "desire"])
    assert drawn_by(own) == drawn_for(own, []) == "person"
    few = rooms_of_six(FEWEST_ROOMS - 1)
    assert drawn_by(few) == drawn_for(few, ["promotion"]) == "person"


def test_who_is_asked_for_is_drawn() -> None:
    many, few = rooms_of_six(FEWEST_ROOMS), rooms_of_six(FEWEST_ROOMS - 1)
    assert drawn_by(many, "person") == drawn_for(many, ["promotion"], "person") == "person"
    assert drawn_by(few, "room") == drawn_for(few, ["attention"], "room") == "room"


def test_a_room_that_no_row_is_left_of_does_not_count() -> None:
    panel = rooms_of_six(FEWEST_ROOMS)
    values = panel.values.copy()
    values[panel.room == 0, 1] = np.nan
    assert drawn_by(replace(panel, values=values)) == "person"


def test_arrows_stay_and_their_draws_are_others() -> None:
    """Of what a room shares the interval of rooms is the wider one: each room goes its own way."""
    panel = rooms_of_six(40)
    by_room, by_person = (graph_rows(panel, cluster=one, shared="keep") for one in ("room", "person"))
    found = learn_graph(by_room, DiscoverySettings(halves=0, draws=0))
    again = replace(found, rows=drawn_anew(by_room, by_person))
    assert (again.rows.cluster, again.rows.clusters.clusters) == ("person", 240)
    assert again.rows.notes == by_room.notes
    rooms, people = (path_intervals(one, "promotion", "desire", steps=1) for one in (found, again))
    assert np.array_equal(rooms.paths.total, people.paths.total)
    wide, narrow = (float((one.total.high - one.total.low)[-1]) for one in (rooms, people))
    assert wide > 1.5 * narrow


def words(panel: FactorPanel, moved: list[str], rows: GraphRows | None = None) -> str:
    rows = rows or graph_rows(panel, cluster=drawn_for(panel, moved), shared="keep")
    return "; ".join(drawn_words(panel, rows, moved))


@pytest.mark.parametrize(("rooms", "moved", "says"), [
    (30, ["promotion"], ""),
    (29, ["promotion"], f"intervals draw among only 29 rooms: {FEW}"),
    (30, [], "rooms are drawn again for intervals: of arrows from what is a viewer's own"),
    (30, ["attention", "promotion"], "of arrows from what is a viewer's own"),
    (30, ["attention"], ""),
    (19, ["promotion"], "with fewer than 20 rooms, here 19, only --cluster room draws them"),
    (19, ["attention"], ""),
])  # fmt: skip
def test_what_the_draws_do_not_see_is_said(rooms: int, moved: list[str], says: str) -> None:
    told = words(rooms_of_six(rooms), moved)
    assert says in told
    assert bool(told) == bool(says)


def test_few_people_are_said_too() -> None:
    panel = rooms_of_six(30, persons=29)
    assert words(panel, ["attention"]) == f"intervals draw among only 29 people: {FEW}"
    assert not words(rooms_of_six(30, persons=30), ["attention"])
