"""What a whole room shares at one moment, taken out: each viewer against the others who are there.

A joke, a hitch of the stream, a discount that no log holds moves all viewers of a room at once, and a method
that looks for arrows then finds them between everything. So each of a viewer's own factors x becomes

    x_i(t) - mean of x_j(t) over the others j in the same room at the same moment

in which whatever adds the same to everybody is gone, and with it what the room's measured factors do: look
for arrows from the room before, and for those between a viewer's own factors after. A viewer's own dependence
stays as it was, exactly so while nobody comes or goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from telltale.core.errors import ConfigError
from telltale.factors.factor import Factor
from telltale.factors.panel import FactorPanel

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

FEWEST_VIEWERS = 3


def without_room_shocks(
    panel: FactorPanel, *, names: Sequence[str] | None = None, fewest: int = FEWEST_VIEWERS
) -> FactorPanel:
    """The panel with each viewer-level factor less the mean of the others in the same room and moment.

    Parameters
    ----------
    names
        Which factors; all of the viewer's own when left out.
    fewest
        Viewers, with oneself, who must be there and seen; where fewer are, the value is NaN, and a note says
        so.

    Returns
    -------
    Factors of the viewer as continuous ones, in their old units; those of room and session as they were.
    """
    if fewest < 2:
        raise ConfigError(f"{fewest} viewers have no others", hint="give 2 or more")
    own = _own(panel, names)
    together = together_of(panel)
    values = panel.values.copy(order="K")
    for i in own:
        values[:, i] = less_others(panel.values[:, i], together, fewest)
    factors = tuple(_adjusted(f) if i in own else f for i, f in enumerate(panel.factors))
    return replace(
        panel, factors=factors, values=values, notes=(*panel.notes, *_notes(panel, together, fewest))
    )


def viewers_present(panel: FactorPanel) -> Codes:
    """How many sessions are in the same room at the same moment, oneself among them. Shape (N,)."""
    together = together_of(panel)
    return np.bincount(together)[together] if len(panel) else together


def less_others(values: Array, together: Codes, fewest: int) -> Array:
    """Each value less the mean of the others of its group; NaN where fewer than `fewest` are seen.

    Parameters
    ----------
    values, together
        Shape (N,): the values, and the codes of their groups.

    >>> less_others(np.array([1.0, 2.0, 6.0, 9.0]), np.array([0, 0, 0, 1]), 3).tolist()
    [-3.0, -1.5, 4.5, nan]
    """
    seen = np.isfinite(values)
    size = int(together.max()) + 1 if len(together) else 0
    count = np.bincount(together[seen], minlength=size)[together]
    total = np.bincount(together[seen], weights=values[seen], minlength=size)[together]
    others: Array = np.divide(
        total - values, count - 1, out=np.full(len(values), np.nan), where=count >= fewest
    )
    less: Array = values - others
    return less


def together_of(panel: FactorPanel) -> Codes:
    """Codes of room and moment, shape (N,)."""
    if not len(panel):
        return panel.session
    span = int(np.ptp(panel.moment)) + 1
    _, codes = np.unique(panel.room * span + (panel.moment - panel.moment.min()), return_inverse=True)
    return codes.astype(np.int64)


def _own(panel: FactorPanel, names: Sequence[str] | None) -> list[int]:
    """The columns to adjust."""
    places = range(len(panel.factors)) if names is None else panel.place(names)
    own = [i for i in places if panel.factors[i].level == "viewer"]
    if names is not None and len(own) < len(names):
        others = [name for name in names if panel.factor(name).level != "viewer"]
        raise ConfigError(
            f"not a viewer's own: {', '.join(others)}", hint="what a room shares is left as it is"
        )
    if not own:
        raise ConfigError("no factor of this panel is a viewer's own", hint="see the factors' levels")
    return own


def _adjusted(factor: Factor) -> Factor:
    return replace(
        factor, kind="continuous", says=f"{factor.says}, less the mean of the others in the room".strip(", ")
    )


def _notes(panel: FactorPanel, together: Codes, fewest: int) -> list[str]:
    """Where too few were together: how many rows, and the rooms in which it was always so."""
    few = np.bincount(together)[together] < fewest
    if not few.any():
        return []
    notes = [f"in {int(few.sum())} of {len(panel)} rows fewer than {fewest} viewers were there: left unseen"]
    rows = np.bincount(panel.room, minlength=len(panel.room_ids))
    never = np.flatnonzero((np.bincount(panel.room[few], minlength=len(rows)) == rows) & (rows > 0))
    if len(never):
        some = ", ".join(panel.room_ids[i] for i in never[:5]) + (" ..." if len(never) > 5 else "")
        notes.append(f"{len(never)} rooms never had {fewest} viewers at once ({some})")
    return notes
