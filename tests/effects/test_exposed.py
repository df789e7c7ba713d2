"""Who was assigned, from the table alone; what cannot be asked is refused before any factor is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.effects.studies import Change, arms, changed

from telltale.core.errors import ConfigError, TelltaleError
from telltale.effects.exposed import read_exposed
from telltale.factors.names import check_names
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study
from telltale.study.store import Study


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("exposed") / "study"
    return simulate_study(out, load_spec().scaled(60), seed=4, signals="none").study


def twice(table: pd.DataFrame) -> pd.DataFrame:
    """Every session is assigned again a minute later, to the other arm."""
    again = table.assign(
        exposure_id=table.exposure_id + "-2",
        time_s=table.time_s + 60,
        arm=table.arm.map({"treated": "control", "control": "treated"}),
    )
    return pd.concat([again, table], ignore_index=True)


def test_the_first_assignment_of_a_session_counts(folder: Path, tmp_path: Path) -> None:
    once = read_exposed(Study.open(folder), "social_proof")
    again = read_exposed(Study.open(changed(folder, tmp_path / "s", exposures=twice)), "social_proof")
    assert again.session == once.session
    assert set(again.time_s) == {120.0}
    assert (again.treated == once.treated).all()
    assert set(once.chance) == {0.5}
    sessions = Study.open(folder).table("sessions").to_pandas().set_index("session_id")
    moments = pd.to_datetime(once.moment_ms, unit="ms", utc=True)
    assert (moments == sessions.started_at[list(once.session)] + pd.to_timedelta(once.time_s, unit="s")).all()
    assert np.isnan(read_exposed(Study.open(folder), "preloaded_checkout").chance).all()


def only(rows: int) -> Change:
    return lambda table: table[table.strategy == "social_proof"].head(rows)


def few(table: pd.DataFrame) -> pd.Series:
    return (table.groupby("strategy").cumcount() < 3).astype(bool)


def variants(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(arm=table.arm.map({"treated": "Variant A", "control": "Variant B"}))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (arms(lambda table: table.strategy != ""), "everybody got 'social_proof' of the 60 sessions"),
        (arms(lambda table: table.strategy == ""), "nobody got 'social_proof' of the 60 sessions"),
        (
            variants,
            "exposures.arm of 'social_proof' is 'Variant A', 'Variant B': write 'treated' for who got",
        ),
        (only(12), "12 sessions were assigned to 'social_proof': give 30 or more"),
        (only(0), "no strategy 'social_proof': the table exposures has no rows"),
        (arms(few), "3 sessions got 'social_proof' and 57 did not: give 5 or more"),
        (None, "the study has no exposures"),
    ],
    ids=["everybody", "nobody", "variants", "twelve", "no rows", "three", "no table"],
)
def test_what_no_panel_could_mend_is_refused(
    folder: Path, tmp_path: Path, change: Change | None, says: str
) -> None:
    study = Study.open(changed(folder, tmp_path / "study", exposures=change))
    with pytest.raises(TelltaleError) as caught:
        read_exposed(study, "social_proof")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_rooms_that_hold_both_arms_are_no_units(folder: Path) -> None:
    with pytest.raises(TelltaleError, match=r"rooms hold both arms: ask per viewer, with --cluster room"):
        read_exposed(Study.open(folder), "social_proof", per="room")


def test_a_name_is_looked_up_without_reading_faces(folder: Path, tmp_path: Path) -> None:
    """The one face here could not be read."""
    study = Study.open(changed(folder, tmp_path / "study"))
    face = study.signal_path(read_exposed(study, "social_proof").session[0])
    face.parent.mkdir(exist_ok=True)
    face.write_bytes(b"no face")
    check_names(study, ["desire", "add_to_cart", "face_desire"])
    with pytest.raises(ConfigError, match=r"'desir' .did you mean 'desire'"):
        check_names(study, ["desir"])
