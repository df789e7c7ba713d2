"""`telltale read`: what a user sees and gets, also of files that are no good."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.cli.running import Run
from tests.face import rendered
from tests.media.bad_files import make_bad_files, write_video
from tests.perceive.recordings import MIDDLE, record, talking

from telltale.cli.read_job import stem_of
from telltale.core.signal_file import read_signal
from telltale.units.events_file import read_events

TELLTALE = "from telltale.cli import main; main()"
"""As the entry point has it, for a Python of its own."""


@pytest.fixture
def run(run: Run, here: Path) -> Run:
    """Runs `telltale read ...` in an empty folder."""
    return partial(run, "read")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of a head that smiles."""
    return record(tmp_path_factory.mktemp("clip") / "session.mp4", 1.0, talking)


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return make_bad_files(tmp_path_factory.mktemp("bad"))


def all_of(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_one_file_becomes_a_folder_beside_the_user(run: Run, clip: Path) -> None:
    code, out, err = run(clip)
    assert (code, err) == (0, "")
    first, last = out.splitlines()
    assert first.startswith("face 0: 15 of 15 frames read (100.0%)")
    assert last == "session-reading: events.parquet, face-0.parquet, summary.json"
    assert all_of(Path.cwd()) == ["session-reading"]
    read = read_signal(Path("session-reading/face-0.parquet"))
    assert read.valid.all()
    assert len(read) == 11
    assert str(clip.parent) not in read.provenance.to_json()
    read_events(Path("session-reading/events.parquet"))


def test_everything_that_can_be_asked_for(run: Run, clip: Path) -> None:
    code, out, _ = run(
        clip, "--out", "r", "--overlay", "o.mp4", "--csv", "--frames", "--profile", "--stop", 0.6
    )
    assert code == 0
    assert all_of(Path.cwd()) == ["o.mp4", "r"]
    assert all_of(Path("r")) == [
        "events.parquet",
        "face-0.openface.csv",
        "face-0.parquet",
        "frames.parquet",
        "summary.json",
    ]
    assert "o.mp4: the overlay, with the picture of whoever is in it" in out
    table = [line.split() for line in out.splitlines() if line.endswith("%")]
    ms = {" ".join(words[:-2]): float(words[-2]) for words in table}
    assert {"media", "mesh", "refine", "head", "spotting", "writing", "rest"} <= ms.keys()
    total = ms.pop("total")
    # Each row is rounded to a hundredth.
    assert sum(ms.values()) == pytest.approx(total, abs=0.005 * (len(ms) + 1))
    assert ms["rest"] >= 0


def test_json_is_for_programs(run: Run, clip: Path) -> None:
    code, out, err = run(clip, "--json", "--stop", 0.4)
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert told["what"] == str(clip)
    assert told["folder"] == "session-reading"
    assert told["summary"]["faces"]["0"]["read"] == told["summary"]["frames"] == 6
    assert told["overlay"] is None


def test_replayed_is_the_same(run: Run, clip: Path) -> None:
    began_s = time.monotonic()
    assert run(clip, "--out", "live", "--replay")[0] == 0
    assert time.monotonic() - began_s > 14 / 15
    assert run(clip, "--out", "offline")[0] == 0
    assert Path("live/face-0.parquet").read_bytes() == Path("offline/face-0.parquet").read_bytes()
    assert Path("live/events.parquet").read_bytes() == Path("offline/events.parquet").read_bytes()


def test_a_folder_that_holds_something_is_refused_and_left_alone(run: Run, clip: Path) -> None:
    Path("r").mkdir()
    Path("r/mine.txt").write_text("mine")
    code, out, err = run(clip, "--out", "r")
    assert (code, out) == (2, "")
    assert err == "error r exists and is not empty: choose another folder or delete it\n"
    assert all_of(Path.cwd()) == ["r"]
    assert all_of(Path("r")) == ["mine.txt"]


def test_an_overlay_never_takes_the_place_of_a_video(run: Run, clip: Path) -> None:
    before = clip.read_bytes()
    code, _, err = run(clip, "--overlay", clip)
    assert code == 2
    assert err.startswith(f"error {clip} exists: ")
    assert clip.read_bytes() == before
    assert run(clip, "--overlay", "o.txt")[0] == 2
    assert all_of(Path.cwd()) == []


def test_a_video_without_a_face_says_so(run: Run, tmp_path: Path) -> None:
    path = record(tmp_path / "empty.mp4", 0.4, lambda _: {})
    code, out, err = run(path, "--csv", "--overlay", "o.mp4")
    assert (code, err) == (0, "")
    assert out.splitlines()[:2] == [
        "no face was read in 6 frames",
        "empty-reading: events.parquet, summary.json",
    ]


def test_several_files_are_done_whatever_one_of_them_is(
    run: Run, clip: Path, bad: dict[str, Path], tmp_path: Path
) -> None:
    second = record(tmp_path / "session.mp4", 0.4, lambda _: {"front": MIDDLE})
    code, out, err = run(clip, bad["zero_byte"], second, "--out", "all", "--workers", 2, "--stop", 0.5)
    assert code == 1
    assert [line.partition(":")[0] for line in out.splitlines()] == ["all/session", "all/session-2"]
    assert "8 of 8 frames read" in out
    assert err.splitlines() == [
        f"error {bad['zero_byte']} is empty (0 bytes): copy or record it again",
    ]
    assert all_of(Path("all")) == ["session", "session-2"]
    assert len(read_signal(Path("all/session-2/face-0.parquet"))) == 5


def test_the_number_of_workers_changes_nothing(run: Run, clip: Path, tmp_path: Path) -> None:
    other = record(tmp_path / "other.mp4", 0.4, talking)
    for workers in (1, 2):
        code, out, _ = run(clip, other, "--out", f"by{workers}", "--workers", workers, "--json")
        assert code == 0
        assert [one["summary"]["source"] for one in json.loads(out)] == ["session.mp4", "other.mp4"]
    for name in ("session", "other"):
        mine, theirs = (Path(f"by{workers}/{name}/face-0.parquet").read_bytes() for workers in (1, 2))
        assert mine == theirs


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["a.mp4", "b.mp4", "--overlay", "o.mp4"], "--overlay is for one recording: read them one by one"),
        (["a.mp4", "b.mp4", "--replay"], "--replay is for one recording: read them one by one"),
        (["a.mp4", "rtsp://cam/live"], "rtsp://cam/live is no file or folder: read it by itself"),
        (["none.mp4"], "there is no file none.mp4: check the path"),
        (["gopher://y"], "gopher://y cannot be read: give a path"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(run: Run, words: list[str], line: str) -> None:
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert err.startswith(f"error {line}")
    assert len(err.splitlines()) == 1
    assert all_of(Path.cwd()) == []


def test_times_out_of_order_are_told(run: Run, clip: Path) -> None:
    for words in (["--start", 3, "--stop", 2], ["--start", 60], ["--rate", 10], ["--head", clip]):
        code, out, err = run(clip, *words)
        assert (code, out) == (2, "")
        assert len(err.splitlines()) == 1
        assert all_of(Path.cwd()) == []


EMPTY = {"audio_only", "text", "truncated_no_index", "zero_byte"}
"""Of the bad files those that hold no picture."""


@pytest.mark.parametrize(
    "name",
    [
        "audio_only",
        "corrupt_middle",
        "eight_k",
        "grey",
        "odd_size",
        "one_pixel",
        "rotated",
        "ten_bit",
        "text",
        "truncated",
        "truncated_no_index",
        "vfr",
        "yuv444",
        "zero_byte",
    ],
)
def test_a_bad_file_gets_a_line_or_an_honest_reading(run: Run, bad: dict[str, Path], name: str) -> None:
    code, out, err = run(bad[name], "--out", "r", "--overlay", "o.mp4")
    assert code == (2 if name in EMPTY else 0)
    if name in EMPTY:
        assert out == ""
        assert len(err.splitlines()) == 1
        assert all_of(Path.cwd()) == []
        return
    assert err == ""
    assert out.startswith("no face was read in ")
    assert all_of(Path("r")) == ["events.parquet", "summary.json"]
    assert read_events(Path("r/events.parquet")).events == {}


@pytest.mark.parametrize("words", [[], ["--overlay", "o.mp4"]], ids=["rows", "overlay"])
def test_a_full_disk_leaves_nothing_behind(run: Run, clip: Path, words: list[str]) -> None:
    def small_files_only() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (9_000, 9_000))

    call = [sys.executable, "-c", TELLTALE, "read", str(clip), "--out", "r", *words]
    done = subprocess.run(call, capture_output=True, text=True, preexec_fn=small_files_only)
    assert (done.returncode, done.stdout) == (2, "")
    target = "o.mp4" if words else "r"
    assert done.stderr.startswith(f"error cannot write {target}: File too large: ")
    assert len(done.stderr.splitlines()) == 1
    assert all_of(Path.cwd()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_or_kill_ends_what_is_live_and_keeps_it(
    run: Run, tmp_path: Path, number: signal.Signals
) -> None:
    path = record(tmp_path / "long.mp4", 40.0, lambda _: {"front": MIDDLE}, rate_hz=5.0)
    call = [sys.executable, "-c", TELLTALE, "read", str(path), "--out", "r", "--overlay", "o.mp4", "--replay"]
    process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    # The overlay's file stands beside its place while it is written: reading has begun.
    while not list(Path.cwd().glob(".o.mp4.*")) and process.poll() is None:
        time.sleep(0.05)
    time.sleep(1.0)
    os.kill(process.pid, number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert out.startswith("face 0: ")
    assert all_of(Path.cwd()) == ["o.mp4", "r"]
    assert 0 < len(read_signal(Path("r/face-0.parquet"))) < 300


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_or_kill_while_a_file_is_read_leaves_nothing(
    run: Run, tmp_path: Path, number: signal.Signals
) -> None:
    path = record(tmp_path / "long.mp4", 40.0, lambda _: {"front": MIDDLE}, rate_hz=5.0)
    call = [sys.executable, "-c", TELLTALE, "read", str(path), "--out", "r", "--overlay", "o.mp4"]
    process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not list(Path.cwd().glob(".o.mp4.*")) and process.poll() is None:
        time.sleep(0.05)
    os.kill(process.pid, number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err == "error stopped; nothing half-written was left behind\n"
    assert all_of(Path.cwd()) == []


def test_asking_for_help_loads_no_codec_and_no_network() -> None:
    code = f"import sys; sys.argv = ['telltale', 'read', '--help']\ntry:\n    {TELLTALE}\nfinally:\n"
    code += "    print(sorted({'av', 'cv2', 'onnxruntime', 'ai_edge_litert', 'scipy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "consent to record" in " ".join(done.stdout.replace("│", " ").split())


@pytest.mark.parametrize(
    ("what", "stem"),
    [
        ("a/b/session.mp4", "session"),
        ("frames/p17", "p17"),
        ("frames/p17/", "p17"),
        ("0", "camera-0"),
        ("/dev/video2", "camera-video2"),
        ("https://host/live/one.m3u8?key=7", "one"),
        ("rtsp://me:secret@10.0.0.2:554", "10.0.0.2"),
    ],
)
def test_a_reading_is_called_after_its_source(what: str, stem: str) -> None:
    assert stem_of(what) == stem


def test_what_a_killed_reading_left_is_gone_with_the_next(run: Run, tmp_path: Path) -> None:
    path = record(tmp_path / "long.mp4", 40.0, lambda _: {"front": MIDDLE}, rate_hz=5.0)
    call = [sys.executable, "-c", TELLTALE, "read", str(path), "--out", "r", "--overlay", "o.mp4"]
    process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not list(Path.cwd().glob(".o.mp4.*")) and process.poll() is None:
        time.sleep(0.05)
    process.kill()
    process.communicate(timeout=60)
    assert [name.rsplit(".", 2)[0] for name in all_of(Path.cwd())] == [".o.mp4", ".r"]
    code, _, err = run(path, "--out", "r", "--overlay", "o.mp4", "--stop", "0.5")
    assert (code, err) == (0, "")
    assert all_of(Path.cwd()) == ["o.mp4", "r"]


def test_ctrl_c_while_several_are_read_ends_all_of_them(run: Run, tmp_path: Path) -> None:
    one = record(tmp_path / "long.mp4", 40.0, lambda _: {"front": MIDDLE}, rate_hz=5.0)
    paths = [shutil.copy(one, tmp_path / f"{name}.mp4") for name in "abcd"]
    call = [sys.executable, "-c", TELLTALE, "read", *map(str, paths), "--out", "r", "--workers", "2"]
    process = subprocess.Popen(
        call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while not list(Path.cwd().glob("r/.a.*")) and process.poll() is None:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err == "error stopped; nothing half-written was left behind\n"
    # What was whole by then stays; the last ones were never begun.
    assert not list(Path.cwd().rglob(".*"))
    assert not (Path.cwd() / "r" / "d").exists()


def test_a_crowd_is_read_as_far_as_it_is_found(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "crowd.mp4"
    small = cv2.resize(rendered.picture("front"), (190, 190), interpolation=cv2.INTER_AREA)
    crowd = np.full((1080, 1920, 3), 120, np.uint8)
    for k in range(50):
        left, top = 10 + 191 * (k % 10), 20 + 205 * (k // 10)
        crowd[top : top + 190, left : left + 190] = small
    write_video(path, [crowd] * 4, rate_hz=10, options={"preset": "ultrafast"})
    code, out, err = run(path, "--out", "r")
    assert (code, err) == (0, "")
    assert out.startswith(("face 0: ", "no face was read"))
    assert len(list(Path("r").glob("face-*.parquet"))) <= 50


def test_the_overlay_does_not_go_where_the_reading_goes(run: Run, clip: Path) -> None:
    code, out, err = run(clip, "--out", "r", "--overlay", "r/seen.mp4")
    assert (code, out) == (2, "")
    assert err.startswith("error r/seen.mp4 lies in the folder of what is read: ")
    assert all_of(Path.cwd()) == []


def test_affect_is_written_when_asked_for(run: Run, clip: Path) -> None:
    code, _, err = run(clip, "--out", "r", "--affect")
    assert (code, err) == (0, "")
    table = pq.read_table("r/face-0.affect.parquet")
    assert table.column_names == ["time_s", "hesitation", "desire", "surprise", "disengagement"]
    assert table.column("time_s").to_pylist() == read_signal(Path("r/face-0.parquet")).times_s.tolist()


@pytest.mark.parametrize(("words", "told"), [
    ([""], "nothing was named to read"),
    (["frames", "--rate", "1e9"], "a rate of 1e+09 frames a second"),
    (["a.mp4", "--start", "inf"], "a start at inf s"),
    (["a.mp4", "--device", "tpu"], "no device 'tpu'"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused_in_one_line(run: Run, words: list[str], told: str) -> None:
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert err.startswith(f"error {told}")
    assert len(err.splitlines()) == 1


def test_a_name_that_is_no_text_is_read_all_the_same(run: Run, clip: Path, tmp_path: Path) -> None:
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/\xca\xd3\xc6\xb5.mp4")
    shutil.copy(clip, odd)
    code, _, err = run(odd, "--out", "r")
    assert (code, err) == (0, "")
    assert json.loads(Path("r/summary.json").read_text(encoding="utf-8"))["source"].endswith(".mp4")
