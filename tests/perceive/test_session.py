"""Reading whole recordings: live as offline, nothing invented, what was read is kept."""

import math
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from tests.perceive.recordings import MIDDLE, record, talking

import telltale
from telltale.core.errors import FormatError
from telltale.core.signal import Values
from telltale.media.containers import StreamError
from telltale.media.frame import Frame, Source, SourceInfo
from telltale.media.open import open_source
from telltale.media.replay import Replay
from telltale.media.source import AbstractSource
from telltale.perceive.perceiver import FaceStep, new_perceiver
from telltale.perceive.session import expected_frames, run
from telltale.signs.micro_macro import Event


class Kept:
    """What a reading brought, in the order it came."""

    def __init__(self, then: Callable[[Frame], None] | None = None) -> None:
        self.rows: list[tuple[str, float, Values]] = []
        self.events: list[tuple[str, Event]] = []
        self.frames: list[float] = []
        self._then = then

    def frame(self, frame: Frame, steps: Sequence[FaceStep]) -> None:
        self.frames.append(frame.time_s)
        self.finish(steps)
        if self._then is not None:
            self._then(frame)

    def finish(self, steps: Sequence[FaceStep]) -> None:
        self.rows += [(step.face, time_s, row) for step in steps for time_s, row in step.rows]
        self.events += [(step.face, event) for step in steps for event in step.events]


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def now(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


class Broken(AbstractSource):
    """A live source that breaks off after some frames."""

    def __init__(self, source: Source, after: int) -> None:
        self._source, self._after = source, after
        self.info = SourceInfo("rtsp://me:secret@cam/live", 640, 480, None, None, None, True)
        self.counts = source.counts

    def __iter__(self) -> Iterator[Frame]:
        for frame in self._source:
            if frame.index == self._after:
                self.counts.frames = self._after
                break
            yield frame
        raise StreamError("the camera has sent nothing for 60 s", hint="check it")

    def close(self) -> None:
        self._source.close()


def away_for_a_while(time_s: float) -> dict[str, tuple[int, int]] | None:
    return {} if 1.0 <= time_s < 2.0 else {"front": MIDDLE}


def kept_of(source: Source) -> Kept:
    kept = Kept()
    with source:
        run(source, new_perceiver(), [kept])
    return kept


def test_live_is_offline(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp4", 3.0, lambda t: {} if 1.4 < t < 1.9 else talking(t))
    clock = Clock()
    offline = kept_of(open_source(path))
    live = kept_of(Replay(open_source(path), now=clock.now, sleep=clock.sleep))
    assert clock.now_s == pytest.approx(1000.0 + live.frames[-1])
    assert live.frames == offline.frames
    assert live.events == offline.events
    assert [row[:2] for row in live.rows] == [row[:2] for row in offline.rows]
    assert len(live.rows) == 31
    for mine, theirs in zip(live.rows, offline.rows, strict=True):
        np.testing.assert_array_equal(mine[2], theirs[2])


def test_who_leaves_is_unread_and_it_is_said(tmp_path: Path) -> None:
    reading = telltale.read(record(tmp_path / "a.mp4", 3.0, away_for_a_while))
    read = reading.signal
    assert read.times_s == pytest.approx(np.arange(31) / 10)
    # A row pools the tenth of a second before it.
    inside = (read.times_s > 1.01) & (read.times_s < 1.99)
    assert not read.valid[inside].any()
    assert np.isnan(read.values[inside][:, :-1]).all()
    assert read.valid[read.times_s < 0.99].all()
    # Whether it is the same face is decided on eight frames.
    assert read.valid[read.times_s > 2.7].all()
    (unread,) = reading.summary.faces["0"].unread
    assert unread.start_s == pytest.approx(1.0, abs=0.08)
    assert 2.0 <= unread.stop_s <= 2.7
    assert any(line.startswith("face 0 was not read 1.0 - 2.") for line in reading.summary.lines())


@pytest.mark.parametrize("shown", [None, {}], ids=["black", "no face"])
def test_where_no_face_is_nothing_is_invented(
    tmp_path: Path, shown: dict[str, tuple[int, int]] | None
) -> None:
    reading = telltale.read(record(tmp_path / "a.mp4", 1.0, lambda _: shown))
    assert not reading.signals
    assert not reading.events
    assert reading.summary.lines() == ["no face was read in 15 frames"]
    with pytest.raises(FormatError, match=r"no face was read in a\.mp4"):
        _ = reading.signal


def test_a_black_second_is_unread(tmp_path: Path) -> None:
    shown = {"front": MIDDLE}
    reading = telltale.read(record(tmp_path / "a.mp4", 2.0, lambda t: None if 0.7 <= t < 1.3 else shown))
    dark = (reading.signal.times_s > 0.81) & (reading.signal.times_s < 1.29)
    assert dark.sum() == 4
    assert not reading.signal.valid[dark].any()
    assert reading.signal.valid[[3, -1]].all()


def test_who_comes_late_begins_late(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp4", 1.6, lambda t: {} if t < 0.9 else {"front": MIDDLE})
    reading = telltale.read(path)
    assert 0.9 <= reading.signal.times_s[0] <= 1.2
    first_s = reading.summary.faces["0"].first_s
    assert f"face 0 was first read at {first_s:.1f} s" in reading.summary.lines()


def test_each_face_has_its_signal_and_only_who_may_be_read(tmp_path: Path) -> None:
    both = {"front": (20, 90), "other": (330, 90)}
    path = record(tmp_path / "a.mp4", 0.8, lambda _: both)
    everybody = telltale.read(path)
    assert sorted(everybody.signals) == ["0", "1"]
    assert all(read.valid.all() for read in everybody.signals.values())
    one = telltale.read(path, may=lambda name: name == "1")
    assert list(one.signals) == list(one.events) == list(one.summary.faces) == ["1"]


def test_the_part_asked_for_keeps_its_times(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp4", 2.0, talking)
    part = telltale.read(path, start_s=0.5, stop_s=1.5)
    assert part.signal.times_s[[0, -1]] == pytest.approx([0.6, 1.5])
    assert part.summary.frames == 15
    (step,) = part.signal.provenance.steps
    assert (step.settings["start_s"], step.settings["stop_s"]) == (0.5, 1.5)


def test_what_is_written_down_names_no_folder(tmp_path: Path) -> None:
    reading = telltale.read(record(tmp_path / "a.mp4", 0.3, talking))
    assert reading.summary.source == "a.mp4"
    (step,) = reading.signal.provenance.steps
    assert step.settings["source"] == "a.mp4"
    assert {"refine", "head"} == step.settings["networks"].keys()
    assert str(tmp_path) not in reading.signal.provenance.to_json() + str(reading.summary.to_dict())


def test_a_stream_that_breaks_off_keeps_what_was_read(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp4", 1.0, talking)
    kept = Kept()
    with Broken(open_source(path), after=10) as source:
        summary = run(source, new_perceiver(), [kept])
    assert summary.frames == 10
    assert len(kept.rows) == math.ceil(9 / 15 * 10) + 1
    assert summary.source == "rtsp://cam/live"
    assert summary.lines()[-1] == "the camera has sent nothing for 60 s: check it"


def test_a_stream_that_never_sends_is_an_error(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp4", 0.2, talking)
    with Broken(open_source(path), after=0) as source, pytest.raises(StreamError, match="nothing for 60 s"):
        run(source, new_perceiver(), [])


def interrupted_at(index: int) -> Kept:
    def interrupt(frame: Frame) -> None:
        if frame.index == index:
            signal.raise_signal(signal.SIGINT)

    return Kept(interrupt)


def test_ctrl_c_ends_a_live_reading_and_keeps_it(tmp_path: Path) -> None:
    path, clock, kept = record(tmp_path / "a.mp4", 1.0, talking), Clock(), interrupted_at(4)
    before = signal.getsignal(signal.SIGINT)
    with Replay(open_source(path), now=clock.now, sleep=clock.sleep) as source:
        summary = run(source, new_perceiver(), [kept])
    # The frame that was worked on is finished, and the last row told.
    assert summary.frames == len(kept.frames) == 5
    assert [time_s for _, time_s, _ in kept.rows] == pytest.approx([0.0, 0.1, 0.2, 0.3])
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_while_a_frame_is_awaited_ends_a_live_reading(tmp_path: Path) -> None:
    path, clock, kept = record(tmp_path / "a.mp4", 1.0, talking), Clock(), Kept()

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        if clock.now_s > 1000.25:
            signal.raise_signal(signal.SIGINT)

    with Replay(open_source(path), now=clock.now, sleep=sleep) as source:
        assert run(source, new_perceiver(), [kept]).frames == 4


def test_ctrl_c_stops_the_reading_of_a_file(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp4", 0.5, talking)
    with open_source(path) as source, pytest.raises(KeyboardInterrupt):
        run(source, new_perceiver(), [interrupted_at(2)])


def test_a_second_ctrl_c_stops_at_once(tmp_path: Path) -> None:
    path, clock = record(tmp_path / "a.mp4", 0.5, talking), Clock()

    def twice(frame: Frame) -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    source = Replay(open_source(path), now=clock.now, sleep=clock.sleep)
    with source, pytest.raises(KeyboardInterrupt):
        run(source, new_perceiver(), [Kept(twice)])


@pytest.mark.parametrize(
    ("start_s", "stop_s", "frames"),
    [(None, None, 240), (2.0, None, 180), (None, 2.0, 60), (2.0, 100.0, 180), (9.0, None, None)],
)
def test_the_frames_of_a_part_are_counted(
    start_s: float | None, stop_s: float | None, frames: int | None
) -> None:
    info = SourceInfo("a.mp4", 640, 480, 30.0, 8.0, 240, False)
    assert expected_frames(info, start_s=start_s, stop_s=stop_s) == frames
