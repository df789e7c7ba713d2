"""What makes a panel useless for difference in differences: every fault with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from telltale.effects.design_faults import LEAST_ARM, LEAST_ROWS, Line
from telltale.effects.variance import count_clusters

if TYPE_CHECKING:
    from telltale.effects.did_panel import DidPanel


def faults_of_panel(panel: DidPanel) -> list[Line]:
    """All that is wrong; nothing when all is well."""
    shapes = list(_shapes(panel))
    return shapes or [*_rows(panel), *_arms(panel), *_values(panel)]


def _shapes(panel: DidPanel) -> Iterator[Line]:
    rows, n = len(panel.outcome), len(panel.start)
    for name in ("unit", "period"):
        if getattr(panel, name).shape != (rows,):
            yield (
                f"{name} has shape {getattr(panel, name).shape} and not {(rows,)}",
                "give one for each row",
            )
    for name in ("moment", "cluster"):
        if getattr(panel, name).shape != (n,):
            yield (f"{name} has shape {getattr(panel, name).shape} and not {(n,)}", "give one for each unit")
    if panel.covariates.shape != (n, len(panel.names)):
        yield (
            f"covariates have shape {panel.covariates.shape} and not {(n, len(panel.names))}",
            "give one row for each unit and one column for each name",
        )
    if panel.unit.shape != (rows,) or panel.period.shape != (rows,):
        return
    if rows and not (np.array_equal(np.unique(panel.unit), np.arange(n)) and panel.period.min() >= 0):
        yield ("units or periods are no codes from 0", "use DidPanel.from_frame")
    later = np.diff(panel.unit) * (np.int64(panel.period.max(initial=0)) + 1) + np.diff(panel.period)
    if (later <= 0).any():
        yield ("rows are not sorted by unit and period, each pair once", "use DidPanel.from_frame")


def _rows(panel: DidPanel) -> Iterator[Line]:
    rows = len(panel.outcome)
    if rows < LEAST_ROWS:
        yield (f"{rows} rows", f"give {LEAST_ROWS} or more: fewer carry no interval")
    if len(np.unique(panel.period)) < 2:
        yield ("one period only", "difference in differences compares before with after: give both")


def _arms(panel: DidPanel) -> Iterator[Line]:
    treated, n, name = int(panel.treated.sum()), panel.units, panel.treatment_name
    if not treated:
        yield (f"nobody got the treatment {name!r}", "an effect wants some with and some without it")
        return
    if treated == n and len(panel.starts) == 1:
        yield (
            f"everybody got the treatment {name!r} at one time, and no unit is without",
            "give units that were not treated, or not yet",
        )
    elif treated < LEAST_ARM or 0 < n - treated < LEAST_ARM:
        yield (
            f"{treated} units treated and {n - treated} not by {name!r}",
            f"give {LEAST_ARM} or more of each",
        )
    elif count_clusters(panel.cluster) < 4:
        yield (f"{count_clusters(panel.cluster)} clusters", "give four or more: errors are told from them")


def _values(panel: DidPanel) -> Iterator[Line]:
    y, name = panel.outcome, panel.outcome_name
    bad = int((~np.isfinite(y)).sum())
    if bad:
        yield (f"the outcome {name!r} is no number in {bad:,} rows", "leave these rows out")
    elif len(y) and np.ptp(y) == 0:
        yield (f"the outcome {name!r} is {y[0]:g} in every row", "an outcome has to vary")
    if not np.isfinite(panel.covariates).all():
        yield ("covariates that are no number", "fill them, or leave them out")
    if (panel.moment[panel.treated] != panel.start[panel.treated]).any():
        yield ("moments of the treated differ from their starts", "leave them to DidPanel.from_frame")
