"""Faults of signal files: which are missing or strange, and what is wrong inside them, over all files."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

from telltale.core import channels
from telltale.core.checks import Fault, Severity
from telltale.core.pool import imap
from telltale.core.progress import Progress
from telltale.study import schema
from telltale.study.checked_tables import CheckedTables
from telltale.study.signal_scan import Finding, SignalFile, scan

FEW_FILES = 24
"""Up to so many, starting other processes takes longer than the work."""

TELLING: dict[str, tuple[str, str, Severity]] = {
    "unreadable": ("not a readable Parquet file", "write it again", "error"),
    "no-rows": ("holds no row", "leave the file out where no face was recorded", "warning"),
    "other-layout": ("written in another channel layout", f"this version reads {channels.LAYOUT}", "error"),
    "missing-channels": ("channels are not there", "write time_s and all 128 channels by name", "error"),
    "repeated-column": ("two columns have one name", "keep one", "error"),
    "wrong-type": ("not numbers", "write time_s as float64 and channels as float32", "error"),
    "time-not-increasing": ("times do not increase", "sort by time and drop repeated rows", "error"),
    "wrong-rate": ("not ten rows a second", "pool the frames as the format's page says", "error"),
    "outside-session": (
        "rows more than 1 s outside the session",
        "count from the session's start; set clock_offset_s if the video's clock is another",
        "error",
    ),
    "signal-gaps": ("no row for more than 1 s", "write unread rows with valid = 0", "warning"),
    "valid-not-0-or-1": ("neither 0 nor 1", "1 where the face was read, else 0", "error"),
    "value-where-unread": ("values in rows with valid = 0", "write NaN there: unread is unread", "error"),
    "nan-where-read": ("NaN in rows with valid = 1", "only a unit of confidence 0 may be NaN there", "error"),
    "value-where-hidden": ("values of units with confidence 0", "write NaN: it was not read", "error"),
    "infinite": ("infinite values", "write NaN where nothing was read", "error"),
    "implausible": (
        "values this channel cannot take",
        "are two columns swapped, or is the unit another?",
        "error",
    ),
}
"""For each code: what is wrong, what to do, how bad it is."""


def signal_faults(
    folder: Path, tables: CheckedTables, *, workers: int | None, progress: Progress
) -> tuple[list[Fault], dict[str, int]]:
    """All faults of signal files, and how many rows were looked at in each of the two folders."""
    faults = _missing_signals(folder, tables)
    faults += _face_without_consent(folder, tables) + _host_without_consent(folder, tables)
    further, of_further = _further_hosts(folder / schema.HOST_SIGNALS, tables)
    rows = {}
    for place, owner, key, more in (
        (schema.SIGNALS, "sessions", "session_id", ()),
        (schema.HOST_SIGNALS, "rooms", "room_id", further),
    ):
        files, strange = _files(folder / place, tables, owner, key, more)
        found, rows[place] = _scan_all(place, files, workers, progress)
        faults += strange + found
    faults += of_further
    return faults, {place: count for place, count in rows.items() if (folder / place).is_dir()}


def _missing_signals(folder: Path, tables: CheckedTables) -> list[Fault]:
    """Sessions without a signal; none at all is fine where slow factors stand in for them."""
    if not tables.sound("sessions", "session_id"):
        return []
    there = {path.stem for path in (folder / schema.SIGNALS).glob("*.parquet")}
    if not there and tables.sound("viewer_factors"):
        return []
    missing = [s for s in tables.column_values("sessions", "session_id") if s not in there]
    if not missing:
        return []
    return [
        Fault(
            "no-signal",
            schema.SIGNALS,
            "",
            "sessions without a signal file",
            "nothing can be read from their faces",
            len(missing),
            tuple(missing[:5]),
            "warning",
        )
    ]


def _face_without_consent(folder: Path, tables: CheckedTables) -> list[Fault]:
    """Signals of viewers who never agreed that their faces be read."""
    if not tables.sound("sessions", "session_id", "participant_id"):
        return []
    if not tables.sound("consents", "participant_id", "purpose"):
        return []
    rows = tables.connection.execute(
        """SELECT session_id, participant_id FROM sessions s WHERE NOT EXISTS (SELECT 1 FROM consents c
           WHERE c.participant_id = s.participant_id AND c.purpose = 'read_face') ORDER BY row"""
    ).fetchall()
    return _unasked(folder / schema.SIGNALS, rows, "consents")


def _host_without_consent(folder: Path, tables: CheckedTables) -> list[Fault]:
    """Signals of hosts who never agreed that their faces be read."""
    if not tables.sound("rooms", "room_id", "host_id"):
        return []
    asked = "FALSE"
    if tables.sound("host_consents", "host_id", "purpose"):
        asked = """EXISTS (SELECT 1 FROM host_consents c WHERE c.host_id = r.host_id
                   AND c.purpose = 'read_face')"""
    who = "SELECT room_id AS file, host_id, row FROM rooms"
    if tables.sound("room_hosts", "room_id", "host_id"):
        who += " UNION ALL SELECT room_id || '/' || host_id, host_id, row FROM room_hosts"
    rows = tables.connection.execute(
        f"SELECT file, host_id FROM ({who}) r WHERE NOT {asked} ORDER BY row"
    ).fetchall()
    return _unasked(folder / schema.HOST_SIGNALS, rows, "host_consents")


def _unasked(folder: Path, rows: list[tuple[str, str]], table: str) -> list[Fault]:
    found = [f"{name} of {person}" for name, person in rows if (folder / f"{name}.parquet").is_file()]
    if not found:
        return []
    message = "signals of people who have not agreed to 'read_face'"
    hint = f"record the consent in {table}.parquet, or delete the files"
    return [Fault("face-without-consent", folder.name, "", message, hint, len(found), tuple(found[:5]))]


def _further_hosts(folder: Path, tables: CheckedTables) -> tuple[tuple[Path, ...], list[Fault]]:
    """The signals of broadcasts' further hosts, and those of nobody in `room_hosts`."""
    paths = tuple(sorted(p for p in folder.glob("*/*.parquet") if not p.name.startswith(".")))
    known = set()
    if tables.sound("room_hosts", "room_id", "host_id"):
        rows = tables.connection.execute("SELECT room_id, host_id FROM room_hosts").fetchall()
        known = {f"{room}/{host}" for room, host in rows}
    names = (f"{path.parent.name}/{path.stem}" for path in paths)
    return paths, _stray(folder.name, [name for name in names if name not in known], "room_hosts")


