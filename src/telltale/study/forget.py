"""Erasing a person: every row and file of theirs, with a receipt, whatever happens on the way.

A journal with all that is to be done is written first. New tables are written beside, then renamed, then
files are deleted, then the receipt is written, and the journal goes last. Every step may be done again,
so running the erasure again after a power cut ends it.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq

from telltale.core.errors import FormatError
from telltale.core.files import replacing_file, told_plainly
from telltale.study.erase_rows import array_beside, count_rows, write_array_without, write_table_without
from telltale.study.manifest import read_manifest
from telltale.study.personal_files import belongs, files_of, id_tables, left_overs, names_in_study
from telltale.study.receipts import Receipt, read_receipts, write_receipt

JOURNAL = ".forget.json"
"""In the study's folder while an erasure runs; it names the person, so it goes when they have gone."""

_BESIDE = ".forget.part"
"""How a table's new form is called until it takes its place."""


@dataclass(frozen=True, slots=True)
class _Journal:
    """What is to be erased, fixed before anything is touched."""

    person: str
    receipt: Receipt
    ids: tuple[str, ...]
    """The person's id and their sessions'."""
    ready: bool = False
    """Whether all that is new lies beside, whole, so that only renaming and deleting is left."""


def forget_person(folder: Path, person_id: str, now: datetime) -> Receipt:
    """Erase every row and file of a person and leave a receipt.

    Parameters
    ----------
    folder
        A study.
    person_id
        The person's pseudonym, as in `participants.participant_id`.
    now
        The moment of erasure, for the receipt.

    Raises
    ------
    FormatError
        When nobody of that name is in the study, or a table cannot be searched; nothing is changed then.
    """
    read_manifest(folder)
    unfinished = _read_journal(folder)
    if unfinished and unfinished.person != person_id:
        raise FormatError(
            f"the erasure of {unfinished.person} was stopped before its end",
            hint=f"run 'telltale study forget {folder} {unfinished.person}' first",
        )
    with told_plainly(folder):
        journal = unfinished or _start(folder, person_id, now)
        if not journal.ready:
            _prepare(folder, journal)
        _finish(folder, journal)
    return journal.receipt


def _start(folder: Path, person: str, now: datetime) -> _Journal:
    """Find all that is theirs and write it down."""
    ids = tuple(sorted({person} | _sessions_of(folder, person) | _back_again(folder, person)))
    rows = {str(path.relative_to(folder)): count for path, count in _rows_of(folder, ids).items()}
    files = Counter(path.relative_to(folder).parts[0] for path in files_of(folder, ids))
    if not rows and not files:
        raise _unknown(folder, person)
    receipt = Receipt.of(ids, rows=rows, files=dict(files), salt=secrets.token_hex(16), now=now)
    journal = _Journal(person, receipt, ids)
    _write_journal(folder, journal)
    return journal


def _prepare(folder: Path, journal: _Journal) -> None:
    """Write all that is new beside the old; when that fails the study is as it was."""
    try:
        _write_beside(folder, journal.ids)
        _write_journal(folder, replace(journal, ready=True))
    except Exception:
        _clear(folder)
        (folder / JOURNAL).unlink()
        raise


def _write_journal(folder: Path, journal: _Journal) -> None:
    with replacing_file(folder / JOURNAL) as beside:
        beside.write_text(json.dumps(asdict(journal)), encoding="utf-8")


def _unknown(folder: Path, person: str) -> FormatError:
    for receipt in read_receipts(folder):
        if receipt.speaks_of(person):
            return FormatError(
                f"{person} was erased at {receipt.erased_at}", hint=f"the receipt is receipts/{receipt.name}"
            )
    return FormatError(f"nobody called {person!r} in {folder}", hint="see participants.parquet")


def _read_journal(folder: Path) -> _Journal | None:
    path = folder / JOURNAL
    if not path.exists():
        return None
    data = json.loads(path.read_text(encoding="utf-8"))
    receipt = data["receipt"] | {"digests": tuple(data["receipt"]["digests"])}
    return _Journal(data["person"], Receipt(**receipt), tuple(data["ids"]), data["ready"])


def _back_again(folder: Path, person: str) -> set[str]:
    """Ids that went with the person before and stand in the study again, if only as a file's name."""
    receipts = [receipt for receipt in read_receipts(folder) if receipt.speaks_of(person)]
    if not receipts:
        return set()
    return {name for name in names_in_study(folder) if any(r.speaks_of(name) for r in receipts)}


def _sessions_of(folder: Path, person: str) -> set[str]:
    """Their sessions, as any table that names both knows them."""
    found: set[str] = set()
    for path, columns in id_tables(folder):
        if len(columns) < 2:
            continue
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(columns=columns):
                theirs = batch.filter(belongs(batch, ["participant_id"], [person]))
                found |= {str(s) for s in theirs.column("session_id").to_pylist() if s is not None}
    return found


def _rows_of(folder: Path, ids: tuple[str, ...]) -> dict[Path, int]:
    """How many rows of each table, and of the array that belongs to it, are theirs."""
    counts = {}
    for path, _ in id_tables(folder):
        if count := count_rows(path, ids):
            counts[path] = count
            if array := array_beside(path):
                counts[array] = count
    return counts


def _write_beside(folder: Path, ids: tuple[str, ...]) -> None:
    _clear(folder)
    for path in _rows_of(folder, ids):
        beside = path.with_name(f".{path.name}{_BESIDE}")
        if path.suffix == ".npy":
            write_array_without(path.with_suffix(".parquet"), path, beside, ids)
        else:
            write_table_without(path, beside, ids)


def _finish(folder: Path, journal: _Journal) -> None:
    """From here on there is no way back, only forward."""
    for beside in sorted(folder.rglob(f".*{_BESIDE}")):
        beside.replace(beside.with_name(beside.name.removeprefix(".").removesuffix(_BESIDE)))
    for path in files_of(folder, journal.ids):
        path.unlink()
        _remove_if_empty(path.parent, folder)
    _clear(folder)
    write_receipt(folder, journal.receipt)
    (folder / JOURNAL).unlink()


def _remove_if_empty(place: Path, folder: Path) -> None:
    """Folders that bore the person's name go with their last file."""
    while place.parent != folder and place != folder and not any(place.iterdir()):
        place.rmdir()
        place = place.parent


def _clear(folder: Path) -> None:
    for path in left_overs(folder):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
