"""`telltale host agree`: people's codes against one another and against a reading."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from tests.cli.running import Run

from telltale.signs.coding import Coding
from telltale.signs.coding_file import CodedBy, CodedFace, codes_name, write_codes


@pytest.fixture
def run(run: Run, here: Path) -> Run:
    """Runs `telltale host ...` in an empty folder."""
    return partial(run, "host")


CODES = "coder,recording,time_s,expression\n"


def test_people_are_held_against_a_reading(run: Run, clip: Path, policy: Path) -> None:
    run("read", clip, "--policy", policy)
    rows = [
        f"{who},show.mkv,{k / 10:.1f},{'none' if k < 12 else 'elation'}"
        for who in ("ann", "ben")
        for k in range(18)
    ]
    Path("codes.csv").write_text(CODES + "\n".join(rows), encoding="utf-8")
    code, out, err = run("agree", "codes.csv", "--against", "show-host", "--every", 0.1)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "2 people (ann, ben), 1 recording, 18 cells of 0.1 s"
    assert any(line.split()[:6] == ["ann", "-", "ben", "18", "100.0%", "1.00"] for line in lines)
    assert any(line.startswith("majority - telltale") for line in lines)
    assert any(line.startswith("elation (ours)") for line in lines)
    code, out, _ = run("agree", "codes.csv", "--against", "show-host", "--every", 0.1, "--json")
    facts = json.loads(out)
    assert {pair["one"] for pair in facts["machine"]} == {"ann", "ben", "majority"}
    assert facts["pairs"][0]["kappa"]["value"] == 1.0


def test_what_is_wrong_with_the_codes_is_told(run: Run, pair: Path, policy: Path) -> None:
    run("read", pair, "--policy", policy)
    (Path("none")).mkdir()
    cases = {
        "ann,pair,0,joy\nann,,1,awe\n": ("line 2: no expression 'joy'", "line 3: no recording"),
        "ann,other,0,awe\n": ("no reading is of a recording that was coded",),
        "ann,pair,0,awe\n": ("pair shows faces 0, 1: name the recording 'pair#0'",),
        "telltale,pair,0,awe\n": ("codes of 'telltale' come from several places",),
    }
    for rows, told in cases.items():
        Path("codes.csv").write_text(CODES + rows, encoding="utf-8")
        code, out, err = run("agree", "codes.csv", "--against", "pair-host")
        assert (code, out) == (2, "")
        assert all(one in err for one in told)
    Path("codes.csv").write_text(CODES + "ann,pair#1,0,awe\n", encoding="utf-8")
    assert run("agree", "codes.csv", "--against", "pair-host")[0] == 0
    assert "holds no codes-FACE.parquet" in run("agree", "codes.csv", "--against", "none")[2]
    assert run("agree", "codes.csv", "--against", "pair-host", "--against", "nofolder") == (
        2,
        "",
        "error there is no folder nofolder: --against takes a folder that 'telltale host read' wrote, "
        "or a CSV of Telltale's codes\n",
    )
    assert "choose uncoded or none" in run("agree", "codes.csv", "--unmarked", "what")[2]
    Path("codes.csv").write_text(CODES + "telltale,pair,0,awe\n", encoding="utf-8")
    assert "codes of nobody but 'telltale'" in run("agree", "codes.csv")[2]


def test_a_table_of_telltales_codes_stands_for_a_folder(run: Run) -> None:
    Path("codes.csv").write_text(CODES + "ann,a,0,awe\nann,a,1,none\nann,a,2,awe\n", encoding="utf-8")
    Path("own.csv").write_text(CODES + "x,a,0,awe\nx,a,1,none\nx,a,2,none\n", encoding="utf-8")
    code, out, err = run("agree", "codes.csv", "--against", "own.csv")
    assert (code, err) == (0, "")
    assert any(line.split()[:5] == ["ann", "-", "telltale", "3", "66.7%"] for line in out.splitlines())
    Path("two.csv").write_text(CODES + "x,a,0,awe\ny,a,0,none\n", encoding="utf-8")
    assert "two.csv holds codes of 2 coders" in run("agree", "codes.csv", "--against", "two.csv")[2]
    code, _, err = run("agree", "codes.csv", "--against", "own.csv", "--against", "two.csv")
    assert "come from several places" in err


def test_codes_that_never_say_none_are_met_with_a_word(run: Run) -> None:
    stretches = "coder,recording,start_s,end_s,expression\nann,a,0,2,awe\nann,a,4,6,love\nben,a,0,3,awe\n"
    Path("codes.csv").write_text(stretches, encoding="utf-8")
    assert "if unmarked time means none, say --unmarked none" in run("agree", "codes.csv")[1]
    code, out, _ = run("agree", "codes.csv", "--unmarked", "none")
    assert code == 0
    assert "say --unmarked none" not in out
    assert out.splitlines()[0].endswith("6 cells of 1 s")


def test_recordings_without_a_reading_are_told_in_one_line(run: Run, clip: Path, policy: Path) -> None:
    run("read", clip, "--policy", policy)
    others = "".join(f"ann,other{k},0,awe\n" for k in range(7))
    Path("codes.csv").write_text(CODES + "ann,show.mkv,0,awe\n" + others, encoding="utf-8")
    code, out, err = run("agree", "codes.csv", "--against", "show-host")
    assert (code, err) == (0, "")
    told = "no reading is of 7 of the 8 recordings that were coded: other0, other1, other2, other3, other4"
    assert f"{told} and 2 more; Telltale is not compared there" in out.splitlines()
    assert "Telltale is not compared" not in run("agree", "codes.csv")[1]


def test_other_delimiters_and_decimal_commas(run: Run) -> None:
    rows = ["ann;a;0,5;awe", "ann;a;1,5;none", "ben;a;0,5;awe", "ben;a;1,5;none"]
    Path("codes.csv").write_text("\n".join(["coder;recording;time_s;expression", *rows]), encoding="utf-8")
    code, out, err = run("agree", "codes.csv")
    assert (code, err) == (0, "")
    assert out.startswith("2 people (ann, ben), 1 recording, 2 cells")


def test_a_coders_own_names_are_known_where_its_reading_is_given(run: Run) -> None:
    rest = np.tile([0.1, 0.8], 10).repeat(10).astype(np.float32)
    coding = Coding(np.arange(1, 201) / 10, ("Duchenne",), (1 - rest)[:, None], rest)
    Path("show-host").mkdir()
    face = CodedFace(coding, ("own",), CodedBy("show.mkv", "0", "mine.py:Duchenne", "none", ""))
    write_codes(face, Path("show-host") / codes_name("0"))
    rows = [f"ann,show.mkv,{k + 0.5},{'none' if k % 2 else 'duchenne'}\n" for k in range(20)]
    Path("codes.csv").write_text(CODES + "".join(rows), encoding="utf-8")
    code, out, err = run("agree", "codes.csv", "--against", "show-host")
    assert (code, err) == (0, "")
    assert any(line.split()[:5] == ["ann", "-", "telltale", "20", "100.0%"] for line in out.splitlines())
    assert any(line.startswith("Duchenne (own)") for line in out.splitlines())
    assert "(own): as your own classifier names it; nothing is known here of how it looks" in out
    assert "does not name" not in out
    _, _, err = run("agree", "codes.csv")
    assert "no expression 'duchenne': take a name of the table (such as " in err
    Path("codes.csv").write_text(CODES + "".join(rows) + "ann,show.mkv,20.5,awe\n", encoding="utf-8")
    out = run("agree", "codes.csv", "--against", "show-host")[1]
    assert "people saw what a reading's coder does not name, so that it cannot agree there: awe" in out


def reading_of(name: str, rest: np.ndarray) -> None:
    """A reading of awe or none in `NAME-host`, ten rows a second."""
    coding = Coding(np.arange(1, len(rest) + 1) / 10, ("awe",), (1 - rest)[:, None], rest)
    folder = Path(f"{name}-host")
    folder.mkdir()
    write_codes(
        CodedFace(coding, ("published",), CodedBy(f"{name}.mkv", "0", "a test", "none", "")),
        folder / codes_name("0"),
    )


def test_codes_beyond_the_end_of_a_reading_are_told(run: Run) -> None:
    reading_of("demo", np.full(140, 0.1, dtype=np.float32))
    head = "coder,recording,start_s,end_s,expression\n"
    words = ("agree", "codes.csv", "--against", "demo-host")
    Path("codes.csv").write_text(head + "ann,demo,0,15,awe\n", encoding="utf-8")
    assert "lies beyond" not in run(*words)[1]
    Path("codes.csv").write_text(head + "ann,demo,0,5,awe\nann,demo,5,900,fear\n", encoding="utf-8")
    code, out, err = run(*words)
    told = (
        "codes of demo run to 900 s, its reading ends at 14 s: what lies beyond is not compared with Telltale"
    )
    assert (code, err) == (0, "")
    assert told in out.splitlines()
    assert told in json.loads(run(*words, "--json")[1])["notes"]
    assert "lies beyond" not in run("agree", "codes.csv")[1]


def test_many_recordings_with_codes_beyond_their_readings_take_few_lines(run: Run) -> None:
    names = [f"r{k}" for k in range(7)]
    for name in names:
        reading_of(name, np.full(50, 0.1, dtype=np.float32))
    rows = "".join(f"ann,{name},90,awe\n" for name in names)
    Path("codes.csv").write_text(CODES + rows, encoding="utf-8")
    code, out, _ = run("agree", "codes.csv", *(word for n in names for word in ("--against", f"{n}-host")))
    assert code == 0
    assert out.count("what lies beyond is not compared with Telltale") == 5
    assert "codes run beyond the reading's end in 2 more: r5, r6" in out.splitlines()


def test_where_there_is_no_interval_none_is_explained(run: Run) -> None:
    rows = [f"{who},a,{k},{'none' if k % 3 else 'awe'}\n" for who in ("ann", "ben") for k in range(20)]
    Path("codes.csv").write_text(CODES + "".join(rows), encoding="utf-8")
    code, out, _ = run("agree", "codes.csv")
    assert code == 0
    assert "jackknife" not in out
    told = "they need 5 blocks in which what was compared differs, and must not rest on one"
    assert f"no intervals: what was coded lies in 1 block of 30 s; {told}" in out.splitlines()
    rows = [
        f"{who},a,{k},{'none' if (k + (who == 'ben' and k % 7 == 0)) % 3 else 'awe'}\n"
        for who in ("ann", "ben")
        for k in range(240)
    ]
    Path("codes.csv").write_text(CODES + "".join(rows), encoding="utf-8")
    out = run("agree", "codes.csv")[1]
    assert "intervals, 95 %: jackknife over 8 blocks of 30 s; with so few recordings they say" in out
    assert "no intervals" not in out


def test_seen_is_what_people_gave_in_both_tables(run: Run) -> None:
    # Of 20 cells ann gives awe in 8 and ben in 4 of them; Telltale reads the first 10 and gives it in all.
    reading_of("show", np.full(100, 0.1, dtype=np.float32))
    rows = [f"ann,show,{k},{'awe' if k < 8 else 'none'}\n" for k in range(20)]
    rows += [f"ben,show,{k},{'awe' if k < 4 else 'none'}\n" for k in range(20)]
    Path("codes.csv").write_text(CODES + "".join(rows), encoding="utf-8")
    code, out, _ = run("agree", "codes.csv", "--against", "show-host")
    assert code == 0
    lines = out.splitlines()
    among, own = (k for k, line in enumerate(lines) if line.startswith("awe"))
    assert lines[among].split()[1] == "30.0%"
    gave = "seen: share of the cells people coded in which they gave it, all people's cells together"
    assert lines[among + 1] == gave
    assert lines[own - 1].split()[:3] == ["expression", "seen", "Telltale"]
    assert lines[own].split()[1:3] == ["66.7%", "100.0%"]
    told = "seen: share of the cells compared in which people's majority gave it; "
    assert lines[own + 1] == told + "Telltale: of all cells it read, those in which it did"


def test_an_unknown_name_with_none_near_is_met_with_some_that_are_known(run: Run) -> None:
    Path("codes.csv").write_text(CODES + "ann,a,0,joy\n", encoding="utf-8")
    code, out, err = run("agree", "codes.csv")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("error codes.csv line 2: no expression 'joy': take a name of the table (such as ")
    assert err.split("(such as ")[1].split(")")[0].count(", ") == 4
