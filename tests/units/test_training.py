"""Training from the command line: whole networks and cards come of it, and a killed run goes on."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.units.rendered import RENDERED, write_untrained

from telltale.core.errors import FormatError
from telltale.units import work_files
from telltale.units.feature_vector import SIZE
from telltale.units.head import Head
from telltale.units.head_file import head_from_onnx
from telltale.units.nets import HeadNet
from telltale.units.rendered_clips import RenderedClips, rendered_clips
from telltale.units.rendered_examples import split
from telltale.units.train_head import export_head
from telltale.weights.onnx_model import OnnxModel
from telltale.weights.shipped import card_faults, card_parts

# Torch speaks of its other exporter to ONNX, which needs one more package.


def command(*words: str | Path) -> list[str]:
    return [
        sys.executable,
        "-m",
        "telltale",
        "--debug",
        "units",
        "train",
        *map(str, words),
        "--workers",
        "1",
        "--quick",
    ]


def run(*words: str | Path) -> str:
    done = subprocess.run(command(*words), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def kept(work: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in sorted(work.glob("examples/*/*.npz"))}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run made that was killed while it read clips and then started again."""
    folder = tmp_path_factory.mktemp("killed")
    words = ("--data", f"rendered={RENDERED}", "--out", folder, "--work", folder / "work")
    killed = subprocess.Popen(command(*words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while not kept(folder / "work") and time.monotonic() < until:
        time.sleep(0.05)
    os.kill(killed.pid, signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    before = kept(folder / "work")
    assert before, "killed before it had read a clip"
    assert not (folder / "head.onnx").exists()
    told = run(*words)
    after = kept(folder / "work")
    assert {path: after[path] for path in before} == before, "clips were read again"
    assert len(after) == 2 * len(rendered_clips(RENDERED).clips)
    (folder / "told.txt").write_text(told, encoding="utf-8")
    return folder


@pytest.mark.slow
def test_a_killed_run_goes_on_and_leaves_both_networks_with_their_cards(out: Path) -> None:
    told = (out / "told.txt").read_text(encoding="utf-8")
    assert "refine epoch 1/1" in told
    assert "head epoch 1/1" in told
    for name in ("refine", "head"):
        card = (out / f"{name}.md").read_text(encoding="utf-8")
        assert card_faults(card) == []
        parts = card_parts(card)
        assert "no real annotated face" in parts["Trained on"]
        clips = len(rendered_clips(RENDERED).clips)
        assert f" {clips - 1} clips of {clips - 1} people" in parts["Trained on"]
        assert "1 clips of 1 people" in parts["Tested on"]


@pytest.mark.slow
def test_the_networks_run(out: Path) -> None:
    refine = OnnxModel(out / "refine.onnx")
    points = np.full((1, 68, 2), 112, np.float32)
    read = refine.run(window=np.zeros((1, 1, 112, 112), np.float32), points=points)
    assert read["moved"].shape == (1, 68, 2)
    said = Head(OnnxModel(out / "head.onnx")).read(np.zeros((2, SIZE), np.float32), np.ones(17, np.float32))
    assert np.isfinite(said.intensity).all()


@pytest.mark.slow
def test_a_finished_run_is_not_done_again(out: Path) -> None:
    networks = {path: path.stat().st_mtime_ns for path in (out / "work" / "networks").iterdir()}
    told = run("--data", f"rendered={RENDERED}", "--out", out, "--work", out / "work")
    assert "epoch" not in told
    assert {path: path.stat().st_mtime_ns for path in (out / "work" / "networks").iterdir()} == networks


@pytest.mark.slow
def test_hand_coded_clips_train_the_head_further_and_leave_the_refinement(out: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "coded.csv"
    with sheet.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["video", "onset_s", "offset_s", "subject", "units"])
        for clip in rendered_clips(RENDERED).clips:
            writer.writerow([clip.video, 0.5, 1.5, clip.identity_seed, "12C+6B"])
    run("--data", f"csv={sheet}", "--start", out, "--out", tmp_path / "tuned")
    tuned = tmp_path / "tuned"
    assert (tuned / "refine.onnx").read_bytes() == (out / "refine.onnx").read_bytes()
    assert (tuned / "head.onnx").read_bytes() != (out / "head.onnx").read_bytes()
    card = (tuned / "head.md").read_text(encoding="utf-8")
    assert card_faults(card) == []
    assert f"csv ({len(rendered_clips(RENDERED).clips)} coded expressions)" in card_parts(card)["Trained on"]
    vectors = np.random.default_rng(1).normal(size=(2, SIZE)).astype(np.float32)
    before, after = (OnnxModel(folder / "head.onnx").run(vector=vectors) for folder in (out, tuned))
    assert 0 < np.abs(before["intensity"] - after["intensity"]).max() < 1, "a head that began anew"


def test_data_that_cannot_teach_is_told_in_one_line(tmp_path: Path) -> None:
    words = command("--data", f"rendered={tmp_path}", "--out", tmp_path / "out")
    words.remove("--debug")
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "clips.parquet" in done.stderr


def test_a_head_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    torch.manual_seed(5)
    net = HeadNet()
    net.mean.copy_(torch.randn(SIZE))
    net.scale.copy_(torch.rand(SIZE) + 0.5)
    net.eval()
    export_head(net, tmp_path / "head.onnx")
    again = head_from_onnx(tmp_path / "head.onnx")
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in net.state_dict().items())
    vectors = np.random.default_rng(0).normal(size=(2, SIZE)).astype(np.float32)
    with torch.no_grad():
        said = again(torch.from_numpy(vectors))[0].numpy()
    np.testing.assert_allclose(
        OnnxModel(tmp_path / "head.onnx").run(vector=vectors)["intensity"], said, atol=1e-5
    )


def test_what_is_no_head_is_refused(tmp_path: Path) -> None:
    models = write_untrained(tmp_path / "models")
    with pytest.raises(FormatError, match="no head of this version"):
        head_from_onnx(models / "refine.onnx")
    (tmp_path / "text.onnx").write_text("not a network")
    with pytest.raises(FormatError):
        head_from_onnx(tmp_path / "text.onnx")


def test_nobody_is_learnt_from_and_held_back() -> None:
    found: RenderedClips = rendered_clips(RENDERED)
    learn, back = split(found.clips)
    assert back
    assert len(learn) + len(back) == len(found.clips)
    assert not {clip.identity_seed for clip in learn} & {clip.identity_seed for clip in back}
    assert max(clip.identity_seed for clip in learn) < min(clip.identity_seed for clip in back)


def test_arrays_of_many_files_are_joined_in_order_without_being_held(tmp_path: Path) -> None:
    parts = []
    for number, count in enumerate((3, 0, 2)):
        parts.append(tmp_path / f"{number}.npz")
        work_files.save(parts[-1], {"x": np.full((count, 4), number, np.float16)})
    assert [work_files.rows(path) for path in parts] == [3, 0, 2]
    joined = work_files.joined(tmp_path / "joined", parts, ["x"])["x"]
    assert isinstance(joined, np.memmap)
    assert joined[:, 0].tolist() == [0, 0, 0, 2, 2]


def test_a_file_cut_short_counts_as_not_there(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    work_files.save(path, {"x": np.arange(1000)})
    path.write_bytes(path.read_bytes()[:-200])
    assert work_files.load(path) is None
    assert work_files.rows(path) is None
    work_files.save(path, {})
    assert work_files.rows(path) == 0
