"""A study on disk: a folder of Parquet tables and a folder of signals. The one way in and out of it.

Tables are small enough to hold; signals are not, so they are read one session at a time and only
through the door of consent.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from telltale.core import clock
from telltale.core.errors import FormatError
from telltale.core.files import new_folders, replacing_file
from telltale.core.signal import Signal
from telltale.core.signal_file import read_signal, write_signal
from telltale.study import schema
from telltale.study.consent import ConsentRegister
from telltale.study.manifest import Manifest, read_manifest

ARROW_TYPES: dict[str, pa.DataType] = {
    "id": pa.string(),
    "text": pa.string(),
    "whole": pa.int64(),
    "number": pa.float64(),
    "flag": pa.bool_(),
    "utc": pa.timestamp("ms", tz="UTC"),
}
"""The types that Telltale itself writes; the checker admits their kin."""


@dataclass(frozen=True)
class Study:
    """A study that exists. Open it with `Study.open`."""

    folder: Path
    manifest: Manifest

    @classmethod
    def open(cls, folder: str | Path) -> Study:
        """Open a study; what is wrong inside is for `check_study` to say."""
        folder = Path(folder)
        return cls(folder, read_manifest(folder))

    def has(self, table: str) -> bool:
        """Whether the table's file is there."""
        return self.table_path(table).is_file()

    def table_path(self, table: str) -> Path:
        """Where a table lies."""
        return self.folder / f"{schema.BY_NAME[table].name}.parquet"

    def table(self, name: str, columns: list[str] | None = None) -> pa.Table:
        """One table, whole."""
        return read_table(self.table_path(name), columns)

    def signal_path(self, session_id: str) -> Path:
        """Where a viewer's signal lies."""
        return self.folder / schema.SIGNALS / f"{session_id}.parquet"

    def host_signal_path(self, room_id: str, host_id: str | None = None) -> Path:
        """Where a host's signal lies; that of the broadcast's first host where none is named."""
        folder = self.folder / schema.HOST_SIGNALS
        first = host_id is None or self.teams.get(room_id, (host_id,))[0] == host_id
        return folder / f"{room_id}.parquet" if first else folder / room_id / f"{host_id}.parquet"

    def hosts_with_signal(self, room_id: str) -> tuple[str, ...]:
        """The hosts of a broadcast whose signal is there; `host_signal` says whether it may be read."""
        hosts = self.teams[room_id]
        return tuple(host for host in hosts if self.host_signal_path(room_id, host).is_file())

    @property
    def holds_host_signals(self) -> bool:
        """Whether any host's signal is there."""
        return next((self.folder / schema.HOST_SIGNALS).rglob("*.parquet"), None) is not None

    def team(self, room_id: str) -> str:
        """Who hosts a broadcast, in one word: `anna`, or `anna + bo` whoever of them comes first."""
        return " + ".join(sorted(self.teams[room_id]))

    @cached_property
    def teams(self) -> dict[str, tuple[str, ...]]:
        """The hosts of each broadcast: `rooms.host_id`, then those of `room_hosts` in their order."""
        rooms = self.table("rooms", ["room_id", "host_id"])
        teams = {
            room: [host] for room, host in zip(texts(rooms, "room_id"), texts(rooms, "host_id"), strict=True)
        }
        if self.has("room_hosts"):
            more = self.table("room_hosts", ["room_id", "host_id"])
            for room, host in zip(texts(more, "room_id"), texts(more, "host_id"), strict=True):
                teams.setdefault(room, []).append(host)
        return {room: tuple(dict.fromkeys(hosts)) for room, hosts in teams.items()}

    @cached_property
    def consents(self) -> ConsentRegister:
        """Who agreed to what."""
        return ConsentRegister(self.table("consents"))

    @cached_property
    def host_consents(self) -> ConsentRegister:
        """Which hosts agreed to what; nobody where the table is not there."""
        empty = pa.table({name: [] for name in ("host_id", "purpose", "granted_at", "withdrawn_at")})
        return ConsentRegister(self.table("host_consents") if self.has("host_consents") else empty, "host_id")

    @cached_property
    def _session_facts(self) -> dict[str, tuple[str, float]]:
        table = self.table("sessions")
        ids, people = table.column("session_id").to_pylist(), table.column("participant_id").to_pylist()
        offsets = (
            table.column("clock_offset_s").to_pylist()
            if "clock_offset_s" in table.column_names
            else [0.0] * table.num_rows
        )
        rows = zip(ids, people, offsets, strict=True)
        return {str(session): (str(person), float(offset or 0.0)) for session, person, offset in rows}

    def signal(self, session_id: str, *, purpose: str = "research", now: datetime | None = None) -> Signal:
        """A viewer's signal on the clock of the log, if its owner's consent for `purpose` holds.

        Parameters
        ----------
        session_id
            Whose.
        purpose
            One of `schema.PURPOSES`.
        now
            The moment of use; the present one when not given.

        Raises
        ------
        ConsentError
            When the person has not agreed, or has taken it back.
        """
        facts = self._session_facts.get(session_id)
        if facts is None:
            raise FormatError(f"no session {session_id!r} in {self.folder}", hint="see sessions.parquet")
        person, offset_s = facts
        self.consents.require(person, purpose, now or clock.now())
        signal = read_signal(self.signal_path(session_id))
        return signal.shifted(-offset_s) if offset_s else signal

    def host_signal(
        self,
        room_id: str,
        host_id: str | None = None,
        *,
        purpose: str = "research",
        now: datetime | None = None,
    ) -> Signal:
        """A host's signal on the clock of the broadcast, if that host's consent for `purpose` holds.

        Parameters
        ----------
        host_id
            Which of the broadcast's hosts; the first where none is named.
        """
        if room_id not in self.teams:
            raise FormatError(f"no room {room_id!r} in {self.folder}", hint="see rooms.parquet")
        host_id = host_id or self.teams[room_id][0]
        if host_id not in self.teams[room_id]:
            hint = f"its hosts are {', '.join(self.teams[room_id])}: see room_hosts.parquet"
            raise FormatError(f"{host_id} is no host of room {room_id}", hint=hint)
        self.host_consents.require(host_id, purpose, now or clock.now())
        return read_signal(self.host_signal_path(room_id, host_id))

    def closed_rooms(self, now: datetime) -> frozenset[str]:
        """Rooms of which a host was asked for `research` and has no consent that holds.

        Without a table of hosts' consents nobody was asked.
        """
        if not self.has("host_consents"):
            return frozenset()
        return frozenset(
            room
            for room, hosts in self.teams.items()
            if not all(self.host_consents.may(host, "research", now) for host in hosts)
        )

    def query(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB connection with a view for each table that is there, limited to half a gigabyte."""
        connection = duckdb.connect(config={"memory_limit": "512MB", "threads": 2})
        for table in schema.TABLES:
            if self.has(table.name):
                path = str(self.table_path(table.name)).replace("'", "''")
                connection.execute(f"CREATE VIEW {table.name} AS SELECT * FROM read_parquet('{path}')")
        return connection


class StudyWriter:
    """Fills the folder of a new study. Get one from `new_study`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write_table(self, name: str, table: pa.Table) -> None:
        """Write one table, cast to the types of the format."""
        write_table(self.folder / f"{name}.parquet", cast_table(name, table))

    def write_signal(self, session_id: str, signal: Signal) -> None:
        """Write a viewer's signal."""
        write_signal(signal, self.folder / schema.SIGNALS / f"{session_id}.parquet")

    def write_host_signal(self, room_id: str, signal: Signal) -> None:
        """Write the signal of a broadcast's first host."""
        write_signal(signal, self.folder / schema.HOST_SIGNALS / f"{room_id}.parquet")


@contextlib.contextmanager
def new_study(folder: Path, manifest: Manifest) -> Iterator[StudyWriter]:
    """A writer for a new study; nothing stands at `folder` until the block ends well."""
    with new_folders(folder) as (beside,):
        (beside / schema.MANIFEST).write_text(manifest.to_toml(), encoding="utf-8")
        yield StudyWriter(beside)


def cast_table(name: str, table: pa.Table) -> pa.Table:
    """A table with the columns of the format first, in its order and types; further columns follow."""
    known = [c for c in schema.BY_NAME[name].columns if c.name in table.column_names]
    further = [n for n in table.column_names if n not in {c.name for c in known}]
    columns = [table.column(c.name).cast(ARROW_TYPES[c.kind]) for c in known]
    return pa.table(columns + [table.column(n) for n in further], names=[c.name for c in known] + further)


def write_table(path: Path, table: pa.Table) -> None:
    """Write a Parquet file whole or not at all."""
    with replacing_file(path) as beside:
        pq.write_table(table, beside, compression="zstd", row_group_size=131_072)


def read_table(path: Path, columns: list[str] | None = None) -> pa.Table:
    """Read a Parquet file; what cannot be read gets one clear line."""
    if not path.is_file():
        raise FormatError(f"no table at {path}", hint="see docs/study-format.md")
    try:
        with pq.ParquetFile(path, memory_map=True) as file:
            return file.read(columns=columns)
    except (pa.ArrowException, OSError) as error:
        raise FormatError(f"{path} is not a readable Parquet file", hint="write it again") from error


def texts(table: pa.Table, column: str) -> list[str]:
    """A column of text as a list.

    >>> texts(pa.table({"item": ["trust", "liking"]}), "item")
    ['trust', 'liking']
    """
    return [str(value) for value in table.column(column).to_pylist()]
