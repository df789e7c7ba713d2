"""Seven plain categories from the scores of expressions: each is the sum of those that belong to it.

Which belong to which is the data file `categories.toml` beside this one; a user may put another in its place.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Literal

import numpy as np

from telltale.core import config
from telltale.core.errors import ConfigError
from telltale.core.signal import Times, Values
from telltale.signs.coding import Coding
from telltale.signs.expressions import load_table


@dataclass(frozen=True, slots=True)
class CategoryLink:
    """One expression's category."""

    expression: str
    category: str
    evidence: Literal["published", "ours"]
    says: str
    """Why it belongs there."""


@dataclass(frozen=True, slots=True)
class CategoryLinks:
    """What belongs to which."""

    caveat: str
    links: tuple[CategoryLink, ...]

    def __post_init__(self) -> None:
        names = [link.expression for link in self.links]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"'{twice[0]}' belongs to two categories: keep one")


@dataclass(frozen=True, slots=True, eq=False)
class CategoryScores:
    """Seven categories over time; they, `other` and `rest` add up to 1."""

    times_s: Times
    """Shape (T,)."""
    names: tuple[str, ...]
    scores: Values
    """Shape (T, categories), NaN where unread."""
    other: Values
    """Shape (T,): of expressions that belong to none of them."""
    rest: Values
    """Shape (T,)."""
    links: CategoryLinks

    def evidence(self, category: str) -> Literal["published", "ours"]:
        """`published` where all that belongs to it does so by publication."""
        own = {link.evidence for link in self.links.links if link.category == category}
        return "published" if own == {"published"} else "ours"


def category_scores(
    coding: Coding, links: CategoryLinks | None = None, categories: tuple[str, ...] = ()
) -> CategoryScores:
    """Sum up expressions by category.

    Parameters
    ----------
    links
        Telltale's if left out, those of them whose category there is.
    categories
        Names of the categories; those of Telltale's table of expressions if left out.

    >>> one = np.array([[0.5, 0.2]], np.float32)
    >>> found = category_scores(Coding(np.array([0.1]), ("elation", "awe"), one, np.array([0.3], np.float32)))
    >>> round(float(found.scores[0, found.names.index("happiness")]), 3), round(float(found.other[0]), 3)
    (0.5, 0.2)
    """
    names = categories or load_table().categories
    links = links or _known(load_categories(), names)
    if unknown := sorted({link.category for link in links.links} - set(names)):
        raise ConfigError(f"no category '{unknown[0]}'", hint=f"choose of {', '.join(names)}")
    place = {link.expression: names.index(link.category) for link in links.links}
    belongs = np.zeros((len(coding.names), len(names) + 1), dtype=np.float32)
    for row, name in enumerate(coding.names):
        belongs[row, place.get(name, len(names))] = 1
    sums = coding.scores @ belongs
    return CategoryScores(coding.times_s, names, sums[:, :-1], sums[:, -1], coding.rest, links)


def _known(own: CategoryLinks, names: tuple[str, ...]) -> CategoryLinks:
    return replace(own, links=tuple(link for link in own.links if link.category in names))


def load_categories(path: Path | None = None) -> CategoryLinks:
    """Read what belongs to which; every fault of the file is told with its line."""
    return _own_links() if path is None else config.load(CategoryLinks, path)


@functools.cache
def _own_links() -> CategoryLinks:
    text = resources.files("telltale.signs").joinpath("categories.toml").read_text(encoding="utf-8")
    return config.parse(CategoryLinks, text, source="categories.toml")
