"""The pictures of a recording, one after another, from a folder of numbered files or from a video."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from telltale.core.errors import FormatError
from telltale.media.containers import open_file
from telltale.media.file import FileSource
from telltale.media.folder import read_picture
from telltale.media.frame import Frame, Source, SourceCounts, SourceInfo
from telltale.media.source import AbstractSource, note_once
from telltale.units.data_clips import FolderFrames, FrameSource


def open_frames(frames: FrameSource, *, start_s: float = 0.0, stop_s: float | None = None) -> Source:
    """Open a recording, or the part of it in [start_s, stop_s); times count from the recording's start.

    Raises FormatError in one line where it cannot be opened.
    """
    if isinstance(frames, FolderFrames):
        return NumberedFrames(frames, start_s=start_s, stop_s=stop_s)
    start_s = max(start_s, frames.start_s)
    ends = [end for end in (stop_s, frames.stop_s) if end is not None]
    return FileSource(
        partial(open_file, frames.path), str(frames.path), start_s=start_s, stop_s=min(ends, default=None)
    )


class NumberedFrames(AbstractSource):
    """Pictures in a folder; a frame's number and the rate give its time, so a gap in the numbers stays one.

    A picture that cannot be read is passed over and counted.
    """

    def __init__(self, frames: FolderFrames, *, start_s: float = 0.0, stop_s: float | None = None) -> None:
        self.counts = SourceCounts()
        timed = [(frames.time_s(n), name) for n, name in zip(frames.numbers, frames.files, strict=True)]
        # Half a frame of slack: a time that was made from a number is a rounded division.
        slack_s = 0.5 / frames.rate_hz
        self._pictures = [
            (time_s, frames.folder / name)
            for time_s, name in timed
            if time_s >= start_s - slack_s and (stop_s is None or time_s < stop_s - slack_s)
        ]
        first = next((p for _, path in self._pictures if (p := read_picture(path)) is not None), None)
        if first is None:
            raise FormatError(f"{frames.folder} holds no readable picture", hint="copy the folder again")
        self.info = SourceInfo(
            name=str(frames.folder),
            width_px=first.shape[1],
            height_px=first.shape[0],
            rate_hz=frames.rate_hz,
            duration_s=timed[-1][0] + 1 / frames.rate_hz,
            frames=len(frames.files),
            live=False,
        )

    def __iter__(self) -> Iterator[Frame]:
        for time_s, path in self._pictures:
            rgb = read_picture(path)
            if rgb is None:
                self.counts.corrupt += 1
                note_once(self.counts, f"{path.name} is not a readable picture")
                continue
            yield Frame(self.counts.frames, time_s, rgb)
            self.counts.frames += 1

    def close(self) -> None:
        """Nothing stays open between two pictures."""
