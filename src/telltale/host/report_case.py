"""All that a report on hosts tells, gathered before anything is drawn or printed.

study > what was shown > points > drivers > a closer look > advice
                       > viewers (time to sale, staying, face to face)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from telltale.core.errors import FormatError
from telltale.core.progress import Progress, silent
from telltale.core.threads import one_thread
from telltale.host.advice import Advice, advise
from telltale.host.advice_words import Said, Wording, say_all, say_nothing
from telltale.host.closer import Closer, look_closer
from telltale.host.describe_points import Group, describe_points
from telltale.host.driver import Answer, DriverStudy, Verdict
from telltale.host.driver_words import headline, said
from telltale.host.drivers import find_drivers
from telltale.host.efficiency import Efficiency, find_efficiency
from telltale.host.evidence_words import weakest
from telltale.host.points import COUNTS, HostPoints
from telltale.host.rungs import LEAST_HOSTS
from telltale.host.study_points import PointSettings, finer_points, study_points
from telltale.host.study_shown import study_shown
from telltale.host.viewers import ViewerSettings, ViewerStudy, study_viewers
from telltale.signs.coding import Coder
from telltale.signs.expressions import Evidence
from telltale.study.store import Study

_MOST_USED: Final = 0.8
"""Where less than this of the stretches can be compared, how many is told."""


@dataclass(frozen=True, slots=True)
class HostCase:
    """What a page on hosts says."""

    study: str
    """Its name."""
    outcome: str
    """The count that the page is about: the first of `COUNTS` that can be asked."""
    points: HostPoints
    groups: tuple[Group, ...]
    drivers: DriverStudy
    closer: Closer
    advice: Advice
    said: tuple[Said, ...]
    efficiency: Efficiency
    viewers: ViewerStudy | None
    """None where there are no visits to ask about, or they were not asked for."""
    untold: tuple[str, ...]
    """What could not be asked, one line each."""
    missing: dict[str, tuple[int, ...]]
    """Units that belong to an expression and cannot be seen."""
    caveat: str
    """What must be said of the names of expressions."""
    self_coaching: bool

    @property
    def evidence(self) -> dict[str, Evidence]:
        """How well each expression is known."""
        return dict(zip(self.points.names, self.points.shown.evidence, strict=True))

    def evidence_of(self, name: str) -> Evidence:
        """The weakest of `a or b`."""
        known = self.evidence
        return weakest(known[one] for one in name.split(" or "))

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Those of the outcome that the page is about."""
        return tuple(one for one in self.drivers.answers if one.outcome == self.outcome)

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be asked, what was left out, and what is not taken into account."""
        asked = (note for told in self.drivers.notes.values() for note in told)
        not_asked = (f"not asked: {why}" for why in self.untold)
        return tuple(dict.fromkeys((*not_asked, *self.points.notes, *asked)))

    @property
    def sentences(self) -> tuple[str, str, str]:
        """The answer, how sure it is, and what would make it wrong."""
        return _answer(self), _how_sure(self), _wrong(self)


@one_thread()
def host_case(
    study: Study,
    coder: Coder,
    now: datetime,
    *,
    settings: PointSettings | None = None,
    viewers: bool = True,
    self_coaching: bool = False,
    look: Sequence[str] = (),
    missing: dict[str, tuple[int, ...]] | None = None,
    caveat: str = "",
    seed: int = 0,
    workers: int | None = None,
    progress: Progress = silent,
) -> HostCase:
    """Ask everything that a study can answer of its hosts.

    Parameters
    ----------
    coder
        Codes the signals where the study holds any.
    now
        The moment at which consent is asked.
    viewers
        Whether the study's own viewers are asked too: who buys when, who stays, what goes face to face.
    self_coaching
        Whether the host alone sees it: one host, and no other beside.
    look
        Expressions that are looked at more closely whatever is said of them.
    """
    settings = settings or PointSettings()
    if self_coaching:
        refuse_others(study)
    seen = study_shown(study, coder, now, workers=workers, progress=progress)
    points = study_points(study, seen, now, settings)
    drivers = _drivers(points, seed)
    closer = look_closer(points, drivers, finer_points(study, seen, now, settings), look=look, seed=seed)
    advice = advise(points, drivers, closer)
    asked = None
    untold = [f"{why}" for why in drivers.refused.values()]
    if viewers:
        try:
            more = ViewerSettings(timezone=settings.timezone)
            asked = study_viewers(study, seen, now, more, seed=seed, progress=progress)
        except FormatError as error:
            untold.append(f"viewers one by one: {error}")
    wording: Wording = "you" if self_coaching else "team"
    outcome = next(name for name in COUNTS if name in drivers.outcomes)
    return HostCase(
        study=study.manifest.name,
        outcome=outcome,
        points=points,
        groups=describe_points(points),
        drivers=drivers,
        closer=closer,
        advice=advice,
        said=say_all(advice, drivers, closer, wording),
        efficiency=find_efficiency(points, outcome, seed),
        viewers=asked,
        untold=(*untold, *closer.refused, *(asked.untold if asked else ())),
        missing=(missing or {}) if seen.held == "host_signals" else {},
        caveat=" ".join(caveat.split()),
        self_coaching=self_coaching,
    )


def _drivers(points: HostPoints, seed: int) -> DriverStudy:
    """What goes with what; a refusal tells too what was left out on the way, for that may be why."""
    try:
        return find_drivers(points, seed=seed)
    except FormatError as error:
        raise FormatError("; ".join((str(error), *points.notes))) from error


def refuse_others(study: Study) -> None:
    """Before anybody's face is coded: who coaches themselves sees nobody else."""
    hosts = {host for team in study.teams.values() for host in team}
    if len(hosts) > 1:
        raise FormatError(
            f"{study.folder} holds {len(hosts)} hosts, and self-coaching is of one",
            hint="make a study of your own broadcasts alone",
        )


