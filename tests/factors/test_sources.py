"""Chat, what is on show, and faces: each against the definition worked out row by row, in plain Python."""

from __future__ import annotations

import math
import statistics
import tempfile
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.factors.studies import EVENING, NOW, Row, event, granted, room, visit, write
from tests.study.builder import read_signal_rows

from telltale.core.signal import Signal, unread_rows
from telltale.core.signal_file import write_signal
from telltale.factors.from_study import factor_panel
from telltale.factors.panel import FactorPanel
from telltale.signs.affect import NAMES, compute_affect

QUICK = settings(max_examples=25, deadline=None)
NAN = float("nan")
MILLISECONDS = st.integers(0, 199_999) | st.integers(0, 39).map(lambda k: 5000 * k)
"""Often right on an edge of a step."""


def column(panel: FactorPanel, name: str, session: str) -> list[float]:
    mine = panel.session == panel.session_ids.index(session)
    found: list[float] = panel.column(name)[mine].tolist()
    return found


def told_by_hand(messages: list[tuple[int, str]], end_ms: int) -> tuple[float, float, float]:
    """Messages of the step, mean gap and mean length at its end, from sorted messages of one room."""
    if not messages:
        return NAN, NAN, NAN
    # What comes at 0 belongs to the first step.
    first = end_ms - 5000 if end_ms > 5000 else -1
    in_step = [m for m in messages if first < m[0] <= end_ms]
    recent = [m for m in messages if end_ms - 30_000 < m[0] <= end_ms]
    gaps = [(b[0] - a[0]) / 1000 for a, b in pairwise(recent)]
    earlier = [m for m in messages if m[0] <= end_ms]
    lengths = [len(m[1]) for m in recent or earlier[-1:]]
    return (
        len(in_step),
        statistics.fmean(gaps) if gaps else 30.0,
        statistics.fmean(lengths) if lengths else NAN,
    )


@QUICK
@given(st.lists(st.tuples(MILLISECONDS, st.sampled_from(["ok", "太贵了", "so pretty"])), max_size=30))
def test_chat_is_as_counted_by_hand(written: list[tuple[int, str]]) -> None:
    messages = sorted(written, key=lambda m: m[0])
    rows: list[Row] = [{"room_id": "r1", "time_s": ms / 1000, "text": text} for ms, text in written]
    others = [(103_000, "other"), (104_000, "room")]
    rows += [{"room_id": "r2", "time_s": ms / 1000, "text": text} for ms, text in others]
    visits = [
        visit("s1", "p1", since_s=33.0, lasts_s=160.0),
        visit("s2", "p2", lasts_s=190.0),
        visit("s3", "p3", "r2"),
    ]
    with tempfile.TemporaryDirectory() as folder:
        panel = factor_panel(write(Path(folder) / "s", visits, {"chat": rows}), sources=["chat"], now=NOW)
    for session, first, seen in (("s1", 6, messages), ("s2", 0, messages), ("s3", 0, others)):
        steps = len(column(panel, "chat_messages", session))
        wanted = [told_by_hand(seen, 5000 * (first + k + 1)) for k in range(steps)]
        for name, values in zip(
            ("chat_messages", "chat_gap_s", "chat_length"), zip(*wanted, strict=True), strict=True
        ):
            assert column(panel, name, session) == pytest.approx(list(values), nan_ok=True)
    assert bool(panel.notes) == (not messages)


def test_messages_of_who_took_consent_back_do_not_count(tmp_path: Path) -> None:
    rows: list[Row] = [
        {"room_id": "r1", "time_s": t, "text": "hello", "participant_id": who}
        for t, who in ((1.0, "p1"), (2.0, "p2"), (3.0, None))
    ]
    consents = [granted("p1"), granted("p2", withdrawn_at=EVENING + timedelta(days=1))]
    study = write(
        tmp_path / "s", [visit("s1", "p1"), visit("s2", "p2")], {"chat": rows, "consents": consents}
    )
    panel = factor_panel(study, sources=["chat"], now=NOW)
    assert column(panel, "chat_messages", "s1")[0] == 2
    assert panel.notes[-1] == "1 messages left out: their writers' consent for 'research' does not hold"


PRODUCTS: list[Row] = [
    {"product_id": f"p{i}", "category": c, "price": price, "currency": "CNY"}
    for i, (c, price) in enumerate([("fashion", 10.0), ("fashion", 20.0), ("fashion", 80.0), ("beauty", 5.0)])
]
LOG_PRICE = {"p0": math.log(0.5), "p1": 0.0, "p2": math.log(4.0), "p3": 0.0}


