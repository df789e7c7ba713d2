"""What hosts showed, from their signals and from shares that a study holds, against loops over both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.factors.studies import NOW, Row, granted
from tests.host.small_study import PlainCoder, face, study_of

from telltale.core.errors import ConsentError, FormatError
from telltale.core.rng import stream
from telltale.core.signal import Signal
from telltale.core.signal_file import write_signal
from telltale.host.coders import HostCoders
from telltale.host.study_shown import pooled, study_shown
from telltale.signs.coding import Coding
from telltale.study.store import Study

THREE = [{"name": name, "host_id": host} for name, host in (("r1", "h1"), ("r2", "h2"), ("r3", "h1"))]


@settings(max_examples=40, deadline=None)
@given(rows=st.integers(1, 70), first=st.integers(-15, 15), steps=st.integers(1, 6), seed=st.integers(0, 9))
def test_a_step_pools_its_ten_rows(rows: int, first: int, steps: int, seed: int) -> None:
    rng = stream(seed, "pooled")
    shown, read = rng.uniform(0, 0.5, (rows, 2)), rng.random(rows) < 0.7
    tenths = first + np.arange(rows)
    found = pooled(PlainCoder().code(face(shown, read, first / 10)), steps)
    assert found.shape == (steps, 3)
    for step in range(steps):
        # Step k is (k, k + 1] seconds.
        mine = (tenths > 10 * step) & (tenths <= 10 * (step + 1)) & read
        assert found[step, -1] == pytest.approx(mine.sum() / 10)
        if mine.any():
            np.testing.assert_allclose(found[step, :-1], shown[mine].mean(axis=0), atol=1e-6)
        else:
            assert np.isnan(found[step, :-1]).all()


def test_signals_are_coded_of_those_who_agree(tmp_path: Path) -> None:
    rng = stream(1, "faces")
    shown = {name: rng.uniform(0, 0.5, (1000, 2)) for name in ("r1", "r2")}
    faces = {name: face(values, np.ones(1000, dtype=bool)) for name, values in shown.items()}
    rooms = [dict(row, duration_s=95.5) for row in THREE]
    voice = [{"room_id": "r1", "time_s": 5.0 * (k + 1), "host_voice": k / 10} for k in range(10) if k != 4]
    study = study_of(tmp_path / "s", rooms, {"room_factors": voice}, faces)
    found = study_shown(study, PlainCoder(), NOW, workers=1)
    assert (found.held, found.shown.room_ids) == ("host_signals", ("r1", "r2"))
    assert (found.shown.step_s, found.shown.steps.tolist()) == (1.0, [96, 96])
    assert (found.shown.names, found.shown.evidence) == (("elation", "anger"), ("ours", "published"))
    assert found.notes == (
        "1 broadcasts left out: they have no signal of their host",
        "voice is not known in 1 of 2 broadcasts",
    )
    for i, name in enumerate(("r1", "r2")):
        wanted = shown[name][:960].reshape(96, 10, 2).mean(axis=1)
        np.testing.assert_allclose(found.shown.shares[96 * i :][:96], wanted, atol=1e-6)
    assert (found.shown.read == 1).all()
    # Each second has the voice of the row that it lies in; where no row is, nothing is known.
    assert found.voice is not None
    wanted = np.repeat(np.arange(10) / 10, 5)
    wanted[20:25] = np.nan
    np.testing.assert_allclose(found.voice[:50], wanted)
    assert np.isnan(found.voice[50:]).all()


def test_a_broadcast_without_a_face_is_told_beside_those_that_have_one(tmp_path: Path) -> None:
    rooms = [{"name": f"L{k}", "host_id": "h1"} for k in range(1, 9)]
    faces = {f"L{k}": face(np.full((50, 2), 0.1), np.ones(50, dtype=bool)) for k in (1, 2, 3)}
    told = "broadcast L4 of {} has neither a signal of its host nor shares: these have: {}"
    study = study_of(tmp_path / "s", rooms, {}, faces)
    with pytest.raises(FormatError) as error:
        study_shown(study, PlainCoder(), NOW, room="L4", workers=1)
    assert str(error.value) == told.format(study.folder, "L1, L2, L3")
    assert study_shown(study, PlainCoder(), NOW, room="L2", workers=1).shown.room_ids == ("L2",)
    # Shares stand for a signal; a row without one does not.
    rows = [
        {"room_id": f"L{k}", "time_s": 5.0 * (i + 1), "host_awe": None if k == 4 else 0.1}
        for k in range(4, 9)
        for i in range(9)
    ]
    study = study_of(tmp_path / "t", rooms, {"room_factors": rows}, faces)
    with pytest.raises(FormatError) as error:
        study_shown(study, PlainCoder(), NOW, room="L4", workers=1)
    assert str(error.value) == told.format(study.folder, "L1, L2, L3, L5, L6, ...")
    assert study_shown(study, PlainCoder(), NOW, room="L5", workers=1).held == "room_factors"
    study = study_of(tmp_path / "u", rooms)
    with pytest.raises(FormatError, match="tells nothing of what hosts showed"):
        study_shown(study, PlainCoder(), NOW, room="L4", workers=1)


def test_a_host_who_takes_it_back_vanishes(tmp_path: Path) -> None:
    faces = {name: face(np.full((50, 2), 0.1), np.ones(50, dtype=bool)) for name in ("r1", "r2", "r3")}
    gone = [granted("h1", "host_id", withdrawn_at=NOW - timedelta(days=1)), granted("h2", "host_id")]
    study = study_of(tmp_path / "s", THREE, {"host_consents": gone}, faces)
    found = study_shown(study, PlainCoder(), NOW, workers=1)
    assert found.shown.room_ids == ("r2",)
    assert found.notes == (
        "2 broadcasts left out: their hosts have not agreed to 'research'",
        "voice is not known: what comes with speaking may pass for the face",
    )
    before = study_shown(study, PlainCoder(), NOW - timedelta(days=2), workers=1)
    assert before.shown.room_ids == ("r1", "r2", "r3")
    nobody = [granted(host, "host_id", withdrawn_at=NOW - timedelta(days=1)) for host in ("h1", "h2")]
    study = study_of(tmp_path / "t", THREE, {"host_consents": nobody}, faces)
    with pytest.raises(FormatError, match="no host's signal could be coded: 3 broadcasts left out"):
        study_shown(study, PlainCoder(), NOW, workers=1)


def with_team(folder: Path, faces: dict[tuple[str, str], Signal], **tables: list[Row]) -> Study:
    """A study of r1, hosted by h1 and bo, and r2, by h2, with these signals by room and host."""
    hosts = [{"host_id": host} for host in ("h1", "h2", "bo")]
    given = {"hosts": hosts, "host_consents": [granted(str(h["host_id"]), "host_id") for h in hosts]}
    more = {"room_hosts": [{"room_id": "r1", "host_id": "bo"}], **given, **tables}
    study = study_of(folder, [dict(row, duration_s=10.0) for row in THREE[:2]], more)
    for (room, host), signal in faces.items():
        write_signal(signal, study.host_signal_path(room, host))
    return study


def team_faces() -> dict[tuple[str, str], Signal]:
    """h1 is read throughout, bo in the first half of r1 alone."""
    rng = stream(5, "team")
    whole, half = np.ones(100, dtype=bool), np.arange(100) < 50
    given = {("r1", "h1"): whole, ("r1", "bo"): half, ("r2", "h2"): whole}
    return {who: face(rng.uniform(0, 0.5, (100, 2)), read) for who, read in given.items()}


def test_hosts_of_one_broadcast_are_taken_together(tmp_path: Path) -> None:
    faces = team_faces()
    study = with_team(tmp_path / "s", faces)
    assert (study.team("r1"), study.team("r2")) == ("bo + h1", "h2")
    found = study_shown(study, PlainCoder(), NOW, workers=1)
    assert found.shown.room_ids == ("r1", "r2")
    by_step = {
        who: PlainCoder().code(one).scores.reshape(10, 10, 2).mean(axis=1) for who, one in faces.items()
    }
    first = (by_step["r1", "h1"][:5] + by_step["r1", "bo"][:5]) / 2
    np.testing.assert_allclose(found.shown.shares[:5], first, atol=1e-6)
    np.testing.assert_allclose(found.shown.shares[5:10], by_step["r1", "h1"][5:], atol=1e-6)
    np.testing.assert_allclose(found.shown.shares[10:], by_step["r2", "h2"], atol=1e-6)
    assert (found.shown.read == 1).all()
    assert found.notes[0] == "1 broadcasts have several hosts: shares are the mean of those who were read"


def test_a_host_of_several_who_takes_it_back_is_left_out_alone(tmp_path: Path) -> None:
    faces = team_faces()
    gone = [granted("bo", "host_id", withdrawn_at=NOW - timedelta(days=1))]
    gone += [granted(host, "host_id") for host in ("h1", "h2")]
    study = with_team(tmp_path / "s", faces, host_consents=gone)
    found = study_shown(study, PlainCoder(), NOW, workers=1)
    alone = PlainCoder().code(faces["r1", "h1"]).scores.reshape(10, 10, 2).mean(axis=1)
    np.testing.assert_allclose(found.shown.shares[:10], alone, atol=1e-6)
    assert found.notes[0] == "the faces of 1 hosts left out: they have not agreed to 'research'"
    # Shares that a study holds are of all hosts together: there the broadcast is closed.
    assert study.closed_rooms(NOW) == {"r1"}
    with pytest.raises(ConsentError):
        study.host_signal("r1", "bo", now=NOW)
    with pytest.raises(FormatError, match="h2 is no host of room r1: its hosts are h1, bo"):
        study.host_signal("r1", "h2", now=NOW)


def test_who_has_no_signal_beside_one_who_has_is_told(tmp_path: Path) -> None:
    faces = team_faces()
    del faces["r1", "h1"]
    found = study_shown(with_team(tmp_path / "s", faces), PlainCoder(), NOW, workers=1)
    half = PlainCoder().code(faces["r1", "bo"]).scores[:50].reshape(5, 10, 2).mean(axis=1)
    np.testing.assert_allclose(found.shown.shares[:5], half, atol=1e-6)
    assert found.shown.read[:10].tolist() == [1.0] * 5 + [0.0] * 5
    assert found.notes[1] == "in 1 broadcasts not every host has a signal: those who have stand for all"


def test_each_host_is_coded_by_their_own_coder(tmp_path: Path) -> None:
    faces = team_faces()
    study = with_team(tmp_path / "s", faces)
    coders = HostCoders(PlainCoder(), {"bo": Halved()}, {"bo": "east_asia"})
    found = study_shown(study, coders, NOW, workers=1)
    by_step = {
        who: PlainCoder().code(one).scores.reshape(10, 10, 2).mean(axis=1) for who, one in faces.items()
    }
    first = (by_step["r1", "h1"][:5] + by_step["r1", "bo"][:5] / 2) / 2
    np.testing.assert_allclose(found.shown.shares[:5], first, atol=1e-6)
    np.testing.assert_allclose(found.shown.shares[10:], by_step["r2", "h2"], atol=1e-6)
    assert "coded by the culture that the study names: 2 hosts by none, 1 by east_asia" in found.notes


@dataclass(frozen=True)
class Halved(PlainCoder):
    """Says everything half as strongly."""

    def code(self, signal: Signal) -> Coding:
        plain = PlainCoder().code(signal)
        half = plain.scores / np.float32(2)
        return Coding(plain.times_s, plain.names, half, 1 - half.sum(axis=1))


def shares(seed: int, rooms: dict[str, int], *, empty: float = 0.0) -> list[Row]:
    """Rows of 5 s, in no order; the first so many of each broadcast."""
    rng = stream(seed, "shares")
    rows: list[Row] = [
        {
            "room_id": name,
            "time_s": 5.0 * (k + 1),
            "host_awe": None if rng.random() < empty else float(rng.random()),
            "host_elation": float(rng.random()),
            "host_voice": float(rng.random()),
            "chat_rate": 7.0,
        }
        for name, many in rooms.items()
        for k in range(many)
    ]
    return [rows[int(i)] for i in rng.permutation(len(rows))]


@pytest.mark.parametrize("seed", range(3))
def test_held_shares_are_taken_as_they_are(tmp_path: Path, seed: int) -> None:
    rows = shares(seed, {"r1": 40, "r3": 19, "elsewhere": 30}, empty=0.2)
    study = study_of(tmp_path / "s", [dict(row, duration_s=98.0) for row in THREE], {"room_factors": rows})
    found = study_shown(study, PlainCoder(), NOW)
    assert (found.held, found.shown.step_s, found.shown.room_ids) == ("room_factors", 5.0, ("r1", "r3"))
    assert (found.shown.names, found.shown.evidence) == (("awe", "elation"), ("published", "ours"))
    assert found.shown.steps.tolist() == [20, 20]
    assert found.voice is not None
    by_place = {(row["room_id"], round(row["time_s"] / 5) - 1): row for row in rows}
    for i, name in enumerate(("r1", "r3")):
        for k in range(20):
            row = by_place.get((name, k), {"host_awe": None, "host_elation": None, "host_voice": None})
            wanted = [np.nan if row[key] is None else row[key] for key in ("host_awe", "host_elation")]
            here = found.shown.shares[20 * i + k]
            np.testing.assert_allclose(here, wanted, atol=1e-6)
            assert found.shown.read[20 * i + k] == np.isfinite(wanted).all()
            voice = np.nan if row["host_voice"] is None else row["host_voice"]
            np.testing.assert_allclose(found.voice[20 * i + k], voice)


def test_rows_between_steps_go_where_most_of_them_lies(tmp_path: Path) -> None:
    rows = [{"room_id": "r1", "time_s": 5.0 * k + 2.5, "host_awe": k / 100} for k in range(20)]
    study = study_of(tmp_path / "s", THREE[:1], {"room_factors": rows})
    found = study_shown(study, PlainCoder(), NOW).shown
    # The row (-2.5, 2.5] overlaps both sides of 0 alike and goes to the first step.
    np.testing.assert_allclose(found.shares[:20, 0], np.arange(20) / 100, atol=1e-6)


def test_held_shares_of_a_host_who_takes_it_back_vanish(tmp_path: Path) -> None:
    gone = [granted("h1", "host_id", withdrawn_at=NOW - timedelta(days=1)), granted("h2", "host_id")]
    rows = shares(0, {"r1": 9, "r2": 9, "r3": 9})
    study = study_of(tmp_path / "s", THREE, {"host_consents": gone, "room_factors": rows})
    found = study_shown(study, PlainCoder(), NOW)
    assert found.shown.room_ids == ("r2",)
    assert found.notes == ("2 broadcasts left out: their hosts have not agreed to 'research'",)
    study = study_of(tmp_path / "t", THREE, {"host_consents": gone[:1], "room_factors": rows})
    with pytest.raises(FormatError, match="no broadcast that may be read: 3 broadcasts left out"):
        study_shown(study, PlainCoder(), NOW)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([], "tells nothing of what hosts showed: add signals"),
        ([{"room_id": "r1", "time_s": 5.0, "chat_rate": 1.0}], "tells nothing of what hosts showed"),
        ([{"room_id": "r1", "time_s": 5.0, "host_awe": 0.1}], "holds no two moments of one broadcast"),
        (
            [{"room_id": "r1", "time_s": 5.0 * k, "host_awe": 12.0 * k} for k in (1, 2)],
            r"room_factors.host_awe holds 2 values that are no share: 12: give the share of the step",
        ),
        (
            [{"room_id": "r1", "time_s": 5.0 * k, "host_awe": -0.5} for k in (1, 2)],
            "values that are no share: -0.5",
        ),
        (
            [{"room_id": "elsewhere", "time_s": 5.0 * k, "host_awe": 0.5} for k in (1, 2)],
            "room_factors hold",
        ),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path: Path, rows: list[Row], told: str) -> None:
    study = study_of(tmp_path / "s", THREE, {"room_factors": rows} if rows else {})
    with pytest.raises(FormatError, match=told) as error:
        study_shown(study, PlainCoder(), NOW)
    assert "\n" not in str(error.value)
