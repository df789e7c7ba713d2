"""A video file, or anything else that has an end and waits for its reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import chain

from av import error as av_error
from av.container import InputContainer
from av.video.frame import VideoFrame

from telltale.core.errors import ConfigError, FormatError
from telltale.media.clock import Clock
from telltale.media.containers import video_stream
from telltale.media.decoding import decoded
from telltale.media.frame import Frame, Picture, SourceCounts, SourceInfo
from telltale.media.picture import MAX_SIDE_PX, PictureMaker
from telltale.media.source import AbstractSource, note_once

SEEK_BACK_S = (0.0, 2.0, 10.0, 60.0)
"""How much earlier to look for a key picture when the container's own answer lies too late."""

CUT_OFF_S = 1.0
"""Sound may outlast the picture by so much before a file is said to be cut off."""

FASTEST_HZ = 10_000

MOST_JUMPS_TOLD = 10

UNTIMED_RATE_HZ = 25.0
"""For a bare video track without times and without a rate; FFmpeg takes the same."""


class FileSource(AbstractSource):
    """Frames with their real times, from the first shown picture on; corrupt parts are passed over."""

    def __init__(
        self,
        connect: Callable[[], InputContainer],
        name: str,
        *,
        start_s: float | None = None,
        stop_s: float | None = None,
        max_side_px: int | None = MAX_SIDE_PX,
        decode_threads: int = 1,
    ) -> None:
        self.counts = SourceCounts()
        self._connect, self._name, self._threads = connect, name, decode_threads
        self._start_s, self._stop_s = start_s or 0.0, stop_s
        self._open()
        try:
            first, rest = self._first_picture()
            self._first_pts = first.pts or 0
            self._previous_pts: int | None = None
            aspect = self._stream.sample_aspect_ratio
            self._maker = PictureMaker(self.counts, max_side_px=max_side_px, pixel_aspect=aspect)
            self.info = self._describe(self._maker.picture(first))
            self._frames = self._from_start() if self._start_s > 0 else chain([first], rest)
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Iterator[Frame]:
        last_s, end_s = -1.0, 0.0
        clock = Clock(step_s=1 / (self.info.rate_hz or UNTIMED_RATE_HZ))
        try:
            for picture in self._frames:
                time_s = end_s = clock.place(self._time_s(picture))
                if time_s < self._start_s:
                    continue
                if self._stop_s is not None and time_s >= self._stop_s:
                    return
                if time_s <= last_s:
                    self.counts.repeated += 1
                    continue
                last_s = time_s
                frame = Frame(self.counts.frames, time_s, self._maker.picture(picture))
                self.counts.frames += 1
                yield frame
        except (av_error.FFmpegError, OSError) as error:
            stalled = isinstance(error, av_error.ExitError)
            why = "nothing more came" if stalled else error.strerror or type(error).__name__
            note_once(self.counts, f"reading stopped after {max(last_s, 0.0):.1f} s: {why}")
        if self._start_s > 0 and self.counts.frames == 0:
            raise ConfigError(
                f"{self._name} ends at {end_s:.2f} s, before the start asked for ({self._start_s:g} s)",
                hint="start earlier",
            )
        for jump_s in clock.jumps_s[:MOST_JUMPS_TOLD]:
            note_once(self.counts, f"the recording's clock jumps at {jump_s:.1f} s; counted on from there")
        self._note_early_end(last_s, jumped=bool(clock.jumps_s))

    def close(self) -> None:
        self._container.close()

    def _open(self) -> None:
        self._container = self._connect()
        try:
            self._stream = video_stream(self._container, self._name, threads=self._threads)
        except BaseException:
            self._container.close()
            raise
        self._time_base = self._stream.time_base or Fraction(1, 90_000)

    def _first_picture(self) -> tuple[VideoFrame, Iterator[VideoFrame]]:
        # What is broken before the place to start at is no part of what was read.
        counts = SourceCounts() if self._start_s > 0 else self.counts
        pictures = decoded(self._container, self._stream, counts)
        try:
            first = next(pictures, None)
        except (av_error.FFmpegError, OSError):
            first = None
        if first is None:
            raise FormatError(
                f"{self._name} holds a video track, but not one picture of it can be decoded",
                hint="copy or record it again",
            )
        return first, pictures

    def _describe(self, picture: Picture) -> SourceInfo:
        stream, container = self._stream, self._container
        rate = stream.average_rate or stream.guessed_rate
        if rate and rate > FASTEST_HZ:
            rate = None  # FFmpeg's guess from the unit of time, where pictures come at a variable rate
        duration_s: float | None = None
        if stream.duration:
            duration_s = float(stream.duration * self._time_base)
        elif container.duration:
            # Matroska's duration is the time of its end, whenever it begins.
            begins = container.start_time if "matroska" in container.format.name else None
            duration_s = (container.duration - (begins or 0)) / 1e6
        return SourceInfo(
            name=self._name,
            width_px=picture.shape[1],
            height_px=picture.shape[0],
            rate_hz=float(rate) if rate else None,
            duration_s=duration_s,
            frames=stream.frames or None,
            live=False,
        )

    def _from_start(self) -> Iterator[VideoFrame]:
        """From a key picture at or before the start; from the very beginning where nothing can be sought."""
        for back_s in SEEK_BACK_S:
            wanted = self._first_pts + int(max(0.0, self._start_s - back_s) / self._time_base)
            pictures = decoded(self._container, self._stream, self.counts)
            try:
                self._container.seek(wanted, stream=self._stream)
                first = next(pictures, None)
            except (av_error.FFmpegError, OSError):
                break
            if first is not None and first.pts is not None and self._time_of(first.pts) <= self._start_s:
                return chain([first], pictures)
        self._container.close()
        self._open()
        return decoded(self._container, self._stream, self.counts)

    def _time_of(self, pts: int) -> float:
        return float((pts - self._first_pts) * self._time_base)

    def _time_s(self, picture: VideoFrame) -> float:
        pts = picture.pts
        if pts is None:
            rate_hz = self.info.rate_hz or UNTIMED_RATE_HZ
            note_once(self.counts, f"pictures carry no times; counted at {rate_hz:g} a second")
            step = max(1, round(1 / (rate_hz * self._time_base)))
            pts = self._first_pts if self._previous_pts is None else self._previous_pts + step
        self._previous_pts = pts
        return self._time_of(pts)

    def _note_early_end(self, last_s: float, *, jumped: bool) -> None:
        good = self.counts.frames + self.counts.repeated
        promised, duration_s = self.info.frames, self.info.duration_s
        if self._start_s == 0 and promised is not None:
            if good + self.counts.corrupt < promised:
                note_once(self.counts, f"ends early: {good} of {promised} pictures are there")
        elif (
            not jumped
            and duration_s is not None
            and last_s < duration_s - CUT_OFF_S - 2 / (self.info.rate_hz or 1.0)
        ):
            at_s = max(last_s, 0.0)
            note_once(self.counts, f"ends early: pictures up to {at_s:.1f} s of {duration_s:.1f} s")
