"""Sample-ratio mismatch: do as many units lie in each arm as chance should have put there?

    chi2 = sum over arms of (observed - expected)^2 / expected,   arms - 1 degrees of freedom

Units are counted and not decisions: a viewer who comes up ten times was assigned once. A mismatch does not
say that the intervention works or fails. It says that arms lost or gained units after chance had its say
(a page that crashes for one arm, rows that were not written, a share that was changed on the way), so nothing
that is worked out from these arms may be believed before the cause is found.

Fabijan et al., "Diagnosing sample ratio mismatch in online controlled experiments", KDD 2019.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from telltale.records.utc import milliseconds
from telltale.strategy.assignment import Experiments
from telltale.strategy.catalogue import Intervention
from telltale.strategy.keys import Readable

ALARM_P: Final = 0.001
"""So rare by chance alone that somebody must look; the level in use for this check (Fabijan et al.)."""
LEAST_EXPECTED: Final = 5.0
"""Cochran's rule: with fewer expected in an arm the test does not hold."""
HELD_OUT: Final = "held out"


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit as a decision knows it."""

    unit: str
    arm: str
    """treated, control or `held out`"""
    room: str


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The test of one set of units."""

    where: str
    """A room, or `all`."""
    observed: dict[str, int]
    expected: dict[str, float]
    p: float | None
    """Of a mismatch at least so great by chance; in rooms, times their number. `None`: too few units."""

    @property
    def alarm(self) -> bool:
        """Whether somebody must look before anything is believed."""
        return self.p is not None and self.p < ALARM_P

    @property
    def means(self) -> str:
        """What it says, in words.

        >>> mismatch({"treated": 30, "control": 270}, {"treated": 0.5, "control": 0.5}).means[:40]
        'all: units are missing from an arm or we'
        """
        if self.p is None:
            return f"{self.where}: too few units to say anything"
        if self.alarm:
            return (
                f"{self.where}: units are missing from an arm or were moved to another after chance had its"
                f" say (p = {self.p:.2g}); believe no result of this experiment before you know why"
            )
        return f"{self.where}: the arms are as chance would make them (p = {self.p:.2g})"


@dataclass(frozen=True, slots=True)
class RatioReport:
    """The test of all units together, and room by room."""

    overall: Mismatch
    rooms: tuple[Mismatch, ...]
    in_two_arms: int
    """Units that were found in more than one arm; there should be none, and they are counted in none."""

    @property
    def alarm(self) -> bool:
        """Whether anything is amiss."""
        return self.overall.alarm or self.in_two_arms > 0 or any(room.alarm for room in self.rooms)


def mismatch(
    observed: Mapping[str, int], shares: Mapping[str, float], *, where: str = "all", tests: int = 1
) -> Mismatch:
    """Test counts of units against shares.

    Parameters
    ----------
    observed
        Units by arm.
    shares
        Of each arm that can be; they add up to 1.
    tests
        How many such tests are made at once; p is multiplied by it (Bonferroni).

    >>> mismatch({"treated": 50, "control": 50}, {"treated": 0.5, "control": 0.5}).p
    1.0
    """
    from scipy.special import chdtrc

    arms = [arm for arm, share in shares.items() if share > 0]
    total = sum(observed.values())
    expected = {arm: total * shares[arm] for arm in arms}
    impossible = sum(count for arm, count in observed.items() if arm not in expected)
    if impossible:
        return Mismatch(where, dict(observed), expected, 0.0)
    if len(arms) < 2 or min(expected.values()) < LEAST_EXPECTED:
        return Mismatch(where, dict(observed), expected, None)
    chi2 = sum((observed.get(arm, 0) - expected[arm]) ** 2 / expected[arm] for arm in arms)
    p = min(1.0, float(chdtrc(len(arms) - 1, chi2)) * tests)
    return Mismatch(where, dict(observed), expected, p)


def sample_ratio(units: Iterable[Unit], shares: Mapping[str, float]) -> RatioReport:
    """Test units against the shares of their arms, all together and room by room."""
    arms: dict[str, set[str]] = {}
    rooms: dict[str, set[str]] = {}
    for one in units:
        arms.setdefault(one.unit, set()).add(one.arm)
        rooms.setdefault(one.room, set()).add(one.unit)
    single = {unit: next(iter(found)) for unit, found in arms.items() if len(found) == 1}
    counts = {room: Counter(single[u] for u in found if u in single) for room, found in rooms.items()}
    by_room = [
        mismatch(count, shares, where=room, tests=len(counts)) for room, count in sorted(counts.items())
    ]
    overall = mismatch(Counter(single.values()), shares)
    return RatioReport(overall, tuple(by_room), len(arms) - len(single))


def ratio_of(
    readable: Readable, intervention: Intervention, experiments: Experiments, *, since: datetime
) -> RatioReport:
    """Test the units of one intervention's experiment that the ledger holds from a moment on.

    Who is held out is an arm of its own where viewers are assigned. Where rooms are, who is held out is no
    unit and left aside.
    """
    experiment, shares = experiments.of(intervention), experiments.shares(intervention)
    by_viewer, out = experiment.unit == "viewer", experiments.holdout.share
    sql = (
        "SELECT DISTINCT unit, arm, held_out, room FROM decisions"
        " WHERE experiment = ? AND unit_kind = ? AND decided_at >= ?"
    )
    found = readable.rows(sql, (experiment.name, experiment.unit, milliseconds(since)))
    units = [
        Unit(unit, HELD_OUT if held_out else arm, room)
        for unit, arm, held_out, room in found
        if by_viewer or not held_out
    ]
    if by_viewer:
        shares = {arm: share * (1 - out) for arm, share in shares.items()} | {HELD_OUT: out}
    return sample_ratio(units, shares)
