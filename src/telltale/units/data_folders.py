"""Folders of pictures: where they are, and which number each picture has."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Final

from telltale.core.errors import FormatError
from telltale.media.folder import SUFFIXES
from telltale.units.data_clips import FolderFrames

PICTURES: Final = tuple(sorted(SUFFIXES))
_NUMBER: Final = re.compile(r"(\d+)\D*$")


def find_root(folder: Path, child: str, example: str, prefer: str = "") -> Path:
    """The folder, `folder` itself or up to three deep, that holds folders with names that fit `child`.

    Unpacking often puts a folder of the same name inside a folder.

    Parameters
    ----------
    child
        Pattern of a whole name, in any case.
    example
        Where such a folder stands, for the message when there is none.
    prefer
        Word in the path of the one to take where there are several; whole pictures go before cropped ones.
    """
    roots = _roots(folder, re.compile(child, re.IGNORECASE))
    if not roots:
        raise FormatError(f"{folder} holds no folders of pictures", hint=f"they should stand as {example}")
    paths = [str(root.relative_to(folder)).lower() for root in roots]
    return min(zip(paths, roots, strict=True), key=lambda pair: (prefer not in pair[0], "crop" in pair[0]))[1]


def _roots(folder: Path, child: re.Pattern[str]) -> list[Path]:
    """The holders of such folders, nearest first; nothing inside such a folder is looked at."""
    found: list[Path] = []
    near = [folder]
    for _ in range(4):
        deeper: list[Path] = []
        for place in near:
            inside = sorted(path for path in place.iterdir() if path.is_dir())
            fits = [path for path in inside if child.fullmatch(path.name)]
            if fits:
                found.append(place)
            deeper += [path for path in inside if path not in fits]
        near = deeper
    return found


class Folders:
    """Folders inside a folder by name in any case: sheets and discs differ in `spNO.1` and `spNo.1`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._inside: dict[Path, dict[str, Path]] = {}

    def find(self, *names: str) -> Path | None:
        """The folder `root/names...`, or None."""
        place = self.root
        for name in names:
            found = self.inside(place).get(name.lower())
            if found is None:
                return None
            place = found
        return place

    def inside(self, place: Path) -> dict[str, Path]:
        """The folders in a folder by their names in lower case."""
        if place not in self._inside:
            self._inside[place] = {
                path.name.lower(): path for path in sorted(place.iterdir()) if path.is_dir()
            }
        return self._inside[place]


def list_frames(folder: Path, rate_hz: float) -> FolderFrames:
    """The pictures of a folder by the last number in their names.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in ("img9.jpg", "img10.jpg", "notes.txt"):
    ...     _ = (folder / name).write_bytes(b"")
    >>> frames = list_frames(folder, 200.0)
    >>> frames.files, frames.numbers, frames.time_s(10)
    (('img9.jpg', 'img10.jpg'), (9, 10), 0.005)
    """
    named = sorted(
        (int(match[1]), path.name)
        for path in folder.iterdir()
        if path.suffix.lower() in PICTURES
        and not path.name.startswith(".")
        and (match := _NUMBER.search(path.stem))
    )
    if not named:
        raise FormatError(f"{folder} holds no numbered pictures", hint=f"they end in {', '.join(PICTURES)}")
    numbers, files = zip(*named, strict=True)
    twice = [number for number, count in Counter(numbers).items() if count > 1]
    if twice:
        raise FormatError(f"{folder} holds picture {twice[0]} twice", hint="keep raw and cropped ones apart")
    return FolderFrames(folder, files, numbers, rate_hz)
