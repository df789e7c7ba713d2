"""`telltale host read`: a host's video becomes codes, where the law and the host allow it."""

import json
import stat
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.cli.host_videos import room_of, study_of
from tests.cli.running import Run
from tests.perceive.recordings import record

from telltale.core.signal_file import read_signal
from telltale.signs.coding_file import read_codes
from telltale.units.events_file import read_events


@pytest.fixture
def run(run: Run, here: Path) -> Run:
    """Runs `telltale host ...` in an empty folder."""
    return partial(run, "host")


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


def test_self_coaching_keeps_nobody_but_the_host(run: Run, pair: Path) -> None:
    code, out, err = run("read", pair, "--place", "DE", "--self-coaching", "--out", "mine")
    assert (code, err) == (0, "")
    assert "1 other face neither coded nor kept: self-coaching is of the host alone, taken to be face " in out
    (kept,) = (path.stem.removeprefix("face-") for path in Path("mine").glob("face-*.parquet"))
    told = json.loads(Path("mine/summary.json").read_text(encoding="utf-8"))
    assert list(told["faces"]) == list(told["coding"]["faces"]) == [kept]
    assert set(read_events(Path("mine/events.parquet")).events) <= {kept}
    assert {path.name for path in Path("mine").glob("codes-*")} == {f"codes-{kept}.parquet"}


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
    assert (codes.coding.names, codes.evidence, codes.by.coder) == (("glee",), ("own",), "own.py:Half")
    assert "a classifier of the user's own" in codes.by.caveat
    assert facts["faces"]["0"]["missing"] == {}


def test_a_picture_without_a_face_leaves_nothing_coded(run: Run, policy: Path, tmp_path: Path) -> None:
    empty = record(tmp_path / "empty.mp4", 0.5, lambda _: None)
    code, out, err = run("read", empty, "--policy", policy)
    assert (code, err) == (0, "")
    assert "no face was read" in out
    assert not list(Path("empty-host").glob("codes-*"))
