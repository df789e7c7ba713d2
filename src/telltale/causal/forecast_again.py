"""People to learn from, drawn again: whole people, with repeats, each draw a person of its own.

What is trained anew on them tells what of a network is chance. Those to stop by and to judge on stay, and so
do means and standard deviations: a forecast is asked of the same windows.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from telltale.causal.forecast_rows import Codes, ForecastRows, Windows
from telltale.factors.panel import FactorPanel


def drawn_again(
    panel: FactorPanel, rows: ForecastRows, draw: np.random.Generator
) -> tuple[FactorPanel, ForecastRows]:
    """A panel of the people drawn, and the rows with their windows to learn from.

    Parameters
    ----------
    panel
        That the rows were made of.
    """
    learn = rows.learn
    people = np.unique(learn.person)
    drawn = np.sort(draw.choice(people, len(people)))
    windows, whose = _of(learn.person, drawn)
    again = Windows(learn.inputs[windows], learn.truth[windows], learn.rises[windows], whose)
    return _panel_of(panel, drawn), replace(rows, learn=again)


def _panel_of(panel: FactorPanel, drawn: Codes) -> FactorPanel:
    """Their rows; a session of somebody who is drawn twice is two sessions."""
    places, whose = _of(panel.person, drawn)
    new = np.concatenate([[False], (np.diff(whose) != 0) | (np.diff(panel.session[places]) != 0)])
    session = np.cumsum(new)
    return replace(
        panel,
        values=panel.values[places],
        session=session,
        room=panel.room[places],
        person=whose,
        step=panel.step[places],
        moment=panel.moment[places],
        session_ids=tuple(str(one) for one in range(int(session[-1]) + 1)),
        person_ids=tuple(str(one) for one in range(len(drawn))),
    )


def _of(person: Codes, drawn: Codes) -> tuple[Codes, Codes]:
    """Rows of each that is drawn, one after another, and the number of the draw.

    >>> [part.tolist() for part in _of(np.array([4, 5, 4]), np.array([4, 4, 5]))]
    [[0, 2, 0, 2, 1], [0, 0, 1, 1, 2]]
    """
    places = [np.flatnonzero(person == one) for one in drawn]
    return np.concatenate(places), np.repeat(np.arange(len(drawn)), [len(one) for one in places])
