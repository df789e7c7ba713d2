"""Whose rows are drawn together where nobody says it: rooms for what a room shares, people for the rest.

A promotion is one draw, however many watch: an interval that draws its viewers is too narrow. A viewer's own
ways come back in each room that is visited: there one that draws rooms is too narrow. A graph holds arrows of
both kinds. Its half samples draw rooms as soon as it holds a factor of a whole room, which is the greater
error of the two, and so do its intervals; what asks such a graph for one factor keeps its arrows and draws
anew, by whose that factor is (`drawn_for`). Few rooms tell little of how rooms differ: below `FEWEST_ROOMS`
people are drawn, and a note says so.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final, Literal

import numpy as np

from telltale.causal.graph_faults import counted
from telltale.causal.graph_rows import GraphRows
from telltale.factors.panel import FactorPanel

FEWEST_ROOMS: Final = 20
"""From which on rooms are drawn without being asked for."""
_FEW: Final = 30
"""Below as many it is told that an interval rests on few: Student's t widens it for how little they tell of
their spread, and not for how uneven they are."""

Asked = Literal["auto", "person", "room"]
Owner = Literal["person", "room"]


def drawn_by(panel: FactorPanel, asked: Asked = "auto") -> Owner:
    """Whose rows a graph's half samples draw together."""
    if asked != "auto":
        return asked
    given = panel.complete().panel.varying()
    return "room" if _of_rooms(given, ()) and _rooms(given) >= FEWEST_ROOMS else "person"


def drawn_for(panel: FactorPanel, moved: Collection[str], asked: Asked = "auto") -> Owner:
    """Whose rows are drawn together to tell what one factor, or a few, do to others.

    Parameters
    ----------
    moved
        What is moved; where there is nothing, all arrows are asked for.
    """
    return drawn_by(panel, asked) if asked != "auto" or _of_rooms(panel, moved) else "person"


def drawn_anew(rows: GraphRows, other: GraphRows) -> GraphRows:
    """The same rows, drawn as the other ones are."""
    return replace(rows, clusters=other.clusters, cluster=other.cluster)


def drawn_words(
    panel: FactorPanel, rows: GraphRows, moved: Collection[str], asked: Asked = "auto"
) -> tuple[str, ...]:
    """What the draws of an interval do not see, beside what `graph_rows` tells.

    Parameters
    ----------
    rows
        As they are drawn.
    """
    given = panel.complete().panel.varying()
    clusters, rooms, told = rows.clusters.clusters, _rooms(given), []
    if rows.cluster == "room" and not all(panel.factor(name).of_room for name in (moved or given.names)):
        told.append(
            "rooms are drawn again for intervals: of arrows from what is a viewer's own they may be too"
            " narrow, --cluster person draws people for these"
        )
    if asked == "auto" and _of_rooms(given, moved) and rooms < FEWEST_ROOMS:
        told.append(f"with fewer than {FEWEST_ROOMS} rooms, here {rooms}, only --cluster room draws them")
    if clusters < _FEW:
        told.append(
            f"intervals draw among only {counted(clusters, rows.cluster)}: they are widened for so few,"
            " and may still be too narrow"
        )
    return tuple(told)


def _of_rooms(panel: FactorPanel, moved: Collection[str]) -> bool:
    """Whether one of what is moved is a whole room's, or of all factors where nothing is."""
    return any(panel.factor(name).of_room for name in (moved or panel.names))


def _rooms(panel: FactorPanel) -> int:
    return len(np.unique(panel.room))
