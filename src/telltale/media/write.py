"""Writing a video whose frames keep their own times."""

from __future__ import annotations

from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from telltale.core.errors import ConfigError
from telltale.core.files import replacing_file
from telltale.media.frame import Picture

TIME_BASE = Fraction(1, 90_000)
"""Fine enough for every usual rate and for the jitter of a variable one."""

FORMATS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska", ".ts": "mpegts"}

BT709, BT601 = 1, 6
"""Colour spaces as ISO/IEC 23091-2 numbers them."""


class VideoWriter:
    """H.264 in 4:2:0, in a file that is there when the `with` block ends well and not before.

    Times are counted from the first frame's. `rate_hz` is only what players are told to expect and what the
    bitrate is shared out by. A picture of odd width or height gets one more column or row, a copy
    of its last.

    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "grey.mp4"
    >>> with VideoWriter(target, width_px=64, height_px=48, rate_hz=30) as video:
    ...     for k in range(3):
    ...         video.add(np.full((48, 64, 3), 128, np.uint8), time_s=k / 30)
    >>> target.is_file()
    True
    """

    def __init__(
        self,
        path: Path,
        *,
        width_px: int,
        height_px: int,
        rate_hz: float = 30.0,
        bitrate_bps: int = 4_000_000,
        preset: str = "veryfast",
        threads: int = 1,
    ) -> None:
        format_name = FORMATS.get(path.suffix.lower())
        if format_name is None:
            raise ConfigError(
                f"cannot write a video as {path.name}", hint="end its name in .mp4, .mov or .mkv"
            )
        self._path, self._format = path, format_name
        self._shape = (height_px, width_px, 3)
        self._rate = Fraction(rate_hz).limit_denominator(1001)
        self._bitrate_bps, self._preset, self._threads = bitrate_bps, preset, threads
        self._first_s: float | None = None
        self._last_pts = -1
        self._reformatter = VideoReformatter()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            beside = stack.enter_context(replacing_file(self._path))
            self._container = av.open(f"file:{beside}", mode="w", format=self._format)
            stack.callback(self._container.close)
            self._begin()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._stack:
            # Entered again so that a failure in here, as of a full disk, also leaves nothing behind.
            if error is not None:
                raise error
            self._container.mux(self._stream.encode())

    def add(self, rgb: Picture, time_s: float) -> None:
        """One picture, shape (height, width, 3); times must increase by 1/90000 s or more."""
        if rgb.shape != self._shape:
            raise ValueError(f"a picture of shape {rgb.shape} in a video of {self._shape}")
        if self._first_s is None:
            self._first_s = time_s
        pts = round((time_s - self._first_s) / TIME_BASE)
        if pts <= self._last_pts:
            raise ValueError(f"time {time_s} s does not come after the frame before it")
        self._last_pts = pts
        frame = self._converted(rgb)
        frame.pts, frame.time_base = pts, TIME_BASE
        self._container.mux(self._stream.encode(frame))

    def _begin(self) -> None:
        height, width = self._shape[:2]
        # Without B-frames: with them MP4 would take the length of the video from the order of decoding, and
        # with a variable rate come out much too short.
        options = {"preset": self._preset, "bf": "0"}
        stream = self._container.add_stream("libx264", rate=self._rate, options=options)
        stream.width, stream.height = width + width % 2, height + height % 2
        stream.pix_fmt, stream.bit_rate = "yuv420p", self._bitrate_bps
        stream.thread_count = self._threads
        context = stream.codec_context
        context.time_base = TIME_BASE
        # Said and not left open, so that every player and our own reader get the colours back.
        self._is_high = width >= 1280 or height > 576
        context.colorspace = BT709 if self._is_high else BT601
        context.color_range = ColorRange.MPEG
        self._stream = stream

    def _converted(self, rgb: Picture) -> VideoFrame:
        height, width = self._shape[:2]
        if height % 2 or width % 2:
            rgb = np.pad(rgb, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        return self._reformatter.reformat(
            VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24"),
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709 if self._is_high else Colorspace.ITU601,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )
