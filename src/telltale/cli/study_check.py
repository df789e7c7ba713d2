"""`telltale study check`: everything that is wrong with a study, at once."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from telltale.cli import console

if TYPE_CHECKING:
    from telltale.core.checks import CheckReport


def check(
    folder: Annotated[Path, typer.Argument(help="Folder of a study.")],
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; every core when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List every fault of a study by table, row and column; exits with 1 when there are any."""
    from telltale.study.check import check_study

    report = check_study(folder, workers=workers, progress=console.progress)
    if as_json:
        console.print_json(report.to_dict())
    else:
        _print(folder, report)
    if not report.passed:
        raise typer.Exit(1)


def _print(folder: Path, report: CheckReport) -> None:
    for table, faults in groupby(report.faults, key=lambda fault: fault.table):
        console.out.print(f"[bold]{console.escape(table)}[/]")
        for fault in faults:
            colour = "red" if fault.severity == "error" else "yellow"
            mark = f"[{colour}]{fault.severity:7}[/] {fault.code}"
            console.out.print(f"  {mark}  {console.escape(fault.line())}", soft_wrap=True)
    console.out.print(console.escape(_summary(folder, report)), soft_wrap=True)


def _summary(folder: Path, report: CheckReport) -> str:
    errors = sum(fault.severity == "error" for fault in report.faults)
    warnings = len(report.faults) - errors
    rows = f"{sum(report.rows_checked.values()):,} rows"
    if not report.faults:
        return f"{folder} is sound: no fault in {rows}"
    verdict = "is not sound" if errors else "can be used"
    return f"{folder} {verdict}: {_count(errors, 'error')} and {_count(warnings, 'warning')} in {rows}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
