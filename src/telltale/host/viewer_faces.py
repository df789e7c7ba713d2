"""What viewers' faces show, step by step: the four affect signals, or the same factors as the study holds
them.

Signals are read through the door of consent by `factors`; where a study keeps none, columns of
`viewer_factors` that bear the names of `AFFECTS` take their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import numpy as np

from telltale.core.errors import FormatError
from telltale.factors.columns import Column
from telltale.factors.lay import lay_grid
from telltale.factors.source_face import face, has_faces
from telltale.factors.source_factors import viewer_factors
from telltale.host.shown import Array, Codes
from telltale.host.visits import Visits
from telltale.signs.affect import NAMES
from telltale.study.store import Study

Held = Literal["signals", "viewer_factors"]

AFFECTS: Final = (*NAMES, "attention")
STEP_S: Final = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class ViewerFaces:
    """Step k of visit v is row `first[v] + k`: (k, k + 1] x `STEP_S` of the visit's own time."""

    names: tuple[str, ...]
    values: Array
    """Shape (rows, K); NaN where it was not read."""
    first: Codes
    """Shape (S + 1,)."""
    held: Held
    notes: tuple[str, ...]

    @property
    def visit(self) -> Codes:
        """Shape (rows,)."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))

    def mean(self, visit: Codes, from_step: Codes, steps: int) -> Array:
        """Means over `steps` steps from one on, shape (N, K); NaN unless all are there and half were read."""
        at = self.first[visit] + from_step
        whole = (from_step >= 0) & (at + steps <= self.first[visit + 1])
        at = np.where(whole, at, 0)
        found = np.full((len(visit), len(self.names)), np.nan)
        for k, column in enumerate(self.values.T):
            read = np.isfinite(column)
            total = np.concatenate([[0.0], np.cumsum(np.where(read, column, 0.0))])
            count = np.concatenate([[0], np.cumsum(read)])
            n = count[at + steps * whole] - count[at]
            good = whole & (2 * n >= steps) & (n > 0)
            found[good, k] = (total[at + steps * whole] - total[at])[good] / n[good]
        return found


def viewer_faces(study: Study, visits: Visits, now: datetime) -> ViewerFaces:
    """What the faces of these visits show."""
    held: Held = "signals" if has_faces(study) else "viewer_factors"
    if held == "viewer_factors" and not study.has("viewer_factors"):
        raise FormatError(
            f"{study.folder} tells nothing of viewers' faces, so contagion cannot be asked",
            hint="add signals, or viewer_factors such as desire",
        )
    grid = lay_grid(study, STEP_S, visits.session_ids, now).grid
    given = (face if held == "signals" else viewer_factors)(study, grid, now)
    columns: dict[str, Column] = {
        column.factor.name.removeprefix("face_"): column for column in given.columns
    }
    names = tuple(name for name in AFFECTS if name in columns)
    if not names:
        raise FormatError(
            f"viewer_factors of {study.folder} hold none of {', '.join(AFFECTS)}: contagion cannot be asked",
            hint="name a column so, or add signals",
        )
    values = np.column_stack([columns[name].values.astype(np.float64) for name in names])
    first = np.concatenate([[0], np.cumsum(grid.steps)]).astype(np.int64)
    return ViewerFaces(names, values, first, held, given.notes)
