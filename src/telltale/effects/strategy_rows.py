"""Units of one question on their way to a design: what was before a moment, and what came after it.

A `Question` knows which sessions of a panel are asked about; its `rows` lay them around any moment, the real
one or one that is pretended.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from telltale.effects.design import chance_of_treated
from telltale.effects.exposed import Exposed
from telltale.effects.strategy_columns import means, outcome_of, parts_of
from telltale.effects.strategy_events import Came
from telltale.effects.variance import Bools, Floats, Ints
from telltale.factors.panel import FactorPanel


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Units on their way to a design; m of them."""

    treated: Bools
    chance: Floats
    """Shape (m,): of being treated; NaN where none was logged."""
    y: Floats
    before: Floats
    """Shape (m,): the outcome before; NaN where nothing was seen."""
    table: Floats
    """Shape (m, p): all covariates that may be adjusted for."""
    owner: Ints
    """Shape (m,): codes of who is not independent of whom."""
    room: Ints
    unit: tuple[str, ...]

    def take(self, rows: Bools) -> Rows:
        """Some of them, as a mask of shape (m,)."""
        unit = tuple(name for name, stays in zip(self.unit, rows.tolist(), strict=True) if stays)
        arrays = {
            name: getattr(self, name)[rows]
            for name in ("treated", "chance", "y", "before", "table", "owner", "room")
        }
        return replace(self, unit=unit, **arrays)

    def by_room(self, names: tuple[str, ...]) -> Rows:
        """Means of each room's sessions, in the order of their codes; `names` are all rooms'."""
        codes, room = np.unique(self.room, return_inverse=True)
        one = {
            name: means(getattr(self, name).astype(np.float64), room, len(codes))
            for name in ("treated", "chance", "y", "before")
        }
        table = np.column_stack([means(x, room, len(codes)) for x in self.table.T]) if self.table.size else (
            np.empty((len(codes), 0))
        )  # fmt: skip
        return Rows(
            one["treated"] > 0.5, one["chance"], one["y"], one["before"], table, np.arange(len(codes)),
            codes, tuple(names[k] for k in codes.tolist()),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What is asked of which sessions of a panel; n of them."""

    panel: FactorPanel
    outcome: str
    names: tuple[str, ...]
    """Of all covariates that may be adjusted for."""
    exposed: Exposed
    place: Ints
    """Shape (n,): the sessions' places in the panel's session ids."""
    owner: Ints
    """Shape (n,)."""
    room: Ints
    came: Came | None = None
    """When the outcome came, of an event."""

    def rows(self, moment: Floats, until: Floats) -> Rows:
        """All n sessions as rows of a moment of shape (n,); what was not seen is NaN."""
        count, panel = len(self.place), self.panel
        before, after = parts_of(panel, self.place, moment, until)
        y, early, seen = self._outcome(moment, until, before, after)
        table = np.empty((count, len(self.names)))
        for k, name in enumerate(self.names):
            table[:, k] = early if name == self.outcome else means(panel.column(name), before, count)
        y[~seen] = np.nan
        chance = chance_of_treated(self.exposed.treated, self.exposed.chance)
        return Rows(
            self.exposed.treated, chance, y, early, table, self.owner, self.room, self.exposed.session
        )

    def _outcome(
        self, moment: Floats, until: Floats, before: Ints, after: Ints
    ) -> tuple[Floats, Floats, Bools]:
        """After a moment, before it, and whether both were seen; all of shape (n,).

        A state is seen in whole steps. Of an event all is known as long as the session was there at the real
        moment: who left without it did not do it.
        """
        count = len(self.place)
        early_seen = np.isin(np.arange(count), before)
        if self.came is None:
            y, early = (outcome_of(self.panel, self.outcome, part, count) for part in (after, before))
            return y, early, early_seen & np.isin(np.arange(count), after)
        y = self.came.between(self.place, moment, until)
        early = self.came.between(self.place, np.full(count, -np.inf), moment)
        return y, early, early_seen & self.came.there(self.place, self.exposed.time_s)


def ask(
    panel: FactorPanel,
    exposed: Exposed,
    outcome: str,
    names: tuple[str, ...],
    *,
    by_room: bool = False,
    came: Came | None = None,
) -> Question:
    """Of the sessions that are in the panel: others took their consent back, or are too short.

    Parameters
    ----------
    by_room
        Whether a room owns its rows, not a person.
    came
        When the outcome came, of an event; by whole steps where it is not given.
    """
    places = {session: k for k, session in enumerate(panel.session_ids)}
    first = np.unique(panel.session, return_index=True)
    row = dict(zip(first[0].tolist(), first[1].tolist(), strict=True))
    there = np.array([places.get(session, -1) in row for session in exposed.session], dtype=bool)
    inside = replace(
        exposed,
        session=tuple(s for s, stays in zip(exposed.session, there.tolist(), strict=True) if stays),
        room=tuple(r for r, stays in zip(exposed.room, there.tolist(), strict=True) if stays),
        time_s=exposed.time_s[there],
        moment_ms=exposed.moment_ms[there],
        treated=exposed.treated[there],
        chance=exposed.chance[there],
    )
    place = np.array([places[session] for session in inside.session], dtype=np.int64)
    rows = np.array([row[k] for k in place.tolist()], dtype=np.int64)
    owner = (panel.room if by_room else panel.person)[rows]
    return Question(panel, outcome, names, inside, place, owner, panel.room[rows], came)
