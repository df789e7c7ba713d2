"""Data points: faces and counts of the same stretch on one clock, and what is left out, told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.factors.studies import EVENING, NOW, Row, event, granted
from tests.host.made_points import Made, made_points
from tests.host.small_study import PlainCoder, counted, face, study_of
from tests.host.test_study_shown import team_faces, with_team

from telltale.core.errors import ConfigError, FormatError
from telltale.core.rng import stream
from telltale.host.points import NONE, HostPoints
from telltale.host.study_points import PointSettings, finer_points, hours_of, study_points
from telltale.host.study_shown import study_shown
from telltale.study.store import Study

ROOMS: list[Row] = [
    {"name": "r1", "host_id": "h2", "duration_s": 300.0, "promotion": True},
    {
        "name": "r2", "host_id": "h1", "duration_s": 240.0, "platform": "other", "category": "beauty",
        "started_at": EVENING + timedelta(hours=3, minutes=58),
    },
]  # fmt: skip
HOSTS: list[Row] = [
    {"host_id": "h1", "gender": "female", "culture": None},
    {"host_id": "h2", "gender": "male"},
]


def points_of(study: Study, every_s: float | None = None, timezone: str = "UTC") -> HostPoints:
    seen = study_shown(study, PlainCoder(), NOW, workers=1)
    return study_points(study, seen, NOW, PointSettings(every_s, timezone))


def faces_of(seconds: dict[str, int], seed: int = 0) -> dict[str, np.ndarray]:
    return {
        name: stream(seed, "faces", name).uniform(0, 0.5, (10 * many, 2)) for name, many in seconds.items()
    }


def test_hosts_who_share_a_broadcast_are_one_host_of_its_points(tmp_path: Path) -> None:
    counts = [{"room_id": name, "time_s": 10.0, "length_s": 10.0, "purchases": 3} for name in ("r1", "r2")]
    found = points_of(with_team(tmp_path / "s", team_faces(), room_counts=counts), 10.0)
    assert [found.host_ids[code] for code in found.host] == ["bo + h1", "h2"]
    assert found.counts["purchases"].tolist() == [3, 3]


def test_counts_finer_than_a_minute_are_put_together(tmp_path: Path) -> None:
    """10 s to a minute, 40 s to 80: whole pieces. As the platform counted they are there too, for lags."""
    for length_s, together_s in ((10.0, 60.0), (40.0, 80.0)):
        counts = [
            {"room_id": "r1", "time_s": length_s * (k + 1), "length_s": length_s, "purchases": k}
            for k in range(int(240 / length_s))
        ]
        faces = {name: face(rows, np.ones(len(rows), bool)) for name, rows in faces_of({"r1": 300}).items()}
        study = study_of(
            tmp_path / f"{length_s:g}", ROOMS[:1], {"room_counts": counts, "hosts": HOSTS}, faces
        )
        found = points_of(study)
        each = round(together_s / length_s)
        assert found.step_s == together_s
        sold = np.arange(len(counts)).reshape(-1, each).sum(axis=1)
        assert found.counts["purchases"].tolist() == sold.tolist()
        assert any(f"counted every {length_s:g} s: put together to" in note for note in found.notes)
        seen = study_shown(study, PlainCoder(), NOW, workers=1)
        finer = finer_points(study, seen, NOW, PointSettings())
        assert finer is not None
        assert finer.counts["purchases"].tolist() == list(range(len(counts)))
        assert finer_points(study, seen, NOW, PointSettings(120.0)) is None


def test_faces_and_counts_meet_on_one_clock(tmp_path: Path) -> None:
    shown = faces_of({"r1": 300, "r2": 240})
    read = {name: stream(9, "read", name).random(len(rows)) < 0.8 for name, rows in shown.items()}
    read["r2"][600:1290] = False
    faces = {name: face(rows, read[name]) for name, rows in shown.items()}
    counts = [*counted("r2", 4, likes=3, gifts=2, viewers=8), *counted("r1", 5, likes=1, gifts=None)]
    counts[0]["promotion"] = True
    factors = [{"room_id": "r1", "time_s": 1.0 * (k + 1), "host_voice": float(k)} for k in range(300)]
    tables: dict[str, list[Row]] = {"room_counts": counts, "hosts": HOSTS, "room_factors": factors}
    found = points_of(study_of(tmp_path / "s", ROOMS, tables, faces))
    # Minutes 1 and 2 of r2 were read for .8 x .85 or less than half.
    assert [(found.shown.room_ids[r], s) for r, s in zip(found.room, found.start_s, strict=True)] == [
        *(("r1", 60.0 * k) for k in range(5)), ("r2", 0.0), ("r2", 120.0), ("r2", 180.0),
    ]  # fmt: skip
    assert "1 of 9 stretches left out: hardly any face was read in them" in found.notes
    for i in range(len(found)):
        name = found.shown.room_ids[found.room[i]]
        rows = slice(round(10 * found.start_s[i]), round(10 * found.end_s[i]))
        mine = read[name][rows]
        assert found.read[i] == pytest.approx(mine.mean(), abs=1e-6)
        np.testing.assert_allclose(found.shares[i], shown[name][rows][mine].mean(axis=0), atol=1e-5)
    assert found.counts["purchases"].tolist() == [0, 1, 2, 3, 4, 0, 2, 3]
    # What is a sum with a part that was not counted is not known.
    np.testing.assert_array_equal(found.counts["engagement"], [np.nan] * 5 + [5] * 3)
    assert "comments" not in found.counts
    np.testing.assert_array_equal(found.viewers, [np.nan] * 5 + [8] * 3)
    np.testing.assert_array_equal(found.promotion, [1, 1, 1, 1, 1, 1, np.nan, np.nan])
    np.testing.assert_allclose(found.voice, [29.5, 89.5, 149.5, 209.5, 269.5, np.nan, np.nan, np.nan])
    assert [found.host_ids[code] for code in found.host] == ["h2"] * 5 + ["h1"] * 3
    assert [found.platforms[code] for code in found.platform] == ["test"] * 5 + ["other"] * 3
    assert [found.categories[code] for code in found.category] == ["fashion"] * 5 + ["beauty"] * 3
    # r2 begins at 23:58.
    assert found.hour.tolist() == [20] * 5 + [23, 0, 0]
    codes, words = found.host_traits["gender"]
    assert [words[code] for code in codes] == ["female", "male"]
    assert "culture" not in found.host_traits
    assert (found.product == NONE).all()
    assert (found.counted_by, found.step_s, found.simulated) == ("room_counts", 60.0, False)
    shanghai = points_of(Study.open(tmp_path / "s"), timezone="Asia/Shanghai")
    assert shanghai.hour.tolist() == [4] * 5 + [7, 8, 8]


def test_stretches_that_reach_out_are_left_out_and_told(tmp_path: Path) -> None:
    rooms = [ROOMS[0] | {"duration_s": 179.4}]
    faces = {"r1": face(np.full((2400, 2), 0.2), np.ones(2400, dtype=bool))}
    rows = [{"room_id": "r1", "time_s": 60.0 * k + 30, "length_s": 60.0, "purchases": 1.0} for k in range(4)]
    found = points_of(study_of(tmp_path / "s", rooms, {"room_counts": rows}, faces))
    assert found.start_s.tolist() == [30.0, 90.0]
    assert found.notes[-1] == "2 of 4 stretches left out: they reach out of the broadcast"
    # Shares in steps of a minute end later than the broadcast; a stretch of counts still may not.
    factors = [{"room_id": "r1", "time_s": 60.0 * (k + 1), "host_awe": 0.1} for k in range(3)]
    rooms = [ROOMS[0] | {"duration_s": 130.0}]
    tables = {"room_counts": counted("r1", 3), "room_factors": factors}
    assert points_of(study_of(tmp_path / "t", rooms, tables)).end_s.tolist() == [60.0, 120.0]


@pytest.mark.parametrize(("hours", "told"), [(8, "8.0 hours late"), (-8, "8.0 hours early")])
def test_a_table_of_another_time_zone_is_told(tmp_path: Path, hours: int, told: str) -> None:
    faces = {"r1": face(np.full((3000, 2), 0.2), np.ones(3000, dtype=bool))}
    rows = [row | {"time_s": row["time_s"] + 3600 * hours} for row in counted("r1", 5)]
    study = study_of(tmp_path / "s", ROOMS[:1], {"room_counts": rows}, faces)
    with pytest.raises(FormatError, match=f"all 5 stretches .* outside .*{told}: .*time zone") as error:
        points_of(study)
    assert "\n" not in str(error.value)


def test_faces_and_counts_of_other_times_are_told(tmp_path: Path) -> None:
    faces = {"r1": face(np.full((400, 2), 0.2), np.ones(400, dtype=bool))}
    rows = [row for row in counted("r1", 5) if row["time_s"] > 100]
    study = study_of(tmp_path / "s", ROOMS[:1], {"room_counts": rows}, faces)
    with pytest.raises(FormatError, match=r"both counts and a face that was read: .* their clocks\?"):
        points_of(study)


@pytest.mark.parametrize(
    ("rows", "told"), [(140, "at most 23 %"), (299, "at most 49 %"), (3, "less than 1 %")]
)
def test_faces_read_for_too_little_of_a_stretch_are_told(tmp_path: Path, rows: int, told: str) -> None:
    faces = {"r1": face(np.full((rows, 2), 0.2), np.ones(rows, dtype=bool))}
    study = study_of(tmp_path / "s", ROOMS[:1], {"room_counts": counted("r1", 5)}, faces)
    with pytest.raises(FormatError) as error:
        points_of(study)
    assert str(error.value) == (
        f"the face was read in {told} of any stretch that {study.folder} counts, and 50 % is needed: read "
        "more of the broadcasts, or count in shorter stretches"
    )


def test_without_the_platform_the_studys_own_viewers_count(tmp_path: Path) -> None:
    faces = {"r1": face(np.full((3000, 2), 0.2), np.ones(3000, dtype=bool))}
    events = [event("s0", 61.0, "purchase", "p1"), event("s0", 70.0, "purchase", "p1")]
    refused = {"consents": [granted("ann", withdrawn_at=EVENING + timedelta(days=1))]}
    for more, wanted in (({}, [0, 2, 0, 0, 0]), (refused, [0, 0, 0, 0, 0])):
        study = study_of(tmp_path / str(sum(wanted)), ROOMS[:1], {"events": events, **more}, faces)
        found = points_of(study)
        assert (found.counted_by, found.counts["purchases"].tolist()) == ("events", wanted)
        assert found.viewers.max() == (1 if sum(wanted) else 0)
        assert len(points_of(study, every_s=30.0)) == 10


@settings(max_examples=60, deadline=None)
@given(
    moments=st.lists(st.integers(1_600_000_000_000, 1_800_000_000_000), min_size=1, max_size=20),
    zone=st.sampled_from(["UTC", "Asia/Shanghai", "Asia/Kathmandu", "America/St_Johns", "Europe/Berlin"]),
)
def test_hours_are_those_of_the_clock(moments: list[int], zone: str) -> None:
    wanted = [datetime.fromtimestamp(ms / 1000, UTC).astimezone(ZoneInfo(zone)).hour for ms in moments]
    assert hours_of(np.array(moments), zone).tolist() == wanted


def test_settings_are_held_to_their_bounds() -> None:
    for every_s in (0.5, 3601.0, float("nan")):
        with pytest.raises(ConfigError, match="give 1 to 3600 seconds"):
            PointSettings(every_s)
    for zone in ("Mars/Olympus", "", "../etc"):
        with pytest.raises(ConfigError, match=r"no time zone .* write one such as Asia/Shanghai"):
            PointSettings(timezone=zone)


def test_lags_are_of_the_same_broadcast() -> None:
    points = made_points(5, Made(rooms=3, minutes=8, hosts=2, expressions=3))
    for lag_s in (0.0, 60.0, 125.0, -60.0):
        lagged = points.lagged(lag_s)
        for i in range(len(points)):
            start, end = points.start_s[i] - lag_s, points.end_s[i] - lag_s
            first = 96 * points.room[i]
            if start < 0 or end > 480:
                assert np.isnan(lagged[i]).all()
            else:
                rows = points.shown.shares[first + round(start / 5) : first + round(end / 5)]
                np.testing.assert_allclose(lagged[i], rows.mean(axis=0), atol=1e-5)
