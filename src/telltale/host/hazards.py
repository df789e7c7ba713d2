"""Who buys (or leaves) sooner after what the host showed: hazard ratios per standard deviation of a share.

    log hazard = piece of the time since joining + what else moves a viewer + sum_e b_e share_e

with shares of the seconds just before, all expressions together. Two fits: `across`, with an effect of each
host, and `within`, with one of each broadcast instead, so that moments of one broadcast are compared and
nothing that differs between broadcasts can make a ratio. The second counts; the first stands beside it.
Errors by leaving out each host in turn, or each broadcast where hosts are few; q corrects for all
expressions (Benjamini & Hochberg).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy import stats

from telltale.core.errors import FormatError
from telltale.host.asked import Asked, asked_of
from telltale.host.families import benjamini_hochberg
from telltale.host.glm import GlmFit, fit_glm, jackknife, t_test
from telltale.host.person_time import Event, PersonTime
from telltale.host.rungs import LEAST_HOSTS, few_hosts
from telltale.host.shown import Array, Codes, HostShown
from telltale.host.viewer_controls import controls
from telltale.host.visits import Visits
from telltale.signs.expressions import Evidence

ClusteredBy = Literal["host", "broadcast"]

LEVEL: Final = 0.05
EVENTS_EACH: Final = 10
"""Fewer events for each expression are told."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """exp(b) with its 95 % interval and p; NaN where it could not be told."""

    value: float
    low: float
    high: float
    p: float

    @classmethod
    def of(cls, beta: float, error: float, freedom: float) -> Ratio:
        """From a coefficient and its error."""
        half = float(stats.t.ppf(0.975, freedom)) * error
        p = float(t_test(np.array([beta]), np.array([error]), freedom)[0])
        with np.errstate(over="ignore"):
            value, low, high = np.exp([beta, beta - half, beta + half]).tolist()
        return cls(value, low, high, p)


@dataclass(frozen=True, slots=True)
class Hazard:
    """One expression."""

    expression: str
    evidence: tuple[Evidence, ...]
    """Of the rows of the table it is from; more than one where expressions go together."""
    sd: float
    """One standard deviation of its share."""
    within: Ratio
    across: Ratio
    q: float
    """Of `within`, over all expressions."""

    @property
    def certain(self) -> bool:
        """Whether more than chance is told, after correction."""
        return self.q <= LEVEL


@dataclass(frozen=True, slots=True)
class Hazards:
    """All expressions and one event."""

    event: Event
    window_s: float
    """The host's shares are of so many seconds before."""
    events: int
    visits: int
    minutes: float
    clusters: int
    clustered_by: ClusteredBy
    found: tuple[Hazard, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class HazardRows:
    """What the fits of one event have in common; N rows."""

    time: PersonTime
    asked: Asked
    x: Array
    """Shape (N, C): controls."""
    shares: Array
    """Shape (N, E), in standard deviations."""
    room: Codes
    cluster: Codes
    clustered_by: ClusteredBy
    hosts: int

    def fit(self, columns: Array, *, within: bool) -> tuple[GlmFit, Array]:
        """A fit with `columns` of shape (N, M) first, and the covariance of all its coefficients."""
        x = np.column_stack([columns, self.x])
        fit = fit_glm(
            x,
            self.time.happened.astype(np.float64),
            offset=np.log(self.time.exposure_s / 60),
            weight=self.time.weight,
            cluster=self.cluster,
            group=self.room if within else None,
        )
        return fit, jackknife(fit, x)


def hazard_rows(visits: Visits, shown: HostShown, time: PersonTime, timezone: str) -> HazardRows:
    """The columns of one event's fits."""
    asked = asked_of(shown.names, time.shares)
    happened = time.happened.astype(np.float64)
    known = controls(visits, time.visit, time.start_s, time.since_s, happened, timezone)
    room = visits.room[time.visit]
    cluster, clustered_by = clusters(visits, time.visit)
    return HazardRows(
        time=time,
        asked=asked,
        x=np.column_stack(list(known.values())),
        shares=asked.standard(time.shares),
        room=np.unique(room, return_inverse=True)[1],
        cluster=cluster,
        clustered_by=clustered_by,
        hosts=len(np.unique(visits.host[time.visit])),
    )


def clusters(visits: Visits, visit: Codes) -> tuple[Codes, ClusteredBy]:
    """Hosts, or broadcasts where hosts are fewer than `LEAST_HOSTS`; 0 to G - 1, shape (N,)."""
    hosts, by_host = np.unique(visits.host[visit], return_inverse=True)
    if len(hosts) >= LEAST_HOSTS:
        return by_host, "host"
    rooms, by_room = np.unique(visits.room[visit], return_inverse=True)
    if len(rooms) > 1:
        return by_room, "broadcast"
    raise FormatError(
        "all visits are to one broadcast: nothing says how far another would differ", hint="give two or more"
    )


def find_hazards(rows: HazardRows, shown: HostShown, window_s: float) -> Hazards:
    """Both fits of one event."""
    asked, time = rows.asked, rows.time
    (within, within_cov), (across, across_cov) = (rows.fit(rows.shares, within=one) for one in (True, False))
    ratios = [
        [
            Ratio.of(float(fit.beta[k]), float(np.sqrt(cov[k, k])), fit.freedom)
            for k in range(len(asked.names))
        ]
        for fit, cov in ((within, within_cov), (across, across_cov))
    ]
    q = benjamini_hochberg(np.array([ratio.p for ratio in ratios[0]]))
    found = tuple(
        Hazard(name, tuple(shown.evidence[k] for k in members), float(sd), one, other, float(of))
        for name, members, sd, one, other, of in zip(
            asked.names, asked.members, asked.sd, *ratios, q, strict=True
        )
    )
    notes = [*time.notes, *asked.notes]
    if (lost := time.events - int(time.happened[within.rows].sum())) > 0:
        notes.append(f"{lost:,} events left out: nothing to compare them with in their broadcast or product")
    if time.events < EVENTS_EACH * len(asked.names):
        notes.append(
            f"{time.events} events are few for {len(asked.names)} expressions: intervals may be too short"
        )
    if rows.clustered_by == "broadcast":
        notes.append(few_hosts(rows.hosts))
    return Hazards(
        event=time.event,
        window_s=window_s,
        events=time.events,
        visits=time.visits,
        minutes=time.minutes,
        clusters=within.clusters,
        clustered_by=rows.clustered_by,
        found=found,
        notes=tuple(notes),
    )
