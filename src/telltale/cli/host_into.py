"""A reading into a study: signals of its hosts and the voice; agreed to by each, written once, together."""

from __future__ import annotations

import contextlib
import json
import math
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
    from telltale.core.signal import Signal
    from telltale.study.host_parts import Span
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

    def named(self, read: list[str]) -> Mapping[str, str | None]:
        """Of the faces that were read those of which it is known whose they are; None is the first host."""
        return self.faces or ({read[0]: None} if len(read) == 1 else {})

    def hosts_of(self, read: list[str]) -> dict[str, str]:
        """Face to host, where somebody said whose it is or there is one face alone."""
        first = _opened(self).teams[self.room][0]
        return {face: host or first for face, host in self.named(read).items()}


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


def refuse_into(wanted: Wanted, door: HostDoor, start_s: float | None) -> None:
    """Everything that could keep the reading out of the study, asked before hours of reading.

    Parameters
    ----------
    start_s
        Second of the video at which reading is to begin; None where it was read before.
    """
    if door.only_host_sees:
        raise _of_self_coaching()
    _refuse_now(wanted)
    if start_s is not None:
        # How long it is shows as it is read: its beginning is asked of now, and all of it then.
        begins_s = wanted.began_s + start_s
        _refuse_beginning(wanted, begins_s)
        for host in _hosts(_opened(wanted), wanted):
            _refuse_signal_twice(wanted, host, begins_s)
        _refuse_voice_twice(wanted, begins_s)


def _refuse_now(wanted: Wanted) -> None:
    from telltale.study.faults_values import FILE_NAME
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


def _refuse_beginning(wanted: Wanted, begins_s: float) -> None:
    """Refuse a reading that begins outside the broadcast."""
    length_s = _length_s(wanted)
    if -1e-6 <= begins_s < length_s:
        return
    hint = "say at which second of the broadcast the video begins"
    if begins_s < 0 and math.isfinite(begins_s):
        hint += f", or leave out what lies before it: --start {-wanted.began_s:g}"
    raise ConfigError(
        f"--began {wanted.began_s:g}: reading would begin at {begins_s:g} s of room {wanted.room}, which "
        f"is 0 to {length_s:g} s",
        hint=hint,
    )


def _refuse_outside(wanted: Wanted, part: Span, folder: Path) -> None:
    """Refuse what was read if it lies outside the broadcast, as `telltale study check` would."""
    from telltale.study.signal_scan import END_SLACK_S

    length_s = _length_s(wanted)
    if part.start_s < -END_SLACK_S:
        lies = f"{-part.start_s:.1f} s before its beginning"
        again = f"--start {-wanted.began_s:g}"
    elif part.start_s >= length_s or part.stop_s > length_s + END_SLACK_S:
        lies = f"{part.stop_s - length_s:.1f} s beyond its end at {length_s:g} s"
        again = f"--stop {length_s - wanted.began_s:g}" if part.start_s < length_s else ""
    else:
        return
    hint = f"{_say_where(folder)}{f', or read the video again with {again}' if again else ''}"
    raise FormatError(
        f"{folder} would be {part} of room {wanted.room}, {lies}, and nothing went into {wanted.study}",
        hint=hint,
    )


def _length_s(wanted: Wanted) -> float:
    """How long the broadcast lasts; infinite where the study does not say."""
    rooms = _opened(wanted).table("rooms", ["room_id", "duration_s"]).to_pylist()
    length_s = next(row["duration_s"] for row in rooms if str(row["room_id"]) == wanted.room)
    return math.inf if length_s is None or not math.isfinite(length_s) else float(length_s)


def _refuse_signal_twice(
    wanted: Wanted, host: str, start_s: float, stop_s: float | None = None, folder: Path | None = None
) -> Signal | None:
    """What a study holds of a host's face in this broadcast, where a part tells none of it again."""
    from telltale.core.signal_file import read_signal
    from telltale.study.host_parts import (
        ROW_S,
        SEAM_S,
        Span,
        say_stretches,
        span_of,
        stretches_over,
        told_twice,
    )

    path = _opened(wanted).host_signal_path(wanted.room, host)
    if not path.exists():
        return None
    held = read_signal(path)
    twice = told_twice(held.times_s, ROW_S, Span(start_s, start_s + SEAM_S if stop_s is None else stop_s))
    if twice is None:
        return held
    there, whole = stretches_over(held.times_s, 0.0, twice), span_of(held.times_s)
    hint = _say_where(folder)
    if stop_s is None:
        alone = there == (whole,) and all(step.what != "append" for step in held.provenance.steps)
    else:
        alone = stop_s >= whole.stop_s - ROW_S
    # Whoever deletes the file is to lose nothing that this video does not tell.
    if alone and start_s <= whole.start_s + ROW_S:
        hint += ", or delete the file if this reading is to take its place"
    raise FormatError(f"{path} holds {say_stretches(there)}; {_say_video(start_s, stop_s)}", hint=hint)


