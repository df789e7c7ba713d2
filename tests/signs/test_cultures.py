"""Culture as a setting: weights that change what counts, rows that change what is looked for."""

from pathlib import Path

import numpy as np
import pytest
from tests.signs.faces import face_of, then

from telltale.core.errors import ConfigError
from telltale.signs.coder_prototypes import PrototypeCoder
from telltale.signs.cultures import SHIPPED, load_culture
from telltale.signs.expressions import load_table

TEMPLATE = """
name = "mine"
caveat = "a trial"

[[regions]]
region = "eyes"
weight = 1.5
evidence = "ours"
says = "because"

[[units]]
number = 12
weight = 0.5
evidence = "ours"
says = "because"

[[expressions]]
name = "interest"
units = [5, 12]
evidence = "ours"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text)
    return path


def test_no_culture_changes_nothing() -> None:
    none = load_culture("none")
    assert none.applied_to(load_table()) == load_table()
    assert {none.weight(n) for n in (0, 1, 12, 43, 53)} == {1.0}


def test_what_ships_says_that_its_sizes_are_ours() -> None:
    for name in SHIPPED:
        culture = load_culture(name)
        assert culture.name == name
        assert {w.evidence for w in culture.regions} | {w.evidence for w in culture.units} <= {"ours"}
    assert "ours" in load_culture("east_asia").caveat


def test_the_eyes_count_more_in_east_asia() -> None:
    # Wide eyes over a smiling mouth: two rows pull at it.
    signal = then(face_of(60), face_of(12, {1: 0.3, 2: 0.3, 5: 0.4, 12: 0.25}), face_of(60))
    usual, east = (PrototypeCoder(culture=name).code(signal) for name in ("none", "east_asia"))
    of = usual.names.index
    odds = [np.log(c.scores[66, of("realization")] / c.scores[66, of("interest")]) for c in (usual, east)]
    assert odds[1] > odds[0]


def test_a_profile_of_ones_own(tmp_path: Path) -> None:
    culture = load_culture(written(tmp_path, TEMPLATE))
    assert [culture.weight(n) for n in (5, 0, 12, 15)] == [1.5, 1.5, 0.5, 1.0]
    assert culture.applied_to(load_table())["interest"].units == (5, 12)
    coder = PrototypeCoder(culture=culture)
    assert coder.evidence[coder.names.index("interest")] == "ours"
    assert load_culture(str(tmp_path / "mine.toml")) == culture


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("weight = 1.5", "weight = 9", "line 5.*a weight of 9"),
        ('region = "eyes"', 'region = "eye"', "line 6.*choose one of 'brows'"),
        ("number = 12", "number = 24", "line 11.*unit 24 cannot be told"),
        ('says = "because"', 'says = ""', "where it is from"),
        ("units = [5, 12]", "units = [12, 5]", "line 17.*rise"),
        ('caveat = "a trial"', 'caveat = ""', "caveat"),
    ],
)
def test_faults_are_told_with_their_lines(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        load_culture(written(tmp_path, TEMPLATE.replace(old, new, 1)))


def test_rows_that_the_table_lacks_are_refused(tmp_path: Path) -> None:
    stranger = load_culture(written(tmp_path, TEMPLATE.replace('name = "interest"', 'name = "boredom"')))
    with pytest.raises(ConfigError, match="'boredom' that the table lacks"):
        PrototypeCoder(culture=stranger)
    uncited = TEMPLATE.replace(
        'units = [5, 12]\nevidence = "ours"', 'units = [5]\nevidence = "recalled"\nsources = ["X"]'
    )
    with pytest.raises(ConfigError, match="no source X"):
        PrototypeCoder(culture=load_culture(written(tmp_path, uncited)))
