"""Viewers one by one: what comes before a sale, what keeps them, in whom it differs, and how much goes face
to face.

What cannot be asked of a study stands in one line each, and the rest is still answered. Each part corrects
its own questions; all parts together are corrected as families (`families.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Final, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from telltale.core.errors import ConfigError, FormatError
from telltale.core.progress import Progress, silent
from telltale.host.contagion import Contagions, find_contagion
from telltale.host.face_path import FacePaths, PathSettings, find_paths
from telltale.host.families import across
from telltale.host.hazards import HazardRows, Hazards, find_hazards, hazard_rows
from telltale.host.person_time import Event, TimeSettings, person_time
from telltale.host.shown import HostShown
from telltale.host.study_shown import StudyShown
from telltale.host.survival import Curves, curves_by_thirds
from telltale.host.viewer_faces import ViewerFaces, viewer_faces
from telltale.host.viewer_traits import Moderations, find_moderations
from telltale.host.visits import Visits, read_visits
from telltale.study.store import Study

T = TypeVar("T")

MOST_CURVES: Final = 3


@dataclass(frozen=True, slots=True)
class ViewerSettings:
    """How a study's viewers are asked about."""

    time: TimeSettings = field(default_factory=TimeSettings)
    path: PathSettings = field(default_factory=PathSettings)
    timezone: str = "UTC"
    """Whose hours of the day."""

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ConfigError(
                f"no time zone {self.timezone!r}", hint="write one such as Asia/Shanghai"
            ) from error


@dataclass(frozen=True, slots=True)
class ViewerStudy:
    """All that is told of a study's viewers; None where it cannot be asked, and `untold` says why."""

    visits: int
    time_to_sale: Hazards | None
    time_to_cart: Hazards | None
    staying: Hazards | None
    """Hazard of leaving: a ratio below 1 is staying longer."""
    moderators: Moderations | None
    """Of the time to the sale."""
    curves: tuple[Curves, ...]
    """Who has not bought yet, for the expressions that come with it most clearly."""
    contagion: Contagions | None
    paths: FacePaths | None
    untold: tuple[str, ...]
    """One line for each question that cannot be asked."""
    simulated: bool
    notes: tuple[str, ...]


def study_viewers(
    study: Study,
    seen: StudyShown,
    now: datetime,
    settings: ViewerSettings | None = None,
    *,
    seed: int = 0,
    progress: Progress = silent,
) -> ViewerStudy:
    """Ask everything that a study can answer of its viewers.

    Parameters
    ----------
    seen
        What the hosts showed, from `study_shown`.
    now
        The moment at which consent is asked.
    """
    settings = settings or ViewerSettings()
    shown, untold = seen.shown, list[str]()
    visits = read_visits(study, shown, now)
    asked = {event: _asked(visits, shown, event, settings, seed, untold) for event in _EVENTS}
    found: dict[Event, Hazards | None] = {}
    for event, rows in progress(list(asked.items()), total=len(asked), label="time to each event"):
        if rows is not None:
            found[event] = _or_untold(partial(find_hazards, rows, shown, settings.time.window_s), untold)
    sale_rows, sale = asked["purchase"], found.get("purchase")
    moderators = None
    if sale_rows is not None and sale is not None:
        moderators = _or_untold(partial(find_moderations, sale_rows, visits), untold)
    faces = _or_untold(lambda: viewer_faces(study, visits, now), untold)
    contagion, paths = None, None
    if faces is not None:
        contagion, paths = _face_to_face(visits, shown, faces, settings, seed, untold, progress)
    told = _corrected(
        ViewerStudy(
            visits=len(visits),
            time_to_sale=sale,
            time_to_cart=found.get("add_to_cart"),
            staying=found.get("leave"),
            moderators=moderators,
            curves=(),
            contagion=contagion,
            paths=paths,
            untold=tuple(dict.fromkeys(untold)),
            simulated=visits.simulated,
            notes=(*seen.notes, *visits.notes),
        )
    )
    sale = told.time_to_sale
    return told if sale is None else replace(told, curves=_curves(visits, shown, sale, settings))


def _corrected(told: ViewerStudy) -> ViewerStudy:
    """All parts corrected together: six families of questions say something as seldom as one."""
    parts = {name: part for name in _PARTS if (part := getattr(told, name)) is not None}
    q = across([np.array([one.q for one in part.found]) for part in parts.values()])
    return replace(
        told,
        **{
            name: replace(
                part, found=tuple(replace(one, q=float(k)) for one, k in zip(part.found, own, strict=True))
            )
            for (name, part), own in zip(parts.items(), q, strict=True)
        },
    )


_PARTS: Final = ("time_to_sale", "time_to_cart", "staying", "moderators", "contagion", "paths")


_EVENTS: Final[tuple[Event, ...]] = ("purchase", "add_to_cart", "leave")


def _or_untold(ask: Callable[[], T], untold: list[str]) -> T | None:
    """The answer; or None, and why."""
    try:
        return ask()
    except FormatError as error:
        untold.append(str(error))
        return None


def _asked(
    visits: Visits, shown: HostShown, event: Event, settings: ViewerSettings, seed: int, untold: list[str]
) -> HazardRows | None:
    def rows() -> HazardRows:
        time = person_time(visits, shown, event, settings.time, seed)
        return hazard_rows(visits, shown, time, settings.timezone)

    return _or_untold(rows, untold)


def _face_to_face(
    visits: Visits,
    shown: HostShown,
    faces: ViewerFaces,
    settings: ViewerSettings,
    seed: int,
    untold: list[str],
    progress: Progress,
) -> tuple[Contagions | None, FacePaths | None]:
    found = _or_untold(lambda: find_contagion(visits, shown, faces, seed, progress=progress), untold)
    if found is None:
        return None, None
    paths = _or_untold(
        lambda: find_paths(visits, shown, faces, found, settings.path, settings.timezone, seed), untold
    )
    return found, paths


def _curves(visits: Visits, shown: HostShown, sale: Hazards, settings: ViewerSettings) -> tuple[Curves, ...]:
    """Of the clearest expressions; those that go with another too closely have no curve of their own."""
    clear = sorted((one for one in sale.found if one.certain), key=lambda one: one.within.p)
    names = [one.expression for one in clear if one.expression in shown.names][:MOST_CURVES]
    return tuple(curves_by_thirds(visits, shown, "purchase", name, settings.time) for name in names)
