"""A closer look at what was found: when, up to which dose, and in whom, for each driver."""

from __future__ import annotations

from dataclasses import dataclass

from telltale.core.errors import FormatError
from telltale.host.dose import Dose, find_dose
from telltale.host.driver import DriverStudy
from telltale.host.lags import Lags, find_lags
from telltale.host.moderators import Moderated, find_moderators
from telltale.host.points import HostPoints
from telltale.host.question import Question
from telltale.host.rungs import Ladder


@dataclass(frozen=True, slots=True)
class Closer:
    """What could be told of the drivers."""

    lags: tuple[Lags, ...] = ()
    doses: tuple[Dose, ...] = ()
    moderated: tuple[Moderated, ...] = ()
    refused: tuple[str, ...] = ()
    """What could not be asked, and why."""

    def lags_of(self, outcome: str, expression: str) -> Lags | None:
        """Those of one driver, if they could be asked."""
        return next(
            (one for one in self.lags if (one.outcome, one.expression) == (outcome, expression)), None
        )

    def dose_of(self, outcome: str, expression: str) -> Dose | None:
        """The same of its dose."""
        return next(
            (one for one in self.doses if (one.outcome, one.expression) == (outcome, expression)), None
        )


def look_closer(points: HostPoints, study: DriverStudy, *, most: int = 10, seed: int = 0) -> Closer:
    """Ask more of a study's drivers, the surest `most` of them."""
    found = study.with_verdict("driver")
    drivers = [Question(one.outcome, one.name, one.lag_s) for one in found[:most]]
    less = {(one.outcome, one.name) for one in found if one.last.estimate.value < 0}
    if not drivers:
        return Closer()
    ladder = Ladder(points)
    lags: list[Lags] = []
    doses: list[Dose] = []
    refused = [f"{one.name}, {one.outcome}: a closer look is at the {most} surest" for one in found[most:]]
    for asked in drivers:
        outcome, name, _ = asked
        try:
            lags.append(find_lags(ladder, outcome, name, seed))
        except FormatError as error:
            refused.append(f"{name}, {outcome}: {error}")
        try:
            doses.append(find_dose(ladder, asked, seed, less=(outcome, name) in less))
        except FormatError as error:
            refused.append(f"{name}, {outcome}: {error}")
    try:
        moderated = find_moderators(ladder, drivers)
    except FormatError as error:
        moderated = ()
        refused.append(f"in whom it differs: {error}")
    return Closer(tuple(lags), tuple(doses), moderated, tuple(refused))
