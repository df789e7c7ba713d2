"""How commands speak: tables and progress for a person, JSON for a program, complaints on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

Item = TypeVar("Item")


@dataclass
class Settings:
    """What the options before the command set."""

    debug: bool = False


_WIDEST = 1000
"""Columns of a table that nobody looks at in a terminal."""

settings = Settings()
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def complain(message: str) -> None:
    """Tell an error on stderr, plain, one line for each problem."""
    for line in message.splitlines():
        err.print(f"[bold red]error[/] {escape(line)}", soft_wrap=True)


def escape(text: str) -> str:
    """Text that Rich must not read as markup."""
    from rich.markup import escape as rich_escape

    return rich_escape(text)


def print_json(value: Any) -> None:
    """Print for a program: JSON on stdout, numbers unrounded, nothing else."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def print_json_line(value: Any) -> None:
    """The same on one line, at once, for a program that reads while we go on."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()


def print_table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, left: int = 1) -> None:
    """Print for a person; the first `left` columns stand left, the others right."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for i, name in enumerate(head):
        # Words may be folded; a number that is broken in two is another number.
        table.add_column(name, justify="left" if i < left else "right", overflow="fold", no_wrap=i >= left)
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    if out.is_terminal:
        out.print(table, crop=False)
        return
    # What no terminal shows has no edge; but Rich prints no table wider than its console, no title wider
    # than its table.
    wide, table.title = Console(width=_WIDEST, highlight=False), None
    if title:
        wide.print(title, soft_wrap=True)
    wide.print(table)


def progress(items: Iterable[Item], *, total: int, label: str) -> Iterator[Item]:
    """Pass items on while a bar on stderr shows how far it is; the bar goes when it is done.

    Where stderr is no terminal nothing is shown.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        yield from bar.track(items, total=total, description=label)
