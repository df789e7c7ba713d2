"""The checker: everything that is wrong with a study, at once, by table, row and column."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from telltale.core import clock
from telltale.core.checks import CheckReport, Fault
from telltale.core.progress import Progress, silent
from telltale.study import schema
from telltale.study.checked_tables import open_tables
from telltale.study.faults_acts import act_faults
from telltale.study.faults_counts import count_faults
from telltale.study.faults_files import file_faults, receipt_faults
from telltale.study.faults_people import people_faults
from telltale.study.faults_signals import signal_faults
from telltale.study.faults_time import time_faults
from telltale.study.faults_values import value_faults
from telltale.study.manifest import read_manifest

_PLACES = [*schema.BY_NAME, schema.SIGNALS, schema.HOST_SIGNALS]


def check_study(
    folder: str | Path,
    *,
    workers: int | None = None,
    progress: Progress = silent,
    now: datetime | None = None,
) -> CheckReport:
    """Every fault of a study; nothing in it is changed.

    Parameters
    ----------
    folder
        A study of the present version.
    workers
        Processes for reading signals; None takes every core at hand.
    progress
        Shows how far the signals are, such as `telltale.cli.console.progress`.
    now
        The moment at which consents must hold; the present one when not given.

    Raises
    ------
    FormatError
        When the folder is no study, or one of another version.
    """
    folder = Path(folder)
    read_manifest(folder)
    tables, faults = open_tables(folder)
    with tables.connection:
        faults += value_faults(tables)
        faults += people_faults(tables, now or clock.now())
        faults += time_faults(tables)
        faults += act_faults(tables)
        faults += count_faults(tables)
        of_signals, signal_rows = signal_faults(folder, tables, workers=workers, progress=progress)
    faults += of_signals + file_faults(folder) + receipt_faults(folder)
    return CheckReport(tuple(sorted(faults, key=_place)), tables.rows | signal_rows)


def _place(fault: Fault) -> tuple[int, bool]:
    """Tables in the format's order, then signals, then the folder; in each the errors first."""
    name = fault.table.removesuffix(".parquet")
    return (_PLACES.index(name) if name in _PLACES else len(_PLACES), fault.severity == "warning")
