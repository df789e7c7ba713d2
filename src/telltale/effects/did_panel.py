"""A panel for difference in differences: units seen in periods, some treated from a period on.

    frame > DidPanel.from_frame > checked once, everything that is wrong in one list > every estimator

A unit is a session or a viewer; a period is a step of a regular grid, such as five seconds. What is known of
a unit before its treatment (covariates, person or room) stands once for each unit, not in each row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from telltale.core.errors import FormatError
from telltale.effects.design import Unit
from telltale.effects.design_columns import Missing
from telltale.effects.design_faults import in_one_line
from telltale.effects.did_columns import Holes, read_panel
from telltale.effects.did_faults import faults_of_panel
from telltale.effects.variance import Bools, Floats, Ints


@dataclass(frozen=True, eq=False)
class DidPanel:
    """N rows of n units, sorted by unit and period; each pair of both at most once."""

    unit: Ints
    """Shape (N,), codes 0 to n - 1, each there."""
    period: Ints
    """Shape (N,), steps of the grid."""
    outcome: Floats
    """Shape (N,), in its own unit."""
    start: Floats
    """Shape (n,): the first treated period, NaN for never."""
    moment: Floats
    """Shape (n,): the period from which after begins: `start`, or for control the one at which it would have
    been treated; NaN where that is not known."""
    covariates: Floats
    """Shape (n, p), known before the treatment."""
    names: tuple[str, ...]
    """Of the p covariates."""
    cluster: Ints
    """Shape (n,), codes of the person or room a unit belongs to."""
    kind: Unit = "viewer"
    """What one unit is, and so what an effect is per."""
    treatment_name: str = "treatment"
    outcome_name: str = "outcome"
    origin: float = 0.0
    """The time of period 0, in the time's own unit."""
    step: float = 1.0
    """The length of a period, in the same unit."""
    facts: tuple[str, ...] = ()
    """What was done on the way here that a reader of the effect should know."""

    def __post_init__(self) -> None:
        faults = faults_of_panel(self)
        if faults:
            message, hint = in_one_line(faults)
            raise FormatError(message, hint=hint)

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        unit: str,
        time: str,
        outcome: str,
        treated_from: str | None = None,
        treatment: str | None = None,
        moment: str | None = None,
        covariates: Sequence[str] = (),
        cluster: str | None = None,
        kind: Unit = "viewer",
        holes: Holes = "refuse",
        missing: Missing = "refuse",
    ) -> DidPanel:
        """A panel from any table: pandas, polars, pyarrow, or a dict of columns. One row a unit and period.

        Parameters
        ----------
        time
            Whole numbers on a regular grid: counts of steps, or seconds such as 0, 5, 10.
        treated_from
            The time at which a unit's treatment began, in every row of it; empty for never. The period in
            which it falls counts as treated.
        treatment
            Instead of `treated_from`: 0 before the treatment, 1 from it on.
        moment
            For units without treatment: the time at which they were held back, or would have been treated.
            Without it they take the moment of the treated, where all of those share one.
        covariates, cluster
            One value a unit, in every row of it. Without `cluster` each unit stands for itself.
        holes
            "refuse", or "allow": rows without outcome are left out and periods may be missing inside a unit.
        missing
            Of covariates: "refuse", or "indicator" as in `Design.from_frame`.

        >>> rows = {"who": [], "step": [], "desire": [], "shown": []}
        >>> for who in range(12):
        ...     for step in range(4):
        ...         on = int(who < 6 and step >= 2)
        ...         for name, value in zip(rows, (who, step, 0.1 * who + step + 2.0 * on, on)):
        ...             rows[name].append(value)
        >>> panel = DidPanel.from_frame(rows, unit="who", time="step", outcome="desire", treatment="shown")
        >>> panel.units, panel.periods, int(panel.treated.sum()), panel.starts.tolist()
        (12, 4, 6, [2])
        """
        found = read_panel(
            frame, unit, time, outcome, treated_from, treatment, moment, tuple(covariates), cluster, holes,
            missing
        )  # fmt: skip
        name = treated_from or treatment or "treatment"
        return cls(
            found.unit, found.period, found.outcome, found.start, found.moment, found.covariates, found.names,
            found.cluster, kind, name, outcome, found.origin, found.step, found.facts,
        )  # fmt: skip

    @property
    def units(self) -> int:
        """n."""
        return len(self.start)

    @cached_property
    def periods(self) -> int:
        """Steps of the grid from the first to the last, T."""
        return int(self.period.max()) + 1

    @property
    def treated(self) -> Bools:
        """Shape (n,): who is treated at some time."""
        found: Bools = np.isfinite(self.start)
        return found

    @cached_property
    def starts(self) -> Ints:
        """The periods in which treatments begin, in order."""
        found: Ints = np.unique(self.start[self.treated]).astype(np.int64)
        return found

    @property
    def clustered(self) -> bool:
        """Whether some units share a person or a room."""
        return len(np.unique(self.cluster)) < self.units

    @cached_property
    def first(self) -> Ints:
        """Shape (n,): where the rows of each unit begin."""
        return np.flatnonzero(np.r_[True, np.diff(self.unit) > 0])

    def wide(self) -> Floats:
        """Shape (n, T): outcomes by unit and period, NaN where a unit was not seen."""
        table = np.full((self.units, self.periods), np.nan)
        table[self.unit, self.period] = self.outcome
        return table
