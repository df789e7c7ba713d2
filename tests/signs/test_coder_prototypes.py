"""The default coder: prototypes are told, rest and strangers are not, what is hidden says nothing."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.signs.faces import face_of, hidden, then, unread

from telltale.core.errors import ConfigError
from telltale.core.signal import Signal
from telltale.signs.coder_prototypes import PrototypeCoder
from telltale.signs.coding import Coding
from telltale.signs.coding_settings import load_settings, to_toml
from telltale.signs.coding_units import HEAD
from telltale.signs.expressions import Expression, ExpressionTable, load_table

POSES = {
    52: {"yaw": -0.4}, 53: {"pitch": 0.3}, 54: {"pitch": -0.3}, 55: {"roll": 0.25}, 56: {"roll": -0.25},
    57: {"face_size": 0.36},
}  # fmt: skip
CODER = PrototypeCoder()


def shown(row: Expression, level: float) -> Signal:
    """A face at rest, then the row's own form as it would be read, then at rest again."""
    units = {n: level * CODER.settings.unit(n).gain for n in row.channel_units}
    pose = {name: value for n in (*row.units, *row.either[:1]) for name, value in POSES.get(n, {}).items()}
    if 43 in row.units:
        units[45] = 0.95
    if row.gaze:
        pose["gaze_x"] = 0.4
    return then(face_of(60), face_of(12, units, **pose), face_of(60))


def code(signal: Signal) -> Coding:
    return CODER.code(signal)


def best(coding: Coding, row: int, few: int = 3) -> list[str]:
    return [coding.names[k] for k in np.argsort(-coding.scores[row])[:few]]


@pytest.mark.parametrize("row", load_table().expressions, ids=lambda row: row.name)
@pytest.mark.parametrize("level", [0.4, 0.6, 0.9])
def test_a_prototype_is_told_at_any_intensity(row: Expression, level: float) -> None:
    coding = code(shown(row, level))
    assert row.name in best(coding, 66)
    assert coding.rest[66] < 0.5


def test_scores_and_rest_add_up_to_one() -> None:
    coding = code(shown(load_table()["fear"], 0.7))
    assert coding.scores.sum(axis=1) + coding.rest == pytest.approx(np.ones(len(coding.rest)), abs=1e-5)
    assert coding.scores.min() >= 0


def test_a_face_at_rest_shows_nothing() -> None:
    assert code(face_of(50)).rest.min() > 0.9


def test_units_that_no_row_explains_are_no_expression() -> None:
    coding = code(then(face_of(60), face_of(12, {2: 0.8, 9: 0.8, 14: 0.8, 15: 0.8, 20: 0.8}), face_of(60)))
    assert coding.rest[66] > 0.5


def test_a_talking_mouth_is_not_amused() -> None:
    rng = np.random.default_rng(3)
    syllables = [face_of(1, {25: x, 26: 0.3 * x}) for x in rng.uniform(0.0, 0.7, 200)]
    coding = code(then(*syllables))
    assert (coding.rest >= 0.5).mean() > 0.9
    smiles = code(
        then(*(face_of(1, {6: 0.5, 7: 0.3, 12: 0.7, 25: x, 26: 0.3 * x}) for x in rng.uniform(0, 0.7, 90)))
    )
    assert smiles.rest.max() < 0.5


def test_a_hidden_mouth_says_nothing() -> None:
    signal = shown(load_table()["surprise"], 0.8)
    covered = code(hidden(signal, 10, 12, 14, 15, 17, 20, 23, 25, 26))
    assert np.isnan(covered.rest).all()  # too little of the face is left
    lips = code(hidden(signal, 20, 23, 25, 26))
    assert {"surprise", "realization"} <= set(best(lips, 66, 8))
    assert lips.scores[66].max() < code(signal).scores[66].max()
    assert not [n for n in CODER.explain(hidden(signal, 25), 66, "surprise") if n == "25"]


def test_what_was_not_read_has_no_score() -> None:
    coding = code(then(face_of(5), unread(4), face_of(5)))
    assert np.isnan(coding.rest).tolist() == [False] * 5 + [True] * 4 + [False] * 5
    assert coding.read.tolist() == [1.0] * 5 + [0.0] * 4 + [1.0] * 5


