"""Faults of the folder itself: files that nobody reads, left-overs, erasures that did not end or hold."""

from __future__ import annotations

from pathlib import Path

from telltale.core.checks import Fault
from telltale.core.errors import FormatError
from telltale.study import schema
from telltale.study.forget import JOURNAL
from telltale.study.personal_files import left_overs, names_in_study, unsearched
from telltale.study.receipts import read_receipts


def file_faults(folder: Path) -> list[Fault]:
    """Faults that the list of files tells, before any table is read."""
    return [*_unknown(folder), *_unsearched(folder), *_left_over(folder), *_unfinished(folder)]


def _unknown(folder: Path) -> list[Fault]:
    names = sorted(
        path.name
        for path in folder.glob("*.parquet")
        if path.stem not in schema.BY_NAME and not path.name.startswith(".")
    )
    if not names:
        return []
    hint = f"tables are {', '.join(schema.BY_NAME)}; what you made yourself goes to {schema.DERIVED}/"
    return [Fault("unknown-file", ".", "", "not a table", hint, len(names), tuple(names[:5]), "warning")]


def _unsearched(folder: Path) -> list[Fault]:
    names = [str(path.relative_to(folder)) for path in unsearched(folder)]
    if not names:
        return []
    message, hint = "not Parquet, so an erasure cannot search it", "write it as Parquet, or keep it elsewhere"
    return [Fault("unsearched", schema.DERIVED, "", message, hint, len(names), tuple(names[:5]), "warning")]


def _left_over(folder: Path) -> list[Fault]:
    names = [str(path.relative_to(folder)) for path in left_overs(folder)]
    if not names:
        return []
    message, hint = "left half-written by a run that was stopped", "delete them"
    return [Fault("left-over", ".", "", message, hint, len(names), tuple(names[:5]), "warning")]


def _unfinished(folder: Path) -> list[Fault]:
    if not (folder / JOURNAL).exists():
        return []
    hint = "run the same 'telltale study forget' again"
    return [Fault("unfinished-erasure", JOURNAL, "", "an erasure was stopped before its end", hint)]


def receipt_faults(folder: Path) -> list[Fault]:
    """Receipts that cannot be read, and receipts whose person is still, or again, in the study."""
    try:
        receipts = read_receipts(folder)
        names = names_in_study(folder) if receipts else {}
    except FormatError as error:
        return [Fault("unverified", schema.RECEIPTS, "", f"not verified, {error.message}", error.hint)]
    faults = []
    for receipt in receipts:
        back = sorted(place for name, place in names.items() if receipt.speaks_of(name))
        if back:
            message = f"the person erased at {receipt.erased_at} is back"
            hint = "run 'telltale study forget' again, and find out who put them back"
            place = f"{schema.RECEIPTS}/{receipt.name}"
            faults.append(Fault("erased-is-back", place, "", message, hint, len(back), tuple(back[:5])))
    return faults
