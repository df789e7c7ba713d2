"""A classifier of a user's own: found, tried, and told in one line each way in which it can be wrong."""

from pathlib import Path
from typing import get_args

import pytest
from tests.signs.faces import face_of, then, unread

from telltale.core.errors import ConfigError
from telltale.core.pool import imap
from telltale.host.advice_words import EVIDENCE_WORDS
from telltale.host.face_told import tell_face
from telltale.signs.coder_own import load_coder
from telltale.signs.coding_file import CodedBy, CodedFace, read_codes, write_codes
from telltale.signs.expressions import Evidence, Expression

GOOD = """
import numpy as np
from telltale.signs.coding import Coding

class Smiles:
    names = ("smile", "frown")
    evidence = ("ours", "ours")
    def code(self, signal):
        smile = np.clip(signal.channel("au12_intensity_left"), 0, 1)
        frown = np.clip(signal.channel("au04_intensity_left"), 0, 1) * (1 - smile)
        return Coding(signal.times_s, self.names, np.stack([smile, frown], axis=1), 1 - smile - frown)
"""


def named(folder: Path, text: str = GOOD) -> str:
    path = folder / "mine.py"
    path.write_text(text)
    return f"{path}:Smiles"


def test_a_good_one_codes(tmp_path: Path) -> None:
    coder = load_coder(named(tmp_path))
    coding = coder.code(then(face_of(3, {12: 0.75}), unread(1)))
    assert coding.scores[0].tolist() == [0.75, 0.0]
    assert coding.read.tolist() == [1, 1, 1, 0]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("class Smiles", "class Frowns", "there is no such class"),
        ("import numpy", "import nunpy", "no module 'nunpy'"),
        ("import numpy as np", "import numpy as np\n1 / 0", "cannot be loaded: ZeroDivisionError"),
        ('names = ("smile", "frown")', "def __init__(self, path): pass", "made without arguments: TypeError"),
        ("def code", "def cod", "has no code"),
        ('"smile", "frown"', '"smile", "smile"', "names 'smile' twice"),
        ('("smile", "frown")', "()", "want to be words"),
        ('"ours", "ours"', '"ours", "sure"', "evidence of 2 for 2 names: give one of published"),
        ('"ours", "ours"', '"ours",', "evidence of 1 for 2 names"),
        ("self.names, ", '("a", "b"), ', "gives other names"),
        ("axis=1)", "axis=0)", "give \\(T, E\\)"),
        ("1 - smile - frown", "smile", "add up to 1"),
        ("signal.times_s", "signal.times_s + 1", "keep the signal's times"),
        ("return Coding", "return dict(), Coding", "gives a tuple"),
        ('signal.channel("au12_intensity_left")', "signal.nothing", "fails: AttributeError"),
        ("np.clip(signal", "np.nan_to_num(signal", "a row has NaN and numbers"),
        ('smile = np.clip(signal.channel("au12_intensity_left"), 0, 1)',
         'smile = 2 + signal.channel("au12_intensity_left")', "outside 0 to 1"),
    ],
)  # fmt: skip
def test_each_fault_is_told_in_one_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in GOOD
    name = named(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(ConfigError, match=told) as caught:
        load_coder(name)
    assert "\n" not in str(caught.value)


def test_rows_that_were_not_read_may_not_be_scored(tmp_path: Path) -> None:
    filled = GOOD.replace(
        "return Coding(", "smile, frown = map(np.nan_to_num, (smile, frown))\n        return Coding("
    )
    with pytest.raises(ConfigError, match="scores rows that were not read"):
        load_coder(named(tmp_path, filled))


def test_one_that_breaks_its_word_later_is_told_then(tmp_path: Path) -> None:
    late = GOOD.replace("1 - smile - frown)", "1 - smile - frown + (len(signal) == 7))")
    coder = load_coder(named(tmp_path, late))
    coder.code(face_of(6))
    with pytest.raises(ConfigError, match="add up to 1"):
        coder.code(face_of(7))


def test_names_of_nothing(tmp_path: Path) -> None:
    for name, told in (("Smiles", "names no class"), (f"{tmp_path}/no.py:Smiles", "no file at")):
        with pytest.raises(ConfigError, match=told):
            load_coder(name)


def test_one_from_a_file_goes_to_other_processes(tmp_path: Path) -> None:
    begin = "from __future__ import annotations\nfrom dataclasses import dataclass\n"
    coder = load_coder(named(tmp_path, begin + GOOD.replace("class Smiles", "@dataclass\nclass Smiles")))
    signals = [face_of(3, {12: 0.75}), face_of(3, {4: 0.5})]
    found = list(imap(coder.code, signals, workers=2))
    assert [one.scores[0].tolist() for one in found] == [[0.75, 0.0], [0.0, 0.5]]


def test_what_is_no_name_of_the_table_is_own_all_the_way_to_the_report(tmp_path: Path) -> None:
    text = GOOD.replace('"smile", "frown"', '"smile", "anger"').replace(
        '"ours", "ours"', '"published", "recalled"'
    )
    coder = load_coder(named(tmp_path, text))
    assert coder.evidence == ("own", "recalled")
    signal = then(face_of(30, {12: 0.75}), face_of(10, {4: 0.75}))
    face = CodedFace(coder.code(signal), coder.evidence, CodedBy("v.mp4", "0", coder.named, "none", ""))
    write_codes(face, tmp_path / "codes-0.parquet")
    again = read_codes(tmp_path / "codes-0.parquet")
    assert again.evidence == ("own", "recalled")
    assert "showed most: smile (own) 75.0%, anger 25.0%" in tell_face(again, (), ()).lines()[1]
    assert set(EVIDENCE_WORDS) == set(get_args(Evidence))
    assert "maker's to say" in EVIDENCE_WORDS["own"]
    with pytest.raises(ValueError, match="call it ours"):
        Expression("smile", (12,), "own")


def test_one_that_scores_nothing_is_told(tmp_path: Path) -> None:
    text = GOOD.replace("axis=1), 1 - smile", "axis=1) * np.nan, np.nan * smile")
    with pytest.raises(ConfigError, match="scores no row that was read"):
        load_coder(named(tmp_path, text))
