"""Pleasure, arousal and dominance of what shows: the mean of anchors, weighted by scores.

    value(t) = sum over expressions with an anchor of score(t) anchor / sum of their scores
    covered(t) = sum of their scores / sum of all expressions' scores

Which expression has which anchor is the data file `pad.toml` beside this one. Where little shows, or where
most of what shows has no anchor, nothing is placed: NaN.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Literal

import numpy as np

from telltale.core import config
from telltale.core.errors import ConfigError
from telltale.core.signal import Times, Values
from telltale.signs.coding import Coding
from telltale.signs.expressions import PadAnchor, load_table


@dataclass(frozen=True, slots=True)
class PadLink:
    """One expression's anchor."""

    expression: str
    anchor: str
    evidence: Literal["published", "ours"]
    says: str
    """Why it is placed there."""


@dataclass(frozen=True, slots=True)
class PadLinks:
    """Which expression is placed where, and when nothing is."""

    caveat: str
    least_shown: float
    """Probability of all expressions together from which on something is placed."""
    least_covered: float
    """Share of it that must have an anchor."""
    links: tuple[PadLink, ...]

    def __post_init__(self) -> None:
        if not (0 < self.least_shown <= 1 and 0 < self.least_covered <= 1):
            raise ValueError("'least_shown' and 'least_covered' want to be over 0, up to 1: mend them")
        names = [link.expression for link in self.links]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"'{twice[0]}' has two anchors: keep one")


@dataclass(frozen=True, slots=True, eq=False)
class Pad:
    """Where what shows lies, each from -1 to 1. Shapes (T,); NaN where nothing is placed."""

    times_s: Times
    pleasure: Values
    arousal: Values
    dominance: Values
    covered: Values
    """Share of what shows that has an anchor; NaN where too little shows."""


def pad_of(coding: Coding, links: PadLinks | None = None, anchors: tuple[PadAnchor, ...] = ()) -> Pad:
    """Place what shows.

    Parameters
    ----------
    links
        Telltale's if left out, those of them whose anchor there is.
    anchors
        Those of Telltale's table of expressions if left out.

    >>> one = np.array([[0.6, 0.2]], np.float32)
    >>> found = pad_of(Coding(np.array([0.1]), ("anger", "awe"), one, np.array([0.2], np.float32)))
    >>> round(float(found.pleasure[0]), 2), round(float(found.covered[0]), 2)
    (-0.51, 0.75)
    """
    where = {anchor.name: anchor for anchor in anchors or load_table().pad}
    links = links or _known(load_links(), where)
    if unknown := sorted({link.anchor for link in links.links} - where.keys()):
        raise ConfigError(f"no anchor '{unknown[0]}'", hint=f"choose of {', '.join(where)}")
    own = {link.expression: where[link.anchor] for link in links.links}
    points = np.zeros((len(coding.names), 4), dtype=np.float32)
    for row, name in enumerate(coding.names):
        if name in own:
            points[row] = (own[name].pleasure, own[name].arousal, own[name].dominance, 1.0)
    sums = coding.scores @ points
    shown, anchored = coding.scores.sum(axis=1), sums[:, 3]
    covered = np.where(shown >= links.least_shown, anchored / np.maximum(shown, 1e-9), np.nan)
    told = covered >= links.least_covered
    placed = np.where(told[:, None], sums[:, :3] / np.maximum(anchored, 1e-9)[:, None], np.nan)
    columns = placed.astype(np.float32).T
    return Pad(coding.times_s, columns[0], columns[1], columns[2], covered.astype(np.float32))


def _known(own: PadLinks, where: Mapping[str, PadAnchor]) -> PadLinks:
    return replace(own, links=tuple(link for link in own.links if link.anchor in where))


def load_links(path: Path | None = None) -> PadLinks:
    """Read which expression has which anchor; every fault of the file is told with its line."""
    return _own_links() if path is None else config.load(PadLinks, path)


@functools.cache
def _own_links() -> PadLinks:
    text = resources.files("telltale.signs").joinpath("pad.toml").read_text(encoding="utf-8")
    return config.parse(PadLinks, text, source="pad.toml")
