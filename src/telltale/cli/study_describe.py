"""`telltale study describe`: the purchase paper's Table 1 for a study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from telltale.cli import console

if TYPE_CHECKING:
    from telltale.study.describe import Description, Row

HEAD = ("Category", "Sessions", "Participants", "Conversion", "Mean min", "Median min")


def describe(
    folder: Annotated[Path, typer.Argument(help="Folder of a study.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print sessions, people, conversion and session length by category."""
    from telltale.study.describe import describe_study
    from telltale.study.store import Study

    description = describe_study(Study.open(folder))
    if as_json:
        console.print_json(description.to_dict())
    else:
        _print(description)


def _print(description: Description) -> None:
    title = f"{description.name} (simulated)" if description.simulated else description.name
    rows = [_cells(row) for row in (*description.rows, description.total)]
    console.print_table(console.escape(title), HEAD, rows)
    console.out.print(
        f"{description.events:,} events, {description.cart_events:,} carts in sessions that converted, "
        f"{description.signals:,} of {description.total.sessions:,} sessions with a signal",
        soft_wrap=True,
    )


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.category,
        f"{row.sessions:,}",
        f"{row.participants:,}",
        f"{row.conversion_rate:.1%}",
        f"{row.mean_minutes:.1f}",
        f"{row.median_minutes:.1f}",
    )
