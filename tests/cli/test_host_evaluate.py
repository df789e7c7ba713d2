"""`telltale host evaluate` on clips that were acted and read but not drawn: readings are the truth, bent."""

import csv
import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from telltale.cli.app import build as build_app
from telltale.cli.host_evaluate_clips import load_acted
from telltale.core import channels
from telltale.core.errors import ConfigError, FormatError
from telltale.core.signal import Signal
from telltale.core.signal_file import write_signal
from telltale.host.coding_fit import fit_settings
from telltale.signs.coding_settings import load_settings
from telltale.signs.micro_macro import Event, read_units
from telltale.simulate.acting_performance import draw_performance
from telltale.simulate.clip_settings import preset
from telltale.simulate.clip_truth import (
    ClipRecord,
    FrameTruth,
    write_clip_table,
    write_events,
    writing_truth,
)
from telltale.units.events_file import write_events as write_spotted

RECORD = ClipRecord(
    name="", preset="expressions", seed=0, clip=0, maker="a", identity_seed=0, skin_tone=4, light="",
    rate_hz=10, bitrate_kbps=1200, width=640, height=480, face_width_px=200.0, noise=1.0, defocus_px=0.0,
    speaks=False, duration_s=27.0,
)  # fmt: skip
POSE = ("yaw", "pitch", "roll", "gaze_x", "gaze_y")


def sided(units: str) -> str:
    """Units of an event as a clip tells them, with the sides that an event of a reading has.

    >>> sided("6+12L")
    '6L+6R+12L'
    """
    parts = units.split("+")
    return "+".join(part if part[-1] in "LR" else f"{part}L+{part}R" for part in parts)


def put_clip(folder: Path, seed: int, kind: str = "expressions") -> None:
    """One clip's files, as rendering and reading leave them; the video itself is empty."""
    name = f"{kind}-0-{seed:05d}"
    play = draw_performance(seed, preset(kind).acting, 27.0)
    spotted = [
        Event(e.bump.start_s, e.apex_s, e.bump.end_s, read_units(sided(e.units)), e.peak, 0.9)
        for e in play.events
        if e.kind == "micro"
    ]
    acted = play.at(np.arange(1, 271) / 10)
    head = [getattr(acted.head, key) for key in POSE]
    points = np.zeros((68, 2), dtype=np.float32)
    points[:17, 0] = np.linspace(200, 400, 17)
    record = replace(RECORD, name=name, identity_seed=seed)
    with writing_truth(folder / f"{name}.truth.parquet", record) as truth:
        for i, time_s in enumerate(acted.times_s):
            speaks, yaw, pitch, roll, x, y = (float(c[i]) for c in (acted.speaking, *head))
            wide = (points * acted.head.scale[i]).astype(np.float32)
            seen = np.zeros(17, dtype=np.float32)
            pose = (speaks, yaw, pitch, roll, x, y)
            truth.add(float(time_s), FrameTruth(acted.units[i], pose, wide, seen, in_frame=True))
    values = np.zeros((270, channels.COUNT), dtype=np.float32)
    for side, word in enumerate(("left", "right")):
        values[:, channels.unit_channels(f"intensity_{word}")] = 0.7 * acted.units[:, :, side]
    for key, column in zip(POSE, head, strict=True):
        values[:, channels.INDEX[key]] = column
    values[:, channels.INDEX["face_size"]] = 0.3 * acted.head.scale
    values[:, channels.VALID] = 1.0
    write_events(folder / f"{name}.events.parquet", play.events, 27.0)
    (folder / f"{name}.mp4").touch()
    place = folder / "readings" / name
    place.mkdir(parents=True)
    write_signal(Signal(acted.times_s, values), place / "face-0.parquet")
    write_spotted({"0": spotted}, place / "events.parquet")


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    for seed in range(7):
        put_clip(folder, seed)
    write_clip_table(folder)
    return folder


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(build_app(), ["host", "evaluate", *map(str, words)])


def test_it_says_how_each_row_was_told(clips: Path) -> None:
    told = call(clips)
    assert told.exit_code == 0
    assert "mean of 14" in told.output
    assert "of an honest coder" in told.output
    facts = json.loads(call(clips, "--json").output)
    assert facts["instances"] == 56
    assert facts["unread"] == 0
    assert len(facts["rows"]) == 28
    assert {row["instances"] for row in facts["rows"]} == {2}
    assert np.mean([row["few"] for row in facts["rows"]]) > 0.8
    assert np.mean([row["ceiling"] for row in facts["rows"]]) > 0.9


def test_truth_and_reading_lie_on_the_same_rows(clips: Path) -> None:
    for clip in load_acted([clips], None, 1)[:2]:
        assert len(clip.read) == len(clip.true) == len(clip.speaking) == 270
        smile = channels.INDEX["au12_intensity_left"]
        assert clip.read.values[:, smile] == pytest.approx(0.7 * clip.true.values[:, smile], abs=1e-5)
        size = clip.true.channel("face_size") / clip.read.channel("face_size")
        assert size == pytest.approx(np.full(270, size[0]), rel=1e-3)


