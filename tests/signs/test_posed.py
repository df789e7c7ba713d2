"""How posed a smile looks, on smiles whose speed and size are known."""

from pathlib import Path

import numpy as np
import pytest

from telltale.core import channels
from telltale.core.errors import ConfigError
from telltale.core.signal import Signal, unread_rows
from telltale.signs.micro_macro import Event
from telltale.signs.posed import load_table, posed_smiles

TABLE = load_table()

Smile = tuple[float, float, float, float, float]
"""Start (s), end (s), size, rise and fall (1/s)."""


def face(seconds: float, *smiles: Smile, rest: float = 0.0, side: tuple[float, float] = (1.0, 1.0)) -> Signal:
    """A face that smiles, at rest elsewhere; `side` is how much of it shows left and right."""
    rows = unread_rows(round(10 * seconds))
    rows[:] = 0.0
    rows[:, channels.VALID] = 1.0
    times_s = np.arange(1, len(rows) + 1) / 10
    for k, name in enumerate(("left", "right")):
        level, velocity = (channels.INDEX[f"au12_{kind}_{name}"] for kind in ("intensity", "velocity"))
        rows[:, level] = rest
        for start_s, end_s, size, rise, fall in smiles:
            grows, falls = rise * (times_s - start_s), fall * (end_s - times_s)
            shown = np.clip(np.minimum(grows, falls), 0, size)
            rows[:, level] += side[k] * shown
            rows[round(10 * start_s), velocity], rows[round(10 * end_s) - 1, velocity] = (
                side[k] * rise,
                -side[k] * fall,
            )
    return Signal(times_s, rows)


MIDDLE: Smile = (2.0, 4.0, 0.4, 1.5, 1.0)


def test_a_smile_with_every_cue_at_its_middle_scores_half() -> None:
    (smile,) = posed_smiles(face(6, MIDDLE))
    assert smile.score == pytest.approx(0.5)
    assert (smile.start_s, smile.end_s) == pytest.approx((2.0, 3.9))
    assert {name: cue.adds for name, cue in smile.cues.items()} == pytest.approx(
        dict.fromkeys(smile.cues, 0), abs=1e-6
    )
    assert smile.usual is None


@pytest.mark.parametrize("place", [2, 3, 4])
def test_each_cue_raises_the_score_by_its_weight(place: int) -> None:
    doubled = list(MIDDLE)
    doubled[place] *= 2
    (smile,) = posed_smiles(face(6, tuple(doubled)))  # type: ignore[arg-type]
    name = {2: "size", 3: "onset_speed", 4: "offset_speed"}[place]
    weight = next(cue.weight for cue in TABLE.cues if cue.name == name)
    assert smile.cues[name].adds == pytest.approx(weight)
    assert smile.score == pytest.approx(1 / (1 + np.exp(-weight)))


def test_the_score_is_the_logistic_of_what_the_cues_add() -> None:
    (smile,) = posed_smiles(face(6, (2.0, 4.0, 0.7, 3.0, 0.5)))
    total = sum(cue.adds for cue in smile.cues.values())
    assert smile.score == pytest.approx(1 / (1 + np.exp(-total)))
    assert smile.cues["onset_speed"].value == pytest.approx(3.0)


def test_no_cue_speaks_without_end() -> None:
    (smile,) = posed_smiles(face(6, (2.0, 4.0, 0.4, 150.0, 1.0)))
    weight = next(cue.weight for cue in TABLE.cues if cue.name == "onset_speed")
    assert smile.cues["onset_speed"].adds == pytest.approx(weight * TABLE.most_doublings)


def test_neither_asymmetry_nor_cheeks_nor_length_change_it() -> None:
    even = posed_smiles(face(9, MIDDLE))[0].score
    uneven = posed_smiles(face(9, MIDDLE, side=(1.5, 0.5)))[0].score
    long = posed_smiles(face(9, (2.0, 8.0, *MIDDLE[2:])))[0].score
    cheeks = face(9, MIDDLE)
    cheeks.values[20:40, channels.INDEX["au06_intensity_left"]] = 0.9
    assert [uneven, long, posed_smiles(cheeks)[0].score] == pytest.approx([even] * 3)


