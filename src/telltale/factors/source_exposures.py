"""Strategies that were shown: one factor each, 0 before and 1 from the step in which it was shown."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import numpy as np

from telltale.factors.columns import Column, Given
from telltale.factors.factor import BROADCAST, Factor
from telltale.factors.grid import NOWHERE, Grid
from telltale.factors.reading import codes_of, texts_of, times_ms
from telltale.study.store import Study


def exposures(
    study: Study,
    grid: Grid,
    now: datetime,  # noqa: ARG001 (the grid has asked)
    known: Collection[str] = (),
) -> Given:
    """Each strategy of which at least one of these sessions was shown something, and each that is known.

    It stands with what the broadcast and the shop do: within a step it may move the viewer, and what the
    viewer felt in an earlier step may have called for it.
    """
    table = study.table("exposures", ["session_id", "time_s", "strategy", "arm"])
    session = codes_of(table, "exposures", "session_id", grid.session_ids)
    strategy, names = texts_of(table, "exposures", "strategy")
    treated = codes_of(table, "exposures", "arm", ("treated",)) == 0
    # At 120 s on a grid of 5 s, step 24 is the first that lies after: (120, 125].
    step = times_ms(table, "exposures") // grid.step_ms
    columns = []
    for code, name in enumerate(names):
        shown = treated & (strategy == code) & (session != NOWHERE)
        if not shown.any() and name not in known:
            continue
        first = np.full(len(grid.session_ids), np.iinfo(np.int64).max)
        np.minimum.at(first, session[shown], step[shown])
        factor = Factor(
            name,
            "exposures",
            "viewer",
            "binary",
            BROADCAST,
            "",
            f"1 from the step in which '{name}' was shown",
        )
        columns.append(Column(factor, (grid.step >= first[grid.session]).astype(np.float32)))
    return Given(tuple(columns))
