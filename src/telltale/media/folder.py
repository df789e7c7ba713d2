"""A folder of numbered pictures, read as a video."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from telltale.core.errors import ConfigError, FormatError
from telltale.media.frame import Frame, Picture, SourceCounts, SourceInfo
from telltale.media.picture import MAX_SIDE_PX
from telltale.media.source import AbstractSource, note_once

SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".pgm", ".ppm"}

DEFAULT_RATE_HZ = 30.0

LAST_BYTES = {".jpg": b"\xff\xd9", ".jpeg": b"\xff\xd9", ".png": b"IEND\xaeB`\x82"}
"""How a whole picture ends: what is cut off would be filled with grey."""

NUMBERED = re.compile(r"(\d+)(?=\D*$)")


class FolderSource(AbstractSource):
    """Frames in the natural order of their names, `rate_hz` of them a second.

    Where numbers are missing from the names, time goes on over the gap.
    """

    def __init__(
        self,
        folder: Path,
        *,
        rate_hz: float | None = None,
        start_s: float | None = None,
        stop_s: float | None = None,
        max_side_px: int | None = MAX_SIDE_PX,
    ) -> None:
        self.counts = SourceCounts()
        self._folder, self._max_side_px = folder, max_side_px
        self._start_s, self._stop_s = start_s or 0.0, stop_s
        self._paths = pictures_in(folder)
        if rate_hz is None:
            rate_hz = DEFAULT_RATE_HZ
            note_once(self.counts, f"no rate given: {rate_hz:g} pictures a second taken for granted")
        elif not rate_hz > 0:
            raise ConfigError(f"a rate of {rate_hz:g} pictures a second", hint="give a rate above 0")
        places = self._places()
        self._times_s = [place / rate_hz for place in places]
        first = next((p for p in map(read_picture, self._paths) if p is not None), None)
        if first is None:
            raise FormatError(f"{folder}: none of its pictures can be decoded", hint="copy them again")
        self._shape = first.shape
        height_px, width_px = self._bounded(first).shape[:2]
        duration_s = (places[-1] + 1) / rate_hz
        self.info = SourceInfo(str(folder), width_px, height_px, rate_hz, duration_s, len(self._paths), False)
        if self._start_s >= duration_s:
            raise ConfigError(f"{folder} ends at {duration_s:.2f} s", hint="start earlier")

    def __iter__(self) -> Iterator[Frame]:
        for path, time_s in zip(self._paths, self._times_s, strict=True):
            if time_s < self._start_s:
                continue
            if self._stop_s is not None and time_s >= self._stop_s:
                return
            picture = read_picture(path)
            if picture is None:
                self.counts.corrupt += 1
                continue
            self._refuse_other_size(path, picture)
            frame = Frame(self.counts.frames, time_s, self._bounded(picture))
            self.counts.frames += 1
            yield frame

    def close(self) -> None:
        """Nothing stays open between two pictures."""

    def _places(self) -> list[int]:
        """Where each picture stands, the first at 0: by the numbers in the names if these count."""
        found = [NUMBERED.search(path.stem) for path in self._paths]
        numbers = [int(match[1]) for match in found if match]
        count = len(self._paths)
        is_count = len(numbers) == count and all(a < b for a, b in pairwise(numbers))
        if not is_count or numbers[-1] - numbers[0] >= 2 * count:
            return list(range(count))
        missing = numbers[-1] - numbers[0] + 1 - count
        if missing:
            note_once(self.counts, f"{missing} numbers are missing between the pictures: gaps in time")
        return [number - numbers[0] for number in numbers]

    def _refuse_other_size(self, path: Path, picture: Picture) -> None:
        if picture.shape != self._shape:
            (height, width), (first_height, first_width) = picture.shape[:2], self._shape[:2]
            raise FormatError(
                f"{path} is {width} x {height}, the pictures before it {first_width} x {first_height}",
                hint="put the pictures of one recording only into a folder",
            )

    def _bounded(self, picture: Picture) -> Picture:
        height, width = picture.shape[:2]
        if self._max_side_px is None or max(height, width) <= self._max_side_px:
            return picture
        limit = self._max_side_px
        note_once(self.counts, f"pictures of {width} x {height} made smaller: longer side {limit} px")
        scale = limit / max(height, width)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def pictures_in(folder: Path) -> list[Path]:
    """The pictures of a folder, img2 before img10; hidden files are left out."""
    paths = [
        path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
    ]
    if not paths:
        raise FormatError(
            f"{folder} holds no pictures",
            hint="give a folder of numbered jpg or png files, or a video",
        )
    return sorted(paths, key=lambda path: natural_key(path.name))


def natural_key(name: str) -> tuple[list[tuple[int, str]], str]:
    """A key by which numbers inside names sort as numbers.

    >>> sorted(["img10.jpg", "img9.jpg", "img09b.jpg"], key=natural_key)
    ['img9.jpg', 'img09b.jpg', 'img10.jpg']
    """
    parts = re.split(r"([0-9]+)", name.lower())
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts if part], name


def read_picture(path: Path) -> Picture | None:
    """Shape (H, W, 3), RGB, upright; None where it cannot be read whole."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    ending = LAST_BYTES.get(path.suffix.lower(), b"")
    if not content or ending not in content[-1024:]:
        return None
    try:
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB)
    except cv2.error:
        return None
    return None if picture is None else np.asarray(picture, dtype=np.uint8)
