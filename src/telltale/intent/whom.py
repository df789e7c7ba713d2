"""For whom a model works: AUC by category and by every column by which the study tells people apart.

Small groups are withheld: an AUC of few people says more about them than about the model. Each other group
is compared with all the rest on the same resamples. A gap between groups is above nothing even where a model
works alike for all, so beside it stands a test of that: with g the AUCs of the G groups less the first's and
S their covariance over resamples of the P people

    W = g' S^-1 g / (G - 1),    F of G - 1 and P - G degrees of freedom where all groups have one AUC

corrected over the columns (Holm). The F allows for S being known from few people (chi-squared would not).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.stats import f as fisher

from telltale.intent.evidence import Evidence
from telltale.intent.intervals import Interval, Statistic, holm, percentiles, resampled
from telltale.intent.metrics import Floats, Ranking, rank, ranked_auc
from telltale.study.windows import SCHEMA

FEWEST_PEOPLE: Final = 10
FEWEST_OF_EACH: Final = 20
"""Moments with, and without, a cart."""
MOST_GROUPS: Final = 12
"""A column of more words is no way to tell groups apart; of more numbers it is cut into thirds."""
_NO_GROUPS: Final = frozenset(SCHEMA.names) - {"category"} | {"read_share"}
_THIRDS: Final = (1 / 3, 2 / 3)


@dataclass(frozen=True, slots=True)
class Group:
    """One group."""

    name: str
    people: int
    moments: int
    auc: Interval | None
    """None where it is withheld."""
    less_rest: Interval | None
    """Its AUC less that of all the others; None where it is withheld or there are too few others."""
    oracle: float | None
    """The best AUC that is possible in it, where that is known and it is not withheld."""


@dataclass(frozen=True, slots=True)
class Groups:
    """People told apart by one column."""

    column: str
    groups: tuple[Group, ...]
    """None where the column has too many values to tell groups apart."""
    gap: float
    """Greatest less least AUC; NaN where fewer than two groups are told."""
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
    found = [
        _of_column(column, values, evidence, told, oracle, seed)
        for column, values in group_columns(evidence.table).items()
    ]
    p = np.array([p_alike for *_, p_alike in found])
    corrected, known = np.full(len(p), np.nan), np.isfinite(p)
    corrected[known] = holm(p[known])
    return tuple(Groups(*parts, float(c)) for parts, c in zip(found, corrected, strict=True))


def group_columns(table: pa.Table) -> dict[str, list[str]]:
    """The group of each row, by column; nothing for a column whose words are too many."""
    columns = [name for name in table.column_names if name not in _NO_GROUPS]
    found = {name: _grouped(table.column(name).to_pylist()) for name in columns}
    return {name: groups for name, groups in found.items() if len(set(groups)) != 1}


def _grouped(values: list[Any]) -> list[str]:
    """Words as they are, many numbers in thirds."""
    distinct = {value for value in values if value is not None}
    if len(distinct) <= MOST_GROUPS:
        return [_text(value) for value in values]
    if not all(isinstance(value, int | float) for value in distinct):
        return []
    edges = np.quantile([value for value in values if value is not None], _THIRDS)
    names = (f"up to {edges[0]:g}", f"{edges[0]:g} to {edges[1]:g}", f"over {edges[1]:g}")
    return ["not told" if v is None else names[int(np.searchsorted(edges, v))] for v in values]


def _of_column(
    column: str, values: list[str], evidence: Evidence, told: Floats, oracle: Floats | None, seed: int
) -> tuple[str, tuple[Group, ...], float, float]:
    """The column, its groups, their gap, and p of there being none."""
    name_of_row = np.array(values)
    drawn: dict[str, Floats] = {}
    groups = []
    for name in sorted(set(values), key=_in_order):
        here = name_of_row == name
        auc = rest = best = None
        if _enough(evidence, here):
            auc, drawn[name] = _auc(evidence, here, told, seed)
            best = None if oracle is None else _plain_auc(evidence, here, oracle)
            rest = _less_rest(evidence, here, told, auc, drawn[name], seed)
        people = len(np.unique(evidence.people[here]))
        groups.append(Group(name, people, int(here.sum()), auc, rest, best))
    gap, p_alike = _compared([g for g in groups if g.auc is not None], np.array(list(drawn.values())))
    return column, tuple(groups), gap, p_alike


def _enough(evidence: Evidence, here: npt.NDArray[np.bool_]) -> bool:
    label = evidence.label[here]
    people = len(np.unique(evidence.people[here]))
    return people >= FEWEST_PEOPLE and min(label.sum(), (1 - label).sum()) >= FEWEST_OF_EACH


def _auc(evidence: Evidence, here: npt.NDArray[np.bool_], told: Floats, seed: int) -> tuple[Interval, Floats]:
    """AUC of some rows with its resamples: of all people, so that those of several groups belong together."""
    statistic = _statistic(evidence, here, told)
    drawn = resampled(statistic, evidence.people, seed)
    return percentiles(float(statistic(np.ones((1, len(here))))[0]), drawn), drawn


def _less_rest(
    evidence: Evidence, here: npt.NDArray[np.bool_], told: Floats, auc: Interval, drawn: Floats, seed: int
) -> Interval | None:
    if not _enough(evidence, ~here):
        return None
    rest, drawn_rest = _auc(evidence, ~here, told, seed)
    return percentiles(auc.value - rest.value, drawn - drawn_rest)


def _plain_auc(evidence: Evidence, here: npt.NDArray[np.bool_], score: Floats) -> float:
    return float(_statistic(evidence, here, score)(np.ones((1, len(here))))[0])


def _statistic(evidence: Evidence, here: npt.NDArray[np.bool_], score: Floats) -> Statistic:
    return partial(_auc_of_rows, np.flatnonzero(here), rank(evidence.label[here], score[here]))


def _auc_of_rows(rows: npt.NDArray[np.intp], ranking: Ranking, weight: Floats) -> Floats:
    return ranked_auc(ranking, weight[:, rows])


def _compared(groups: list[Group], drawn: Floats) -> tuple[float, float]:
    """The gap, and p of there being none, from resamples of shape (G, B)."""
    auc = [group.auc.value for group in groups if group.auc is not None]
    people = sum(group.people for group in groups)
    if len(auc) < 2:
        return float("nan"), float("nan")
    apart = np.array(auc[1:]) - auc[0]
    whole = drawn[:, np.isfinite(drawn).all(axis=0)]
    covariance = np.atleast_2d(np.cov(whole[1:] - whole[0]))
    wald = float(apart @ np.linalg.pinv(covariance) @ apart) / len(apart)
    return max(auc) - min(auc), float(fisher.sf(wald, len(apart), max(people - len(auc), 1)))


def _in_order(name: str) -> tuple[bool, float, str]:
    """Numbers by their size, then words."""
    return (False, float(name), "") if name.isdecimal() else (True, 0.0, name)


def _text(value: object) -> str:
    return "not told" if value is None else str(value)
