"""`telltale host read`: a host's video becomes codes, where the law and the host allow it."""

import json
import stat
import sys
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.perceive.recordings import MIDDLE, Shown, record, talking
from tests.study.builder import EVENING, Plan, Visit, build

from telltale.cli import app
from telltale.core.signal_file import read_signal
from telltale.signs.coding_file import read_codes
from telltale.study.store import write_table

Run = Callable[..., tuple[int, str, str]]

POLICY = Path(__file__).parents[2] / "src/telltale/strategy/policies/template.toml"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs `telltale host ...` in an empty folder, gives its exit code, stdout and stderr."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["telltale", "host", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            app.main()
        captured = capsys.readouterr()
        return int(stop.value.code or 0), captured.out, captured.err

    return call


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A policy of a place that allows hosts to be read."""
    text = POLICY.read_text(encoding="utf-8").replace('source = ""', 'source = "an article"')
    text = text.replace("[read_hosts]\nvalue = false", "[read_hosts]\nvalue = true")
    path = tmp_path_factory.mktemp("policy") / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a head that smiles, and a voice in the second of them."""
    folder = tmp_path_factory.mktemp("clip")
    mute = record(folder / "mute.mkv", 2.0, talking)
    return with_voice(mute, folder / "show.mkv", np.repeat([0.0, 1.0], 48_000))


def with_voice(video: Path, path: Path, loud: np.ndarray) -> Path:
    """The same pictures with a tone as loud as is said, over soft noise."""
    with av.open(str(video)) as given, av.open(str(path), "w") as made:
        pictures = made.add_stream_from_template(given.streams.video[0])
        sound = made.add_stream("pcm_s16le", rate=48_000, layout="mono")
        for packet in given.demux(given.streams.video[0]):
            if packet.dts is not None:
                packet.stream = pictures
                made.mux(packet)
        times_s = np.arange(len(loud)) / 48_000
        values = 0.2 * loud * np.sin(2 * np.pi * 300 * times_s)
        values += 0.001 * np.random.default_rng(1).standard_normal(len(loud))
        frame = av.AudioFrame.from_ndarray(
            (values * 32767).astype(np.int16)[None], format="s16", layout="mono"
        )
        frame.sample_rate, frame.time_base, frame.pts = 48_000, Fraction(1, 48_000), 0
        made.mux(sound.encode(frame))
        made.mux(sound.encode())
    return path


def two_heads(time_s: float) -> Shown:
    return {"front": (10, MIDDLE[1]), "smile": (340, MIDDLE[1])}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("pair") / "pair.mp4", 1.0, two_heads)


def study_of(folder: Path, *purposes: str) -> Path:
    """A study of one room, whose host agreed to these."""
    build(folder, Plan([Visit("s1")]))
    rows = [
        {"host_id": "h1", "purpose": purpose, "granted_at": EVENING - timedelta(days=1), "text_version": "1"}
        for purpose in purposes
    ]
    time = pa.timestamp("ms", tz="UTC")
    kinds = {"host_id": pa.string(), "purpose": pa.string(), "granted_at": time, "withdrawn_at": time}
    schema = pa.schema([*kinds.items(), ("text_version", pa.string())])
    write_table(folder / "host_consents.parquet", pa.Table.from_pylist(rows, schema=schema))
    return folder


def room_of(folder: Path) -> str:
    return str(pq.read_table(folder / "rooms.parquet").column("room_id")[0].as_py())


def test_nothing_is_read_where_no_law_is_named_or_it_forbids(run: Run, clip: Path) -> None:
    for words, told in (((), "name it with --place"), (("--place", "DE"), "EU AI Act 5(1)(f)")):
        code, out, err = run("read", clip, *words)
        assert (code, out) == (2, "")
        assert told in err
        assert len(err.splitlines()) == 1
    assert list(Path.cwd().iterdir()) == []


