"""Which reading is of which recording, as people who code name their recordings.

A reading knows the name of its file and no folder. A name of the codes is held against it as it stands, then
without the ending of a video (`show.2024` is the name of `show.2024.mkv`, and `show` is not). Where two
readings could be meant, folders tell them apart or nothing is compared: two recordings are never made one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final

from telltale.core.errors import FormatError
from telltale.host.human_codes import NONE
from telltale.signs.coding_file import CodedFace, read_codes
from telltale.signs.expressions import Evidence

_ENDINGS: Final = frozenset(
    f".{kind}"
    for kind in (
        *("3gp", "avi", "flv", "m2ts", "m4v", "mkv", "mov"),
        *("mp4", "mpeg", "mpg", "mts", "ogv", "ts", "webm", "wmv"),
    )
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A folder that `telltale host read` wrote."""

    folder: Path
    recording: str
    """Name of the file that was read."""
    faces: dict[str, CodedFace]


@dataclass(frozen=True, slots=True)
class Matched:
    """The faces of the recordings that were coded."""

    faces: dict[str, CodedFace]
    """By the name that the codes give the recording."""
    unread: tuple[str, ...]
    """Recordings of the codes of which there is no reading."""

    def ends_s(self) -> dict[str, float]:
        """Where the reading of each recording ends."""
        return {name: float(face.coding.times_s.max(initial=0.0)) for name, face in self.faces.items()}


def read_reading(folder: Path) -> Reading:
    """All faces of a reading."""
    if not folder.is_dir():
        raise FormatError(f"there is no folder {folder}", hint="give one that 'telltale host read' wrote")
    faces = [read_codes(path) for path in sorted(folder.glob("codes-*.parquet"))]
    if not faces:
        hint = "give one that 'telltale host read' wrote"
        raise FormatError(f"{folder} holds no codes-FACE.parquet", hint=hint)
    return Reading(folder, faces[0].by.recording, {face.by.face: face for face in faces})


def own_names(readings: Iterable[Reading], known: Collection[str]) -> dict[str, Evidence]:
    """What the coders of readings name beside the names that are known, with how well each is known."""
    own: dict[str, Evidence] = {}
    for reading in readings:
        for face in reading.faces.values():
            told = zip(face.coding.names, face.evidence, strict=True)
            own |= {name: evidence for name, evidence in told if name not in known}
    if clash := [name for name in own if name.lower() == NONE]:
        hint = "that is what people call a face that shows none: rename it in the coder, and read again"
        raise FormatError(f"a reading's coder calls an expression '{clash[0]}'", hint=hint)
    return own


def match_readings(names: Sequence[str], readings: Sequence[Reading]) -> Matched:
    """The face that each name of a recording means: `NAME`, or `NAME#FACE` where several were read."""
    faces: dict[str, CodedFace] = {}
    taken: dict[tuple[Path, str], str] = {}
    for name in names:
        found, wanted = _reading_of(name, readings), ""
        if found is None and "#" in name:
            plain, _, wanted = name.rpartition("#")
            found = _reading_of(plain, readings)
        if found is None:
            continue
        if len(found.faces) > 1 and not wanted:
            hint = (
                f"name the recording '{name}#{min(found.faces)}' in the codes, or after another of its faces"
            )
            raise FormatError(f"{name} shows faces {', '.join(sorted(found.faces))}", hint=hint)
        face = wanted or next(iter(found.faces))
        if face not in found.faces:
            continue
        if other := taken.get((found.folder, face)):
            hint = "give each recording its own reading, or write one name for one recording"
            raise FormatError(f"{other} and {name} would both be held against {found.folder}", hint=hint)
        taken[found.folder, face] = name
        faces[name] = found.faces[face]
    return Matched(faces, tuple(name for name in names if name not in faces))


def _reading_of(name: str, readings: Iterable[Reading]) -> Reading | None:
    """The one reading that a name means; None where it means none."""
    readings = list(readings)
    path = PurePath(name)
    by_folder = [one for one in readings if _ends_with(one.folder.resolve(), path)]
    by_name = [one for one in readings if one.recording == path.name]
    by_stem = [one for one in readings if _stem(one.recording) == _stem(path.name)]
    found = by_folder or by_name or by_stem
    if len(found) > 1 and len(path.parts) > 1:
        found = [one for one in found if _ends_with(one.folder.resolve().parent, path.parent)] or found
    if len(found) > 1:
        folders = sorted(str(one.folder) for one in found)
        after = "/".join(found[0].folder.resolve().parts[-2:])
        hint = f"name the recording after its reading, such as '{after}'"
        raise FormatError(f"{name} may be of {' or '.join(folders)}", hint=hint)
    return found[0] if found else None


def _ends_with(folder: Path, end: PurePath) -> bool:
    return bool(end.parts) and folder.parts[-len(end.parts) :] == end.parts


def _stem(name: str) -> str:
    """A name without the ending of a video.

    >>> _stem("show.2024.mkv"), _stem("show.2024"), _stem("show.MP4")
    ('show.2024', 'show.2024', 'show')
    """
    path = PurePath(name)
    return path.stem if path.suffix.lower() in _ENDINGS else name