def _refuse_voice_twice(
    wanted: Wanted, start_s: float, stop_s: float | None = None, folder: Path | None = None
) -> None:
    """Refuse a part whose voice is told already; where nobody knows its end, of its first step."""
    from telltale.study.host_parts import Span, say_stretches, stretches_over, told_twice
    from telltale.study.room_voice import VOICE, voice_told

    ends_s, length_s = voice_told(_opened(wanted), wanted.room)
    part = Span(start_s, start_s + length_s if stop_s is None else stop_s)
    if wanted.voice and (twice := told_twice(ends_s, length_s, part)):
        there = say_stretches(stretches_over(ends_s, length_s, twice))
        told = f"{wanted.study} tells {VOICE} of room {wanted.room} at {there}; {_say_video(start_s, stop_s)}"
        hint = f"{_say_where(folder)}, or keep the voice that is there: --no-voice"
        raise FormatError(told, hint=hint)


def _say_where(folder: Path | None) -> str:
    """What to do about a part that lies on another; the folder is that of what was read by now."""
    again = "" if folder is None else f" (telltale host read {folder}, and the rest as it was)"
    return f"say by --began where it begins{again}"


def _say_video(start_s: float, stop_s: float | None) -> str:
    """Where this video would lie; nobody knows its end before it is read."""
    from telltale.study.host_parts import Span

    if stop_s is None:
        return f"this video would begin at {start_s:.1f} s"
    return f"this video would be {Span(start_s, stop_s)}"


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
    from telltale.core.signal_file import write_signal
    from telltale.study.room_voice import VOICE
    from telltale.study.store import write_table

    named = wanted.named(faces)
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
    hosts = wanted.hosts_of(faces)
    signals = {face: _signal_of(wanted, folder, face, host) for face, host in hosts.items()}
    told: list[str] = []
    tables: dict[str, pa.Table] = {}
    if further := _further(study, wanted):
        tables["room_hosts"] = _with_hosts(study, wanted.room, further)
    voice = _voice_table(study, wanted, folder, faces) if wanted.voice else None
    if voice is not None:
        tables["room_factors"] = voice
    with contextlib.ExitStack() as stack:
        for face, host in hosts.items():
            path = study.host_signal_path(wanted.room, host)
            part = ", beside what was there" if path.exists() else ""
            write_signal(signals[face], stack.enter_context(replacing_file(path)))
            more = ", now one of its hosts" if host in further else ""
            told.append(f"{path}: face {face}, the host of room {wanted.room} ({host}{more}){part}")
        for name, table in tables.items():
            write_table(stack.enter_context(replacing_file(study.table_path(name))), table)
    if voice is not None:
        told.append(f"{study.table_path('room_factors')}: {VOICE} of room {wanted.room}")
    return told


def _signal_of(wanted: Wanted, folder: Path, face: str, host: str) -> Signal:
    """What a face showed on the broadcast's clock, with the parts that the study holds."""
    from telltale.core.signal_file import read_signal
    from telltale.perceive.files import signal_name
    from telltale.study.host_parts import span_of, with_part

    part = read_signal(folder / signal_name(face)).shifted(wanted.began_s)
    span = span_of(part.times_s)
    if len(part):
        _refuse_outside(wanted, span, folder)
    held = _refuse_signal_twice(wanted, host, span.start_s, span.stop_s, folder)
    return part if held is None else with_part(held, part)


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
    from telltale.study.host_parts import span_of
    from telltale.study.room_voice import with_voice

    read = [read_codes(folder / codes_name(face)) for face in faces]
    heard = [(face.coding.times_s, face.voice) for face in read if face.voice is not None]
    if not heard:
        return None
    times_s, first = np.unique(np.concatenate([np.round(t, 3) for t, _ in heard]), return_index=True)
    voice = np.concatenate([v for _, v in heard])[first]
    if not np.isfinite(voice).any():
        return None
    part = span_of(times_s + wanted.began_s)
    _refuse_voice_twice(wanted, part.start_s, part.stop_s, folder)
    return with_voice(study, wanted.room, times_s + wanted.began_s, voice)


def _of_self_coaching() -> ConfigError:
    hint = "leave --into out: what is read for self-coaching stays with the host"
    return ConfigError("nothing of self-coaching goes into a study", hint=hint)
