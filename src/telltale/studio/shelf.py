"""What the studio reads from: the ledger, a study, report pages; and who works out probabilities for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from telltale.core.signal import Signal
from telltale.records.database import AbstractDatabase
from telltale.strategy.assignment import Experiments
from telltale.strategy.catalogue import Catalogue
from telltale.study.store import Study

Score = Callable[[Signal], Sequence[float | None]]
"""The probability at the end of each second of a recording; None where nothing was read."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Held by the application as `app.state.shelf`."""

    database: AbstractDatabase
    catalogue: Catalogue
    experiments: Experiments
    score: Score
    """The service's model, offline; the studio itself knows none."""
    study: Study | None = None
    reports: Mapping[str, Path] = field(default_factory=dict)
    """Folders that hold a report.html, by name."""


def shelf_of(request: Request) -> Shelf:
    """The shelf of an application."""
    shelf: Shelf = request.app.state.shelf
    return shelf


OnShelf = Annotated[Shelf, Depends(shelf_of)]
