"""A reading into a study: signals of its hosts and the voice; agreed to by each, written once, together."""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from telltale.core import clock
from telltale.core.errors import ConfigError, FormatError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from telltale.cli.host_policy import HostDoor
    from telltale.study.store import Study

NEEDED: Final = ("read_face", "research")
"""What a host must have agreed to."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where signals of faces are to go."""

    study: Path
    room: str
    faces: Mapping[str, str | None] = field(default_factory=dict)
    """Face to host; None is the broadcast's first host. Empty: the one face that is read is that host's."""
    began_s: float = 0.0
    voice: bool = True

    def host_of(self, face: str) -> str | None:
        """Whose face it is; None where nobody said."""
        if self.faces and face not in self.faces:
            return None
        return self.faces.get(face) or _opened(self).teams[self.room][0]


def room_wanted(
    study: Path | None, room: str | None, faces: list[str], began_s: float, *, voice: bool = True
) -> Wanted | None:
    """What the options ask for; None where nothing goes into a study."""
    if study is not None and room is not None:
        return Wanted(study, room, _hosts_by_face(faces), began_s, voice)
    if study is None and room is None and not faces and began_s == 0.0 and voice:
        return None
    hint = "give both --into STUDY and --room ID, or leave them, --face, --began and --no-voice out"
    raise ConfigError("a signal goes into a study as that of a room's host", hint=hint)


def _hosts_by_face(given: list[str]) -> dict[str, str | None]:
    """Face to host from `1=anna`, or from `1` for the first host.

    >>> _hosts_by_face(["0", "1=bo"])
    {'0': None, '1': 'bo'}
    """
    pairs = [(face.strip(), host.strip() or None) for face, _, host in (one.partition("=") for one in given)]
    for which, of in (("face", [face for face, _ in pairs]), ("host", [host or "" for _, host in pairs])):
        if twice := sorted({one or "of the first host" for one in of if of.count(one) > 1}):
            hint = "give each face its own host: --face 0=anna --face 1=bo"
            raise ConfigError(f"--face names {which} {twice[0]} twice", hint=hint)
    return dict(pairs)


def refuse_into(wanted: Wanted, door: HostDoor) -> None:
    """Everything that could keep the reading out of the study, asked before hours of reading."""
    if door.only_host_sees:
        raise _of_self_coaching()
    _refuse_now(wanted)


def _refuse_now(wanted: Wanted) -> None:
    from telltale.study.faults_values import FILE_NAME
    from telltale.study.room_voice import VOICE, has_voice
    from telltale.study.store import texts

    study = _opened(wanted)
    known = set(texts(study.table("hosts", ["host_id"]), "host_id"))
    for host in _hosts(study, wanted):
        if host not in known:
            raise ConfigError(f"no host '{host}' in {wanted.study}", hint="see hosts.parquet")
        if host != study.teams[wanted.room][0] and not re.match(FILE_NAME, host):
            raise ConfigError(f"host '{host}' cannot name a file", hint="give them another host_id")
        for purpose in NEEDED:
            study.host_consents.require(host, purpose, clock.now())
        path = study.host_signal_path(wanted.room, host)
        if path.exists():
            raise FormatError(f"{path} exists", hint="delete it first if this reading is to take its place")
    if wanted.voice and has_voice(study, wanted.room):
        hint = "empty it first if this reading is to take its place, or keep it: --no-voice"
        raise FormatError(f"{wanted.study} tells {VOICE} of room {wanted.room}", hint=hint)


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