def _files(
    folder: Path, tables: CheckedTables, owner: str, key: str, more: tuple[Path, ...]
) -> tuple[list[SignalFile], list[Fault]]:
    """The signal files in a folder with the time their owners have, and the files nobody owns.

    Parameters
    ----------
    more
        Signals in folders that bear an owner's name.
    """
    spans = _spans(tables, owner, key)
    paths = sorted(path for path in folder.glob("*") if not path.name.startswith("."))
    parquet = [path for path in paths if path.suffix == ".parquet" and path.is_file()]
    files = [SignalFile(path, path.stem, *spans.get(path.stem, (None, None))) for path in parquet]
    for path in more:
        room = path.parent.name
        files.append(SignalFile(path, f"{room}/{path.stem}", *spans.get(room, (None, None))))
    owned = {*parquet, *(path.parent for path in more)}
    faults = _strange(folder.name, [path.name for path in paths if path not in owned])
    if tables.sound(owner, key):
        known = set(tables.column_values(owner, key))
        faults += _stray(folder.name, [p.stem for p in parquet if p.stem not in known], owner)
    return files, faults


def _spans(tables: CheckedTables, owner: str, key: str) -> dict[str, tuple[float, float]]:
    """Start and end of each owner on the clock of its signal, in seconds."""
    if not tables.sound(owner, key, "duration_s"):
        return {}
    offset = "coalesce(clock_offset_s, 0)" if tables.sound(owner, "clock_offset_s") else "0"
    rows = tables.connection.execute(
        f"SELECT {key}, {offset}, duration_s FROM {owner} WHERE {key} IS NOT NULL AND duration_s IS NOT NULL"
    ).fetchall()
    spans = {str(name): (float(start), float(start + length)) for name, start, length in rows}
    return {name: span for name, span in spans.items() if all(map(math.isfinite, span))}


def _strange(place: str, names: list[str]) -> list[Fault]:
    if not names:
        return []
    hint = "it is not read; signals are files named ID.parquet"
    return [Fault("unknown-file", place, "", "not a signal", hint, len(names), tuple(names[:5]), "warning")]


def _stray(place: str, names: list[str], owner: str) -> list[Fault]:
    if not names:
        return []
    message = f"signals of no row in {owner}"
    hint = f"add the rows to {owner}.parquet, or delete the files"
    return [Fault("stray-signal", place, "", message, hint, len(names), tuple(names[:5]))]


@dataclass
class _Heap:
    """One kind of finding gathered over the files."""

    count: int = 0
    first: list[str] = field(default_factory=list)
    columns: dict[str, None] = field(default_factory=dict)

    def add(self, name: str, finding: Finding) -> None:
        self.count += finding.count
        self.columns |= dict.fromkeys(finding.columns)
        if len(self.first) < 5:
            self.first.append(f"{name} {finding.first}".strip())


def _scan_all(
    place: str, files: list[SignalFile], workers: int | None, progress: Progress
) -> tuple[list[Fault], int]:
    if not files:
        return [], 0
    scans = imap(scan, files, workers=1 if len(files) <= FEW_FILES else workers)
    heaps: dict[str, _Heap] = {}
    rows = 0
    for result in progress(scans, total=len(files), label=f"reading {place}"):
        rows += result.rows
        for finding in result.findings:
            heaps.setdefault(finding.code, _Heap()).add(result.name, finding)
    return [_fault(place, code, heaps[code]) for code in TELLING if code in heaps], rows


def _fault(place: str, code: str, heap: _Heap) -> Fault:
    message, hint, severity = TELLING[code]
    names = list(heap.columns)
    column = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return Fault(code, place, column, message, hint, heap.count, tuple(heap.first), severity)
