"""A host's signal from a reading into a study: asked for by name, agreed to by the host, written once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from telltale.core import clock
from telltale.core.errors import ConfigError, FormatError

if TYPE_CHECKING:
    from telltale.cli.host_policy import HostDoor

NEEDED: Final = ("read_face", "research")
"""What a host must have agreed to."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where a face's signal is to go."""

    study: Path
    room: str
    face: str | None
    began_s: float


def room_wanted(study: Path | None, room: str | None, face: str | None, began_s: float) -> Wanted | None:
    """What the options ask for; None where nothing goes into a study."""
    if study is not None and room is not None:
        return Wanted(study, room, face, began_s)
    if study is None and room is None and face is None and began_s == 0.0:
        return None
    hint = "give both --into STUDY and --room ID, or leave them, --face and --began out"
    raise ConfigError("a signal goes into a study as that of a room's host", hint=hint)


def refuse_into(wanted: Wanted, door: HostDoor) -> None:
    """Everything that could keep the signal out of the study, asked before hours of reading."""
    from telltale.study.store import Study, texts

    if door.only_host_sees:
        raise _of_self_coaching()
    study = Study.open(wanted.study)
    rooms = study.table("rooms", ["room_id", "host_id"])
    hosts = dict(zip(texts(rooms, "room_id"), texts(rooms, "host_id"), strict=True))
    if wanted.room not in hosts:
        raise ConfigError(f"no room '{wanted.room}' in {wanted.study}", hint="see rooms.parquet")
    for purpose in NEEDED:
        study.host_consents.require(hosts[wanted.room], purpose, clock.now())
    path = study.host_signal_path(wanted.room)
    if path.exists():
        raise FormatError(f"{path} exists", hint="delete it first if this reading is to take its place")


def read_before(what: str) -> list[str]:
    """The faces of a folder that `telltale host read` wrote; none where it is anything else."""
    folder = Path(what)
    codes = folder.glob("codes-*.parquet") if folder.is_dir() else ()
    return sorted(path.stem.removeprefix("codes-") for path in codes)


def refuse_own(folder: Path) -> None:
    """What was read for the host's eyes alone stays with the host, whoever asks later."""
    try:
        said = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        own = bool(said["coding"]["only_host_sees"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        hint = "read the video again"
        raise FormatError(f"{folder} does not say for whom it was read", hint=hint) from error
    if own:
        raise _of_self_coaching()


def write_into(wanted: Wanted, folder: Path, faces: list[str]) -> str:
    """Write the signal of one face that was read; says in one line what was done."""
    from telltale.core.signal_file import read_signal, write_signal
    from telltale.perceive.files import signal_name
    from telltale.study.store import Study

    face = wanted.face or (faces[0] if len(faces) == 1 else None)
    if face is None or face not in faces:
        read = f"faces {', '.join(faces)} were read" if faces else "no face was read"
        which = "say which is the host's" if wanted.face is None else f"there is no face {face}"
        hint = f"{which}: telltale host read {folder} --face N, and the rest as it was"
        raise ConfigError(f"{read}, and nothing went into {wanted.study}", hint=hint)
    signal = read_signal(folder / signal_name(face))
    signal = signal.shifted(wanted.began_s) if wanted.began_s else signal
    path = Study.open(wanted.study).host_signal_path(wanted.room)
    write_signal(signal, path)
    return f"{path}: face {face}, the host of room {wanted.room}"


def _of_self_coaching() -> ConfigError:
    hint = "leave --into out: what is read for self-coaching stays with the host"
    return ConfigError("nothing of self-coaching goes into a study", hint=hint)
