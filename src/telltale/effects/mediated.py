"""A design with mediators: what came after the treatment and before the outcome, and may carry the effect.

    covariates (before) > treatment > mediators > outcome

The same checks as of any design, with the mediators among its columns: one that is constant, follows from
others or tells the treatment exactly can carry nothing that data could show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from telltale.core.errors import FormatError
from telltale.effects.design import Design, OutcomeKind, Unit
from telltale.effects.variance import Floats


@dataclass(frozen=True, slots=True, eq=False)
class MediatedDesign:
    """What natural effects are estimated from; N rows, k mediators."""

    design: Design
    mediators: Floats
    """Shape (N, k), all after the treatment and before the outcome."""
    names: tuple[str, ...]
    """Of the k mediators."""
    outcome_beside: Floats | None = None
    """Shape (N,): the outcome in the mediators' own time, where it was seen; for a check alone."""
    past: str = "past it"
    """How what does not go through is told."""
    unlogged: str = ""
    """That some rows have no logged chance where others do, in words."""

    def __post_init__(self) -> None:
        if self.mediators.shape != (len(self.design), len(self.names)) or not self.names:
            raise FormatError(
                f"mediators have shape {self.mediators.shape} for {len(self.names)} names and"
                f" {len(self.design):,} rows",
                hint="give one column for each of one mediator or more",
            )
        beside = self.outcome_beside
        if beside is not None and (beside.shape != (len(self.design),) or not np.isfinite(beside).all()):
            raise FormatError("the outcome beside has holes", hint="give one number for each row, or none")
        self.joint()

    def joint(self) -> Design:
        """The design with the mediators behind its covariates; refused where that makes none."""
        return replace(
            self.design,
            covariates=np.hstack([self.design.covariates, self.mediators]),
            names=(*self.design.names, *self.names),
        )

    def ordered(self) -> MediatedDesign:
        """The same in an order that depends on what the rows hold, as `Design.ordered` has it."""
        design, order = self.design.ordered()
        beside = None if self.outcome_beside is None else self.outcome_beside[order]
        return replace(self, design=design, mediators=self.mediators[order], outcome_beside=beside)

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        treatment: str,
        mediators: Sequence[str],
        outcome: str,
        covariates: Sequence[str] = (),
        cluster: str | None = None,
        propensity: str | None = None,
        unit: Unit = "viewer",
        outcome_kind: OutcomeKind | None = None,
    ) -> MediatedDesign:
        """From any table: pandas, polars, pyarrow, or a dict of columns.

        Parameters
        ----------
        mediators
            Names of columns; text becomes one column a level, as among covariates.

        >>> rows = {"note": [0, 1] * 20, "mood": [float(i % 5) for i in range(40)],
        ...         "spend": [float(i % 7) for i in range(40)], "age": list(range(40))}
        >>> found = MediatedDesign.from_frame(
        ...     rows, treatment="note", mediators=["mood"], outcome="spend", covariates=["age"])
        >>> found.mediators.shape, found.names
        ((40, 1), ('mood',))
        """

        def read(columns: Sequence[str]) -> Design:
            return Design.from_frame(
                frame,
                treatment=treatment,
                outcome=outcome,
                covariates=columns,
                cluster=cluster,
                propensity=propensity,
                unit=unit,
                outcome_kind=outcome_kind,
            )

        if not mediators:
            raise FormatError("no mediators", hint="name what may carry the effect")
        # All together first, so that whatever is wrong with any column is told at once.
        joint, design = read([*covariates, *mediators]), read(covariates)
        before = len(design.names)
        return cls(design, joint.covariates[:, before:], joint.names[before:])
