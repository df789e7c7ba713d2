"""What may cause what: time's own order, and what a user knows besides.

Within a step, i may be caused by j unless j is of a later tier than i, or j is a viewer's own and i the
broadcast's, or i is a fact of the session and j is not. From earlier steps, all may be caused but what is in
tier 0, which has its own past alone; the broadcast by a viewer only where the background says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from telltale.core import config
from telltale.core.config import MisfitsError, Problem
from telltale.core.errors import ConfigError
from telltale.factors.edges import Edge, parse_edge
from telltale.factors.factor import BEFORE, Factor
from telltale.factors.panel import FactorPanel, told

Mask = npt.NDArray[np.bool_]


class Arrows(NamedTuple):
    """Arrows between n factors; rows are effects, columns causes."""

    now: Mask
    """Shape (n, n): within a step."""
    before: Mask
    """Shape (n, n): from earlier steps, whatever the lag."""


@dataclass(frozen=True, slots=True)
class Background:
    """What a user knows of a graph before any is learnt.

    >>> Background(forbidden=("attention -> desire",), tiers={"chat_rate": 2}).edges("forbidden")
    (Edge(cause='attention', effect='desire', lag=0),)
    """

    forbidden: tuple[str, ...] = ()
    """Arrows that cannot be, as text: see `edges.py`."""
    required: tuple[str, ...] = ()
    """Arrows that must be."""
    tiers: dict[str, int] = field(default_factory=dict)
    """Tiers by factor, in place of those that the panel gives."""
    viewers_move_rooms: bool = False
    """Whether one viewer may move the broadcast in a later step. Say true where viewers are few: among many
    one does not, but what a noisy reading of the broadcast misses, its viewers' faces tell, and that looks
    like an arrow."""

    def __post_init__(self) -> None:
        problems: list[Problem] = [
            ((name, place), f"says {error}")
            for name in ("forbidden", "required")
            for place, text in enumerate(getattr(self, name))
            if (error := _misread(text))
        ]
        problems += [(("tiers", n), f"is {t}: tiers count from 0") for n, t in self.tiers.items() if t < 0]
        if problems:
            raise MisfitsError(problems)

    @classmethod
    def load(cls, path: Path) -> Background:
        """Read it from a TOML file with `forbidden`, `required` and a table `[tiers]`."""
        return config.load(cls, path)

    def edges(self, which: str) -> tuple[Edge, ...]:
        """The arrows of `forbidden` or `required`, read."""
        return tuple(parse_edge(text) for text in getattr(self, which))


def allowed(panel: FactorPanel | Sequence[Factor], background: Background | None = None) -> Arrows:
    """Which arrows may be, shape (n, n) each.

    Raises
    ------
    ConfigError
        Naming all at once: factors that are not there, arrows both required and forbidden, required ones that
        go against time or close a circle within a step.

    >>> room = Factor("chat_rate", "chat", "room", "continuous", 1)
    >>> viewer = Factor("desire", "face", "viewer", "continuous", 2)
    >>> allowed([room, viewer]).now.astype(int).tolist()
    [[0, 0], [1, 0]]
    """
    factors, background = _factors(panel), background or Background()
    _refuse(factors, background)
    arrows = _by_time(factors, background)
    for edge, where in _placed(factors, background, "forbidden"):
        (arrows.before if edge.lag else arrows.now)[where] = False
    return arrows


def required(panel: FactorPanel | Sequence[Factor], background: Background | None = None) -> Arrows:
    """Which arrows must be, shape (n, n) each; it refuses what `allowed` refuses."""
    factors, background = _factors(panel), background or Background()
    _refuse(factors, background)
    size = len(factors)
    arrows = Arrows(np.zeros((size, size), dtype=np.bool_), np.zeros((size, size), dtype=np.bool_))
    for edge, where in _placed(factors, background, "required"):
        (arrows.before if edge.lag else arrows.now)[where] = True
    return arrows


def refuse_contradictions(background: Background) -> None:
    """Refuse what no panel could make true: arrows both required and forbidden, required ones in a circle."""
    if problems := _contradictions(background):
        raise ConfigError("; ".join(problems), hint="mend the background knowledge")


def _contradictions(background: Background) -> list[str]:
    forbidden, needed = set(background.edges("forbidden")), background.edges("required")
    both = [f"'{edge}' is both required and forbidden" for edge in needed if edge in forbidden]
    return both + _circle(needed)


def _factors(panel: FactorPanel | Sequence[Factor]) -> tuple[Factor, ...]:
    return panel.factors if isinstance(panel, FactorPanel) else tuple(panel)


def _misread(text: str) -> str:
    try:
        parse_edge(text)
    except ValueError as error:
        return str(error)
    return ""


def _by_time(factors: Sequence[Factor], background: Background) -> Arrows:
    tier = np.array([background.tiers.get(factor.name, factor.tier) for factor in factors], dtype=np.int64)
    fixed = np.array([factor.level == "session" for factor in factors], dtype=np.bool_)
    of_room = np.array([factor.of_room for factor in factors], dtype=np.bool_)
    upwards = of_room[:, None] & ~of_room[None, :]
    size = len(factors)
    now = tier[None, :] <= tier[:, None]
    now &= ~upwards
    now &= ~(fixed[:, None] & ~fixed[None, :])
    np.fill_diagonal(now, False)
    before = np.repeat((tier != BEFORE)[:, None], size, axis=1)
    # What was there before and changes, such as a price, is moved by nothing here and still lasts.
    np.fill_diagonal(before, True)
    before[fixed] = False
    return Arrows(now, before if background.viewers_move_rooms else before & ~upwards)


def _placed(
    factors: Sequence[Factor], background: Background, which: str
) -> list[tuple[Edge, tuple[int, int]]]:
    index = {factor.name: i for i, factor in enumerate(factors)}
    return [(edge, (index[edge.effect], index[edge.cause])) for edge in background.edges(which)]


def _refuse(factors: Sequence[Factor], background: Background) -> None:
    names = [factor.name for factor in factors]
    problems = _unknown(names, background)
    problems += _contradictions(background)
    problems += _against_time(factors, background)
    if problems:
        raise ConfigError("; ".join(problems), hint="mend the background knowledge")


def _unknown(names: Sequence[str], background: Background) -> list[str]:
    used = [
        end
        for which in ("forbidden", "required")
        for e in background.edges(which)
        for end in (e.cause, e.effect)
    ]
    unknown = [name for name in dict.fromkeys([*used, *background.tiers]) if name not in names]
    return [f"no factor {told(unknown, names)}"] if unknown else []


def _against_time(factors: Sequence[Factor], background: Background) -> list[str]:
    arrows = _by_time(factors, background)
    index = {factor.name: i for i, factor in enumerate(factors)}
    problems = []
    for edge in background.edges("required"):
        if edge.cause not in index or edge.effect not in index:
            continue
        where = index[edge.effect], index[edge.cause]
        if not (arrows.before if edge.lag else arrows.now)[where]:
            cause, effect = (
                _told_in_time(factors[index[name]], background) for name in (edge.cause, edge.effect)
            )
            problems.append(f"'{edge}' goes against time ({cause}, {effect})")
    return problems


def _told_in_time(factor: Factor, background: Background) -> str:
    return f"{factor.name}: {factor.level}, tier {background.tiers.get(factor.name, factor.tier)}"


def _circle(needed: Sequence[Edge]) -> list[str]:
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for edge in needed:
        if not edge.lag:
            sorter.add(edge.effect, edge.cause)
    try:
        sorter.prepare()
    except CycleError as error:
        return [f"required arrows close a circle within a step: {' -> '.join(error.args[1])}"]
    return []
