"""`telltale host read --into`: what goes into a study, where the host agreed, and what is refused."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.cli.host_videos import room_of, study_of
from tests.cli.running import Run

from telltale.core.signal_file import read_signal
from telltale.signs.coding_file import read_codes
from telltale.signs.cultures import load_culture
from telltale.study.check import check_study
from telltale.study.store import Study, write_table


@pytest.fixture
def run(run: Run, here: Path) -> Run:
    """Runs `telltale host ...` in an empty folder."""
    return partial(run, "host")


def test_every_face_in_the_picture_is_coded(run: Run, pair: Path, policy: Path, tmp_path: Path) -> None:
    study = study_of(tmp_path / "study", "read_face", "research")
    words = ("read", pair, "--policy", policy, "--into", study, "--room", room_of(study))
    code, out, err = run(*words)
    assert {path.name for path in Path("pair-host").glob("codes-*")} == {"codes-0.parquet", "codes-1.parquet"}
    assert ("face 0:" in out, "face 1:" in out) == (True, True)
    assert code == 2
    assert "faces 0, 1 were read, and nothing went into" in err
    assert "say which is the host's: telltale host read pair-host --face N" in err
    assert not (study / "host_signals").exists()
    code, out, _ = run("read", "pair-host", *words[2:], "--face", 1)
    assert code == 0
    kept = study / "host_signals" / f"{room_of(study)}.parquet"
    assert out.startswith(f"{kept}: face 1, the host of room")
    np.testing.assert_array_equal(
        read_signal(kept).values, read_signal(Path("pair-host/face-1.parquet")).values
    )
    assert "was read already: give the video" in run("read", "pair-host", "--policy", policy)[2]


def test_a_signal_goes_into_a_study_where_the_host_agreed(
    run: Run, clip: Path, policy: Path, tmp_path: Path
) -> None:
    study = study_of(tmp_path / "study", "read_face", "research")
    room = room_of(study)
    words = ("--policy", policy, "--into", study, "--room", room, "--began", 30, "--stop", 0.5)
    code, out, err = run("read", clip, *words)
    assert (code, err) == (0, "")
    kept = read_signal(study / "host_signals" / f"{room}.parquet")
    read = read_signal(Path("show-host/face-0.parquet"))
    np.testing.assert_allclose(kept.times_s, read.times_s + 30)
    assert f"the host of room {room}" in out
    code, _, err = run("read", clip, *words, "--out", "again")
    assert code == 2
    told = (
        f"error {study}/host_signals/{room}.parquet holds 30.0 to 30.5 s; this video would begin at 30.0 s: "
        "say by --began where it begins, or delete the file if this reading is to take its place"
    )
    assert told in err
    assert not Path("again").exists()


def lasting(study: Path, seconds: float | None) -> Path:
    """The same study, whose broadcasts last so long."""
    rooms = pq.read_table(study / "rooms.parquet")
    place = rooms.schema.get_field_index("duration_s")
    kind = rooms.schema.field(place)
    lasts = pa.array([seconds] * rooms.num_rows, kind.type)
    write_table(study / "rooms.parquet", rooms.set_column(place, kind, lasts))
    return study


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--began", 5000), "--began 5000: reading would begin at 5000 s of room r-fashion, which is 0 to "),
        (("--began", 1200), "which is 0 to 1200 s: say at which second of the broadcast the video begins"),
        (("--began", 1199, "--start", 1), "--began 1199: reading would begin at 1200 s"),
        (("--began", -50), "begin at -50 s of room r-fashion, which is 0 to 1200 s: say at which second of"),
        (("--began", -50), "the video begins, or leave out what lies before it: --start 50"),
        (("--began", "nan"), "--began nan: reading would begin at nan s"),
        (("--began", "-inf"), "--began -inf: reading would begin at -inf s"),
    ],
)
def test_what_begins_outside_the_broadcast_is_not_read(
    run: Run, clip: Path, policy: Path, tmp_path: Path, words: tuple[object, ...], told: str
) -> None:
    study = lasting(study_of(tmp_path / "study", "read_face", "research"), 1200.0)
    code, out, err = run("read", clip, "--policy", policy, "--into", study, "--room", room_of(study), *words)
    assert (code, out) == (2, "")
    assert told in err
    assert list(Path.cwd().iterdir()) == []
    assert not (study / "host_signals").exists()


def test_what_runs_over_the_broadcasts_end_does_not_go_in(
    run: Run, clip: Path, policy: Path, tmp_path: Path
) -> None:
    study = lasting(study_of(tmp_path / "study", "read_face", "research"), 60.0)
    room = room_of(study)
    words = ("--policy", policy, "--into", study, "--room", room)
    before = sorted(study.rglob("*"))
    code, _, err = run("read", clip, *words, "--began", 59.5)
    assert code == 2
    told = (
        f"error show-host would be 59.5 to 61.5 s of room {room}, 1.5 s beyond its end at 60 s, and nothing "
        f"went into {study}: say by --began where it begins (telltale host read show-host, and the rest as "
        "it was), or read the video again with --stop 0.5"
    )
    assert told in err
    for began, lies in ((-1.5, "1.5 s before its beginning"), (60, "2.0 s beyond its end at 60 s")):
        code, _, err = run("read", "show-host", *words, "--began", began)
        assert code == 2
        assert lies in err
    assert "--start 1.5" in run("read", "show-host", *words, "--began", -1.5)[2]
    assert "--stop" not in err
    assert sorted(study.rglob("*")) == before
    # A second more is what `study check` lets pass.
    assert run("read", "show-host", *words, "--began", 59)[0] == 0
    assert not faults_of_hosts(study)


def faults_of_hosts(study: Path) -> list[str]:
    """Errors that a reading could bring in; the session that the study has is longer than its room."""
    found = [fault for fault in check_study(study, workers=1).faults if fault.severity == "error"]
    return [fault.code for fault in found if fault.table in {"host_signals", "room_factors", "room_hosts"}]


def test_a_recording_that_began_before_the_broadcast(
    run: Run, clip: Path, policy: Path, tmp_path: Path
) -> None:
    study = lasting(study_of(tmp_path / "study", "read_face", "research"), 60.0)
    words = ("--policy", policy, "--into", study, "--room", room_of(study), "--began", -1, "--start", 1)
    code, _, err = run("read", clip, *words)
    assert (code, err) == (0, "")
    assert not faults_of_hosts(study)


def test_where_parts_overlap_both_are_told_whole(run: Run, clip: Path, policy: Path, tmp_path: Path) -> None:
    study = study_of(tmp_path / "study", "read_face", "research")
    room = room_of(study)
    words = ("--policy", policy, "--into", study, "--room", room)
    file = study / "host_signals" / f"{room}.parquet"
    assert run("read", clip, *words, "--began", 600, "--out", "first")[0] == 0
    code, _, err = run("read", clip, *words, "--began", 600.5, "--out", "again")
    assert code == 2
    # The file tells of half a second that this video does not.
    assert err.endswith(
        f"{file} holds 600.0 to 602.0 s; this video would begin at 600.5 s: say by --began where it begins\n"
    )
    assert run("read", "first", *words, "--began", 700)[0] == 0
    code, _, err = run("read", "first", *words, "--began", 599)
    assert code == 2
    assert f"{file} holds 600.0 to 602.0 s; this video would be 599.0 to 601.0 s: say by --began where" in err
    assert "delete" not in err
    code, _, err = run("read", clip, *words, "--began", 600, "--out", "again")
    assert code == 2
    assert f"{file} holds 600.0 to 602.0 s; this video would begin at 600.0 s: say by" in err
    assert "delete" not in err


def test_a_broadcast_recorded_in_parts(run: Run, clip: Path, policy: Path, tmp_path: Path) -> None:
    study = study_of(tmp_path / "study", "read_face", "research")
    room = room_of(study)
    words = ("--policy", policy, "--into", study, "--room", room)
    # The second part comes first: both lie at 100 s of the broadcast.
    assert run("read", clip, *words, "--start", 1, "--began", 100, "--out", "second")[0] == 0
    (told,) = factors(study)
    code, out, err = run("read", clip, *words, "--stop", 1, "--began", 100, "--out", "first")
    assert (code, err) == (0, "")
    assert f"the host of room {room} (h1), beside what was there" in out
    kept = read_signal(study / "host_signals" / f"{room}.parquet")
    parts = [read_signal(Path(f"{name}/face-0.parquet")) for name in ("first", "second")]
    # Both have a row at the second at which they meet: the one that was there stays.
    assert parts[0].times_s[-1] == pytest.approx(parts[1].times_s[0])
    np.testing.assert_allclose(kept.times_s, 100 + np.arange(21) / 10)
    np.testing.assert_array_equal(kept.values, np.concatenate([parts[0].values[:-1], parts[1].values]))
    appended = kept.provenance.steps[-1]
    assert (appended.what, appended.settings["start_s"], appended.settings["stop_s"]) == ("append", 100, 101)
    assert told["time_s"] == 102.0
    assert factors(study)[0] == told
    assert [row["time_s"] for row in factors(study)] == [102.0, 101.0]
    assert check_study(study, workers=1).passed


def test_parts_that_tell_a_time_twice_are_refused(run: Run, clip: Path, policy: Path, tmp_path: Path) -> None:
    study = study_of(tmp_path / "study", "read_face", "research")
    room = room_of(study)
    words = ("--policy", policy, "--into", study, "--room", room)
    assert run("read", clip, *words, "--start", 1, "--out", "second")[0] == 0
    files = [study / "host_signals" / f"{room}.parquet", study / "room_factors.parquet"]
    before = [file.read_bytes() for file in files]
    # Nothing is there at 0 s, where it begins: that it goes on to 2 s shows when it has been read.
    code, _, err = run("read", clip, *words, "--out", "whole")
    assert code == 2
    assert f"{room}.parquet holds 1.0 to 2.0 s; this video would be 0.0 to 2.0 s: say by --began" in err
    assert "where it begins (telltale host read whole, and the rest as it was), or delete the file" in err
    assert [file.read_bytes() for file in files] == before
    assert run("read", "whole", *words, "--began", 2)[0] == 0
    kept = read_signal(files[0])
    np.testing.assert_allclose(kept.times_s, np.arange(10, 41) / 10)
    files[0].unlink()
    code, _, err = run("read", "second", *words)
    assert code == 2
    assert f"{study} tells host_voice of room {room} at 1.0 to 4.0 s; this video would be 1.0 to 2.0 s" in err
    assert not files[0].exists()
    assert run("read", "second", *words, "--no-voice")[0] == 0


@pytest.mark.parametrize("purposes", [(), ("research",), ("read_face", "personalise")])
def test_without_the_hosts_consent_nothing_is_read(
    run: Run, clip: Path, policy: Path, tmp_path: Path, purposes: tuple[str, ...]
) -> None:
    study = study_of(tmp_path / "study", *purposes)
    code, out, err = run("read", clip, "--policy", policy, "--into", study, "--room", room_of(study))
    assert (code, out) == (3, "")
    assert "h1 has given no consent for" in err
    assert list(Path.cwd().iterdir()) == []


def test_what_cannot_go_into_a_study_is_told_before_reading(
    run: Run, clip: Path, policy: Path, tmp_path: Path
) -> None:
    study = study_of(tmp_path / "study", "read_face", "research")
    into = ("--into", study, "--room", room_of(study))
    for words, told in (
        (("--place", "DE", "--self-coaching", "--into", study, "--room", "r"), "nothing of self-coaching"),
        (("--policy", policy, "--into", study, "--room", "nowhere"), "no room 'nowhere'"),
        (("--policy", policy, "--into", study), "give both --into STUDY and --room ID"),
        (("--policy", policy, "--no-voice"), "give both --into STUDY and --room ID"),
        (("--policy", policy, "--face", 1), "give both --into STUDY and --room ID"),
        (("--policy", policy, *into, "--face", "0=bo"), "no host 'bo' in"),
        (("--policy", policy, *into, "--face", "0=h1", "--face", "0"), "--face names face 0 twice"),
        (("--policy", policy, *into, "--face", "0=h1", "--face", "1=h1"), "--face names host h1 twice"),
        (("--policy", policy, *into, "--face", "0=h1", "--face", "1"), "--face names host h1 twice"),
        (("--policy", policy, "--culture", "auto"), "--culture auto: a video tells no culture"),
        (("--policy", policy, *into, "--culture", "auto"), "tells no host's culture: fill hosts.culture"),
        (("--policy", policy, "--coder", "no:Class"), "no module 'no'"),
        (("--policy", policy, "--culture", "mars"), "no culture 'mars'"),
        (("--policy", policy, "--coder", "a:B", "--culture", "east_asia"), "leave --culture or --coder out"),
    ):
        code, out, err = run("read", clip, *words)
        assert (code, out) == (2, "")
        assert told in err
    assert list(Path.cwd().iterdir()) == []


def factors(study: Path) -> list[dict[str, Any]]:
    return list(pq.read_table(study / "room_factors.parquet").to_pylist())


def test_the_voice_goes_along(run: Run, clip: Path, policy: Path, tmp_path: Path) -> None:
    study = study_of(tmp_path / "study", "read_face", "research")
    room = room_of(study)
    words = ("--policy", policy, "--into", study, "--room", room)
    code, out, err = run("read", clip, *words, "--began", 7)
    assert (code, err) == (0, "")
    assert f"{study}/room_factors.parquet: host_voice of room {room}" in out
    rows = {row["time_s"]: row["host_voice"] for row in factors(study)}
    # The clip's first second is silent, its second one loud.
    assert list(rows) == [8.0, 9.0]
    assert rows[8.0] < 0.05 < 0.95 < rows[9.0]
    assert check_study(study, workers=1).passed


def test_a_studys_own_factors_stay_as_they_are(run: Run, clip: Path, policy: Path, tmp_path: Path) -> None:
    study = study_of(tmp_path / "study", "read_face", "research")
    room = room_of(study)
    own: list[dict[str, Any]] = [
        {"room_id": name, "time_s": 0.5 * k, "chat_rate": k / 7, "own": k, "host_voice": voice}
        for name, voice in ((room, None), ("elsewhere", 0.3))
        for k in (1, 2)
    ]
    write_table(study / "room_factors.parquet", pa.Table.from_pylist(own))
    code, _, err = run("read", clip, "--policy", policy, "--into", study, "--room", room)
    assert (code, err) == (0, "")
    rows = factors(study)
    assert [(r["room_id"], r["time_s"], r["chat_rate"], r["own"]) for r in rows[:4]] == [
        (r["room_id"], r["time_s"], r["chat_rate"], r["own"]) for r in own
    ]
    # Its rows stand every half second, so the voice does: what was there is filled, what was not is added.
    assert [(r["room_id"], r["time_s"]) for r in rows[4:]] == [(room, 1.5), (room, 2.0)]
    assert [round(r["host_voice"], 1) for r in rows] == [0.0, 0.0, 0.3, 0.3, 1.0, 1.0]
    assert [r["own"] for r in rows[4:]] == [None, None]


def test_a_voice_that_is_there_is_not_written_over(
    run: Run, clip: Path, policy: Path, tmp_path: Path
) -> None:
    study = study_of(tmp_path / "study", "read_face", "research")
    room = room_of(study)
    own = pa.table({"room_id": [room, room], "time_s": [1.0, 2.0], "host_voice": [0.5, None]})
    write_table(study / "room_factors.parquet", own)
    before = (study / "room_factors.parquet").read_bytes()
    words = ("read", clip, "--policy", policy, "--into", study, "--room", room, "--stop", 0.5)
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    told = f"{study} tells host_voice of room {room} at 0.0 to 1.0 s; this video would begin at 0.0 s: say by"
    assert told in err
    assert "or keep the voice that is there: --no-voice" in err
    assert list(Path.cwd().iterdir()) == []
    assert run(*words, "--no-voice")[0] == 0
    assert (study / "host_signals" / f"{room}.parquet").is_file()
    assert (study / "room_factors.parquet").read_bytes() == before


def test_several_hosts_of_one_picture(run: Run, pair: Path, policy: Path, tmp_path: Path) -> None:
    study = study_of(tmp_path / "study", "read_face", "research", hosts=("h1", "bo"))
    room = room_of(study)
    words = ("--policy", policy, "--into", study, "--room", room)
    code, out, err = run("read", pair, *words, "--face", 0, "--face", "1=bo")
    assert (code, err) == (0, "")
    assert "face 1, the host of room r-fashion (bo, now one of its hosts)" in out
    opened = Study.open(study)
    assert (opened.teams[room], opened.team(room)) == (("h1", "bo"), "bo + h1")
    for face, host in (("0", "h1"), ("1", "bo")):
        read = read_signal(Path(f"pair-host/face-{face}.parquet"))
        np.testing.assert_array_equal(opened.host_signal(room, host).values, read.values)
    assert (study / "host_signals" / room / "bo.parquet").is_file()
    assert check_study(study, workers=1).passed
    code, _, err = run("read", "pair-host", *words, "--face", "1=bo")
    assert code == 2
    assert f"{room}/bo.parquet holds 0.0 to 1.0 s; this video would be 0.0 to 1.0 s: say by --began" in err


def test_nothing_is_written_where_one_of_several_is_no_face(
    run: Run, pair: Path, policy: Path, tmp_path: Path
) -> None:
    study = study_of(tmp_path / "study", "read_face", "research", hosts=("h1", "bo"))
    words = ("--policy", policy, "--into", study, "--room", room_of(study))
    code, _, err = run("read", pair, *words, "--face", 0, "--face", "7=bo", "--stop", 0.3)
    assert code == 2
    assert "there is no face 7" in err
    assert not (study / "host_signals").exists()
    assert not (study / "room_hosts.parquet").exists()
    one = study_of(tmp_path / "one", "read_face", "research")
    write_table(one / "hosts.parquet", pa.table({"host_id": ["h1", "bo"]}))
    code, _, err = run("read", "pair-host", "--policy", policy, "--into", one, "--room", room_of(one),
                       "--face", 0, "--face", "1=bo")  # fmt: skip
    assert code == 3
    assert "bo has given no consent for 'read_face'" in err
    assert not (one / "host_signals").exists()


def test_a_host_is_coded_by_the_culture_that_the_study_names(
    run: Run, clip: Path, policy: Path, tmp_path: Path
) -> None:
    study = study_of(tmp_path / "study", "read_face", "research", culture="East Asia")
    words = ("--policy", policy, "--into", study, "--room", room_of(study), "--stop", 0.3)
    code, out, err = run("read", clip, *words, "--out", "auto")
    assert (code, err) == (0, "")
    assert read_codes(Path("auto/codes-0.parquet")).by.culture == "east_asia"
    assert load_culture("east_asia").caveat.split(".")[0] in out
    said = json.loads(Path("auto/summary.json").read_text(encoding="utf-8"))["coding"]
    assert (said["culture"], said["faces"]["0"]["culture"]) == ("auto", "east_asia")
    other = study_of(tmp_path / "other", "read_face", "research", culture="atlantis")
    words = ("--policy", policy, "--into", other, "--room", room_of(other), "--stop", 0.3)
    assert run("read", clip, *words, "--out", "other")[0] == 0
    assert read_codes(Path("other/codes-0.parquet")).by.culture == "none"


def test_a_face_that_nobody_named_has_no_hosts_culture(
    run: Run, pair: Path, policy: Path, tmp_path: Path
) -> None:
    study = study_of(tmp_path / "study", "read_face", "research", culture="East Asia")
    words = ("--policy", policy, "--into", study, "--room", room_of(study))
    assert run("read", pair, *words, "--out", "several")[0] == 2
    assert [read_codes(Path(f"several/codes-{face}.parquet")).by.culture for face in "01"] == ["none"] * 2
    assert run("read", pair, *words, "--face", 1, "--out", "named")[0] == 0
    cultures = [read_codes(Path(f"named/codes-{face}.parquet")).by.culture for face in "01"]
    assert cultures == ["none", "east_asia"]
