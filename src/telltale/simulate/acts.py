"""Brief facial acts: when each kind comes, and how a cart that is near changes that.

An act is one to several units moving together for 40 - 200 ms. In each row of 0.1 s in which none has come
for half a second, an act of kind k comes with probability

    q_k = 0.1 s x rate_k x expressivity x product of factor^strength

over the effects on k whose seconds hold tau / spread, tau being the seconds until the next cart if it is
within the spread of the last effect. Outside that stretch nothing is multiplied. Because kinds, rows and
the pause between acts are all that there is, the probability of a window is a product (see `oracle.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.core.channels import ACTION_UNITS, RATE_HZ
from telltale.core.errors import ConfigError
from telltale.simulate.population import Person
from telltale.simulate.spec import Category, Spec

Array = npt.NDArray[np.float64]

PAUSE_ROWS = 5
"""Rows from one act to the earliest next: half a second."""
LEAD_S = 30.0
"""No effect reaches farther back from a cart than this, the length of the paper's window."""
AMPLITUDE = (0.1, 0.4)
DURATION_S = (0.04, 0.2)
_GRID_S = 0.01


@dataclass(frozen=True)
class Stratum:
    """People for whom the effects have one form: a category and what their subgroups leave of it."""

    spread: float
    strength: float


@dataclass(frozen=True)
class ActTable:
    """The kinds of act of a spec."""

    members: npt.NDArray[np.bool_]
    """shape (K, 17): which units move in which kind."""
    per_row: Array
    """shape (K,): probability in a row at rest, at expressivity 1."""
    spec: Spec

    @property
    def kinds(self) -> int:
        """How many kinds there are."""
        return len(self.per_row)

    def factors(self, tau_s: Array, stratum: Stratum) -> Array:
        """What a cart `tau_s` seconds ahead multiplies each kind's rate with. Shape (len(tau_s), K)."""
        table = np.ones((len(tau_s), self.kinds))
        kinds = [frozenset(act.units) for act in self.spec.acts]
        for effect in self.spec.effects:
            near_s, far_s = (second * stratum.spread for second in effect.seconds)
            rows = (tau_s >= near_s) & (tau_s < min(far_s, LEAD_S))
            table[rows, kinds.index(frozenset(effect.units))] *= effect.factor**stratum.strength
        return table


@dataclass(frozen=True)
class Acts:
    """The acts of one session, in order of time."""

    row: npt.NDArray[np.int64]
    """Row (from 1) whose tenth of a second holds the apex; row r ends at r / 10 s on the log's clock."""
    kind: npt.NDArray[np.int64]
    apex_s: Array
    duration_s: Array
    amplitude: Array


def build_act_table(spec: Spec) -> ActTable:
    """The kinds of act of a spec; together they must leave room for rows without one."""
    members = np.array([[unit in act.units for unit in ACTION_UNITS] for act in spec.acts], dtype=bool)
    per_row = np.array([act.per_minute for act in spec.acts]) / 60 / RATE_HZ
    table = ActTable(members, per_row, spec)
    tau_s = np.arange(0, LEAD_S, _GRID_S)
    most = max(
        (per_row * table.factors(tau_s, stratum)).sum(axis=1).max() for stratum in strata(spec).values()
    )
    if most > 0.2:
        raise ConfigError(
            "acts: together they come too often", hint="lower per_minute or the effects' factors"
        )
    return table


def strata(spec: Spec) -> dict[str, Stratum]:
    """Every stratum that can occur, by name: category, then the subgroups that a person belongs to."""
    names: dict[str, Stratum] = {}
    for category in spec.categories:
        names[category.name] = Stratum(category.spread, category.strength)
        for subgroup in spec.subgroups:
            names |= {
                f"{name}/{subgroup.column}={subgroup.value}": Stratum(
                    s.spread, s.strength * subgroup.strength
                )
                for name, s in list(names.items())
                if name.split("/")[0] == category.name and f"/{subgroup.column}=" not in name
            }
    return names


def stratum_name(spec: Spec, person: Person) -> str:
    """The stratum of a person."""
    parts = [person.category]
    parts += [
        f"{group.column}={group.value}"
        for group in spec.subgroups
        if getattr(person, group.column) == group.value
    ]
    return "/".join(parts)


def seconds_to_cart(times_s: Array, carts_s: Array) -> Array:
    """Seconds from each moment to the next cart, infinite when none follows. Shape (T,)."""
    following = np.append(carts_s, np.inf)
    return following[np.searchsorted(carts_s, times_s, side="left")] - times_s


def draw_acts(
    rng: np.random.Generator,
    table: ActTable,
    rows: int,
    expressivity: float,
    stratum: Stratum,
    carts_s: Array,
) -> Acts:
    """Draw the acts of a session of `rows` rows."""
    middles_s = (np.arange(rows, dtype=np.float64) + 0.5) / RATE_HZ
    tau_s = seconds_to_cart(middles_s, carts_s)
    chance = np.broadcast_to(table.per_row, (rows, table.kinds)) * expressivity
    near = np.flatnonzero(tau_s < LEAD_S)
    chance = chance.copy()
    chance[near] *= table.factors(tau_s[near], stratum)
    edges = np.cumsum(chance, axis=1)
    draw = rng.random(rows)
    row = _paused(np.flatnonzero(draw < edges[:, -1]))
    # The same uniform number that said "an act" says which: it lies between the edges of its kind.
    kind = (draw[row, None] >= edges[row]).sum(axis=1)
    count = len(row)
    return Acts(
        row=row + 1,
        kind=kind,
        apex_s=(row + rng.random(count)) / RATE_HZ,
        duration_s=rng.uniform(*DURATION_S, size=count),
        amplitude=rng.uniform(*AMPLITUDE, size=count),
    )


def _paused(rows: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Leave out what comes within the pause after an act that stays."""
    kept: list[int] = []
    free = 0
    for row in rows.tolist():
        if row >= free:
            kept.append(row)
            free = row + PAUSE_ROWS
    return np.array(kept, dtype=np.intp)


def category_of(spec: Spec, name: str) -> Category:
    """A category by name."""
    return next(category for category in spec.categories if category.name == name)