def test_size_counts_from_where_the_smile_began() -> None:
    signal = face(6, MIDDLE, rest=0.07)
    assert posed_smiles(signal)[0].cues["size"].value == pytest.approx(0.4)


def test_a_face_is_held_against_its_own_usual_smile() -> None:
    # One who always smiles large and fast, and once a little less.
    smiles = [(3.0 * k + 1, 3.0 * k + 2.5, 0.8, 4.0, 3.0) for k in range(6)]
    smiles[3] = (10.0, 11.5, 0.5, 2.0, 1.5)
    found = posed_smiles(face(20, *smiles))
    assert len(found) == 6
    assert all(smile.score > 0.5 for smile in found)
    assert found[0].usual == pytest.approx(0.5)
    assert found[3].usual is not None
    assert found[3].usual < 0.3
    assert all(smile.usual is None for smile in posed_smiles(face(20, *smiles[:5])))


@pytest.mark.parametrize("hidden", [slice(18, 25), slice(25, 27), slice(38, 45)])
def test_what_was_not_seen_whole_is_not_scored(hidden: slice) -> None:
    values = face(6, MIDDLE).values.copy()
    values[hidden] = unread_rows(len(range(*hidden.indices(60))))
    assert posed_smiles(Signal(np.arange(1, 61) / 10, values)) == ()


def test_one_that_is_on_at_the_ends_of_the_recording_is_not_scored() -> None:
    signal = face(6, MIDDLE)
    assert len(posed_smiles(signal)) == 1
    assert posed_smiles(signal.between(2.5, 6)) == ()
    assert posed_smiles(signal.between(0, 3.5)) == ()
    assert posed_smiles(signal.between(0, 0.05)) == ()


def test_events_say_which_are_smiles() -> None:
    signal = face(12, MIDDLE, (6.0, 8.0, 0.5, 1.0, 1.0))
    both: tuple[tuple[int, str], ...] = ((12, "left"), (12, "right"))
    smile = Event(2.0, 2.4, 3.98, both, 0.4, 0.9)  # type: ignore[arg-type]
    brow = Event(6.0, 6.5, 8.0, ((1, "left"),), 0.4, 0.9)
    flash = Event(9.0, 9.1, 9.3, both, 0.2, 0.9)  # type: ignore[arg-type]
    (found,) = posed_smiles(signal, (smile, brow, flash))
    assert found.score == pytest.approx(0.5)
    assert found.start_s == pytest.approx(2.0)
    assert len(posed_smiles(signal)) == 2
    assert posed_smiles(signal, ()) == ()


def test_the_table_says_where_each_cue_is_from_and_what_is_left_out() -> None:
    assert {row.name for row in TABLE.left_out} == {"asymmetry", "AU6", "length"}
    assert all(TABLE.cited)
    assert all([*(cue.says for cue in TABLE.cues), *(row.says for row in TABLE.left_out)])
    assert "not whether it is felt" in TABLE.caveat


def test_a_table_of_ones_own_is_checked_with_its_lines(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "src/telltale/signs/posed.toml").read_text(encoding="utf-8")
    path = tmp_path / "own.toml"
    path.write_text(text.replace('name = "size"', 'name = "asymmetry"', 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"own\.toml line .*no cue 'asymmetry': choose of onset_speed"):
        load_table(path)
    path.write_text(text.replace("weight = 0.6", "weight = 1.2", 1), encoding="utf-8")
    (smile,) = posed_smiles(face(6, (2.0, 4.0, 0.4, 3.0, 1.0)), table=load_table(path))
    assert smile.cues["onset_speed"].adds == pytest.approx(1.2)
