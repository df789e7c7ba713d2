"""For whom a model works: AUC by category and by every column by which the study tells people apart.

Small groups are withheld: an AUC of few people says more about them than about the model. A gap between
groups is above nothing even where a model works alike for all, so beside it stands a test of that: with g
the groups' AUCs less the first's and S their covariance over resamples of people,

    W = g' S^-1 g,    chi-squared of G - 1 degrees of freedom where all G groups have one AUC

corrected over the columns (Holm).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.stats import chi2

from telltale.intent.evidence import Evidence
from telltale.intent.intervals import Interval, holm, percentiles, resampled
from telltale.intent.metrics import Floats, Ranking, rank, ranked_auc

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
    oracle: float | None
    """The best AUC that is possible in it, where that is known and it is not withheld."""


@dataclass(frozen=True, slots=True)
class Groups:
    """People told apart by one column."""

    column: str
    groups: tuple[Group, ...]
    gap: Interval | None
    """Greatest less least AUC; None where fewer than two groups are told."""
    p_alike: float
    """Of the test that all groups have one AUC; NaN where there is no gap."""
    corrected_p: float
    """Over all columns."""


def by_group(
    evidence: Evidence,
    told: npt.NDArray[np.float64],
    *,
    oracle: npt.NDArray[np.float64] | None = None,
    seed: int = 0,
) -> tuple[Groups, ...]:
    """AUC of each group of each column.

    Parameters
    ----------
    told
        Shape (n,): what the model says of each moment.
    oracle
        Shape (n,): the best possible score of each, of a simulated study.
    """
    found = [_of_column(column, evidence, told, oracle, seed) for column in group_columns(evidence.table)]
    p = np.array([p_alike for *_, p_alike in found])
    corrected, known = np.full(len(p), np.nan), np.isfinite(p)
    corrected[known] = holm(p[known]) if known.any() else p[known]
    return tuple(Groups(*parts, float(c)) for parts, c in zip(found, corrected, strict=True))


def group_columns(table: pa.Table) -> list[str]:
    """Columns of words or small whole numbers by which people are told apart."""
    chosen = []
    for name in table.column_names:
        kind = table.schema.field(name).type
        named = pa.types.is_string(kind) or pa.types.is_dictionary(kind) or pa.types.is_integer(kind)
        if name not in _NO_GROUPS and named and 1 < len(table.column(name).unique()) <= MOST_GROUPS:
            chosen.append(name)
    return chosen


def _of_column(
    column: str, evidence: Evidence, told: Floats, oracle: Floats | None, seed: int
) -> tuple[str, tuple[Group, ...], Interval | None, float]:
    values = np.array([_text(value) for value in evidence.table.column(column).to_pylist()])
    groups, drawn = [], []
    for name in sorted(set(values.tolist()), key=_in_order):
        here = np.flatnonzero(values == name)
        label, count = evidence.label[here], len(np.unique(evidence.people[here]))
        auc, best = None, None
        if count >= FEWEST_PEOPLE and min(label.sum(), (1 - label).sum()) >= FEWEST_OF_EACH:
            # Of all people each time, so that the groups' resamples belong together.
            of_group = partial(_auc_of_rows, here, rank(label, told[here]))
            drawn.append(resampled(of_group, evidence.people, seed))
            auc = percentiles(float(of_group(np.ones((1, len(evidence))))[0]), drawn[-1])
            if oracle is not None:
                best = float(ranked_auc(rank(label, oracle[here]), np.ones(len(here))))
        groups.append(Group(str(name), count, len(here), auc, best))
    gap, p_alike = _compared([group.auc.value for group in groups if group.auc is not None], np.array(drawn))
    return column, tuple(groups), gap, p_alike


def _auc_of_rows(rows: npt.NDArray[np.intp], ranking: Ranking, weight: Floats) -> Floats:
    return ranked_auc(ranking, weight[:, rows])


def _compared(auc: list[float], drawn: Floats) -> tuple[Interval | None, float]:
    """The gap, and p of there being none, from resamples of shape (G, B)."""
    if len(auc) < 2:
        return None, float("nan")
    gap = percentiles(max(auc) - min(auc), np.ptp(drawn, axis=0))
    apart = np.array(auc[1:]) - auc[0]
    whole = drawn[:, np.isfinite(drawn).all(axis=0)]
    covariance = np.atleast_2d(np.cov(whole[1:] - whole[0]))
    wald = float(apart @ np.linalg.pinv(covariance) @ apart)
    return gap, float(chi2.sf(wald, len(apart)))


def _in_order(name: str) -> tuple[bool, float, str]:
    """Numbers by their size, then words."""
    return (False, float(name), "") if name.isdecimal() else (True, 0.0, name)


def _text(value: object) -> str:
    return "not told" if value is None else str(value)
