"""A closer look at what was found: when, up to which dose, and in whom, for each driver."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from telltale.core.errors import ConfigError, FormatError
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


def look_closer(
    points: HostPoints,
    study: DriverStudy,
    finer: HostPoints | None = None,
    *,
    look: Sequence[str] = (),
    most: int = 10,
    seed: int = 0,
) -> Closer:
    """Ask more of a study's drivers, the surest `most` of them, and of what somebody wants to be looked at.

    Parameters
    ----------
    finer
        The same study counted more finely than by the minute: its lags are known more exactly.
    look
        Expressions, whatever was said of them: with the first of the outcomes. What is found of those was not
        corrected for having been looked for.
    """
    _refuse_unknown(look, tuple(dict.fromkeys(one.name for one in study.answers)))
    found = study.with_verdict("driver")
    wanted = [study.of(study.outcomes[0], name) for name in dict.fromkeys(look)]
    asked_of = [*found[:most], *(one for one in wanted if one not in found[:most])]
    drivers = [Question(one.outcome, one.name, one.lag_s) for one in asked_of]
    less = {(one.outcome, one.name) for one in asked_of if one.last.estimate.value < 0}
    if not drivers:
        return Closer()
    ladder = Ladder(points)
    close = ladder if finer is None else Ladder(finer)
    lags: list[Lags] = []
    doses: list[Dose] = []
    refused = [f"{one.name}, {one.outcome}: a closer look is at the {most} surest" for one in found[most:]]
    refused += [
        f"{one.name}, {one.outcome}: looked at because you asked: nothing there is corrected for having asked"
        for one in wanted
        if one.verdict != "driver"
    ]
    for asked in drivers:
        outcome, name, _ = asked
        try:
            lags.append(find_lags(close, outcome, name, seed))
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


def _refuse_unknown(look: Sequence[str], there: tuple[str, ...]) -> None:
    """
    >>> _refuse_unknown(["intrest"], ("interest", "awe"))
    Traceback (most recent call last):
    telltale.core.errors.ConfigError: intrest cannot be looked at here: did you mean 'interest'?
    """
    if not (odd := [name for name in dict.fromkeys(look) if name not in there]):
        return
    lower = {name.lower(): name for name in there}
    near = [lower[close] for name in odd for close in difflib.get_close_matches(name.lower(), lower, n=1)]
    meant = " and ".join(f"'{name}'" for name in dict.fromkeys(near))
    hint = f"did you mean {meant}?" if len(near) == len(odd) else f"there are {', '.join(there)}"
    raise ConfigError(f"{', '.join(odd)} cannot be looked at here", hint=hint)
