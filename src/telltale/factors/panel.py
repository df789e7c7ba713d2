"""The panel: factors by viewer and step of time, in one array, with who and when beside it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from telltale.core.errors import ConfigError, FormatError
from telltale.factors import frames
from telltale.factors.factor import Factor, Kind, Level
from telltale.factors.facts import FactorFacts, facts_of, is_constant

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

_FEW: Final = 8
"""Names that a line can hold and be read."""


class Lagged(NamedTuple):
    """Steps with what came before them."""

    rows: Codes
    """Shape (M,): their places in the panel."""
    now: Array
    """Shape (M, n)."""
    before: Array
    """Shape (M, lags, n): [:, 0] is one step earlier, [:, 1] two."""


class Completed(NamedTuple):
    """A panel without holes."""

    panel: FactorPanel
    dropped: int
    """Rows that had a hole."""


@dataclass(frozen=True, slots=True, eq=False)
class FactorPanel:
    """Factors on a grid of time. Make one with `factor_panel` (a study) or `from_frame` (any table).

    Rows are sorted by session and step; N is the number of rows, n that of factors.

    >>> import pyarrow as pa
    >>> who, when = ["a"] * 10 + ["b"] * 10, [*range(10)] * 2
    >>> frame = pa.table({"who": who, "t": when, "x": np.sin(np.arange(20.0))})
    >>> panel = FactorPanel.from_frame(frame, unit="who", time="t")
    >>> panel.names, panel.values.shape, panel.lagged(2).before.shape
    (('x',), (20, 1), (16, 2, 1))
    """

    factors: tuple[Factor, ...]
    values: Array
    """Shape (N, n); NaN where a factor was not seen."""
    session: Codes
    """Shape (N,): places in `session_ids`."""
    room: Codes
    """Shape (N,): places in `room_ids`."""
    person: Codes
    """Shape (N,): places in `person_ids`."""
    step: Codes
    """Shape (N,): step k of a session pools (k grid_s, (k + 1) grid_s] of its time."""
    moment: Codes
    """Shape (N,): the step of the broadcast's own time that had last ended when this step ended."""
    grid_s: float
    session_ids: tuple[str, ...]
    room_ids: tuple[str, ...]
    person_ids: tuple[str, ...]
    notes: tuple[str, ...] = ()
    """What was left out or changed on the way, in words."""

    def __post_init__(self) -> None:
        problems = _shape_problems(self)
        if problems:
            raise FormatError("; ".join(problems), hint="see FactorPanel for the shapes it wants")

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        unit: str,
        time: str,
        group: str | None = None,
        person: str | None = None,
        factors: Sequence[str] | None = None,
        kinds: Mapping[str, Kind] | None = None,
        tiers: Mapping[str, int] | None = None,
        levels: Mapping[str, Level] | None = None,
        grid_s: float = 1.0,
    ) -> FactorPanel:
        """A panel from a table of pandas, polars or pyarrow, one row a unit and time.

        Parameters
        ----------
        unit
            The column that tells units apart: each is a session of its own.
        time
            The column of time: whole numbers of steps, seconds on a grid of `grid_s`, or timestamps on it.
            Where there are groups, a clock that their units share.
        group
            The column of what units share, such as a broadcast; each unit is its own where it is left out.
        person
            The column of people, to cluster by; each unit is its own where it is left out.
        factors
            The columns to take; all others when left out.
        kinds
            By name; guessed where it says nothing: two values are binary, whole numbers from 0 with at most
            50 values are counts, all else is continuous.
        tiers
            By name; where it says nothing, facts that never change within a unit are in tier 0 and all else
            in tier 2, so that no order is assumed that you did not give.
        levels
            By name; guessed where it says nothing: what never changes within a unit is of the session, what
            all units of a group share at each moment is of the room, all else is the viewer's.
        """
        asked = frames.Asked(
            unit, time, group, person, factors, kinds or {}, tiers or {}, levels or {}, grid_s
        )
        read = frames.read_frame(frame, asked)
        return cls(
            factors=read.factors,
            values=read.values,
            session=read.unit,
            room=read.group,
            person=read.person,
            step=read.step,
            moment=read.step,
            grid_s=grid_s,
            session_ids=read.unit_ids,
            room_ids=read.group_ids,
            person_ids=read.person_ids,
        )

    def __len__(self) -> int:
        return len(self.session)

    @property
    def names(self) -> tuple[str, ...]:
        """The factors' names, in the order of the columns."""
        return tuple(factor.name for factor in self.factors)

    def place(self, names: Sequence[str]) -> list[int]:
        """The columns of some factors; all names that are not there are told at once."""
        index = {name: i for i, name in enumerate(self.names)}
        unknown = [name for name in names if name not in index]
        if unknown:
            raise ConfigError(f"no factor {told(unknown, self.names)}", hint="see the panel's `names`")
        return [index[name] for name in names]

    def column(self, name: str) -> Array:
        """One factor, shape (N,)."""
        return self.values[:, self.place([name])[0]]

    def factor(self, name: str) -> Factor:
        """What is known of one factor."""
        return self.factors[self.place([name])[0]]

    def select(self, names: Sequence[str]) -> FactorPanel:
        """The same rows with these factors, in this order."""
        places = self.place(names)
        factors = tuple(self.factors[i] for i in places)
        return replace(self, factors=factors, values=self.values[:, places])

    def take(self, rows: npt.NDArray[np.bool_] | Codes, note: str = "") -> FactorPanel:
        """Some rows: a mask of shape (N,), or places that rise. Ids that are left without rows stay."""
        arrays = {name: getattr(self, name)[rows] for name in ("session", "room", "person", "step", "moment")}
        return replace(
            self, values=self.values[rows], notes=(*self.notes, note) if note else self.notes, **arrays
        )

    def lagged(self, lags: int = 1) -> Lagged:
        """The steps whose `lags` steps before are all in the panel, in the same session.

        Holes in time are no lag: step 7 after step 5 has no step before it.
        """
        if lags < 1:
            raise ConfigError(f"{lags} lags are none", hint="give 1 or more")
        # Sorted and without repeats, so a row `lags` places up that is `lags` steps earlier has all between.
        late, early = slice(lags, None), slice(None, -lags)
        whole = (self.session[late] == self.session[early]) & (self.step[late] - self.step[early] == lags)
        rows = np.flatnonzero(whole) + lags
        before = np.stack([self.values[rows - lag] for lag in range(1, lags + 1)], axis=1)
        return Lagged(rows, self.values[rows], before)

    def complete(self) -> Completed:
        """The rows in which every factor was seen, and how many others were dropped."""
        whole = np.ones(len(self), dtype=np.bool_)
        for values in self.values.T:
            whole &= ~np.isnan(values)
        dropped = int(len(self) - whole.sum())
        if not dropped:
            return Completed(self, 0)
        return Completed(
            self.take(whole, f"{dropped} of {len(self)} rows dropped: a factor was not seen"), dropped
        )

    def varying(self) -> FactorPanel:
        """The panel without factors that never change in it; its notes say which."""
        still = [f.name for f, values in zip(self.factors, self.values.T, strict=True) if is_constant(values)]
        if not still:
            return self
        kept = self.select([name for name in self.names if name not in still])
        return replace(kept, notes=(*self.notes, f"left out as they never change: {', '.join(still)}"))

    def describe(self) -> tuple[FactorFacts, ...]:
        """One line a factor: mean, spread, share that is missing, what is odd about it."""
        return tuple(facts_of(f, values) for f, values in zip(self.factors, self.values.T, strict=True))

    def to_frame(self) -> pd.DataFrame:
        """A pandas table: session_id, room_id, person_id, step, moment, then a column a factor."""
        import pandas as pd

        who = {
            f"{name}_id": pd.Categorical.from_codes(getattr(self, name), list(getattr(self, f"{name}_ids")))  # type: ignore[call-overload]
            for name in ("session", "room", "person")
        }
        factors = dict(zip(self.names, self.values.T, strict=True))
        return pd.DataFrame({**who, "step": self.step, "moment": self.moment, **factors})