def test_a_video_becomes_codes(run: Run, clip: Path, policy: Path) -> None:
    code, out, err = run("read", clip, "--policy", policy)
    assert (code, err) == (0, "")
    folder = Path("show-host")
    files = {path.name for path in folder.iterdir()}
    own = {"codes-0.parquet", "expressions-0.parquet", "events-0.parquet"}
    assert files == {*own, "face-0.parquet", "events.parquet", "summary.json"}
    codes, signal = read_codes(folder / "codes-0.parquet"), read_signal(folder / "face-0.parquet")
    np.testing.assert_array_equal(codes.coding.times_s, signal.times_s)
    assert (len(codes.coding.names), len(codes.categories), len(codes.pad)) == (28, 7, 4)
    assert codes.coding.read.all()
    assert (codes.by.recording, codes.by.coder, codes.by.missing["triumph"]) == (
        "show.mkv",
        "prototypes",
        (27,),
    )
    assert [step.what for step in codes.by.provenance.steps] == ["read", "code"]
    assert str(clip.parent) not in codes.by.provenance.to_json()
    assert codes.voice is not None
    assert codes.voice[(signal.times_s > 0.05) & (signal.times_s < 0.95)].max() == 0.0
    assert codes.voice[(signal.times_s > 1.05) & (signal.times_s < 1.95)].min() == 1.0
    said = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["coding"]
    assert (said["coder"], said["culture"], said["only_host_sees"]) == ("prototypes", "none", False)
    assert said["allowed"]["source"] == "an article"
    (face,) = said["faces"].values()
    assert face["none"] + sum(one["share"] for one in face["shown"]) == pytest.approx(1)
    assert "face 0: 0.0 minutes, 100.0% of them coded" in out
    assert "AU19, AU24, AU27 cannot be told from a video" in out
    assert "somebody spoke for " in out
    assert "Cowen and Keltner" in out
    assert "genuine" not in out


def test_self_coaching_is_for_the_hosts_eyes(run: Run, clip: Path, policy: Path, tmp_path: Path) -> None:
    code, out, err = run("read", clip, "--place", "DE", "--self-coaching", "--out", "mine", "--stop", 0.5)
    assert (code, err) == (0, "")
    assert "self-coaching that the host alone sees" in out
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in Path("mine").iterdir()}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(Path("mine").stat().st_mode) == 0o700
    study = study_of(tmp_path / "study", "read_face", "research")
    code, _, err = run("read", "mine", "--policy", policy, "--into", study, "--room", room_of(study))
    assert (code, (study / "host_signals").exists()) == (2, False)
    assert "nothing of self-coaching goes into a study" in err
    Path("after").write_text("", encoding="utf-8")
    assert stat.S_IMODE(Path("after").stat().st_mode) != 0o600


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
    assert "exists" in err
    assert not Path("again").exists()


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
    for words, told in (
        (("--place", "DE", "--self-coaching", "--into", study, "--room", "r"), "nothing of self-coaching"),
        (("--policy", policy, "--into", study, "--room", "nowhere"), "no room 'nowhere'"),
        (("--policy", policy, "--into", study), "give both --into STUDY and --room ID"),
        (("--policy", policy, "--face", 1), "give both --into STUDY and --room ID"),
        (("--policy", policy, "--coder", "no:Class"), "no module 'no'"),
        (("--policy", policy, "--culture", "mars"), "no culture 'mars'"),
        (("--policy", policy, "--coder", "a:B", "--culture", "east_asia"), "leave --culture or --coder out"),
    ):
        code, out, err = run("read", clip, *words)
        assert (code, out) == (2, "")
        assert told in err
    assert list(Path.cwd().iterdir()) == []


OWN_CODER = """
import numpy as np
from telltale.signs.coding import Coding

class Half:
    names = ("glee",)
    evidence = ("ours",)

    def code(self, signal):
        half = np.where(signal.valid, 0.5, np.nan).astype(np.float32)
        return Coding(signal.times_s, self.names, half[:, None], half)
"""


def test_a_classifier_of_ones_own_codes_instead(run: Run, clip: Path, policy: Path) -> None:
    Path("own.py").write_text(OWN_CODER, encoding="utf-8")
    code, out, err = run("read", clip, "--policy", policy, "--coder", "own.py:Half", "--stop", 0.5, "--json")
    assert (code, err) == (0, "")
    facts: dict[str, Any] = json.loads(out)
    codes = read_codes(Path("show-host/codes-0.parquet"))
    assert (codes.coding.names, codes.evidence, codes.by.coder) == (("glee",), ("ours",), "own.py:Half")
    assert "a classifier of the user's own" in codes.by.caveat
    assert facts["faces"]["0"]["missing"] == {}


def test_a_picture_without_a_face_leaves_nothing_coded(run: Run, policy: Path, tmp_path: Path) -> None:
    empty = record(tmp_path / "empty.mp4", 0.5, lambda _: None)
    code, out, err = run("read", empty, "--policy", policy)
    assert (code, err) == (0, "")
    assert "no face was read" in out
    assert not list(Path("empty-host").glob("codes-*"))


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
