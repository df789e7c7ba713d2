"""One row a room and moment: the broadcast's factors, and the mean of the viewers who are there.

What moves a whole room is seen here as often as it happened: a broadcast with three hundred viewers is one
broadcast. `shared.py` is the other half: what each viewer does against the others.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from telltale.core.errors import ConfigError
from telltale.factors.columns import mean_at
from telltale.factors.factor import Factor
from telltale.factors.panel import FactorPanel
from telltale.factors.shared import together_of


def room_means(panel: FactorPanel, *, fewest: int = 1) -> FactorPanel:
    """The panel by room and moment.

    Parameters
    ----------
    fewest
        Viewers who must be there for a row.

    Returns
    -------
    Sessions are rooms now, and steps their moments. Factors of the viewer are means; facts of a session
    that are the viewer's own, such as the device, are factors of the room: the share among those there.
    """
    together = together_of(panel)
    present = np.bincount(together)
    kept = present >= fewest
    if fewest < 1 or not kept.any():
        raise ConfigError(f"no moment has {fewest} viewers", hint="ask for fewer, 1 at the least")
    first = np.unique(together, return_index=True)[1][kept]
    room, moment = panel.room[first], panel.moment[first]
    # What all rows of a moment share is its own mean.
    columns = [mean_at(together, values, len(present))[kept] for values in panel.values.T]
    few = int((~kept).sum())
    note = f"{few} of {len(kept)} moments left out: fewer than {fewest} viewers"
    return replace(
        panel,
        factors=tuple(f if f.of_room else _mean_of(f) for f in panel.factors),
        values=np.asfortranarray(np.column_stack(columns)),
        session=room,
        room=room,
        person=room,
        step=moment,
        moment=moment,
        session_ids=panel.room_ids,
        person_ids=panel.room_ids,
        notes=(*panel.notes, note) if few else panel.notes,
    )


def _mean_of(factor: Factor) -> Factor:
    level = "room" if factor.level == "session" else factor.level
    return replace(
        factor, level=level, kind="continuous", says=f"{factor.says}, mean of those there".strip(", ")
    )
