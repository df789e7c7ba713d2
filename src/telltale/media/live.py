"""A camera or a stream: frames by a clock that does not wait for the reader."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from fractions import Fraction

from av.container import InputContainer

from telltale.media.frame import Frame, SourceCounts, SourceInfo
from telltale.media.picture import MAX_SIDE_PX, PictureMaker
from telltale.media.reception import Patience, Reception
from telltale.media.source import AbstractSource


class LiveSource(AbstractSource):
    """The newest frames, received in the background; what the reader was too busy for is counted as dropped.

    `time_s` runs by the reader's clock from the first frame on: where a stream stood still there is a gap.
    """

    def __init__(
        self,
        connect: Callable[[], InputContainer],
        name: str,
        *,
        stop_s: float | None = None,
        max_side_px: int | None = MAX_SIDE_PX,
        decode_threads: int = 1,
        patience: Patience | None = None,
        asked_s: float | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`asked_s`: when the first connection was asked for, by `now`, if it is open already."""
        self.counts = SourceCounts()
        self._stop_s = stop_s
        self._reception = Reception(
            connect,
            name,
            self.counts,
            patience=patience or Patience(),
            threads=decode_threads,
            now=now,
            asked_s=asked_s,
        )
        self._reception.start()
        try:
            first = self._reception.wait(take=False)
        except BaseException:
            self.close()
            raise
        aspect = None if first is None else Fraction(first.pixel_aspect).limit_denominator(1000)
        self._maker = PictureMaker(self.counts, max_side_px=max_side_px, pixel_aspect=aspect)
        height_px, width_px = (0, 0) if first is None else self._maker.picture(first.picture).shape[:2]
        self.info = SourceInfo(name, width_px, height_px, self._reception.rate_hz, None, None, True)

    def __iter__(self) -> Iterator[Frame]:
        first_s: float | None = None
        while (received := self._reception.wait()) is not None:
            first_s = received.at_s if first_s is None else first_s
            time_s = received.at_s - first_s
            if self._stop_s is not None and time_s >= self._stop_s:
                return
            frame = Frame(self.counts.frames, time_s, self._maker.picture(received.picture))
            self.counts.frames += 1
            yield frame

    def close(self) -> None:
        self._reception.stop()
        # Long enough for one that is receiving; one that waits for a silent sender ends by itself later.
        self._reception.join(timeout=1.0)
