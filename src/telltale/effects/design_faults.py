"""What makes a design useless, found before anything long runs: every fault with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.linalg import qr

from telltale.effects.drawn import counted
from telltale.effects.variance import Floats, count_clusters

if TYPE_CHECKING:
    from telltale.effects.design import Design

Line = tuple[str, str]
"""What is wrong, and what to do."""

LEAST_ROWS: Final = 30
LEAST_ARM: Final = 5
_LEAST_CLUSTERS_ARM: Final = 2
_SHOWN: Final = 5
_SAME: Final = 1e-9
_HUGE: Final = 1e150


def in_one_line(faults: Sequence[Line]) -> tuple[str, str]:
    """Faults as a message and the hint that ends it, each with its own remedy.

    >>> in_one_line([("no rows", "give some"), ("no names", "name the columns")])
    ('no rows: give some; no names', 'name the columns')
    """
    *others, (last, hint) = faults
    return "; ".join([*(f"{line}: {remedy}" for line, remedy in others), last]), hint


def faults_of(design: Design) -> list[Line]:
    """All that is wrong, in the order of the columns; nothing when all is well."""
    shapes = list(_shapes(design))
    if shapes:
        return shapes
    gaps = list(_gaps(design))
    if gaps:
        return gaps
    return [*_rows(design), *_arms(design), *_values(design), *_covariates(design)]


def _shapes(design: Design) -> Iterator[Line]:
    n = len(design.outcome)
    for what, given, known in (
        ("unit", design.unit, ("viewer", "room")),
        ("outcome_kind", design.outcome_kind, ("continuous", "binary", "count")),
    ):
        if given not in known:
            yield (f"{what} is {given!r}", f"choose {' or '.join(map(repr, known))}")
    if design.covariates.shape != (n, len(design.names)):
        yield (
            f"covariates have shape {design.covariates.shape} and not {(n, len(design.names))}",
            "give one column for each name and one row for each unit",
        )
    if design.treated.dtype != bool:
        yield ("treated holds other than true and false", "give booleans, or use Design.from_frame")
    for what, code in (("clusters", design.cluster), ("lots", design.lot)):
        if code is not None and (code.dtype.kind not in "iu" or (code < 0).any()):
            yield (
                f"{what} are no codes from 0",
                "give whole numbers, or name the column in Design.from_frame",
            )
    for name in ("treated", "cluster", "lot", "propensity"):
        column = getattr(design, name)
        if column is not None and column.shape != (n,):
            yield (f"{name} has shape {column.shape} and not {(n,)}", "give one value for each row")


def _gaps(design: Design) -> Iterator[Line]:
    columns = [(design.outcome_name, design.outcome), *zip(design.names, design.covariates.T, strict=True)]
    if design.propensity is not None:
        columns.append(("propensity", design.propensity))
    bad = [(name, int((~np.isfinite(column)).sum())) for name, column in columns]
    told = [f"{name!r} {count:,}" for name, count in bad if count]
    if told:
        yield (f"values that are no number: {_some(told)}", "fill or leave out these rows")
    huge = [repr(name) for name, column in columns if (np.abs(column[np.isfinite(column)]) > _HUGE).any()]
    if huge:
        yield (
            f"values over {_HUGE:g} in {_some(huge)}",
            "tell them in a larger unit: they cannot be squared",
        )


def _rows(design: Design) -> Iterator[Line]:
    n, p = design.covariates.shape
    if n < LEAST_ROWS:
        yield (f"{n} rows", f"give {LEAST_ROWS} or more: fewer carry no interval")
    elif n < p + LEAST_ROWS:
        yield (f"{n} rows for {p} covariates", f"give {p + LEAST_ROWS} rows, or fewer covariates")


def _arms(design: Design) -> Iterator[Line]:
    treated, n = int(design.treated.sum()), len(design)
    name = design.treatment_name
    if treated in (0, n):
        who = "everybody" if treated else "nobody"
        yield (f"{who} got the treatment {name!r}", "an effect wants some with and some without it")
        return
    if min(treated, n - treated) < LEAST_ARM:
        yield (
            f"{treated} treated and {n - treated} not by {name!r}",
            f"give {LEAST_ARM} or more of each",
        )
    for arm, words in ((True, "treated"), (False, "not treated")):
        if count_clusters(design.cluster[design.treated == arm]) < _LEAST_CLUSTERS_ARM:
            owner = design.drawn.by
            yield (
                f"all who are {words} belong to one {owner}",
                f"give {counted(_LEAST_CLUSTERS_ARM, owner)} or more of each arm",
            )


def _values(design: Design) -> Iterator[Line]:
    y, name = design.outcome, design.outcome_name
    if len(y) and np.ptp(y) == 0:
        yield (f"the outcome {name!r} is {y[0]:g} in every row", "an outcome has to vary")
    elif design.outcome_kind == "binary" and not np.isin(y, (0, 1)).all():
        yield (f"the outcome {name!r} is called binary and is not 0 or 1", "name another outcome_kind")
    elif design.outcome_kind == "count" and not ((y >= 0) & (y == np.floor(y))).all():
        yield (f"the outcome {name!r} is called a count and is none", "name another outcome_kind")
    chance = design.propensity
    if chance is not None and not ((chance > 0) & (chance < 1)).all():
        out = int((~((chance > 0) & (chance < 1))).sum())
        yield (
            f"{out:,} logged chances are not between 0 and 1",
            "leave out rows in which one arm was certain",
        )
    if chance is None and not design.names:
        yield ("no covariates and no logged chances", "name what drives both treatment and outcome")


def _covariates(design: Design) -> Iterator[Line]:
    x, names = design.covariates, design.names
    if not x.size:
        return
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        yield (f"covariates named twice: {_some(twice)}", "give each its own name")
    constant = np.ptp(x, axis=0) == 0
    if constant.any():
        told = [repr(name) for name, flat in zip(names, constant, strict=True) if flat]
        yield (f"constant columns: {_some(told)}", "leave them out")
    vary = np.flatnonzero(~constant)
    z = _standardised(x[:, vary])
    taken = []
    outer = (("treatment", design.treated.astype(float)), ("outcome", design.outcome))
    for what, column in outer:
        if np.ptp(column) == 0:
            continue
        alike = np.abs(z.T @ _standardised(column[:, None])[:, 0] / len(z))
        same = [repr(names[vary[j]]) for j in np.flatnonzero(alike > 1 - _SAME)]
        taken += same
        if same:
            yield (f"{_some(same)} tells the {what} exactly", f"leave out what the {what} itself makes")
    if len(x) > len(vary) + 1:
        yield from _collinear(z, [names[j] for j in vary])


def _collinear(z: Floats, names: list[str]) -> Iterator[Line]:
    """Columns that the others add up to, by a QR decomposition with pivots of Z'Z."""
    _, r, pivot = qr(z.T @ z / len(z), pivoting=True)
    size = np.abs(np.diag(r))
    dependent = sorted(pivot[size < _SAME * max(size.max(initial=0.0), 1.0)])
    if dependent:
        told = [repr(names[j]) for j in dependent]
        yield (f"collinear columns: {_some(told)} follow from the others", "leave them out")


def _standardised(x: Floats) -> Floats:
    centred = x - x.mean(axis=0)
    found: Floats = centred / centred.std(axis=0)
    return found


def _some(told: list[str]) -> str:
    more = len(told) - _SHOWN
    return ", ".join(told[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
