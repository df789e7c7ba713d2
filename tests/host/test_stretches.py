"""Stretches and their counts, each against a loop over the rows they come from."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.factors.studies import EVENING, NOW, Row, event, granted, room, visit, write

from telltale.core.errors import FormatError
from telltale.core.rng import stream
from telltale.host.points import NONE
from telltale.host.stretches import Stretches, from_events, from_room_counts, put_together


def count(where: str, end_s: float, length_s: float = 60.0, **more: object) -> Row:
    return {"room_id": where, "time_s": end_s, "length_s": length_s, **more}


def made(minutes: list[tuple[int, int]], seed: int = 0, *, empty: float = 0.0) -> Stretches:
    """Stretches of a minute: (broadcast, which minute of it)."""
    rng = stream(seed, "minutes")
    n = len(minutes)
    purchases = np.where(rng.random(n) < empty, np.nan, rng.poisson(3.0, n))
    start = np.array([60.0 * minute for _, minute in minutes])
    return Stretches(
        np.array([where for where, _ in minutes]), start, start + 60,
        {"purchases": purchases, "revenue": 10 * rng.random(n)}, rng.uniform(1, 9, n),
        rng.integers(0, 2, n).astype(float), rng.integers(-1, 3, n), ("p0", "p1", "p2"),
    )  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(
    there=st.lists(st.sampled_from([(r, m) for r in range(2) for m in range(12)]), min_size=1, unique=True),
    times=st.integers(1, 4),
    seed=st.integers(0, 3),
)
def test_longer_stretches_are_sums_of_whole_shorter_ones(
    there: list[tuple[int, int]], times: int, seed: int
) -> None:
    found = made(sorted(there), seed, empty=0.1)
    minutes = {key: row for row, key in enumerate(sorted(there))}
    wanted = []
    for where in range(2):
        own = [m for r, m in sorted(there) if r == where]
        for first in range(own[0], 12, times) if own else ():
            rows = [minutes[where, m] for m in range(first, first + times) if (where, m) in minutes]
            if len(rows) == times:
                wanted.append((where, first, rows))
    if not wanted:
        with pytest.raises(FormatError, match="without a gap"):
            put_together(found, 60.0 * times)
        return
    longer = put_together(found, 60.0 * times)
    assert longer.room.tolist() == [where for where, _, _ in wanted]
    assert longer.start_s.tolist() == [60.0 * first for _, first, _ in wanted]
    assert (longer.end_s - longer.start_s == 60.0 * times).all()
    for i, (_, _, rows) in enumerate(wanted):
        for name in ("purchases", "revenue"):
            total = sum(found.counts[name][row] for row in rows)
            np.testing.assert_allclose(longer.counts[name][i], total)
        assert longer.viewers[i] == pytest.approx(np.mean([found.viewers[row] for row in rows]))
        assert longer.promotion[i] == pytest.approx(np.mean([found.promotion[row] for row in rows]))
        most = Counter(int(found.product[row]) for row in rows)
        assert most[int(longer.product[i])] == max(most.values())
    slots = {(r, (m - min(x for q, x in there if q == r)) // times) for r, m in there}
    told = [note for note in longer.notes if "left out" in note]
    assert told == ([] if len(slots) == len(wanted) else [told[0]])
    if told:
        assert told[0].startswith(f"{len(slots) - len(wanted)} stretches of {60 * times} s left out")


def test_shorter_than_the_platform_counts_is_refused() -> None:
    with pytest.raises(FormatError, match=r"counted in stretches of 60 s, not of 30 s: ask for 60 s"):
        put_together(made([(0, 0), (0, 1)]), 30.0)
    with pytest.raises(FormatError, match="no 90 s are counted without a gap"):
        put_together(made([(0, 0), (0, 1), (0, 2)]), 90.0)


def test_the_platforms_table_comes_in_order_and_gaps_are_told(tmp_path: Path) -> None:
    rows = [
        count("r2", 120.0, purchases=4, likes=None, viewers=7),
        count("r1", 240.0, purchases=3, likes=1, viewers=None),
        count("r2", 60.0, purchases=None, likes=2, viewers=5),
        count("r1", 60.0, purchases=1, likes=0, viewers=6),
    ]
    study = write(tmp_path / "s", [visit("a", "ann"), visit("b", "ann", "r2")], {"room_counts": rows})
    found = from_room_counts(study, ["r2", "r1"], None)
    assert found.room.tolist() == [0, 0, 1, 1]
    assert found.end_s.tolist() == [60, 120, 60, 240]
    np.testing.assert_array_equal(found.counts["purchases"], [np.nan, 4, 1, 3])
    np.testing.assert_array_equal(found.counts["likes"], [2, np.nan, 0, 1])
    np.testing.assert_array_equal(found.viewers, [5, 7, 6, np.nan])
    assert np.isnan(found.promotion).all()
    assert set(found.counts) == {"purchases", "likes"}
    assert found.notes == (
        "purchases were not counted in 1 of 4 stretches",
        "likes were not counted in 1 of 4 stretches",
        "the platform's table leaves out 2 minutes between its stretches, in 1 gap: nothing is known of that "
        "time",
    )
    # A sum with a part that nobody counted is not known, and never less.
    both = from_room_counts(study, ["r2"], 120.0)
    assert np.isnan(both.counts["purchases"]).tolist() == [True]
    with pytest.raises(FormatError, match="no broadcast whose host was read"):
        from_room_counts(study, ["r3"], None)


def test_a_table_that_counts_nothing_is_refused(tmp_path: Path) -> None:
    study = write(tmp_path / "s", [visit("a", "ann")], {"room_counts": [count("r1", 60.0, viewers=5)]})
    with pytest.raises(FormatError, match="counts nothing: give one of purchases"):
        from_room_counts(study, ["r1"], None)


def test_the_product_is_the_one_that_stood_longest(tmp_path: Path) -> None:
    products = [{"product_id": f"p{k}", "category": "x", "price": 1.0, "currency": "CNY"} for k in range(3)]
    events = [
        event("a", 0.0, "product_pin", "p0"),
        event("a", 20.0, "product_pin", "p1"),
        event("a", 45.0, "product_pin", "p0"),
        event("a", 100.0, "product_unpin", "p0"),
        # Two who came 10 s later see the same, and add no time to it.
        *(
            event(name, *act)
            for name in ("b", "c")
            for act in (
                (10.0, "product_pin", "p1"),
                (35.0, "product_pin", "p0"),
                (90.0, "product_unpin", "p0"),
            )
        ),
    ]
    visits = [visit("a", "ann", lasts_s=180.0), *(visit(name, "ben", since_s=10.0) for name in ("b", "c"))]
    rows = [count("r1", 60.0, purchases=1), count("r1", 120.0, purchases=1), count("r1", 180.0, purchases=0)]
    study = write(tmp_path / "s", visits, {"products": products, "events": events, "room_counts": rows})
    found = from_room_counts(study, ["r1"], None)
    # p0 stood for 20 + 15 s of the first minute, p1 for 25 s in one piece.
    assert found.product_ids == ("p0", "p1", "p2")
    assert found.product.tolist() == [0, 0, NONE]
    named = [row | {"product_id": name} for row, name in zip(rows, ("p2", None, "p1"), strict=True)]
    study = write(tmp_path / "t", visits, {"products": products, "events": events, "room_counts": named})
    assert from_room_counts(study, ["r1"], None).product.tolist() == [2, NONE, 1]


@pytest.mark.parametrize("every_s", [20.0, 45.0, 200.0])
def test_events_are_counted_where_they_fell(tmp_path: Path, every_s: float) -> None:
    rng = stream(4, "events")
    visits = [
        visit(f"s{i}", f"p{i % 5}", f"r{i % 2 + 1}", since_s=float(rng.integers(-20, 90))) for i in range(12)
    ]
    since = {row["session_id"]: (row["started_at"] - EVENING).total_seconds() for row in visits}
    words = ("purchase", "like", "share", "gift", "view_item")
    events = [
        event(f"s{i % 12}", float(t), words[i % 5], "p1") | {"value": float(i)}
        for i, t in enumerate(rng.integers(0, 100_000, 300) / 1000)
    ]
    events.append(event("s0", max(-since["s0"], 0.0), "like") | {"value": None})
    chat = [
        {"room_id": f"r{i % 3 + 1}", "time_s": float(t), "text": "hi", "participant_id": who}
        for i, (t, who) in enumerate(
            zip(rng.integers(0, 220, 60), ["p0", "p1", None, "p2"] * 15, strict=True)
        )
    ]
    gone = granted("p1", withdrawn_at=EVENING + timedelta(days=3))
    tables = {
        "events": events, "chat": chat, "consents": [granted(f"p{i}") for i in (0, 2, 3, 4)] + [gone],
        "rooms": [room(name) for name in ("r1", "r2", "r3")],
    }  # fmt: skip
    study = write(tmp_path / "s", visits, tables)
    ids = ["r3", "r2"]
    found = from_events(study, ids, every_s, NOW)
    slots = int(200 // every_s)
    assert found.room.tolist() == [0] * slots + [1] * slots
    assert (found.end_s - found.start_s == every_s).all()
    visit_of = {row["session_id"]: row for row in visits}
    wanted = {name: np.zeros(2 * slots) for name in ("purchases", "likes", "shares", "gifts", "revenue")}
    for one in events:
        here = visit_of[one["session_id"]]
        at = since[one["session_id"]] + one["time_s"]
        for i in range(2 * slots):
            within = found.start_s[i] < at <= found.end_s[i] or at == found.start_s[i] == 0
            if here["room_id"] != ids[found.room[i]] or not within or here["participant_id"] == "p1":
                continue
            if one["type"] != "view_item":
                wanted[one["type"] + "s"][i] += 1
            if one["type"] == "purchase":
                wanted["revenue"][i] += one["value"]
    comments = np.zeros(2 * slots)
    for message in chat:
        for i in range(2 * slots):
            at = message["time_s"]
            within = found.start_s[i] < at <= found.end_s[i] or at == found.start_s[i] == 0
            same = message["room_id"] == ids[found.room[i]]
            comments[i] += within and same and message["participant_id"] != "p1"
    viewers = np.zeros(2 * slots)
    for row in visits:
        start = since[row["session_id"]]
        for i in range(2 * slots):
            if row["room_id"] == ids[found.room[i]] and row["participant_id"] != "p1":
                both = min(start + row["duration_s"], found.end_s[i]) - max(start, found.start_s[i])
                viewers[i] += max(both, 0.0) / every_s
    for name, values in {**wanted, "comments": comments}.items():
        np.testing.assert_allclose(found.counts[name], values, err_msg=name)
    assert wanted["purchases"].sum() > 5
    np.testing.assert_allclose(found.viewers, viewers)
    assert any("visits left out: no consent" in note for note in found.notes)
    assert any("messages left out: no consent" in note for note in found.notes)


def test_what_came_before_the_broadcast_is_not_counted_in_it(tmp_path: Path) -> None:
    events = [event("a", time_s, "like") for time_s in (5.0, 29.0, 30.0, 31.0)]
    study = write(tmp_path / "s", [visit("a", "ann", since_s=-30.0)], {"events": events})
    assert from_events(study, ["r1"], 50.0, NOW).counts["likes"].tolist() == [2, 0, 0, 0]


def test_money_is_known_only_where_every_purchase_tells_it(tmp_path: Path) -> None:
    for name, values in (("all", (3.0, 4.5)), ("some", (3.0, None))):
        events = [event("a", 10.0, "purchase", "p1") | {"value": value} for value in values]
        study = write(tmp_path / name, [visit("a", "ann")], {"events": events})
        counts = from_events(study, ["r1"], 100.0, NOW).counts
        assert counts["purchases"].tolist() == [2, 0]
        assert ("revenue" in counts) == (name == "all")


def test_what_no_log_kept_is_not_counted_as_none(tmp_path: Path) -> None:
    visits = [visit("a", "ann"), visit("b", "ann", "r2")]
    study = write(tmp_path / "s", visits, {"events": [event("a", 10.0, "chat"), event("b", 150.0, "like")]})
    counts = from_events(study, ["r1", "r2"], 100.0, NOW).counts
    # Nothing was bought, and gifts and shares were not logged.
    assert {name: values.tolist() for name, values in counts.items()} == {
        "purchases": [0, 0, 0, 0], "likes": [0, 0, 0, 1], "comments": [1, 0, 0, 0],
    }  # fmt: skip
    chat = [{"room_id": "r2", "time_s": 5.0, "text": "hi"}]
    found = from_events(write(tmp_path / "t", visits, {"chat": chat}), ["r1", "r2"], 100.0, NOW)
    np.testing.assert_array_equal(found.counts["comments"], [np.nan, np.nan, 1, 0])
    assert "chat of 1 broadcasts holds no message: not counted there" in found.notes


def test_a_broadcast_shorter_than_a_stretch_has_none(tmp_path: Path) -> None:
    study = write(tmp_path / "s", [visit("a", "ann")])
    with pytest.raises(FormatError, match="no broadcast lasts 300 s: ask for shorter stretches"):
        from_events(study, ["r1"], 300.0, NOW)
