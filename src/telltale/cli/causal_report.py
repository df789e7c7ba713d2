"""`--report FOLDER`: what the causal commands share to write a page of what they found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from telltale.cli import console

Report = Annotated[
    Path | None,
    typer.Option("--report", help="Write a page with its figures and every number to this new folder."),
]


def refuse_report(report: Path | None) -> None:
    """Refuse a folder that holds something, now and not after minutes of work."""
    from telltale.core.files import refuse_unless_free

    if report is not None:
        refuse_unless_free(report)


def write_report(
    report: Path | None, folder: Path, write: Callable[..., Path], found: Any, **more: Any
) -> None:
    """Write the page where one was asked for; stderr says where it is.

    Parameters
    ----------
    write
        One of the `write_..._page` of `telltale.report`.
    found, more
        What it draws.
    """
    from telltale.study.store import Study

    if report is None:
        return
    about = Study.open(folder).manifest
    page = write(found, report, study=about.name, simulated=bool(about.simulated), **more)
    console.err.print(f"Open {console.escape(str(page))}", soft_wrap=True)
