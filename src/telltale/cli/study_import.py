"""`telltale study import`: exported tables into a study, by a mapping file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from telltale.cli import console

if TYPE_CHECKING:
    from telltale.study.import_study import ImportReport

_TOLD_EMPTIED: Final = 20
"""Lines at most on rows of which a count was left empty."""


def import_tables(
    mapping: Annotated[Path, typer.Argument(help="TOML file: which of their columns is which of ours.")],
    into: Annotated[Path, typer.Option(help="Folder of a study, or of one to be made.")],
    allow_rejects: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Leave out rows that cannot be taken, and list them in FILE."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Import CSV, JSON lines and Parquet; a row that cannot be taken refuses the whole import."""
    from telltale.study.import_study import import_study

    with console.err.status("reading"):
        report = import_study(mapping, into, rejects_path=allow_rejects)
    if as_json:
        console.print_json(asdict(report) | {"folder": str(report.folder)})
    else:
        _print(report, allow_rejects)


def _print(report: ImportReport, rejects_path: Path | None) -> None:
    rows = [
        [s.table, s.file, *(f"{n:,}" for n in (s.taken, s.rejected, s.left_out, s.repeated))]
        for s in report.sources
    ]
    title = f"{'Made' if report.is_new else 'Added to'} {report.folder}"
    console.print_table(title, ["table", "file", "taken", "rejected", "left out", "repeated"], rows, left=2)
    for note in report.emptied[:_TOLD_EMPTIED]:
        console.out.print(console.escape(f"left empty: {note.line()}"), soft_wrap=True)
    if len(report.emptied) > _TOLD_EMPTIED:
        console.out.print(f"... and {len(report.emptied) - _TOLD_EMPTIED:,} rows more (--json tells all)")
    if report.rejects and rejects_path is not None:
        line = f"{len(report.rejects):,} rows were rejected; why stands in {rejects_path}"
        console.out.print(console.escape(line), soft_wrap=True)
    console.out.print(console.escape(f"next: telltale study check {report.folder}"), soft_wrap=True)