def shown_by_hand(switches: list[tuple[int, str, str]], at_ms: float) -> tuple[float, float, float]:
    """Price, whether and how long at one moment, walking through the log as docs and `display.py` have it."""
    on_show, last, since_ms = None, None, 0
    for time_ms, kind, product in sorted(switches, key=lambda s: (s[0], s[1] == "product_pin", s[2])):
        if time_ms > at_ms:
            break
        if kind == "product_pin":
            on_show, last, since_ms = product, product, time_ms
        elif product == on_show:
            on_show = None
    price = LOG_PRICE[last] if last is not None else NAN
    return price, float(on_show is not None), (at_ms - since_ms) / 1000 if on_show is not None else 0.0


SWITCHES = st.lists(
    st.tuples(
        MILLISECONDS,
        st.sampled_from(["product_pin", "product_unpin"]),
        st.sampled_from(["p0", "p1", "p2", "p3"]),
    ),
    max_size=20,
)


@QUICK
@given(SWITCHES)
def test_what_is_on_show_is_as_read_from_the_log(switches: list[tuple[int, str, str]]) -> None:
    rows = [event("s1", ms / 1000, kind, product) for ms, kind, product in switches]
    rows += [event("s0", 3.0, "product_pin", "p2"), event("s2", 3.0, "product_unpin", "p2")]
    visits = [visit("s0", "p1"), visit("s1", "p2"), visit("s2", "p3")]
    with tempfile.TemporaryDirectory() as folder:
        study = write(Path(folder) / "s", visits, {"events": rows, "products": PRODUCTS})
        panel = factor_panel(study, sources=["product"], now=NOW)
    wanted = [shown_by_hand(switches, 5000 * k + 2500) for k in range(20)]
    for name, values in zip(panel.names, zip(*wanted, strict=True), strict=True):
        assert column(panel, name, "s1") == pytest.approx(list(values), nan_ok=True, abs=1e-9)
    assert column(panel, "on_show", "s0") == [0] + [1] * 19
    assert np.isnan(column(panel, "price_on_show", "s2")).all()  # an unpin of what nobody saw shows nothing


def smiling() -> Signal:
    """100 s of a face whose smile grows; not read from 20 to 30 s and in the first half of step 8."""
    signal = read_signal_rows(100.0, au12_intensity_left=np.arange(1000) / 1000, au04_intensity_left=0.3)
    hidden = ((signal.times_s > 20) & (signal.times_s <= 30)) | (
        (signal.times_s > 40) & (signal.times_s <= 42.5)
    )
    values = signal.values.copy()
    values[hidden] = unread_rows(int(hidden.sum()))
    return Signal(signal.times_s, values)


@pytest.mark.parametrize("offset_s", [0.0, 0.4])
def test_a_face_is_the_mean_of_the_rows_that_were_read(tmp_path: Path, offset_s: float) -> None:
    signal = smiling()
    visits = [visit("s1", "p1") | {"clock_offset_s": offset_s}, visit("s2", "p2"), visit("s3", "p3")]
    consents = [granted("p1"), granted("p2")]
    signals = {"s1": signal, "s3": signal}
    panel = factor_panel(write(tmp_path / "s", visits, {"consents": consents}, signals), now=NOW)
    assert panel.names == tuple(f"face_{name}" for name in NAMES)
    assert panel.session_ids == ("s1", "s2")
    assert panel.notes == (
        "1 sessions of 1 people left out: no consent for 'research' holds",
        "1 sessions have no signal of a face",
    )
    assert np.isnan(panel.values[panel.session == 1]).all()
    affect = compute_affect(signal)
    ended_ms = np.round((affect.times_s - offset_s) * 1000)
    for k, name in enumerate(NAMES):
        wanted = []
        for step in range(20):
            mine = affect.values[(ended_ms > 5000 * step) & (ended_ms <= 5000 * (step + 1)), k]
            mine = mine[~np.isnan(mine)]
            wanted.append(float(mine.mean(dtype=np.float64)) if len(mine) else NAN)
        assert column(panel, f"face_{name}", "s1") == pytest.approx(wanted, nan_ok=True, abs=1e-6)
    if not offset_s:
        assert np.flatnonzero(np.isnan(column(panel, "face_desire", "s1"))).tolist() == [4, 5]