@pytest.mark.parametrize("rows", [0, 1, 9, 11])
def test_short_signals_are_coded(rows: int) -> None:
    coding = code(face_of(rows))
    assert coding.scores.shape == (rows, 28)
    assert (coding.rest > 0.9).all()


def test_a_strong_extra_unit_does_not_undo_an_expression() -> None:
    row = load_table()["fear"]
    signal = shown(row, 0.7)
    signal.values[60:72] = shown(replace(row, units=(*row.units[:-1], 23, 25)), 0.7).values[60:72]
    assert "fear" in best(code(signal), 66)


def test_what_each_unit_says_adds_up() -> None:
    signal = shown(load_table()["anger"], 0.7)
    told = CODER.explain(signal, 66, "anger")
    assert set(told) <= {"4", "5", "7", "17", "23"}
    assert min(told.values()) > 0
    assert CODER.explain(signal, 5, "anger")["4"] < 0
    with pytest.raises(ConfigError, match="no expression 'angst'"):
        CODER.explain(signal, 66, "angst")


def test_a_table_of_ones_own_needs_no_refit() -> None:
    own = ExpressionTable(
        caveat="ours",
        categories=(),
        sources={},
        expressions=(
            Expression("smirk", (12, 14), "ours"),
            Expression("yawn", (26, 43), "ours"),
            Expression("nod off", (43, 54), "ours"),
        ),
    )
    coder = PrototypeCoder(own)
    for row in own.expressions:
        coding = coder.code(shown(row, 0.7))
        assert coding.names == ("smirk", "yawn", "nod off")
        assert coding.names[int(coding.scores[66].argmax())] == row.name
    assert coder.evidence == ("ours",) * 3


def test_what_cannot_be_told_is_said() -> None:
    assert {name: CODER.untold(name) for name in CODER.names if CODER.untold(name)} == {
        "concentration": (24,), "contemplation": (24,), "desire": (19,), "ecstasy": (27,), "sympathy": (24,),
        "triumph": (27,),
    }  # fmt: skip


def test_rows_are_coded_alike_in_any_company() -> None:
    signal = then(*(shown(row, 0.6) for row in load_table().expressions[:3]))
    readings = CODER.code(signal)
    again = PrototypeCoder(settings=load_settings()).code(then(signal, *[face_of(4000)]))
    rows = slice(0, 300)  # the usual of head and gaze is that of the first minute in both
    assert again.scores[rows] == pytest.approx(readings.scores[rows], abs=1e-4)


def test_faults_of_the_numbers_are_told_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    text = to_toml(load_settings())
    path.write_text(
        text.replace("missing = ", "missing = 1").replace("\ntemperature = ", "\ntemperature = -")
    )
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    lines = str(caught.value).splitlines()
    assert [re.sub(r".*mine.toml (line \d+): '(\w+)'.*", r"\1 \2", line) for line in lines] == [
        "line 3 missing",
        "line 8 temperature",
    ]
    path.write_text(text.replace("gain = ", "gain = -", 1))
    with pytest.raises(ConfigError, match=r"line 29: 'units.0..gain' is -"):
        load_settings(path)
    path.write_text(text.replace("number = 57", "number = 58"))
    with pytest.raises(ConfigError, match=r"'units.22..number' is 58: choose of 1, 2"):
        load_settings(path)
    path.write_text(text.replace("number = 57", "number = 56"))
    with pytest.raises(ConfigError, match="give each of 1, 2"):
        load_settings(path)


def test_temperatures_that_cannot_be_are_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(re.sub(r"rest_temperatures = .*", "rest_temperatures = [0, 1]", to_toml(load_settings())))
    with pytest.raises(ConfigError, match="line 9: 'rest_temperatures' wants two numbers over 0"):
        load_settings(path)


def test_temperatures_leave_the_order_of_expressions_as_it_is() -> None:
    signal = shown(load_table()["fear"], 0.6)
    warm = replace(CODER.settings, temperature=3.0, rest_temperatures=(3.0, 3.0))
    before, after = CODER.code(signal), CODER.with_settings(warm).code(signal)
    assert (np.argsort(before.scores[66]) == np.argsort(after.scores[66])).all()
    assert after.scores[66].max() < before.scores[66].max()
    assert after.rest[20] < before.rest[20]
    assert ((before.rest > 0.5) == (after.rest > 0.5)).all()  # odds of 1 stay odds of 1


def test_head_units_have_poses_here() -> None:
    assert set(POSES) == set(HEAD)