def test_numbers_can_be_fitted_and_used(clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telltale.host.coding_fit.fit_settings", partial(fit_settings, steps=40))
    file = tmp_path / "mine.toml"
    assert call(clips, "--fit", file).exit_code == 0
    own = load_settings(file)
    assert own.fitted_on == "56 expressions of 7 rendered faces: no human being, and no host"
    assert own.unit(12).gain != load_settings().unit(12).gain
    again = json.loads(call(clips, "--settings", file, "--json").output)
    assert again["quiet_abstains"] > 0.8
    exception = call(clips, "--fit", file).exception
    assert isinstance(exception, ConfigError)
    assert "exists" in str(exception)


def test_a_coder_of_ones_own_is_held_to_the_same(clips: Path) -> None:
    own = "telltale.signs.coder_prototypes:PrototypeCoder"
    facts = json.loads(call(clips, "--coder", own, "--json").output)
    assert facts["rows"][0]["few"] == json.loads(call(clips, "--json").output)["rows"][0]["few"]
    exception = call(clips, "--coder", own, "--culture", "east_asia").exception
    assert isinstance(exception, ConfigError)
    assert "no numbers of ours" in str(exception)


def test_every_row_and_split_can_be_had_as_a_table(clips: Path, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    facts = json.loads(call(clips, "--json", "--table", file).output)
    with file.open(encoding="utf-8") as text:
        lines = list(csv.DictReader(text))
    of = {(line["by"], line["which"]): line for line in lines}
    assert len(of) == len(lines) == 28 + len(facts["splits"])
    for row in facts["rows"]:
        line = of["expression", row["name"]]
        assert (float(line["few"]), float(line["low"])) == (row["few"], row["low"])
    for by in ("changed", "form", "strength", "speech", "maker"):
        assert sum(int(line["instances"]) for line in lines if line["by"] == by) <= 56
    assert of["maker", "a"]["instances"] == "56"
    assert {one["part"] for one in facts["calibrations"]} >= {"all", "expressions", "rest", "talking"}


def test_names_of_micro_expressions_are_tried(tmp_path: Path) -> None:
    for seed in range(3):
        put_clip(tmp_path, seed, "expressions-micro")
    write_clip_table(tmp_path)
    facts = json.loads(call(tmp_path, "--micro", "--json").output)
    assert facts["acted"] == facts["spotted"] == 48
    assert facts["few"] > 0.5
    assert facts["silent"]["events"] == facts["talking"]["events"] == 0
    assert "48 micro-expressions acted" in call(tmp_path, "--micro").output
    exception = call(tmp_path, "--micro", "--fit", tmp_path / "mine.toml").exception
    assert isinstance(exception, ConfigError)
    assert "leave --fit and --table out" in str(exception)


def test_clips_of_other_presets_are_told(tmp_path: Path) -> None:
    put_clip(tmp_path, 1)
    path = tmp_path / "expressions-0-00001.events.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["expression", "form", "further"]), path)
    write_clip_table(tmp_path)
    exception = call(tmp_path).exception
    assert isinstance(exception, FormatError)
    assert "no column expression, form, further: render clips with" in str(exception)


OWN = """
import numpy as np
from telltale.signs.coding import Coding


class Two:
    names = ("amusement", "awe")
    evidence = ("ours", "ours")

    def code(self, signal):
        both = signal.values[:, :2].clip(0, 1) / 2
        return Coding(signal.times_s, self.names, both, 1 - both.sum(axis=1))


class Smile(Two):
    names = ("smile", "frown")
"""


def test_a_coder_of_some_names_is_held_to_those(clips: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(OWN, encoding="utf-8")
    told = call(clips, "--coder", f"{file}:Two")
    assert told.exit_code == 0
    assert "52 expressions more are shown that the coder does not name" in told.output
    assert "each of its 2 names is among the first three whatever shows" in told.output
    facts = json.loads(call(clips, "--coder", f"{file}:Two", "--json").output)
    assert (facts["names"], facts["instances"], facts["others"]) == (2, 4, 52)
    assert [row["name"] for row in facts["rows"]] == ["amusement", "awe"]
    exception = call(clips, "--coder", f"{file}:Smile").exception
    assert isinstance(exception, FormatError)
    assert "names nothing that these clips show, which is amusement, anger, awe" in str(exception)


def test_the_spread_by_face_is_told(clips: Path) -> None:
    assert "abstains at rest, silent" in call(clips).output
    spreads = {one["of"]: one for one in json.loads(call(clips, "--json").output)["spreads"]}
    assert spreads["few"]["faces"] == spreads["quiet"]["faces"] == 7
    assert all(one["least"] <= one["low"] <= one["median"] for one in spreads.values() if one["faces"])


def test_names_at_rest_are_told_of_any_clips(clips: Path) -> None:
    told = call(clips, "--micro")
    assert told.exit_code == 0
    assert "0 micro-expressions acted" in told.output
    assert "ranks first" not in told.output
    facts = json.loads(call(clips, "--micro", "--json").output)
    assert (facts["acted"], facts["first"], facts["silent"]["events_a_minute"]) == (0, None, 0)
    assert facts["silent"]["minutes"] + facts["talking"]["minutes"] > 1
