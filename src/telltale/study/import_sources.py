"""Rows out of their files: CSV in any encoding, JSON lines, Parquet; each row knows where it stood.

CSV and JSON lines are read by the line and not by a database, because a row that cannot be used must be
named by its line, and because many exports are in GB 18030.
"""

from __future__ import annotations

import contextlib
import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from telltale.core.errors import FormatError
from telltale.study.import_mapping import FileKind, Lookup, Source


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row of theirs."""

    place: str
    """`line 12` or, in Parquet, `row 12`."""
    values: dict[str, Any]
    problem: str = ""
    """Why the row cannot be read at all."""


def read_rows(folder: Path, source: Source) -> Iterator[SourceRow]:
    """The rows of a source, one after another."""
    path = _found(folder, source.file)
    with _told(path, source.file_kind, source.encoding):
        if source.file_kind == "csv":
            yield from _csv_rows(path, source.encoding, source.delimiter)
        elif source.file_kind == "jsonl":
            yield from _json_rows(path, source.encoding)
        else:
            yield from _parquet_rows(path)


def read_columns(folder: Path, source: Source) -> list[str] | None:
    """The names of their columns; None for JSON lines, where each line has its own."""
    path = _found(folder, source.file)
    with _told(path, source.file_kind, source.encoding):
        if source.file_kind == "csv":
            with path.open(encoding=with_mark(source.encoding), newline="") as file:
                return next(csv.reader(file, delimiter=source.delimiter), [])
        return list(pq.read_schema(path).names) if source.file_kind == "parquet" else None


def read_lookup(folder: Path, lookup: Lookup) -> dict[str, str]:
    """A lookup's keys and values."""
    path = _found(folder, lookup.file)
    with _told(path, "csv", "utf-8"):
        rows = [row.values for row in _csv_rows(path, "utf-8", ",")]
    for name in (lookup.key, lookup.value):
        if rows and name not in rows[0]:
            raise FormatError(f"{path} has no column {name!r}", hint=f"it has {', '.join(rows[0])}")
    return {str(row[lookup.key]).strip(): str(row[lookup.value]).strip() for row in rows}


def _found(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise FormatError(f"no file at {path}", hint="'file' is relative to the mapping file")
    return path


@contextlib.contextmanager
def _told(path: Path, kind: FileKind, encoding: str) -> Iterator[None]:
    try:
        yield
    except UnicodeError as error:
        raise FormatError(
            f"{path} is not in {encoding}", hint="set 'encoding', such as gb18030 or utf-16"
        ) from error
    except csv.Error as error:
        raise FormatError(
            f"{path} is not readable CSV ({error})", hint="set 'delimiter' or mend it"
        ) from error
    except (pa.ArrowException, OSError) as error:
        raise FormatError(f"{path} is not a readable {kind} file", hint="export it again") from error


def with_mark(encoding: str) -> str:
    """UTF-8 with or without the mark that spreadsheets put first."""
    return "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding


def _csv_rows(path: Path, encoding: str, delimiter: str) -> Iterator[SourceRow]:
    with path.open(encoding=with_mark(encoding), newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        head = next(reader, [])
        line = reader.line_num + 1
        for cells in reader:
            # A quoted cell may hold line breaks: a row is named by its first line.
            place, line = f"line {line}", reader.line_num + 1
            if not cells:
                continue
            wrong = f"{len(cells)} cells where the head has {len(head)}" if len(cells) != len(head) else ""
            yield SourceRow(place, dict(zip(head, cells, strict=False)), wrong)


def _json_rows(path: Path, encoding: str) -> Iterator[SourceRow]:
    with path.open(encoding=with_mark(encoding)) as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                value = json.loads(line)
            except json.JSONDecodeError as error:
                yield SourceRow(f"line {number}", {}, f"not JSON ({error.msg})")
                continue
            wrong = "" if isinstance(value, dict) else "not a JSON object"
            yield SourceRow(f"line {number}", dict(_flat(value)) if not wrong else {}, wrong)


def _flat(value: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, item in value.items():
        if isinstance(item, dict):
            yield from _flat(item, f"{before}{key}.")
        else:
            yield f"{before}{key}", item


def _parquet_rows(path: Path) -> Iterator[SourceRow]:
    number = 0
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=16_384):
            for values in batch.to_pylist():
                number += 1
                yield SourceRow(f"row {number}", dict(_flat(values)))
