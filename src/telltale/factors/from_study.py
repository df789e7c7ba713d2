"""From a study to its panel: every factor that its tables hold, on one grid, by viewer and step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from telltale.core import clock
from telltale.core.errors import FormatError
from telltale.core.progress import Progress, silent
from telltale.factors.columns import Column, Given
from telltale.factors.factor import Factor
from telltale.factors.frames import FEWEST_ROWS
from telltale.factors.grid import Grid
from telltale.factors.lay import lay_grid
from telltale.factors.panel import FactorPanel
from telltale.factors.sources import SOURCES, Source, choose
from telltale.study.store import Study


def factor_panel(
    study: Study,
    *,
    grid_s: float = 5.0,
    sources: Sequence[str] | None = None,
    session_ids: Sequence[str] | None = None,
    factors: Sequence[Factor] | None = None,
    now: datetime | None = None,
    progress: Progress = silent,
) -> FactorPanel:
    """The factors of a study, one row a viewer's step.

    People whose consent to research does not hold are left out altogether, and the notes count them. Columns
    that never change are kept: `describe` says so, `varying` leaves them out.

    Parameters
    ----------
    grid_s
        Length of a step in seconds.
    sources
        Names from `sources.SOURCES`; all that the study has tables for when left out.
    session_ids
        Which sessions; all when left out.
    factors
        Those of another panel of this study: these are given, however few sessions there are and whatever
        they hold; NaN where they hold nothing of one. Instead of `sources`.
    now
        The moment at which consent is asked; the present one when left out.

    Returns
    -------
    Rows by session and step, columns by source in the order of time.
    """
    if factors is not None:
        sources = [name for name in SOURCES if any(factor.source == name for factor in factors)]
    chosen = choose(study, sources)
    moment = now or clock.now()
    laid = lay_grid(study, grid_s, session_ids, moment)
    grid, notes = laid.grid, list(laid.notes)
    if grid.rows < FEWEST_ROWS and factors is None:
        raise FormatError(
            f"{grid.rows} steps of {grid_s:g} s are too few: {FEWEST_ROWS} at the least",
            hint="take more sessions or a finer grid",
        )
    columns: list[Column] = []
    for source in progress(chosen, total=len(chosen), label="sources read"):
        if factors is None:
            given = source.read(study, grid, moment)
            columns += _named_apart(given.columns, columns)
        else:
            mine = [factor for factor in factors if factor.source == source.name]
            given = _known(source, study, grid, moment, mine)
            columns += given.columns
        notes += given.notes
    if not columns:
        raise FormatError("no factor was found", hint="name other sources, or check the study's tables")
    # By columns: most of what is asked of a panel is a column or a few.
    values = np.empty((grid.rows, len(columns)), order="F")
    for i, column in enumerate(columns):
        column.write(values[:, i])
    return FactorPanel(
        factors=tuple(column.factor for column in columns),
        values=values,
        session=grid.session,
        room=grid.room_of[grid.session],
        person=grid.person_of[grid.session],
        step=grid.step,
        moment=grid.moment,
        grid_s=grid_s,
        session_ids=grid.session_ids,
        room_ids=grid.room_ids,
        person_ids=grid.person_ids,
        notes=tuple(notes),
    )


def _known(source: Source, study: Study, grid: Grid, moment: datetime, factors: Sequence[Factor]) -> Given:
    """What a source gives of factors that are known, in their order."""
    apart = f"{source.name}_"
    if source.read_known is None:
        given = source.read(study, grid, moment)
    else:
        names = {name for factor in factors for name in (factor.name, factor.name.removeprefix(apart))}
        given = source.read_known(study, grid, moment, names)
    found = {column.factor.name: column for column in given.columns}
    columns = []
    for factor in factors:
        column = found.get(factor.name) or found.get(factor.name.removeprefix(apart))
        unseen = Column(factor, np.full(grid.rows, np.nan))
        columns.append(unseen if column is None else replace(column, factor=factor))
    return Given(tuple(columns), given.notes)


def _named_apart(new: Sequence[Column], there: Sequence[Column]) -> list[Column]:
    """The new columns; one whose name is taken gets its source in front."""
    taken = {column.factor.name for column in there}
    apart = []
    for column in new:
        factor = column.factor
        if factor.name in taken:
            factor = replace(factor, name=f"{factor.source}_{factor.name}")
        apart.append(replace(column, factor=factor))
    return apart
