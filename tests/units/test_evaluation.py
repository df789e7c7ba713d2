"""Evaluations say what is so: on readings made for the purpose, and end to end from the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from tests.units.layouts import write_casme2
from tests.units.rendered import RENDERED, write_untrained

from telltale.core.channels import ACTION_UNITS
from telltale.units.data_clips import ClipLabel, VideoFrames
from telltale.units.evaluation import score
from telltale.units.evaluation_emotions import rise
from telltale.units.evaluation_events import EventGroup, score_spotting
from telltale.units.evaluation_reading import UNREAD, ClipReading
from telltale.units.evaluation_result import Evaluation
from telltale.units.evaluation_tables import tables, to_json
from telltale.units.features import SLOW_S
from telltale.units.logistic import fit_logistic
from telltale.units.rendered_clips import RenderedClip, RenderedClips, rendered_clips
from telltale.units.truth import read_truth

# Torch speaks of its other exporter to ONNX, which needs one more package.

FACES = Path(__file__).parents[1] / "face" / "data" / "rendered"


def perfect(clip: RenderedClip) -> ClipReading:
    """A reading that says what is true, at a confidence of 0.95."""
    true = read_truth(clip.truth)
    frames = len(true.times_s)
    return ClipReading(
        true.times_s,
        np.zeros(frames, np.int16),
        true.intensity.copy(),
        true.velocity(SLOW_S),
        np.full((frames, 17), 0.95, np.float32),
        np.zeros((frames, 3), np.float32),
        np.full(frames, 0.03, np.float32),
        np.full(frames, 0.04, np.float32),
    )


def scored(found: RenderedClips, readings: list[ClipReading]) -> Evaluation:
    return score(found, readings, workers=1)


@pytest.fixture(scope="module")
def found() -> RenderedClips:
    return rendered_clips(RENDERED)


def test_a_perfect_reading_has_no_error(found: RenderedClips) -> None:
    result = scored(found, [perfect(clip) for clip in found.clips])
    assert result.everyone.mean("correlation") == pytest.approx(1)
    assert result.everyone.mean("icc") == pytest.approx(1)
    assert result.everyone.mean("mae") == 0
    assert [score.unit for score in result.everyone.units] == list(ACTION_UNITS)
    assert result.landmarks.refined == pytest.approx(0.03)
    assert result.landmarks.less == pytest.approx(0.25)
    assert result.about.identities == len(found.clips)
    assert sum(group.identities for group in result.tone_groups) == len(found.clips)
    assert sum(group.clips for group in result.tones) == len(found.clips)
    (bin,) = result.calibration
    assert (bin.low, bin.high, bin.close) == (0.9, 1.0, 1.0)


def test_a_reading_one_frame_late_or_of_the_other_side_is_not_perfect(found: RenderedClips) -> None:
    right = [perfect(clip) for clip in found.clips]
    late = [replace(reading, intensity=np.roll(reading.intensity, 1, axis=0)) for reading in right]
    assert scored(found, late).everyone.mean("correlation") < 0.9999
    flipped = [replace(reading, intensity=reading.intensity[..., ::-1]) for reading in right]
    sides = scored(found, flipped).everyone.units
    truth = np.concatenate([read_truth(clip.truth).intensity for clip in found.clips])
    uneven = [i for i in range(17) if np.abs(truth[:, i, 0] - truth[:, i, 1]).max() > 0.05]
    assert uneven
    assert all(sides[i].left.mae > 0 for i in uneven)


def test_frames_that_were_not_read_are_left_out_and_counted(found: RenderedClips) -> None:
    readings = [perfect(clip) for clip in found.clips]
    first = readings[0]
    first.face[:10] = UNREAD
    first.intensity[:10] = np.nan
    first.confidence[:10] = np.nan
    result = scored(found, readings)
    there = read_truth(found.clips[0].truth).in_frame
    assert result.coverage.with_face - result.coverage.read == there[:10].sum()
    assert result.everyone.mean("correlation") == pytest.approx(1)
    whole = scored(found, [perfect(clip) for clip in found.clips])
    lost = whole.everyone.units[0].both.count - result.everyone.units[0].both.count
    assert 0 < lost <= 20


def test_covered_units_and_frames_without_a_face_do_not_count(found: RenderedClips, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    clip = found.clips[0]
    table = pq.read_table(clip.truth)
    hidden = table.column("hidden_au12").to_numpy().copy()
    hidden[:20] = 0.6
    there = table.column("in_frame").to_numpy().copy()
    there[20:30] = 0.0
    for name, values in (("hidden_au12", hidden), ("in_frame", there)):
        at = table.column_names.index(name)
        table = table.set_column(at, table.schema.field(at), [values])
    pq.write_table(table, tmp_path / f"{clip.name}.truth.parquet")
    only = RenderedClips((replace(clip, folder=tmp_path),), ())
    reading = perfect(clip)
    # Wrong where it must not count, so that counting it would show.
    reading.intensity[:20, ACTION_UNITS.index(12)] += 0.5
    reading.intensity[20:30] += 0.5
    result = scored(only, [reading])
    assert result.everyone.units[ACTION_UNITS.index(12)].both.mae == 0
    assert result.everyone.mean("mae") == 0
    assert result.coverage.read_without_face == 10
    assert result.coverage.with_face == len(reading.times_s) - 10
    assert result.coverage.hidden_but_read >= 20


def test_confidence_is_held_against_both_sides(found: RenderedClips) -> None:
    readings = [perfect(clip) for clip in found.clips]
    for reading in readings:
        reading.intensity[::2, :, 1] += 0.2
        reading.confidence[::2] = 0.35
    low, high = scored(found, readings).calibration
    assert (low.low, low.close, high.close) == (0.3, 0.0, 1.0)


RATE_HZ = 100.0


def label(onset_s: float, offset_s: float, kind: Any = "micro") -> ClipLabel:
    return ClipLabel(
        dataset="rendered", subject="1", clip="c/0", recording="c", frames=VideoFrames(Path("c.mp4")),
        rate_hz=RATE_HZ, onset_s=onset_s, apex_s=(onset_s + offset_s) / 2, offset_s=offset_s, onset=None,
        apex=None, offset=None, units=(), emotion=None, kind=kind,
    )  # fmt: skip


def spotted(
    true: list[ClipLabel], shown: list[tuple[float, float]], *, faces: int = 1
) -> dict[str, EventGroup]:
    """Scores of ten seconds in which AU12 rises and falls at some times, by kind, of all clips."""
    times_s = np.arange(0, 10, 1 / RATE_HZ)
    intensity = np.random.default_rng(2).normal(0, 0.003, (len(times_s), 17, 2)).astype(np.float32)
    for onset_s, offset_s in shown:
        share = np.clip((times_s - onset_s) / (offset_s - onset_s), 0, 1)
        intensity[:, ACTION_UNITS.index(12)] += 0.3 * np.sin(np.pi * share)[:, None].astype(np.float32) ** 2
    frames = len(times_s)
    nothing = np.full(frames, np.nan, np.float32)
    face = (np.arange(frames) * faces // frames).astype(np.int16)
    reading = ClipReading(
        times_s, face, intensity, np.zeros_like(intensity), np.ones((frames, 17), np.float32),
        np.zeros((frames, 3), np.float32), nothing, nothing,
    )  # fmt: skip
    clip = RenderedClip(
        Path(), "c", "micro100", "b", 1, 5, RATE_HZ, 1200, 640, 480, 200.0, False, 10.0, tuple(true)
    )
    groups = score_spotting([clip], [reading], workers=1)
    return {group.kind: group for group in groups if group.clips == "all"}


def test_events_are_scored_by_kind_and_length() -> None:
    groups = spotted([label(2.0, 2.2), label(5.0, 5.06)], [(2.0, 2.2), (5.0, 5.06), (8.0, 8.2)])
    micro, long, short = (
        groups[kind].scores for kind in ("micro", "micro from 100 ms", "micro below 100 ms")
    )
    assert (micro.true, micro.spotted) == (2, 3)
    assert (long.true, long.spotted, long.hits) == (1, 2, 1), (
        "the one of 60 ms is neither right nor wrong here"
    )
    assert long.false_alarms_per_min == pytest.approx(6.0)
    assert (short.true, short.apex_hits) == (1, 1)
    assert groups["macro"].scores.spotted == 0
    assert groups["micro"].minutes == pytest.approx(1 / 6)


def test_an_event_is_not_spotted_across_two_faces() -> None:
    whole = spotted([label(4.9, 5.1)], [(4.9, 5.1)])
    halved = spotted([label(4.9, 5.1)], [(4.9, 5.1)], faces=2)
    assert whole["micro"].scores.hits == 1
    assert halved["micro"].scores.hits == 0


def test_tables_are_whole_and_json_knows_no_nan(found: RenderedClips) -> None:
    result = scored(found, [perfect(clip) for clip in found.clips])
    for table in tables(result):
        assert all(len(row) == len(table.head) for row in table.rows)
    units = next(table for table in tables(result) if table.title == "Intensity of each unit")
    assert len(units.rows) == 18
    told = json.loads(json.dumps(to_json(result), allow_nan=False))
    assert told["everyone"]["units"][8]["both"]["correlation"] == pytest.approx(1)


def test_a_unit_rises_from_its_first_value_in_sight() -> None:
    read = np.zeros((4, 17, 2), np.float32)
    read[:, 3, 0] = [0.2, 0.5, 0.3, 0.1]
    read[:, 4, 1] = [np.nan, 0.4, np.nan, 0.6]
    read[:, 5] = np.nan
    rose = rise(read).reshape(17, 2)
    assert rose[3, 0] == pytest.approx(0.3)
    assert rose[4, 1] == pytest.approx(0.2)
    assert rose[5].tolist() == [0, 0]
    assert rose.sum() == pytest.approx(0.5)


def test_the_regression_finds_classes_that_lie_apart_and_minds_rare_ones() -> None:
    rng = np.random.default_rng(4)
    words = ["negative"] * 60 + ["positive"] * 20 + ["surprise"] * 6
    x = rng.normal(0, 0.1, (86, 34))
    x[60:80, 3] += 1
    x[80:, 7] += 1
    said = fit_logistic(x[::2], words[::2]).predict(x[1::2])
    assert said == words[1::2]


def run(*words: str | Path) -> Any:
    line = [sys.executable, "-m", "telltale", "--debug", "units", "evaluate", *map(str, words), "--json"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_rendered_clips_are_read_once(found: RenderedClips, tmp_path: Path) -> None:
    models = write_untrained(tmp_path / "models")
    words = (
        "--data",
        f"rendered={RENDERED}",
        "--model",
        models,
        "--work",
        tmp_path / "work",
        "--workers",
        "1",
    )
    told = run(*words)["rendered"]
    frames = sum(len(read_truth(clip.truth).times_s) for clip in found.clips)
    assert told["coverage"]["frames"] == frames
    assert told["coverage"]["read"] > 0.9 * told["coverage"]["with_face"]
    # The untrained refinement moves no point.
    assert told["landmarks"]["refined"] == pytest.approx(told["landmarks"]["mesh"], rel=1e-3)
    assert 0.005 < told["landmarks"]["mesh"] < 0.1
    readings = {path: path.stat().st_mtime_ns for path in (tmp_path / "work" / "readings").iterdir()}
    assert len(readings) == len(found.clips)
    first = next(iter(readings))
    first.unlink()
    assert run(*words)["rendered"] == told
    again = {path: path.stat().st_mtime_ns for path in (tmp_path / "work" / "readings").iterdir()}
    assert again.keys() == readings.keys()
    assert [path for path in again if again[path] != readings[path]] == [first]


def put_faces(folder: Path) -> None:
    """Faces instead of the drawn shades: each clip goes from one rendered picture to another."""
    for clip in sorted(folder.glob("CASME2_RAW_selected/*/*")):
        for number, path in enumerate(sorted(clip.glob("img*.jpg"), key=lambda p: int(p.stem[3:]))):
            picture = cv2.imread(str(FACES / ("smile.jpg" if 6 <= number <= 14 else "front.jpg")))
            assert picture is not None
            cv2.imwrite(str(path), picture)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["--no-fine-tune", "--quick"])
def test_coded_clips_are_told_leaving_each_person_out(tmp_path: Path, how: str) -> None:
    rows = [
        (who, f"EP0{number}", None, 44, 50, 57, None, "12", "happiness" if number == 1 else "disgust")
        for who in (1, 2, 3)
        for number in (1, 2)
    ]
    write_casme2(tmp_path / "casme2", [*rows, (3, "EP03", None, 44, 50, 57, None, "4", "others")])
    put_faces(tmp_path / "casme2")
    models = write_untrained(tmp_path / "models")
    words = ("--data", f"casme2={tmp_path / 'casme2'}", "--model", models, "--work", tmp_path / "work")
    told = run(*words, "--by", "subject", how, "--workers", "1")["coded"]
    assert told["folds"] == 3
    assert (told["unread"], told["without_class"]) == (0, 1)
    everyone = told["sets"][0]
    assert (everyone["expressions"], everyone["people"]) == (7, 3)
    counts = {held["name"]: held["count"] for held in everyone["classes"]["classes"]}
    assert counts == {"negative": 3, "positive": 3, "surprise": 0}
    # All clips show the same faces: who learnt nothing of the left-out person cannot tell the classes apart.
    assert everyone["classes"]["accuracy"] <= 0.5
    units = {held["unit"]: held["coded"] for held in everyone["units"]}
    assert (units[12], units[4]) == (6, 1)
