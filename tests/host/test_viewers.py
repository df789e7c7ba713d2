"""A whole study asked, and what it says where something cannot be."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.host.planted_path import NoCoder, Watched, path_spec, watched

from telltale.core import clock
from telltale.core.errors import ConfigError
from telltale.host.face_path import PathSettings
from telltale.host.families import benjamini_hochberg
from telltale.host.person_time import TimeSettings, person_time
from telltale.host.study_shown import study_shown
from telltale.host.viewer_words import contagion_lines, hazard_lines, moderation_lines, path_lines
from telltale.host.viewers import ViewerSettings, ViewerStudy, study_viewers
from telltale.host.visits import read_visits
from telltale.study.store import Study, write_table

SETTINGS = ViewerSettings(time=TimeSettings(most_rows=3_000), path=PathSettings(most_rows=4_000))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    return watched(tmp_path_factory.mktemp("viewers") / "study", path_spec(), 240, 3)


@pytest.fixture(scope="module")
def found(small: Watched) -> ViewerStudy:
    return study_viewers(small.study, small.seen, clock.now(), SETTINGS)


def again(small: Watched, folder: Path, **tables: pa.Table) -> Study:
    """The same study with other tables."""
    folder.mkdir()
    for file in small.study.folder.iterdir():
        if file.is_file() and file.stem not in tables:
            (folder / file.name).symlink_to(file)
    for name, table in tables.items():
        write_table(folder / f"{name}.parquet", table)
    return Study.open(folder)


def test_everything_is_asked_and_has_words(found: ViewerStudy) -> None:
    assert found.simulated
    assert found.visits == 240
    assert found.untold == ()
    assert found.time_to_sale is not None
    assert found.time_to_cart is not None
    assert found.staying is not None
    assert found.moderators is not None
    assert found.contagion is not None
    assert found.paths is not None
    assert len(found.time_to_sale.found) == 28
    told = [
        *hazard_lines(found.time_to_sale),
        *hazard_lines(found.staying),
        *moderation_lines(found.moderators, found.time_to_sale),
        *contagion_lines(found.contagion),
        *path_lines(found.paths),
    ]
    assert all(line.endswith(".") and "nan" not in line for line in told)
    assert any(line.startswith("Viewers' desire rises") for line in told)
    # Lengths of visits are drawn apart from all else.
    assert hazard_lines(found.staying) == (
        "No expression of 28 goes with how long viewers stay by more than chance.",
    )


def test_all_parts_are_corrected_together(found: ViewerStudy) -> None:
    assert found.time_to_sale is not None
    assert found.contagion is not None
    alone = benjamini_hochberg(np.array([one.within.p for one in found.time_to_sale.found]))
    together = np.array([one.q for one in found.time_to_sale.found])
    assert (together >= alone - 1e-12).all()
    parts = (
        found.time_to_sale,
        found.time_to_cart,
        found.staying,
        found.moderators,
        found.contagion,
        found.paths,
    )
    asked = [part for part in parts if part is not None]
    told = [part for part in asked if any(one.q <= 0.05 for one in part.found)]
    if found.time_to_sale in told:
        np.testing.assert_allclose(together, np.minimum(alone * len(asked) / len(told), 1))
    else:
        assert (together > 0.05).all()
    assert len(asked) >= 5


def test_the_same_seed_draws_the_same_steps(small: Watched) -> None:
    one, same, other = (
        person_time(small.visits, small.seen.shown, "purchase", SETTINGS.time, seed) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one.start_s, same.start_s)
    assert not np.array_equal(one.start_s, other.start_s)
    assert one.events == other.events


def test_without_purchases_the_rest_is_answered(small: Watched, tmp_path: Path) -> None:
    events = small.study.table("events")
    without = events.filter(pc.invert(pc.is_in(events["type"], pa.array(["purchase", "add_to_cart"]))))
    study = again(small, tmp_path / "study", events=without)
    told = study_viewers(study, small.seen, clock.now(), SETTINGS)
    assert told.time_to_sale is None
    assert told.moderators is None
    assert told.staying is not None
    assert told.contagion is not None
    assert told.paths is None
    assert sum("no viewer bought" in line for line in told.untold) == 1
    assert all("\n" not in line for line in told.untold)


def test_one_length_and_no_faces_are_told(small: Watched, tmp_path: Path) -> None:
    sessions = small.study.table("sessions")
    place = sessions.column_names.index("duration_s")
    same = sessions.set_column(place, "duration_s", pa.array([400.0] * len(sessions)))
    study = again(small, tmp_path / "study", sessions=same)
    (study.folder / "viewer_factors.parquet").unlink()
    told = study_viewers(study, small.seen, clock.now(), SETTINGS)
    assert told.staying is None
    assert told.contagion is None
    assert told.paths is None
    assert any("all visits last 400 s, so what keeps viewers cannot be asked" in line for line in told.untold)
    assert any("tells nothing of viewers' faces" in line for line in told.untold)


def test_who_took_consent_back_is_not_asked(small: Watched, tmp_path: Path) -> None:
    consents = small.study.table("consents").to_pylist()
    gone = str(small.study.table("sessions")["participant_id"][0].as_py())
    for row in consents:
        if row["participant_id"] == gone:
            row["withdrawn_at"] = row["granted_at"] + timedelta(hours=1)
    table = pa.Table.from_pylist(consents, schema=small.study.table("consents").schema)
    study = again(small, tmp_path / "study", consents=table)
    people = small.study.table("sessions")["participant_id"].to_pylist()
    visits = read_visits(study, small.seen.shown, clock.now())
    assert len(visits) == len(people) - people.count(gone)
    assert visits.notes == (f"{people.count(gone)} visits left out: no consent for 'research' holds",)


def test_rooms_of_a_host_who_took_consent_back_are_not_asked(small: Watched, tmp_path: Path) -> None:
    consents = small.study.table("host_consents").to_pylist()
    rooms = small.study.table("rooms").to_pylist()
    gone = rooms[0]["host_id"]
    for row in consents:
        if row["host_id"] == gone:
            row["withdrawn_at"] = row["granted_at"] + timedelta(hours=1)
    table = pa.Table.from_pylist(consents, schema=small.study.table("host_consents").schema)
    study = again(small, tmp_path / "study", host_consents=table)
    shown = study_shown(study, NoCoder(), clock.now()).shown
    visits = read_visits(study, shown, clock.now())
    shut = {row["room_id"] for row in rooms if row["host_id"] == gone}
    inside = [row["room_id"] not in shut for row in study.table("sessions").to_pylist()]
    assert 0 < len(visits) == sum(inside) < 240
    assert "their broadcast's host was not read" in visits.notes[0]


def test_what_was_on_show_is_what_the_pins_say(small: Watched) -> None:
    visits, study = small.visits, small.study
    events = study.table("events").to_pylist()
    place = {name: i for i, name in enumerate(visits.session_ids)}
    carts = [row for row in events if row["type"] == "add_to_cart"]
    right = 0
    for row in carts:
        v = place[row["session_id"]]
        at = visits.start_s[v : v + 1] + row["time_s"]
        right += visits.product_ids[int(visits.shown_at(visits.room[v : v + 1], at)[0])] == row["product_id"]
    # A step of 10 s in which one product gives way to another takes the longer.
    assert right >= 0.97 * len(carts)


def test_settings_are_refused_at_the_door() -> None:
    with pytest.raises(ConfigError, match="no time zone 'Mars'"):
        ViewerSettings(timezone="Mars")
    with pytest.raises(ConfigError, match="windows of 1 s"):
        replace(TimeSettings(), window_s=1.0)
    with pytest.raises(ConfigError, match="too few for a model"):
        TimeSettings(most_rows=10)
