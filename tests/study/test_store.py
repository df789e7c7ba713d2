"""The door of consent: a face is read only while its owner agrees, and on the clock of the log."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.factors.studies import NOW, granted, room, visit, write

from telltale.core.errors import ConsentError, FormatError
from telltale.core.signal_file import read_signal
from telltale.study.check import check_study
from telltale.study.store import Study

MARCH = datetime(2026, 3, 10, tzinfo=UTC)


def set_consents(folder: Path, **values: str | pd.Timestamp) -> None:
    """Change columns of p1's consents."""
    path = folder / "consents.parquet"
    table = pd.read_parquet(path)
    for column, value in values.items():
        table.loc[table["participant_id"] == "p1", column] = value
    table.to_parquet(path, index=False)


def test_with_consent_the_signal_is_read(pristine: Path) -> None:
    signal = Study.open(pristine).signal("s01", now=MARCH)
    assert len(signal) == 1415
    assert Study.open(pristine).signal("s01").times_s[0] == 0.1


def test_without_consent_it_raises(example: Path) -> None:
    set_consents(example, purpose="read_face")
    with pytest.raises(ConsentError, match="p1 has given no consent for 'research' that holds") as caught:
        Study.open(example).signal("s01", now=MARCH)
    assert caught.value.exit_code == 3
    assert len(Study.open(example).signal("s03", now=MARCH))


def test_each_purpose_is_asked_for_itself(pristine: Path) -> None:
    study = Study.open(pristine)
    assert len(study.signal("s01", purpose="read_face", now=MARCH))
    with pytest.raises(ConsentError):
        study.signal("s01", purpose="record_video", now=MARCH)
    with pytest.raises(FormatError, match="unknown purpose 'fun'"):
        study.signal("s01", purpose="fun", now=MARCH)


def test_withdrawal_shuts_the_door_from_that_moment(example: Path) -> None:
    set_consents(example, withdrawn_at=pd.Timestamp("2026-03-10", tz="UTC"))
    study = Study.open(example)
    assert len(study.signal("s01", now=datetime(2026, 3, 9, 23, 59, tzinfo=UTC)))
    with pytest.raises(ConsentError):
        study.signal("s01", now=MARCH)


def test_a_consent_yet_to_come_does_not_hold(pristine: Path) -> None:
    with pytest.raises(ConsentError):
        Study.open(pristine).signal("s01", now=datetime(2026, 2, 1, tzinfo=UTC))


def test_a_person_without_any_row_has_not_consented(example: Path) -> None:
    path = example / "consents.parquet"
    table = pd.read_parquet(path)
    table[table["participant_id"] != "p1"].to_parquet(path, index=False)
    with pytest.raises(ConsentError):
        Study.open(example).signal("s02", now=MARCH)


def test_times_are_moved_to_the_clock_of_the_log(pristine: Path) -> None:
    """s04's camera shows 0.4 s more than the log, so its rows move 0.4 s back."""
    study = Study.open(pristine)
    raw = read_signal(study.signal_path("s04"))
    np.testing.assert_allclose(raw.times_s[0], 0.5)
    np.testing.assert_allclose(study.signal("s04", now=MARCH).times_s, raw.times_s - 0.4)


def test_an_absent_offset_is_none(example: Path) -> None:
    path = example / "sessions.parquet"
    pd.read_parquet(path).drop(columns="clock_offset_s").to_parquet(path, index=False)
    np.testing.assert_allclose(Study.open(example).signal("s04", now=MARCH).times_s[0], 0.5)


def test_an_unknown_session_gets_one_line(pristine: Path) -> None:
    with pytest.raises(FormatError, match="no session 's99'"):
        Study.open(pristine).signal("s99")


def with_host_signal(folder: Path, purposes: list[str]) -> Study:
    """The example with the face of room r1's host, who agreed to some purposes."""
    study = Study.open(folder)
    (host,) = {room["host_id"] for room in study.table("rooms").to_pylist() if room["room_id"] == "r1"}
    (folder / "host_signals").mkdir()
    shutil.copy(study.signal_path("s01"), study.host_signal_path("r1"))
    agreed = pd.DataFrame({"host_id": host, "purpose": purposes, "text_version": "1"})
    agreed["granted_at"] = pd.Timestamp("2026-01-01", tz="UTC")
    agreed["withdrawn_at"] = pd.Series(pd.NaT, index=agreed.index, dtype="datetime64[ms, UTC]")
    agreed.to_parquet(folder / "host_consents.parquet", index=False)
    return study


def test_a_host_is_asked_too(example: Path) -> None:
    study = with_host_signal(example, ["read_face", "research"])
    assert len(study.host_signal("r1", now=MARCH)) == 1415
    with pytest.raises(ConsentError, match=r"'record_video' that holds: .* in host_consents\.parquet"):
        study.host_signal("r1", purpose="record_video", now=MARCH)
    with pytest.raises(FormatError, match="no room 'r99'"):
        study.host_signal("r99", now=MARCH)
    assert "face-without-consent" not in {f.code for f in check_study(example, now=MARCH).faults}


