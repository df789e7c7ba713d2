"""A design: who was treated, what came of it, and all that could have driven both. One row a unit.

    frame > Design.from_frame > checked once, everything that is wrong in one list > every estimator

The effect of a treatment T on one unit is tau_i = Y_i(1) - Y_i(0) (equation 1 of the paper): one of both is
never seen, so it takes covariates X that make treated and control alike, or chances that were drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from telltale.core.errors import FormatError
from telltale.effects.design_columns import Missing, read_columns
from telltale.effects.design_faults import faults_of, in_one_line
from telltale.effects.drawn import ALONE, Drawn, counted
from telltale.effects.variance import Bools, Floats, Ints, count_clusters

Unit = Literal["viewer", "room"]
OutcomeKind = Literal["continuous", "binary", "count"]
Evidence = Literal["randomised, logged chances", "observed"]

_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(29)
_FEW_CLUSTERS: Final = 30


@dataclass(frozen=True, eq=False)
class Design:
    """What an effect is estimated from; N rows, p covariates."""

    treated: Bools
    """Shape (N,)."""
    outcome: Floats
    """Shape (N,), in its own unit."""
    covariates: Floats
    """Shape (N, p), all known before the treatment; p may be 0 where chances were logged."""
    names: tuple[str, ...]
    """Of the p covariates."""
    cluster: Ints
    """Shape (N,), codes of the person or room a row belongs to; `clustered` says whether they repeat."""
    propensity: Floats | None = None
    """Shape (N,): the logged chance of being *treated*, whichever arm it became (`chance_of_treated`)."""
    unit: Unit = "viewer"
    """What one row is, and so what the effect is per."""
    treatment_name: str = "treatment"
    outcome_name: str = "outcome"
    outcome_kind: OutcomeKind = "continuous"
    facts: tuple[str, ...] = ()
    """What was done on the way here that a reader of the effect should know."""
    drawn: Drawn = ALONE
    """Who a cluster is."""
    lot: Ints | None = None
    """Shape (N,), codes of what one arm was drawn for; `lots` says what they are where nobody does."""

    def __post_init__(self) -> None:
        faults = faults_of(self)
        if faults:
            message, hint = in_one_line(faults)
            raise FormatError(message, hint=hint)

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        treatment: str,
        outcome: str,
        covariates: Sequence[str] = (),
        cluster: str | None = None,
        lot: str | None = None,
        propensity: str | None = None,
        unit: Unit = "viewer",
        outcome_kind: OutcomeKind | None = None,
        missing: Missing = "refuse",
    ) -> Design:
        """A design from any table: pandas, polars, pyarrow, or a dict of columns.

        Parameters
        ----------
        treatment, outcome, covariates, cluster, lot, propensity
            Names of columns. Text and categories among the covariates become one column a level, the most
            frequent level left out. Without `cluster` each row stands for itself. Rows of one `lot` got
            their arm by one draw, as all of a room at one moment.
        outcome_kind
            Guessed when not given: two values 0 and 1 are binary, whole numbers from 0 on are a count.
        missing
            "refuse", or "indicator": a gap among the covariates becomes the column's mean, and a column
            `<name> missing` says where.

        >>> rows = {"note": [0, 1] * 20, "spend": [float(i % 7) for i in range(40)], "age": list(range(40))}
        >>> design = Design.from_frame(rows, treatment="note", outcome="spend", covariates=["age"])
        >>> len(design), design.names, design.evidence
        (40, ('age',), 'observed')
        """
        if isinstance(covariates, str):
            raise FormatError(
                f"covariates is one text, {covariates!r}", hint=f"give a list of names: [{covariates!r}]"
            )
        found = read_columns(frame, treatment, outcome, tuple(covariates), cluster, propensity, missing, lot)
        return cls(
            found.treated,
            found.outcome,
            found.covariates,
            found.names,
            np.arange(len(found.outcome)) if found.cluster is None else found.cluster,
            found.propensity,
            unit,
            treatment,
            outcome,
            outcome_kind or guess_kind(found.outcome),
            found.facts,
            lot=found.lot,
        )

    def __len__(self) -> int:
        return len(self.outcome)

    @cached_property
    def clusters(self) -> int:
        """Independent groups of rows."""
        return count_clusters(self.cluster)

    @property
    def clustered(self) -> bool:
        """Whether some rows share a person or a room."""
        return self.clusters < len(self)

    @cached_property
    def lots(self) -> Ints:
        """Shape (N,), codes from 0 without gaps: of what was drawn as one.

        Where nobody says: a cluster, if none holds both arms; else each row by itself.
        """
        code = np.unique(self.cluster if self.lot is None else self.lot, return_inverse=True)[1]
        count, got = np.bincount(code), np.bincount(code, weights=self.treated)
        if self.lot is None and ((got > 0) & (got < count)).any():
            return np.arange(len(self))
        return code.astype(np.int64)

    @property
    def evidence(self) -> Evidence:
        """Chances that were drawn and written down are the better evidence: nothing hidden can drive them."""
        return "observed" if self.propensity is None else "randomised, logged chances"

    def take(self, rows: npt.NDArray[Any], *facts: str) -> Design:
        """The design of some rows, shape (m,) as indices or (N,) as a mask, and what to say of them."""
        return replace(
            self,
            treated=self.treated[rows],
            outcome=self.outcome[rows],
            covariates=self.covariates[rows],
            cluster=self.cluster[rows],
            lot=None if self.lot is None else self.lot[rows],
            propensity=None if self.propensity is None else self.propensity[rows],
            facts=(*self.facts, *facts),
        )

    def part(self, rows: npt.NDArray[Any], *facts: str) -> Design:
        """The same, without covariates that do not vary among these rows: there they tell nothing."""
        some = self.covariates[rows]
        varies = (some != some[:1]).any(axis=0)
        names = tuple(name for name, kept in zip(self.names, varies, strict=True) if kept)
        return replace(self, covariates=self.covariates[:, varies], names=names).take(rows, *facts)

    def ordered(self) -> tuple[Design, Ints]:
        """The same design in an order that depends on what the rows hold, not on how they were given.

        Returns the design and where each of its rows stood, shape (N,). Whatever draws by position then
        draws the same for the same data.
        """
        keys = _row_keys(self)
        if self.clustered:
            order = np.lexsort((keys, self.cluster))
            return self.take(order), order
        order = np.argsort(keys, kind="stable")
        return replace(self.take(order), cluster=np.arange(len(self))), order

    def notes(self) -> tuple[str, ...]:
        """What a reader of any effect of this design has to be told."""
        few = self.clusters < _FEW_CLUSTERS
        told = [*self.facts]
        if self.clustered or few:
            rough = ": few, so the interval is rough" if few else ""
            told.append(f"{counted(self.clusters, self.drawn.by)}{rough}")
        return tuple(told)

    def per_room(self) -> Design:
        """One row a cluster, with the means of its rows: the effect on a room, where rooms were treated.

        Only for a treatment that all rows of a cluster share.
        """
        count = np.bincount(self.cluster)
        share = np.bincount(self.cluster, weights=self.treated) / count
        if not np.isin(share, (0, 1)).all():
            raise FormatError(
                f"{int((~np.isin(share, (0, 1))).sum())} rooms hold both arms",
                hint="ask per viewer, with the room as the cluster",
            )
        return replace(
            self,
            treated=share == 1,
            outcome=_means(self.outcome, self.cluster, count),
            covariates=np.column_stack([_means(x, self.cluster, count) for x in self.covariates.T])
            if self.names
            else np.empty((len(count), 0)),
            cluster=np.arange(len(count)),
            lot=None,
            propensity=None if self.propensity is None else _means(self.propensity, self.cluster, count),
            unit="room",
            outcome_kind="continuous",
            facts=(*self.facts, f"means of {len(self):,} rows in {len(count):,} rooms"),
        )


def chance_of_treated(treated: npt.ArrayLike, chance_of_arm: npt.ArrayLike) -> Floats:
    """The chance of being treated from the chance of the arm that was drawn, both shape (N,).

    A ledger writes the second; an analysis wants the first.

    >>> chance_of_treated([True, False], [0.45, 0.55]).round(2).tolist()
    [0.45, 0.45]
    """
    of_arm = np.asarray(chance_of_arm, dtype=np.float64)
    return np.where(np.asarray(treated, dtype=bool), of_arm, 1 - of_arm)


def guess_kind(outcome: Floats) -> OutcomeKind:
    """binary, count or continuous, by what values there are.

    >>> guess_kind(np.array([0.0, 1.0])), guess_kind(np.array([0.0, 4.0])), guess_kind(np.array([0.5, 1.0]))
    ('binary', 'count', 'continuous')
    """
    if np.isin(outcome, (0, 1)).all():
        return "binary"
    whole = bool((outcome >= 0).all() and (outcome == np.floor(outcome)).all())
    return "count" if whole else "continuous"


def _means(values: Floats, code: Ints, count: Ints) -> Floats:
    return np.bincount(code, weights=values) / count


def _row_keys(design: Design) -> npt.NDArray[np.uint64]:
    """A number of 64 bits for what each row holds."""
    key = design.treated.astype(np.uint64)
    more = [] if design.propensity is None else [design.propensity]
    for column in (design.outcome, *design.covariates.T, *more):
        # Adding 0 makes one zero of both.
        bits = np.ascontiguousarray(column + 0.0).view(np.uint64)
        key = (key ^ bits) * _MIX
        key ^= key >> _SHIFT
    return key
