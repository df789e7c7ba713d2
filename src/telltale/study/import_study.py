"""Import: a new study from their exported tables, or more rows for one that is there; all or nothing."""

from __future__ import annotations

import contextlib
import csv
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from telltale.core import clock
from telltale.core.errors import ConfigError, FormatError
from telltale.core.files import replacing_file
from telltale.study import schema
from telltale.study.import_mapping import Mapping, Source, read_mapping
from telltale.study.import_rows import Known, RowNote, SourceMapper
from telltale.study.import_sources import read_columns
from telltale.study.import_visits import Row, Visits
from telltale.study.manifest import Manifest
from telltale.study.store import ARROW_TYPES, Study, cast_table, new_study, write_table

_TOLD_REJECTS = 20
_NO_MOMENT = re.compile(r"(?P<name>\w+): (?P<value>.+) is no moment written as (?P<form>.+)")


@dataclass(frozen=True, slots=True)
class SourceCount:
    """What became of a source's rows."""

    file: str
    table: str
    taken: int
    rejected: int
    left_out: int
    """Rows that `keep` does not name."""
    repeated: int
    """Equal rows that `distinct` takes once."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What was imported."""

    folder: Path
    is_new: bool
    sources: tuple[SourceCount, ...]
    rejects: tuple[RowNote, ...]
    emptied: tuple[RowNote, ...]
    """Rows that were taken, but for a count whose total so far falls: that is left empty."""


def import_study(mapping_path: Path, into: Path, *, rejects_path: Path | None = None) -> ImportReport:
    """Read the sources of a mapping file into a study.

    Parameters
    ----------
    mapping_path
        The TOML file; the files it names lie relative to it.
    into
        A folder that is a study gets the rows added; one that is not there, or is empty, becomes a study.
    rejects_path
        Where to list the rows that cannot be taken (CSV: file, place, table, reason). Without it, a
        single such row refuses the import.

    Raises
    ------
    FormatError
        With the first rows that cannot be taken, their places and all their reasons.
    """
    mapping = read_mapping(mapping_path)
    study = Study.open(into) if (into / schema.MANIFEST).exists() else None
    _check_mapping(mapping, mapping_path, is_new=study is None)
    mappers = list(_map_all(mapping, mapping_path.parent, study))
    rejects = tuple(reject for mapper in mappers for reject in mapper.rejects)
    if rejects and rejects_path is None:
        raise FormatError(_tell(mappers, is_new=study is None))
    if rejects_path is not None:
        _write_rejects(rejects_path, rejects)
    tables = _tables(mappers)
    if study is None:
        name = mapping.study.name if mapping.study else into.name
        empty = {table: _as_table(table, []) for table in (mapping.study.without if mapping.study else ())}
        with new_study(into, Manifest.new(name, created_at=clock.now())) as writer:
            for table, rows in (empty | tables).items():
                writer.write_table(table, rows)
    else:
        _append(study, tables)
    emptied = tuple(note for mapper in mappers for note in mapper.emptied)
    return ImportReport(into, study is None, tuple(_count(mapper) for mapper in mappers), rejects, emptied)


def _check_mapping(mapping: Mapping, path: Path, *, is_new: bool) -> None:
    """Everything that can be known before a row is read."""
    problems = [problem for source in mapping.source for problem in _lacking_columns(source, path.parent)]
    if is_new:
        given = {source.table for source in mapping.source}
        given |= set(mapping.study.without if mapping.study else ())
        lacking = [table.name for table in schema.TABLES if table.required and table.name not in given]
        if lacking:
            told = f"a new study needs {', '.join(lacking)}: add a [[source]] for each"
            problems.append(f"{told}, or name those it has none of in 'without' of [study]")
        if mapping.study is None:
            problems.append("a new study needs a name: add [study] with name = ...")
    if problems:
        raise ConfigError("\n".join(f"{path}: {problem}" for problem in problems))


def _lacking_columns(source: Source, folder: Path) -> Iterator[str]:
    try:
        columns = read_columns(folder, source)
    except FormatError as error:
        yield str(error)
        return
    if columns is None:
        return
    for name in sorted(source.their_columns() - set(columns)):
        close = difflib.get_close_matches(name, columns, n=1)
        mend = f"did you mean '{close[0]}'?" if close else f"it has {', '.join(columns)}"
        yield f"{source.file} has no column '{name}': {mend}"


def _map_all(mapping: Mapping, folder: Path, study: Study | None) -> Iterator[SourceMapper]:
    """Table by table, so that what a row refers to is known before it comes."""
    known, visits = Known(), Visits()
    for table in schema.TABLES:
        if study is not None and study.has(table.name):
            rows = study.table(table.name).to_pylist()
            visits.learn(table.name, rows)
            for row in rows:
                known.learn(table.name, row)
        for source in mapping.source:
            if source.table == table.name:
                mapper = SourceMapper(folder, source, known, visits)
                mapper.take_all()
                visits.learn(table.name, mapper.rows)
                yield mapper


