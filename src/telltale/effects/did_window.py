"""Windows: each unit's outcomes around its moment, so that different starts stand side by side.

A control without a moment of its own borrows those of the treated: it enters once for each of them, is
compared within that moment only, and its rows share a cluster.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from telltale.core.errors import ConfigError, FormatError
from telltale.effects.did_panel import DidPanel
from telltale.effects.variance import Bools, Floats, Ints

_MOST: Final = 60_000_000
"""Values in a cube of windows: half a gigabyte."""
_SHARE: Final = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """m complete windows of before + after periods."""

    unit: Ints
    """Shape (m,), into the panel's units."""
    treated: Bools
    """Shape (m,)."""
    group: Ints
    """Shape (m,): codes of the moments within which units are compared; 0 for all where they have their
    own."""
    relative: Ints
    """Shape (W,), -before to after - 1."""
    outcome: Floats
    """Shape (m, W)."""
    cluster: Ints
    """Shape (m,)."""
    stacked: bool
    """Whether control units borrow moments, and so stand in several rows."""
    left_out: int
    """Treated units without a whole window."""
    notes: tuple[str, ...]

    @property
    def before(self) -> Floats:
        """Shape (m,): the mean before the moment."""
        found: Floats = self.outcome[:, self.relative < 0].mean(axis=1)
        return found

    @property
    def gain(self) -> Floats:
        """Shape (m,): the mean from the moment on less the mean before."""
        found: Floats = self.outcome[:, self.relative >= 0].mean(axis=1) - self.before
        return found

    @property
    def slope(self) -> Floats:
        """Shape (m,): of a straight line through the periods before, a period; 0 where there is one only."""
        early = self.relative < 0
        at = self.relative[early] - self.relative[early].mean()
        found: Floats = self.outcome[:, early] @ at / max(float(at @ at), 1.0)
        return found


def cut_windows(panel: DidPanel, before: int | None = None, after: int | None = None) -> Windows:
    """Cut windows of a panel.

    Parameters
    ----------
    before, after
        Periods before the moment and from it on; if not given as many as nine of ten treated units have.
    """
    if panel.treated.all():
        raise FormatError(
            "every unit is treated at some time: none can serve as a match",
            hint="give units without treatment, or ask staggered.py with controls='not-yet'",
        )
    before, after = _lengths(panel, before, after)
    unit, moment, group, stacked, notes = _moments(panel, before + after)
    relative = np.arange(-before, after)
    outcome = _gather(panel, unit, moment, relative)
    whole = np.isfinite(outcome).all(axis=1)
    treated = panel.treated[unit]
    if stacked:
        # A moment at which nobody else was seen compares with nothing.
        for arm in (False, True):
            whole &= np.isin(group, group[whole & (treated == arm)])
    left = int((treated & ~whole).sum())
    if not (whole & treated).any() or not (whole & ~treated).any():
        raise FormatError(
            f"no whole window of {before} periods before and {after} from the moment on in both arms",
            hint="ask for fewer periods",
        )
    told = [
        *notes,
        *([f"{left:,} treated units left out: no whole window, or nobody to compare with"] if left else []),
    ]
    return Windows(
        unit[whole], treated[whole], group[whole], relative, outcome[whole], panel.cluster[unit[whole]],
        stacked, left, tuple(told),
    )  # fmt: skip


def _lengths(panel: DidPanel, before: int | None, after: int | None) -> tuple[int, int]:
    own = panel.treated
    last = panel.period[np.r_[panel.first[1:], len(panel.period)] - 1]
    early = panel.start[own] - panel.period[panel.first][own]
    late = last[own] - panel.start[own] + 1
    found = [
        int(max(np.quantile(there, _SHARE, method="lower"), 1)) if asked is None else asked
        for asked, there in ((before, early), (after, late))
    ]
    if min(found) < 1:
        raise ConfigError(
            f"{found[0]} periods before and {found[1]} after", hint="ask for one or more of each"
        )
    return found[0], found[1]


def _moments(panel: DidPanel, width: int) -> tuple[Ints, Ints, Ints, bool, tuple[str, ...]]:
    """Units, the moment of each, groups, whether controls borrow, and what to say of it."""
    control = ~panel.treated
    known = np.isfinite(panel.moment)
    if (known & control).any():
        unit = np.flatnonzero(known)
        lost = int((control & ~known).sum())
        notes = (f"{lost:,} units without treatment left out: no moment",) if lost else ()
        moment = panel.moment[unit].astype(np.int64)
        return unit, moment, np.zeros(len(unit), dtype=np.int64), False, notes
    times, free = panel.starts, np.flatnonzero(control)
    if len(times) * len(free) * width > _MOST:
        raise ConfigError(
            f"{len(free):,} units without treatment would borrow {len(times):,} moments each",
            hint="give them a moment of their own (moment=), or a coarser grid",
        )
    own = np.flatnonzero(panel.treated)
    unit = np.concatenate([own, np.tile(free, len(times))])
    group = np.concatenate(
        [np.searchsorted(times, panel.start[own]), np.repeat(np.arange(len(times)), len(free))]
    )
    notes = (f"units without treatment are compared at the {len(times)} moments of the treated",)
    return unit, times[group], group, True, notes


def _gather(panel: DidPanel, unit: Ints, moment: Ints, relative: Ints) -> Floats:
    """Outcomes at moment + relative, shape (m, W); NaN where a unit was not seen."""
    length = panel.periods
    key = panel.unit * length + panel.period
    found = np.full((len(unit), len(relative)), np.nan)
    for k, step in enumerate(relative.tolist()):
        period = moment + step
        asked = unit * length + period
        place = np.minimum(np.searchsorted(key, asked), len(key) - 1)
        there = (period >= 0) & (period < length) & (key[place] == asked)
        found[there, k] = panel.outcome[place[there]]
    return found
