"""Writing a clip's pictures as H.264 at a chosen bitrate; the times of the frames are exact."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
import numpy.typing as npt


class ClipVideo:
    """An .mp4 being written: frame i is shown at i / rate seconds. Use it in a `with` block.

    One thread encodes, so that the same frames give the same bytes.
    """

    def __init__(self, path: Path, *, width_px: int, height_px: int, rate_hz: int, bitrate_kbps: int) -> None:
        self._file = av.open(str(path), "w", format="mp4")
        stream = self._file.add_stream(
            "libx264", rate=rate_hz, options={"preset": "veryfast", "threads": "1"}
        )
        stream.width, stream.height, stream.pix_fmt = width_px, height_px, "yuv420p"
        stream.bit_rate = bitrate_kbps * 1000
        stream.codec_context.time_base = Fraction(1, rate_hz)
        # A second or two between whole pictures, as broadcasts have it.
        stream.codec_context.gop_size = 2 * rate_hz
        stream.thread_count = 1
        self._stream = stream
        self._frames = 0

    def add(self, rgb: npt.NDArray[np.uint8]) -> None:
        """Add the next frame, shape (H, W, 3)."""
        frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
        frame.pts = self._frames
        frame.time_base = self._stream.codec_context.time_base
        self._file.mux(self._stream.encode(frame))
        self._frames += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._file.mux(self._stream.encode(None))
        finally:
            self._file.close()