def write_into(wanted: Wanted, folder: Path, faces: list[str]) -> list[str]:
    """Write signals and voice, all or nothing; says in a line each what was done."""
    from telltale.core.files import replacing_file
    from telltale.core.signal_file import read_signal, write_signal
    from telltale.perceive.files import signal_name
    from telltale.study.room_voice import VOICE
    from telltale.study.store import write_table

    named = wanted.faces or ({faces[0]: None} if len(faces) == 1 else {})
    if not named or not set(named) <= set(faces):
        read = f"faces {', '.join(faces)} were read" if faces else "no face was read"
        strange = [face for face in named if face not in faces]
        which = f"there is no face {', '.join(strange)}" if strange else "say which is the host's"
        hint = (
            f"{which}: telltale host read {folder} --face N (or --face N=HOST each), and the rest as it was"
        )
        raise ConfigError(f"{read}, and nothing went into {wanted.study}", hint=hint)
    _refuse_now(wanted)
    study = _opened(wanted)
    told: list[str] = []
    tables: dict[str, pa.Table] = {}
    if further := _further(study, wanted):
        tables["room_hosts"] = _with_hosts(study, wanted.room, further)
    voice = _voice_table(study, wanted, folder, faces) if wanted.voice else None
    if voice is not None:
        tables["room_factors"] = voice
    with contextlib.ExitStack() as stack:
        for face, named_host in named.items():
            host = named_host or study.teams[wanted.room][0]
            signal = read_signal(folder / signal_name(face))
            path = study.host_signal_path(wanted.room, host)
            write_signal(signal.shifted(wanted.began_s), stack.enter_context(replacing_file(path)))
            more = ", now one of its hosts" if host in further else ""
            told.append(f"{path}: face {face}, the host of room {wanted.room} ({host}{more})")
        for name, table in tables.items():
            write_table(stack.enter_context(replacing_file(study.table_path(name))), table)
    if voice is not None:
        told.append(f"{study.table_path('room_factors')}: {VOICE} of room {wanted.room}")
    return told


def _opened(wanted: Wanted) -> Study:
    from telltale.study.store import Study

    study = Study.open(wanted.study)
    if wanted.room not in study.teams:
        raise ConfigError(f"no room '{wanted.room}' in {wanted.study}", hint="see rooms.parquet")
    return study


def _hosts(study: Study, wanted: Wanted) -> list[str]:
    """Whose faces are wanted."""
    first = study.teams[wanted.room][0]
    found = [host or first for host in wanted.faces.values()] or [first]
    if len(set(found)) < len(found):
        hint = f"{first} is the first host of room {wanted.room}"
        raise ConfigError(f"--face names host {first} twice", hint=hint)
    return found


def _further(study: Study, wanted: Wanted) -> list[str]:
    """Hosts that are named here and are not yet known to host this broadcast."""
    return [host for host in _hosts(study, wanted) if host not in study.teams[wanted.room]]


def _with_hosts(study: Study, room: str, hosts: list[str]) -> pa.Table:
    """The further hosts of broadcasts, with these of one."""
    import pyarrow as pa

    from telltale.study.store import cast_table

    more = pa.table({"room_id": [room] * len(hosts), "host_id": hosts})
    if not study.has("room_hosts"):
        return more
    held = cast_table("room_hosts", study.table("room_hosts"))
    return pa.concat_tables([held, more], promote_options="default")


def _voice_table(study: Study, wanted: Wanted, folder: Path, faces: list[str]) -> pa.Table | None:
    """The study's room factors with the voice of this broadcast; None where no sound was heard."""
    import numpy as np

    from telltale.signs.coding_file import codes_name, read_codes
    from telltale.study.room_voice import with_voice

    read = [read_codes(folder / codes_name(face)) for face in faces]
    heard = [(face.coding.times_s, face.voice) for face in read if face.voice is not None]
    if not heard:
        return None
    times_s, first = np.unique(np.concatenate([np.round(t, 3) for t, _ in heard]), return_index=True)
    voice = np.concatenate([v for _, v in heard])[first]
    if not np.isfinite(voice).any():
        return None
    return with_voice(study, wanted.room, times_s + wanted.began_s, voice)


def _of_self_coaching() -> ConfigError:
    hint = "leave --into out: what is read for self-coaching stays with the host"
    return ConfigError("nothing of self-coaching goes into a study", hint=hint)
