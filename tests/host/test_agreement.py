"""People's codes on a grid, and what is said of how far they and Telltale agree."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from telltale.core.errors import FormatError
from telltale.core.rng import stream
from telltale.host.agreement import MACHINE, MAJORITY, agree
from telltale.host.code_grid import CodeGrid, lay, majority
from telltale.host.human_codes import read_human_codes
from telltale.host.icc import icc
from telltale.host.kappa import MISSING
from telltale.signs.coding import Coding
from telltale.signs.coding_file import CodedBy, CodedFace

NAMES = ("awe", "love", "pride")

HEAD = "coder,recording,start_s,end_s,expression\n"


def written(path: Path, text: str) -> Path:
    file = path / "codes.csv"
    file.write_text(text, encoding="utf-8")
    return file


def face(codes: np.ndarray, sure: float = 0.7) -> CodedFace:
    """A reading whose rows show these codes, ten a second; MISSING is unread."""
    scores = np.full((len(codes), len(NAMES) + 1), (1 - sure) / len(NAMES), dtype=np.float32)
    scores[np.arange(len(codes)), codes] = sure
    scores[codes == MISSING] = np.nan
    coding = Coding(np.arange(1, len(codes) + 1) / 10, NAMES, scores[:, 1:], scores[:, 0])
    return CodedFace(
        coding, ("published", "ours", "published"), CodedBy("show.mp4", "0", "a test", "none", "")
    )


def test_every_fault_is_told_with_its_line(tmp_path: Path) -> None:
    text = "coder,recording,start_s,end_s,expression,intensity\n"
    text += "ann,a,0,2,lovee,0.5\n"
    text += "ann,a,3,2,awe,1.5\n"
    text += "ann,,x,2,awe,\n"
    text += "ann,b,0,9,awe,\nann,b,1,2,pride,\nann,b,3,4,none,\n"
    text += 'ben,b,-1,4,none,"much"\n'
    text += "ann,c,1200,172900,awe,\n"
    path = written(tmp_path, text)
    with pytest.raises(FormatError) as told:
        read_human_codes(path, NAMES)
    assert [line.removeprefix(f"{path} ") for line in str(told.value).splitlines()] == [
        "line 2: no expression 'lovee': did you mean 'love'?",
        "line 3: ends at 2 s, not after its start at 3 s: mend one of them",
        "line 3: intensity 1.5: give 0 to 1",
        "line 4: no recording: fill it in",
        "line 4: start_s is 'x': give a number",
        "line 6: ann coded this time of b in line 5 too: keep one",
        "line 7: ann coded this time of b in line 5 too: keep one",
        "line 8: begins at -1 s: times count from the recording's start",
        "line 8: intensity is 'much': give a number",
        "line 9: lies at 172900 s, beyond 48 hours: are these milliseconds?",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("coder,expression,start_s,end_s\n", "line 1: no column recording"),
        ("coder,recording,expression\nann,a,awe\n", "line 1: no column of times"),
        (HEAD, "line 1: no codes"),
        ("", "line 1: no column coder, recording, expression"),
    ],
)
def test_a_table_that_is_none(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(FormatError, match=told):
        read_human_codes(written(tmp_path, text), NAMES)


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="cannot read"):
        read_human_codes(tmp_path / "none.csv", NAMES)
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00coder")
    with pytest.raises(FormatError, match="no CSV in UTF-8"):
        read_human_codes(tmp_path / "b.csv", NAMES)


@pytest.mark.parametrize(("mark", "half"), [(",", "0.5"), (",", '"0.5"'), (";", "0,5"), ("\t", "0.5")])
def test_cells_may_be_parted_in_three_ways(tmp_path: Path, mark: str, half: str) -> None:
    head = mark.join(["coder", "recording", "start_s", "end_s", "expression", "said"])
    line = mark.join(["ann", '"a,b;c"', half, "2", "awe", f'"one{mark}two"'])
    (code,) = read_human_codes(written(tmp_path, f"{head}\n{line}\n"), NAMES)
    assert (code.coder, code.recording, code.start_s, code.end_s) == ("ann", "a,b;c", 0.5, 2.0)


def test_a_decimal_comma_among_commas_is_told(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="line 2: start_s is '0,5': give a number"):
        read_human_codes(written(tmp_path, HEAD + 'ann,a,"0,5",2,awe\n'), NAMES)


def test_a_cell_holds_what_took_most_of_it(tmp_path: Path) -> None:
    text = HEAD + "ann,a,0,1.4,awe\nann,a,1.4,2.0,love\nann,a,3.6,4.0,pride\nann,a,5,5.5,none\n"
    grid = lay(read_human_codes(written(tmp_path, text), NAMES), NAMES, every_s=1.0)
    # 2 - 3 was not marked, 3 - 4 less than half; 5 - 6 is half marked.
    assert grid.codes.tolist() == [[1, 2, MISSING, MISSING, MISSING, 0]]
    filled = lay(read_human_codes(written(tmp_path, text), NAMES), NAMES, every_s=1.0, unmarked_is_none=True)
    assert filled.codes.tolist() == [[1, 2, 0, 0, 0, 0]]
    fine = lay(read_human_codes(written(tmp_path, text), NAMES), NAMES, every_s=0.2)
    assert fine.codes[0, :10].tolist() == [1] * 7 + [2] * 3


def test_moments_take_the_cell_they_lie_in(tmp_path: Path) -> None:
    text = "coder,recording,time_s,expression,intensity\nann,a,0,awe,0.5\nann,a,1,none,\nann,a,2,love,1\n"
    grid = lay(read_human_codes(written(tmp_path, text), NAMES), NAMES, every_s=1.0)
    assert grid.codes.tolist() == [[1, 0, 2]]
    assert grid.strength[0].tolist() == [[0.5, 0, 0], [0, 0, 0], [0, 1, 0]]


def test_an_intensity_is_a_mean_over_the_cell(tmp_path: Path) -> None:
    text = "coder,recording,start_s,end_s,expression,intensity\n"
    text += "ann,a,0,0.5,awe,0.8\nann,a,0.5,1,none,\nann,a,1,2,awe,\n"
    grid = lay(read_human_codes(written(tmp_path, text), NAMES), NAMES, every_s=1.0)
    assert grid.strength[0, 0].tolist() == pytest.approx([0.4, 0, 0])
    assert np.isnan(grid.strength[0, 1]).all()


def test_two_coders_and_their_reading(tmp_path: Path) -> None:
    draw = stream(2, "agreement")
    truth = np.repeat(draw.integers(0, 4, 60), 3)
    seen = [np.where(draw.random(180) < 0.8, truth, draw.integers(0, 4, 180)) for _ in range(3)]
    words = ("none", *NAMES)
    rows = [
        f"{coder},show,{k},{k + 1},{words[code]}"
        for coder, codes in zip(("ann", "ben"), seen[:2], strict=True)
        for k, code in enumerate(codes)
    ]
    grid = lay(read_human_codes(written(tmp_path, HEAD + "\n".join(rows)), NAMES), NAMES, every_s=1.0)
    machine = np.repeat(seen[2], 10)
    machine[:200] = MISSING
    found = agree(grid, {"show": face(machine)})
    assert (found.people, found.cells, found.clusters, found.by_recording) == (("ann", "ben"), 180, 6, False)
    assert found.pairs[0].kappa.value == pytest.approx(cohen_kappa_score(seen[0], seen[1]))
    assert found.pairs[0].kappa.low < found.pairs[0].kappa.value < found.pairs[0].kappa.high
    assert found.alpha is None
    by_name = {(pair.one, pair.other): pair for pair in found.machine}
    assert set(by_name) == {("ann", MACHINE), ("ben", MACHINE), (MAJORITY, MACHINE)}
    with_ann = by_name["ann", MACHINE]
    assert with_ann.cells == 160
    assert with_ann.kappa.value == pytest.approx(cohen_kappa_score(seen[0][20:], seen[2][20:]))
    # Where both people agree is easier ground.
    assert by_name[MAJORITY, MACHINE].kappa.value > with_ann.kappa.value
    assert by_name[MAJORITY, MACHINE].cells == int((seen[0][20:] == seen[1][20:]).sum())
    love = next(one for one in found.expressions if one.name == "love")
    assert love.people is not None
    assert love.people.measure.value == pytest.approx(cohen_kappa_score(seen[0] == 2, seen[1] == 2))
    assert love.people_share == pytest.approx(np.mean([seen[0] == 2, seen[1] == 2]))
    assert love.machine_share == pytest.approx((seen[2][20:] == 2).mean())
    both = seen[0][20:][seen[0][20:] == seen[1][20:]]
    assert love.majority_share == pytest.approx((both == 2).mean())
    # Nobody gave an intensity: cells coded `none` alone, which are 0 by what they are, say nothing of it.
    assert all(one.strength is None and one.strength_machine is None for one in found.expressions)


def grid_of(codes: np.ndarray, recording: np.ndarray, strength: np.ndarray | None = None) -> CodeGrid:
    none = np.full((*codes.shape, len(NAMES)), np.nan)
    coders = ("ann", "ben", "cleo", "dan")[: len(codes)]
    names = tuple(f"r{k}" for k in range(int(recording.max()) + 1))
    start_s = np.concatenate([np.arange((recording == k).sum()) for k in range(len(names))]).astype(float)
    held = none if strength is None else strength
    return CodeGrid(1.0, NAMES, coders, names, recording, start_s, codes, held)


def test_many_coders_and_recordings() -> None:
    draw = stream(4, "many")
    recording = np.repeat(np.arange(6), 50)
    truth = draw.integers(0, 4, 300)
    codes = np.stack([np.where(draw.random(300) < 0.7, truth, draw.integers(0, 4, 300)) for _ in range(3)])
    codes[0, :40] = MISSING
    found = agree(grid_of(codes, recording))
    assert (found.by_recording, found.clusters, len(found.pairs)) == (True, 6, 3)
    assert found.alpha is not None
    # Two who each see the truth with 0.7 agree beyond chance by 0.7 x 0.7.
    assert found.alpha.low < 0.49 < found.alpha.high
    assert found.fleiss == pytest.approx(found.alpha.value, abs=0.05)
    assert 0 < found.no_majority < 0.3
    assert found.machine == ()
    assert all(one.people is not None and one.machine is None for one in found.expressions)


def test_the_machine_may_stand_in_the_table() -> None:
    codes = np.array([[0, 1, 1, 2] * 20, [0, 1, 2, 2] * 20])
    grid = grid_of(codes, np.zeros(80, dtype=np.int64))
    renamed = CodeGrid(
        1.0, NAMES, ("ann", MACHINE), grid.recordings, grid.recording, grid.start_s, codes, grid.strength
    )
    found = agree(renamed)
    assert (found.people, len(found.pairs), len(found.machine)) == (("ann",), 0, 1)
    assert found.machine[0].kappa.value == pytest.approx(cohen_kappa_score(codes[0], codes[1]))
    assert found.expressions[0].people is None


def test_strengths_are_compared_where_all_gave_them() -> None:
    draw = stream(6, "strength")
    true = draw.random(100)
    rated = np.stack([true + 0.1 * draw.standard_normal(100) for _ in range(2)])
    strength = np.zeros((2, 100, len(NAMES)))
    strength[..., 0] = rated
    strength[0, :10] = np.nan
    found = agree(grid_of(np.ones((2, 100), dtype=np.int64), np.zeros(100, dtype=np.int64), strength))
    wanted = icc(rated[:, 10:].T)
    (awe,) = found.expressions
    assert awe.strength == wanted
    assert wanted is not None
    assert wanted.absolute.value > 0.8


def test_a_tie_is_no_majority() -> None:
    assert majority(np.array([[1, 2], [2, 2]]), 3).tolist() == [MISSING, 2]
