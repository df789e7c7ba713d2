"""How far a reading is, on stderr: a bar for what has an end, a running line for what has none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from telltale.cli import console

Item = TypeVar("Item")


class _Speed(ProgressColumn):
    """Frames a second."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:.0f} fps")


def reading_bar(items: Iterable[Item], *, total: int, label: str) -> Iterator[Item]:
    """Pass frames on and show how many, how fast and how long still; with a total of 0 there is no end.

    Where stderr is no terminal nothing is shown.
    """
    columns: tuple[ProgressColumn, ...]
    if total:
        columns = (TextColumn(label), BarColumn(), MofNCompleteColumn(), _Speed(), TimeRemainingColumn())
    else:
        counted = TextColumn(f"{label}, frame {{task.completed:,.0f}}")
        ended = TextColumn("Ctrl-C ends it and keeps what was read")
        columns = (SpinnerColumn(), counted, _Speed(), TimeElapsedColumn(), ended)
    with Progress(*columns, console=console.err, transient=True, disable=not console.err.is_terminal) as bar:
        yield from bar.track(items, total=total or None)
