"""In whom it differs: the hazard ratio of each expression within each group of viewers, and whether they
differ.

One fit for each trait, with every expression times every group in it and an effect of each broadcast. Groups
differ where the b of one expression are not all alike: F with R and G - R degrees of freedom (Hotelling's),
for R + 1 groups and G hosts. q corrects over all expressions and traits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from telltale.core.errors import FormatError
from telltale.host.families import benjamini_hochberg
from telltale.host.hazards import LEVEL, HazardRows, Ratio
from telltale.host.person_time import Event
from telltale.host.shown import Array, Codes
from telltale.host.visits import Visits

GROUP_EVENTS: Final = 25
"""A group with fewer events is not asked about."""


@dataclass(frozen=True, slots=True)
class Moderation:
    """One expression by one trait."""

    event: Event
    expression: str
    trait: str
    groups: tuple[str, ...]
    ratios: tuple[Ratio, ...]
    """Per standard deviation of the share, in each group."""
    events: tuple[int, ...]
    p: float
    """That all groups are alike."""
    q: float

    @property
    def certain(self) -> bool:
        """Whether groups differ by more than chance, after correction."""
        return self.q <= LEVEL


@dataclass(frozen=True, slots=True)
class Moderations:
    """All expressions by all traits that have groups to compare."""

    found: tuple[Moderation, ...]
    notes: tuple[str, ...]


def find_moderations(rows: HazardRows, visits: Visits) -> Moderations:
    """Moderation of one event by what the study says of its viewers."""
    asked: list[Moderation] = []
    notes: list[str] = []
    for trait, (codes, words) in visits.traits.items():
        group = codes[rows.time.visit]
        events = np.bincount(group[rows.time.happened & (group >= 0)], minlength=len(words))
        kept = np.flatnonzero(events >= GROUP_EVENTS)
        if small := [f"{words[k]} ({events[k]})" for k in range(len(words)) if events[k] < GROUP_EVENTS]:
            notes.append(
                f"{trait.replace('_', ' ')}: too few events among {', '.join(small)} to tell of them"
            )
        if len(kept) < 2:
            continue
        try:
            asked += _by(rows, trait, group, kept, words, events)
        except FormatError as error:
            notes.append(f"{trait.replace('_', ' ')}: {error.message}")
    q = benjamini_hochberg(np.array([one.p for one in asked]))
    found = tuple(
        Moderation(one.event, one.expression, one.trait, one.groups, one.ratios, one.events, one.p, float(of))
        for one, of in zip(asked, q, strict=True)
    )
    return Moderations(found, tuple(notes))


def _by(
    rows: HazardRows, trait: str, group: Codes, kept: Codes, words: tuple[str, ...], events: Codes
) -> list[Moderation]:
    names = rows.asked.names
    wide = len(names)
    apart = np.column_stack([rows.shares * (group == k)[:, None] for k in kept])
    # Those of small or unknown groups keep ratios of their own, which are not told.
    rest = ~np.isin(group, kept)
    columns = np.column_stack([apart, rows.shares * rest[:, None]]) if rest.any() else apart
    fit, cov = rows.fit(columns, within=True)
    found = []
    for e, name in enumerate(names):
        at = np.arange(len(kept)) * wide + e
        beta, own = fit.beta[at], cov[np.ix_(at, at)]
        ratios = tuple(
            Ratio.of(float(b), float(error), fit.freedom)
            for b, error in zip(beta, np.sqrt(np.diag(own)), strict=True)
        )
        groups = tuple(words[k] for k in kept)
        p = alike_p(beta, own, fit.clusters)
        found.append(
            Moderation(
                rows.time.event, name, trait, groups, ratios, tuple(events[kept].tolist()), p, float("nan")
            )
        )
    return found


def alike_p(beta: Array, cov: Array, clusters: int) -> float:
    """That all of some coefficients are alike; NaN where clusters are too few to tell.

    >>> round(alike_p(np.array([0.1, 0.1]), np.eye(2), 20), 3)
    1.0
    """
    more = len(beta) - 1
    if clusters - more < 1 or not np.isfinite(beta).all():
        return float("nan")
    apart = np.eye(len(beta))[1:] - np.eye(len(beta))[0]
    value, spread = apart @ beta, apart @ cov @ apart.T
    told = float(value @ np.linalg.solve(spread, value)) * (clusters - more) / (more * (clusters - 1))
    return float(stats.f.sf(told, more, clusters - more))