def _tables(mappers: list[SourceMapper]) -> dict[str, pa.Table]:
    rows: dict[str, list[Row]] = {}
    for mapper in mappers:
        rows.setdefault(mapper.source.table, []).extend(mapper.rows)
    return {name: _as_table(name, of_table) for name, of_table in rows.items()}


def _as_table(name: str, rows: list[Row]) -> pa.Table:
    table = schema.BY_NAME[name]
    types = {column.name: ARROW_TYPES[column.kind] for column in table.columns}
    given = {key for row in rows for key in row}
    asked = [c.name for c in table.columns if c.required or c.name in given]
    factors = sorted(given - set(types))
    fields = [pa.field(n, types.get(n, pa.float64())) for n in [*asked, *factors]]
    return pa.Table.from_pylist(rows, schema=pa.schema(fields))


def _append(study: Study, tables: dict[str, pa.Table]) -> None:
    """All tables are written beside theirs before the first takes its place."""
    with contextlib.ExitStack() as stack:
        for name, added in tables.items():
            path = study.table_path(name)
            beside = stack.enter_context(replacing_file(path))
            before = [cast_table(name, study.table(name))] if study.has(name) else []
            write_table(beside, pa.concat_tables([*before, added], promote_options="default"))


def _write_rejects(path: Path, rejects: tuple[RowNote, ...]) -> None:
    with replacing_file(path) as beside, beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "place", "table", "reason"])
        writer.writerows([r.file, r.place, r.table, r.reason] for r in rejects)


def _tell(mappers: list[SourceMapper], *, is_new: bool) -> str:
    """Why nothing was imported: a line for a source of which all rows fail alike, else one for each row."""
    wholes: list[str] = []
    rows: list[RowNote] = []
    there = 0
    for mapper in mappers:
        if not is_new and (told := _imported_already(mapper)):
            wholes.append(told)
            there += len(mapper.rejects)
        elif moments := _no_moments(mapper):
            wholes += moments
        else:
            rows += mapper.rejects
    lines = [*wholes, *(reject.line() for reject in rows[:_TOLD_REJECTS])]
    if len(rows) > _TOLD_REJECTS:
        lines.append(f"... and {len(rows) - _TOLD_REJECTS} rows more")
    number = sum(len(mapper.rejects) for mapper in mappers)
    count = f"{number} rows" if number > 1 else "1 row"
    mend = "mend them, or list them by --allow-rejects FILE"
    if there:
        # Left out by --allow-rejects they would go unseen, and rows of tables without a key come in twice.
        rest = "" if there == number else "; mend the others"
        mend = f"take sources that were imported out of the mapping{rest}"
    lines.append(f"{count} cannot be taken, nothing was imported: {mend}")
    return "\n".join(lines)


def _imported_already(mapper: SourceMapper) -> str:
    """A word on a source of which every row is turned away for its key alone; none for another."""
    key = mapper.table.key
    reasons = [reject.reason for reject in mapper.rejects]
    taken = [one for one in reasons if one.startswith(f"{key}: ") and one.endswith(" is taken")]
    if mapper.rows or not reasons or len(taken) < len(reasons) or any("; " in one for one in reasons):
        return ""
    number, table = len(set(taken)), mapper.source.table
    keys = f"all {number} keys of {table} are" if number > 1 else f"the only key of {table} is"
    return f"{mapper.source.file}: {keys} taken: was it imported already?"


def _no_moments(mapper: SourceMapper) -> list[str]:
    """A word on each way of writing time that fits no row of a source; none where it fits some."""
    if mapper.rows or len(mapper.rejects) < 2:
        return []
    found = [
        {hit["name"]: hit for part in reject.reason.split("; ") if (hit := _NO_MOMENT.fullmatch(part))}
        for reject in mapper.rejects
    ]
    names: dict[str, list[str]] = {}
    for name, hit in found[0].items():
        if all(name in others for others in found):
            names.setdefault(f"{hit['value']} is no moment written as {hit['form']}", []).append(name)
    where, rows = mapper.source.file, f"nor is that of any of its {len(found)} rows"
    return [
        f"{where} ({mapper.source.table}): {', '.join(of)}: {told}, {rows}: mend 'time' in the mapping"
        for told, of in names.items()
    ]


def _count(mapper: SourceMapper) -> SourceCount:
    source = mapper.source
    return SourceCount(
        source.file, source.table, len(mapper.rows), len(mapper.rejects), mapper.left_out, mapper.repeated
    )