def _answer(case: HostCase) -> str:
    found = case.drivers.with_verdict("driver")
    if not found:
        return say_nothing(case.advice)
    own = [one for one in found if one.outcome == case.outcome] or list(found)
    first = own[0].outcome
    others = len({(one.name, one.outcome) for one in found} - {(one.name, first) for one in own})
    more = f" {others} more such link{'s' * (others > 1)} with other counts." if others else ""
    told = headline([one for one in own if one.outcome == first])
    return f"{told}, and nothing we could take out explains it.{more}"


def _how_sure(case: HostCase) -> str:
    study, points = case.drivers, case.points
    hours = points.minutes.sum() / 60
    hosts = "1 host" if study.hosts == 1 else f"{study.hosts} hosts"
    own = "the platform's own counts" if points.counted_by == "room_counts" else "the study's own viewers"
    long = f"{hours:.0f} hours in {study.broadcasts} broadcasts of {hosts}"
    used = max(study.points.values(), default=0)
    lost = f", of which {used:,} can be compared" if used < _MOST_USED * len(points) else ""
    alone = "" if study.hosts >= LEAST_HOSTS else " How another host would differ nothing says."
    unsold = study.refused.get("purchases", "").partition(": ")[2].partition(": ")[0]
    no_sales = f" Purchases could not be asked about: {unsold}." if unsold else ""
    return (
        f"{len(points):,} stretches of {points.step_s:g} s{lost}, {long}, by {own}; {study.questions}"
        " questions were asked; of simulated studies (1,500 minutes) with nothing in them fewer than one in"
        f" twenty name a driver.{no_sales}{alone}"
    )


def _wrong(case: HostCase) -> str:
    # What stays for one count may wait for another: that is told under each, and is no reason to wait here.
    stays = {one.name for one in case.drivers.with_verdict("driver")}
    waits = dict.fromkeys(
        one.name for one in case.drivers.with_verdict("unresolved") if one.name not in stays
    )
    doubt = ""
    if waits:
        *others, last = waits
        named = f"{', '.join(others)} and {last}" if others else last
        them = "them" if others else "it"
        looked = "stood out too" if stays else "looked like it"
        doubt = f" {named[0].upper()}{named[1:]} {looked}, but did not pass: do not act on {them} yet."
    often = " (of simulated studies with such a cause 6 to 10 in 100 name the face)" if stays else ""
    return (
        "It would be wrong where something that no column holds makes hosts show it and viewers buy in the"
        f" same minutes{often}; only a trial can tell.{doubt}"
    )


def case_lines(case: HostCase) -> list[str]:
    """Every answer that is more than nothing, as a sentence, drivers first."""
    verdicts: tuple[Verdict, ...] = ("driver", "unresolved", "explained")
    return [said(one) for verdict in verdicts for one in case.drivers.with_verdict(verdict)]
