"""In whom it differs: one expression's ratio by the host's gender, age and culture, by category and platform.

    log E[count] = controls + sum over groups of b(group) share 1(group)

in the last of the ladder's designs, whose controls hold the groups' levels. exp b is the ratio per standard
deviation of the share, the same one in every group. That all b are equal is tested by F, errors by
jackknife over hosts (a wild bootstrap claims too much where whole hosts are in one group or the other:
benchmarks/hosts/README.md), and corrected for all that was asked (Benjamini-Hochberg). A group of fewer
than three hosts says more of them than of their group: it keeps a b of its own in the regression and is not
told.

Groups differ in more than what they are named for. A difference is a place to look, no law of people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from telltale.core.errors import ConfigError
from telltale.host.families import benjamini_hochberg
from telltale.host.focus import focus_on, place_of
from telltale.host.points import NONE, HostPoints
from telltale.host.question import Question
from telltale.host.rungs import RUNGS, Ladder
from telltale.host.shown import Codes

LEAST_HOSTS: Final = 3
LEAST_POINTS: Final = 30
BY_POINT: Final = ("category", "platform")
WORDS: Final = {"gender": "the host's gender", "age_band": "the host's age", "culture": "the host's culture"}


@dataclass(frozen=True, slots=True)
class InGroup:
    """What an expression comes with in one group."""

    group: str
    hosts: int
    points: int
    ratio: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Moderated:
    """One expression and outcome by one trait."""

    expression: str
    outcome: str
    trait: str
    groups: tuple[InGroup, ...]
    p: float
    """That all groups told are alike; NaN where there are fewer than two, or too few clusters."""
    q: float
    """Corrected for all that was asked."""
    refused: tuple[str, ...]
    """What was not asked and why."""


def traits_of(points: HostPoints) -> tuple[str, ...]:
    """Traits by which a study can be asked."""
    by_point = [name for name in BY_POINT if len(np.unique(_codes(points, name)[0])) > 1]
    return (*points.host_traits, *by_point)


def find_moderators(
    ladder: Ladder,
    asked: Sequence[Question],
    traits: Sequence[str] | None = None,
) -> tuple[Moderated, ...]:
    """Ask in whom it differs.

    Parameters
    ----------
    asked
        Outcomes and expressions, at once or some time earlier.
    traits
        Of `traits_of`; all if not given.
    """
    there = traits_of(ladder.points)
    traits = there if traits is None else traits
    if unknown := [name for name in traits if name not in there]:
        raise ConfigError(
            f"no groups by {', '.join(unknown)} here", hint=f"there are {', '.join(there) or 'none'}"
        )
    found = [_moderated(ladder, one, trait) for one in asked for trait in traits]
    q = benjamini_hochberg(np.array([one.p for one in found]))
    return tuple(replace(one, q=float(k)) for one, k in zip(found, q, strict=True))


def _moderated(ladder: Ladder, asked: Question, trait: str) -> Moderated:
    codes, words = _codes(ladder.points, trait)
    outcome, expression, lag_s = asked
    place = place_of(ladder, expression)
    design = ladder.at(lag_s).design(outcome, RUNGS[-1], codes.astype(np.float64))
    code, hosts = codes[design.rows], ladder.points.host[design.rows]
    share = design.shares[:, place]
    levels = np.unique(code)
    members = {
        level: (len(np.unique(hosts[code == level])), int((code == level).sum())) for level in levels.tolist()
    }
    told = [
        k for k, (of, rows) in members.items() if k != NONE and of >= LEAST_HOSTS and rows >= LEAST_POINTS
    ]
    refused = tuple(_too_few(words, k, *members[k]) for k in members if k not in told)
    if not told:
        return Moderated(expression, outcome, trait, (), float("nan"), float("nan"), refused)
    # Those told first; all others follow with slopes of their own.
    order = [*told, *(k for k in members if k not in told)]
    is_in = np.column_stack([code == k for k in order]).astype(np.float64)
    instead = np.array([place])
    focus = focus_on(design, is_in * share[:, None], instead_of=instead)
    each = np.eye(len(order))[: len(told)]
    # A group has no more clusters than hosts; the test of k groups loses k of them (Behrens and Fisher).
    ratios = [focus.interval(row, members[k][0] - 1) for row, k in zip(each, told, strict=True)]
    groups = tuple(InGroup(words[k], *members[k], *ratio) for k, ratio in zip(told, ratios, strict=True))
    p = focus.wald_p(each[1:] - each[0], focus.clusters - len(order)) if len(told) > 1 else float("nan")
    return Moderated(expression, outcome, trait, groups, p, float("nan"), refused)


def _codes(points: HostPoints, trait: str) -> tuple[Codes, tuple[str, ...]]:
    """Each point's group and the groups' names."""
    if trait in points.host_traits:
        by_host, words = points.host_traits[trait]
        return by_host[points.host], words
    words = {"category": points.categories, "platform": points.platforms}[trait]
    return (points.category if trait == "category" else points.platform), words


def _too_few(words: tuple[str, ...], code: int, hosts: int, points: int) -> str:
    """
    >>> _too_few(("men", "women"), 1, 2, 400)
    'women: 2 hosts are too few to speak of a group (3 or more)'
    """
    if code == NONE:
        return f"not known for {hosts} host{'s' * (hosts != 1)}"
    if hosts < LEAST_HOSTS:
        few = "1 host is" if hosts == 1 else f"{hosts} hosts are"
        return f"{words[code]}: {few} too few to speak of a group ({LEAST_HOSTS} or more)"
    return f"{words[code]}: {points} points are too few ({LEAST_POINTS} or more)"
