"""For whom a model works: AUC by category and by every column by which the study tells people apart.

Small groups are withheld: an AUC of few people says more about them than about the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from telltale.intent.evidence import Evidence
from telltale.intent.intervals import Interval, auc_interval

FEWEST_PEOPLE: Final = 10
FEWEST_OF_EACH: Final = 20
"""Moments with, and without, a cart."""
MOST_GROUPS: Final = 12
"""A column of more values is no way to tell groups apart."""
_NO_GROUPS: Final = ("window_id", "session_id", "participant_id", "converted", "label", "product_id")


@dataclass(frozen=True, slots=True)
class Group:
    """One group."""

    name: str
    people: int
    moments: int
    auc: Interval | None
    """None where it is withheld."""


@dataclass(frozen=True, slots=True)
class Groups:
    """People told apart by one column."""

    column: str
    groups: tuple[Group, ...]

    @property
    def gap(self) -> float:
        """Greatest less least AUC; NaN where fewer than two groups are told."""
        known = [group.auc.value for group in self.groups if group.auc is not None]
        return max(known) - min(known) if len(known) > 1 else float("nan")


def by_group(evidence: Evidence, told: npt.NDArray[np.float64], *, seed: int = 0) -> tuple[Groups, ...]:
    """AUC of each group of each column."""
    found = []
    for column in group_columns(evidence.table):
        values = np.array([_text(value) for value in evidence.table.column(column).to_pylist()])
        groups = [_group(name, values == name, evidence, told, seed) for name in np.unique(values)]
        found.append(Groups(column, tuple(groups)))
    return tuple(found)


def group_columns(table: pa.Table) -> list[str]:
    """Columns of words or small whole numbers by which people are told apart."""
    chosen = []
    for name in table.column_names:
        kind = table.schema.field(name).type
        named = pa.types.is_string(kind) or pa.types.is_dictionary(kind) or pa.types.is_integer(kind)
        if name not in _NO_GROUPS and named and 1 < len(table.column(name).unique()) <= MOST_GROUPS:
            chosen.append(name)
    return chosen


def _group(
    name: str,
    here: npt.NDArray[np.bool_],
    evidence: Evidence,
    told: npt.NDArray[np.float64],
    seed: int,
) -> Group:
    label, people = evidence.label[here], evidence.people[here]
    count = len(np.unique(people))
    enough = count >= FEWEST_PEOPLE and min(label.sum(), (1 - label).sum()) >= FEWEST_OF_EACH
    auc = auc_interval(label, told[here], people, seed) if enough else None
    return Group(name, count, int(here.sum()), auc)


def _text(value: object) -> str:
    return "not told" if value is None else str(value)
