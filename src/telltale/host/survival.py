"""Who has not bought (or left) yet, by how much of an expression the host had just shown: curves for a page.

Steps of a visit are sorted by thirds of the share in the window before them, so a visit moves from curve to
curve as its host's face changes (Simon & Makuch 1984). Where an expression is absent from more than a third
of the windows these are one group, and the others are halved. With d events among n at risk in each step
since joining,

    S = prod (1 - d / n),     var log S = sum d / (n (n - d))        (Kaplan & Meier 1958; Greenwood 1926)

and the band is that of log(-log S), which stays between 0 and 1. A curve tells what would be seen of viewers
whose host always showed as much: it takes nothing else into account, as the hazard ratios do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import stats

from telltale.core.errors import ConfigError
from telltale.host.person_time import Event, TimeSettings, at_risk, steps_at_risk
from telltale.host.shown import Array, HostShown
from telltale.host.visits import Visits

THIRDS: Final = ("little", "some", "much")
RARE: Final = ("none", "some", "much")
"""The groups of an expression that is often absent."""
_ABSENT: Final = 0.005
"""A share under this is none."""
FEWEST_AT_RISK: Final = 20
"""A curve ends where fewer are at risk."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One third."""

    third: str
    """One of `THIRDS`, or of `RARE`: how much of the expression was shown."""
    share: float
    """Its mean share in this third."""
    minutes: Array
    """Shape (T,): since joining, from 0 on."""
    without: Array
    """Share of viewers without the event by then, shape (T,)."""
    low: Array
    high: Array
    at_risk: Array


@dataclass(frozen=True, slots=True)
class Curves:
    """All three, of one event and expression."""

    event: Event
    expression: str
    thirds: tuple[Curve, ...]


def curves_by_thirds(
    visits: Visits, shown: HostShown, event: Event, expression: str, settings: TimeSettings
) -> Curves:
    """Curves of one event by thirds of one expression."""
    if expression not in shown.names:
        raise ConfigError(f"no expression {expression!r}", hint=f"there are {', '.join(shown.names)}")
    place = shown.names.index(expression)
    alone = replace(
        shown,
        names=(expression,),
        evidence=(shown.evidence[place],),
        shares=shown.shares[:, place : place + 1],
    )
    steps = steps_at_risk(*at_risk(visits, event, settings.window_s), settings.step_s)
    share = alone.over(visits.room[steps.visit], steps.start_s - settings.window_s, steps.start_s)[0][:, 0]
    read = np.isfinite(share)
    share, steps = share[read], steps.only(np.flatnonzero(read))
    third, names = _groups(share)
    # The last step of a visit is cut short by what ended it, and counts as one at risk all the same.
    since = np.floor((steps.start_s - visits.start_s[steps.visit]) / settings.step_s + 1e-9).astype(np.int64)
    size = int(since.max()) + 1
    thirds = []
    for k, name in enumerate(names):
        mine = third == k
        if not mine.any():
            continue
        n = np.bincount(since[mine], minlength=size).astype(np.float64)
        d = np.bincount(since[mine & steps.happened], minlength=size).astype(np.float64)
        last = int(np.flatnonzero(n >= FEWEST_AT_RISK).max(initial=-1)) + 1
        without, low, high = kaplan_meier(d[:last], n[:last])
        minutes = (np.arange(last) + 1) * settings.step_s / 60
        thirds.append(Curve(name, float(share[mine].mean()), minutes, without, low, high, n[:last]))
    return Curves(event, expression, tuple(thirds))


def _groups(share: Array) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    """How much was shown in each window, as a code, and the names of the codes.

    >>> _groups(np.array([0.0, 0.0, 0.1, 0.3]))
    (array([0, 0, 1, 2]), ('none', 'some', 'much'))
    """
    absent = share < _ABSENT
    if absent.mean() > 1 / 3:
        middle = np.median(share[~absent]) if (~absent).any() else 0.0
        return np.where(absent, 0, 1 + (share > middle)), RARE
    return np.searchsorted(np.quantile(share, [1 / 3, 2 / 3]), share, side="right"), THIRDS


def kaplan_meier(events: Array, at_risk: Array, level: float = 0.95) -> tuple[Array, Array, Array]:
    """Share without the event after each step and its band, shapes (T,); nobody at risk changes nothing.

    >>> [x.round(3).tolist() for x in kaplan_meier(np.array([1.0, 0, 2]), np.array([10.0, 9, 8]))]
    [[0.9, 0.9, 0.675], [0.473, 0.473, 0.291], [0.985, 0.985, 0.882]]
    """
    n = np.maximum(at_risk, 1e-9)
    without: Array = np.cumprod(1 - events / n, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.cumsum(np.where(events > 0, events / (n * np.maximum(n - events, 1e-9)), 0.0)))
        half = stats.norm.ppf((1 + level) / 2) * spread / np.abs(np.log(without))
        inside = (without > 0) & (without < 1)
        low: Array = np.where(inside, without ** np.exp(half), without)
        high: Array = np.where(inside, without ** np.exp(-half), without)
    return without, low, high
