"""What the answers of a graph say beside their numbers, in the same words wherever they are told.

That no way was found is no proof that there is none: an arrow that is too weak, or that too few half samples
found, is left out. An interval draws people or rooms again and keeps the arrows, so of no arrow it says
nothing. And what no column tells, noise in what is read and what no line follows bend every weight.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np

from telltale.causal.dag import Floats
from telltale.causal.discovery import FactorGraph
from telltale.causal.graph_faults import Cluster, counted
from telltale.causal.graph_rows import GraphRows
from telltale.causal.graph_search import Method
from telltale.causal.path_intervals import Band, SurePaths
from telltale.causal.undrawn_arrow import leads_later, may_lead

_READ_WITH: Final = "if factors are read with noise, or if viewers differ lastingly in what no column tells."
WRONG: Final = (
    "It is wrong if something that no column tells moves both ends of an arrow, if an arrow was missed or is"
    f" no straight line, {_READ_WITH}"
)
"""Of what follows along arrows."""
ARROW_WRONG: Final = (
    "An arrow is wrong if something that no column tells moves both of its ends, if time within a step runs"
    f" otherwise than the rows say, if what it does is no straight line, {_READ_WITH}"
)
_NOT_ASKED: Final = (
    "The order of time, or what was given as known, allows no way there, so the data were not asked."
)
_NAMED: Final = 3
_ROUNDING: Final = 1e-9
_SHOWN: Final = 0.0005
"""Below it three digits show nothing."""


def no_way(cause: str, effect: str, clusters: int, cluster: Cluster, seconds: float) -> str:
    """That none was found, as a sentence.

    >>> no_way("desire", "price", 60, "person", 30)
    'No way was found from desire to price among 60 people within 30 s; a weak one may have been missed.'
    """
    return f"No way was found from {cause} to {effect} {_among(clusters, cluster, seconds)}"


def no_way_on(effects: Sequence[str], clusters: int, cluster: Cluster, seconds: float) -> str:
    """The same where what is held was named already."""
    told = " or ".join(effects) if len(effects) <= _NAMED else f"any of {len(effects)} factors"
    return f"no way was found to {told} {_among(clusters, cluster, seconds)}"


def _among(clusters: int, cluster: Cluster, seconds: float) -> str:
    return f"among {counted(clusters, cluster)} within {seconds:g} s; a weak one may have been missed."


def kept_arrows(level: float, clusters: int, cluster: Cluster) -> str:
    """How sure: what intervals of a graph that was found draw, and what they keep."""
    return (
        f"Intervals of {100 * level:g} % draw the {counted(clusters, cluster)} again and keep the arrows that"
        " were found: that one was missed is in none of them."
    )


def no_arrows_kept(
    graph: FactorGraph, clusters: int, causes: Collection[str], effects: Collection[str]
) -> str:
    """The same where no way was found: why no interval is told, and what the graph leaves out or never asks.

    Parameters
    ----------
    clusters
        Among how many was drawn.
    causes, effects
        Between which no way was found.
    """
    asked, rows = graph.settings, graph.rows
    left = [f"of less than {asked.least:g} standard deviations"] if asked.least else []
    if asked.halves:
        left.append(f"that fewer than {100 * asked.seen:g} % of {asked.halves} half samples found")
    out = f": arrows {' or '.join(left)} are left out" if left else ""
    if leads_later(graph, causes, effects):
        out = ": what was found arrives later"
    told = (
        f"Intervals draw the {counted(clusters, rows.cluster)} again and keep the arrows that were found, so"
        f" here there is none{out}."
    )
    if may_lead(rows, causes, effects):
        return told
    return f"{told} {_NOT_ASKED}"


def undrawn_words(found: SurePaths, rows: GraphRows, cause: str, effect: str) -> str:
    """What the direct arrow would be, with a space before it; empty where that is not known.

    Parameters
    ----------
    cause, effect
        As they are called in the sentence.
    """
    arrow = found.undrawn
    if arrow is None:
        return ""
    after = f" after {arrow.lag * rows.grid_s:g} s" if arrow.lag else ""
    ends = f" ({arrow.low:+.2f} to {arrow.high:+.2f})" if np.isfinite(arrow.low) else ""
    return (
        f" Drawn in all the same, the arrow {cause} > {effect}{after} would be {arrow.weight:+.2f}{ends}"
        " standard deviations."
    )


def between(band: Band) -> str:
    """An interval at the last step.

    >>> low, high, none = np.array([0.1]), np.array([0.25]), np.array([np.nan])
    >>> between(Band(low, high)), between(Band(none, none))
    ('+0.100 to +0.250', 'not known')
    """
    if not np.isfinite(band.low[-1]):
        return "not known"
    return f"{band.low[-1]:+.3f} to {band.high[-1]:+.3f}"


def at_end(values: Floats, band: Band) -> tuple[str, str]:
    """A part of paths at the last step and its interval; no interval of zeros where nothing goes that way.

    >>> nothing = np.zeros(1)
    >>> at_end(nothing + 0.2, Band(nothing + 0.1, nothing + 0.3)), at_end(nothing, Band(nothing, nothing))
    (('+0.200', '+0.100 to +0.300'), ('none', ''))
    >>> at_end(nothing + 1e-4, Band(nothing, nothing + 3e-4))
    ('under 0.001', '')
    """
    ends = np.array([values[-1], band.low[-1], band.high[-1]])
    largest = float(np.abs(ends[np.isfinite(ends)]).max())
    if largest < _ROUNDING:
        return "none", ""
    if largest < _SHOWN:
        return "under 0.001", ""
    return f"{values[-1]:+.3f}", between(band)


def in_line(values: Floats, band: Band) -> str:
    """The same in a sentence."""
    value, ends = at_end(values, band)
    return f"{value} ({ends})" if ends else value


def what_it_reads(method: Method) -> str:
    """How far a search leans on what the two sortabilities sort by."""
    if method == "notears":
        return "NOTEARS reads variances; here each is 1, so that they tell it nothing."
    if method == "lingam":
        return "LiNGAM reads neither: it tells the order by noise."
    return "The score reads neither; the search begins at the order of R2, among other starts."