def told(unknown: Sequence[str], known: Sequence[str]) -> str:
    """Names that are not there, each with the one that may be meant.

    >>> told(["atention"], ["attention", "desire"])
    "'atention' (did you mean 'attention'?)"
    """
    parts = []
    for name in unknown:
        close = difflib.get_close_matches(name, known, n=1)
        parts.append(f"'{name}' (did you mean '{close[0]}'?)" if close else f"'{name}'")
    return ", ".join(parts)


def there_are(known: Sequence[str], unknown: Sequence[str] = ()) -> str:
    """What there is, for the end of a line: all names where they are few, else those spelt most alike.

    >>> there_are(["attention", "desire"])
    'there are attention, desire'
    >>> there_are([f"host_{k}" for k in range(40)] + ["attention"], ["atention"])
    'there are attention, ... and 33 more'
    """
    if len(known) <= _FEW:
        return f"there are {', '.join(known)}"
    each = -(-_FEW // max(len(unknown), 1))
    near = [like for name in unknown for like in difflib.get_close_matches(name, known, n=each, cutoff=0)]
    named = list(dict.fromkeys([*near, *known]))[:_FEW]
    return f"there are {', '.join(named)} and {len(known) - len(named)} more"


def _shape_problems(panel: FactorPanel) -> list[str]:
    count = len(panel.session)
    problems = [
        f"'{name}' of shape {getattr(panel, name).shape} for {count} rows"
        for name in ("room", "person", "step", "moment")
        if getattr(panel, name).shape != (count,)
    ]
    if panel.values.shape != (count, len(panel.factors)):
        problems.append(
            f"values of shape {panel.values.shape} for {count} rows, {len(panel.factors)} factors"
        )
    repeated = sorted({name for name in panel.names if panel.names.count(name) > 1})
    if repeated:
        problems.append(f"several factors are named {', '.join(repeated)}")
    if not problems and count > 1:
        turn = np.diff(panel.session)
        if not ((turn > 0) | ((turn == 0) & (np.diff(panel.step) > 0))).all():
            problems.append("rows that do not rise by session and step")
    return problems