def test_a_hosts_face_is_in_the_broadcasts_time_and_behind_the_hosts_consent(tmp_path: Path) -> None:
    signal = smiling()
    visits = [visit("s1", "p1", since_s=31.0, lasts_s=60.0), visit("s2", "p2", "r2"), visit("s3", "p3", "r3")]
    rooms = [room("r1"), room("r2", host_id="h2"), room("r3")]
    tables = {
        "rooms": rooms,
        "hosts": [{"host_id": "h1"}, {"host_id": "h2"}],
        "host_consents": [granted("h1", "host_id")],
    }
    study = write(tmp_path / "s", visits, tables, host_signals={"r1": signal, "r2": signal})
    panel = factor_panel(study, now=NOW)
    assert panel.names == tuple(f"host_face_{name}" for name in NAMES)
    assert all(f.level == "room" and f.tier == 1 for f in panel.factors)
    assert panel.notes == (
        "1 broadcasts have no signal of a face",
        "faces of 1 broadcasts left out: no consent for 'research' holds",
    )
    affect = compute_affect(signal)
    found = column(panel, "host_face_desire", "s1")
    for step in range(12):
        # The step ends 36 + 5 step s into the broadcast: its last whole step ended at 35 + 5 step.
        mine = (affect.times_s > 30.01 + 5 * step) & (affect.times_s < 35.01 + 5 * step)
        assert found[step] == pytest.approx(np.nanmean(affect.values[mine, 1]), abs=1e-6)
    assert np.isnan(panel.values[panel.session > 0]).all()


def of_team(folder: Path, consents: list[Row], faces: dict[str, Signal]) -> FactorPanel:
    """A panel of one session in a broadcast that h1 hosts with bo, from these faces of theirs."""
    tables = {
        "hosts": [{"host_id": "h1"}, {"host_id": "bo"}],
        "room_hosts": [{"room_id": "r1", "host_id": "bo"}],
        "host_consents": consents,
    }
    study = write(folder, [visit("s1", "p1")], tables)
    for host, signal in faces.items():
        write_signal(signal, study.host_signal_path("r1", host))
    return factor_panel(study, now=NOW)


def test_hosts_of_one_broadcast_count_by_how_much_of_each_was_read(tmp_path: Path) -> None:
    faces = {"h1": smiling(), "bo": read_signal_rows(100.0, au04_intensity_left=0.6)}
    both = [granted("h1", "host_id"), granted("bo", "host_id")]
    panel = of_team(tmp_path / "s", both, faces)
    assert panel.notes == ()
    shown = {host: compute_affect(signal) for host, signal in faces.items()}
    times_s = np.concatenate([affect.times_s for affect in shown.values()])
    for k, name in enumerate(NAMES):
        values = np.concatenate([affect.values[:, k] for affect in shown.values()])
        found = column(panel, f"host_face_{name}", "s1")
        for step in range(20):
            mine = (times_s > 0.01 + 5 * step) & (times_s < 5.01 + 5 * step)
            assert found[step] == pytest.approx(np.nanmean(values[mine]), abs=1e-6)
    # From 20 to 30 s bo alone was read.
    alone = shown["bo"].values[(shown["bo"].times_s > 20.01) & (shown["bo"].times_s < 25.01), 0]
    assert column(panel, f"host_face_{NAMES[0]}", "s1")[4] == pytest.approx(np.nanmean(alone), abs=1e-6)


def test_a_host_of_several_who_has_not_agreed_is_left_out_alone(tmp_path: Path) -> None:
    faces = {"h1": smiling(), "bo": read_signal_rows(100.0, au12_intensity_left=0.9)}
    for who, other in (("h1", "bo"), ("bo", "h1")):
        panel = of_team(tmp_path / who, [granted(who, "host_id")], faces)
        assert panel.notes == (
            "in 1 broadcasts the faces of some hosts alone may be read: they stand for all",
        )
        alone = of_team(tmp_path / f"{who} alone", [granted(who, "host_id")], {who: faces[who]})
        np.testing.assert_array_equal(panel.values, alone.values)
        assert np.isfinite(panel.values).any()
        nobody = of_team(tmp_path / f"not {who}", [granted(who, "host_id")], {other: faces[other]})
        assert nobody.notes == ("faces of 1 broadcasts left out: no consent for 'research' holds",)
        assert np.isnan(nobody.values).all()