def test_a_host_who_was_not_asked_is_not_read(example: Path) -> None:
    study = with_host_signal(example, ["research"])
    faults = check_study(example, now=MARCH).faults
    (fault,) = [fault for fault in faults if fault.code == "face-without-consent"]
    assert (fault.table, fault.first) == ("host_signals", ("r1 of h1",))
    (example / "host_consents.parquet").unlink()
    with pytest.raises(ConsentError, match="for 'research' that holds"):
        Study.open(study.folder).host_signal("r1", now=MARCH)
    assert "face-without-consent" in {f.code for f in check_study(example, now=MARCH).faults}


def with_further_host(folder: Path, host: str = "bo", *, asked: bool = True, known: bool = True) -> Study:
    """The same with the face of a second host of r1."""
    with_host_signal(folder, ["read_face", "research"])
    agreed = pd.read_parquet(folder / "host_consents.parquet")
    if asked:
        agreed = pd.concat([agreed, agreed.assign(host_id=host)])
    agreed.to_parquet(folder / "host_consents.parquet", index=False)
    hosts = pd.read_parquet(folder / "hosts.parquet")
    pd.concat([hosts, hosts.iloc[:1].assign(host_id=host)]).to_parquet(folder / "hosts.parquet", index=False)
    if known:
        further = pd.DataFrame({"room_id": ["r1"], "host_id": [host]})
        further.to_parquet(folder / "room_hosts.parquet", index=False)
    (folder / "host_signals" / "r1").mkdir()
    place = folder / "host_signals" / "r1" / f"{host}.parquet"
    shutil.copy(folder / "signals" / "s01.parquet", place)
    return Study.open(folder)


def test_a_broadcast_may_have_several_hosts(example: Path) -> None:
    study = with_further_host(example)
    assert (study.teams["r1"], study.team("r1"), study.teams["r2"]) == (("h1", "bo"), "bo + h1", ("h2",))
    assert study.host_signal_path("r1", "h1") == study.host_signal_path("r1")
    assert len(study.host_signal("r1", "bo", now=MARCH)) == 1415
    report = check_study(example, workers=1, now=MARCH)
    assert (report.passed, report.rows_checked["host_signals"]) == (True, 2 * 1415)


@pytest.mark.parametrize(
    ("change", "code", "table", "place"),
    [
        ({"asked": False}, "face-without-consent", "host_signals", "r1/bo of bo"),
        ({"known": False}, "stray-signal", "host_signals", "r1/bo"),
        ({"host": "b:o"}, "unfit-id", "room_hosts", "row 0: b:o"),
    ],
)
def test_faults_of_further_hosts_are_named(
    example: Path, change: dict[str, Any], code: str, table: str, place: str
) -> None:
    with_further_host(example, **change)
    (fault,) = [fault for fault in check_study(example, workers=1, now=MARCH).faults if fault.code == code]
    assert (fault.table, fault.first) == (table, (place,))


def test_a_further_hosts_signal_is_looked_into_too(example: Path) -> None:
    with_further_host(example)
    path = example / "host_signals" / "r1" / "bo.parquet"
    table = pd.read_parquet(path)
    table.loc[5, "valid"] = 0.5
    table.to_parquet(path, index=False)
    first = {f.code: f.first[0] for f in check_study(example, workers=1, now=MARCH).faults}
    assert first["valid-not-0-or-1"].startswith("r1/bo ")


def test_rooms_are_closed_whose_hosts_do_not_agree(tmp_path: Path) -> None:
    visits = [visit("a", "ann", name) for name in ("r1", "r2", "r3", "r4")]
    rooms = [room(f"r{k}", host_id=f"h{k}") for k in (1, 2, 3, 4)]
    later = granted("h3", "host_id") | {"granted_at": NOW + timedelta(days=1)}
    asked = [
        granted("h1", "host_id"),
        granted("h2", "host_id", withdrawn_at=NOW - timedelta(days=1)),
        later,
        granted("h4", "host_id") | {"purpose": "read_face"},
    ]
    tables = {"rooms": rooms, "hosts": [{"host_id": f"h{k}"} for k in (1, 2, 3, 4)]}
    study = write(tmp_path / "s", visits, {**tables, "host_consents": asked})
    assert study.closed_rooms(NOW) == {"r2", "r3", "r4"}
    assert study.closed_rooms(NOW - timedelta(days=2)) == {"r3", "r4"}
    assert study.closed_rooms(NOW + timedelta(days=2)) == {"r2", "r4"}
    # Where hosts were not asked, nothing says that one refused.
    assert write(tmp_path / "t", visits, tables).closed_rooms(NOW) == frozenset()
