"""Visits cut into steps: who could still buy (or leave) in each, who did, and what the host had just shown.

A step of a visit lies on the broadcast's clock. What the host showed is that of the `window_s` before it, all
of which the viewer was there to see: time counts from `window_s` after joining, and who was done by then is
left out. With y = 1 in the step in which it happened and e seconds at risk,

    y ~ Poisson(e exp(x b))

has the likelihood of a hazard that is constant over each step (Holford 1980). Of the steps in which nothing
happened a random part is enough, each weighted by 1 / share drawn; all in which it did are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from telltale.core.errors import ConfigError, FormatError
from telltale.core.rng import stream
from telltale.host.shown import Array, Codes, HostShown
from telltale.host.visits import Act, Mask, Visits

Event = Literal["purchase", "add_to_cart", "leave"]
EVENTS: Final[tuple[Event, ...]] = ("purchase", "add_to_cart", "leave")
LEAST_EVENTS: Final = 30
_SHORTEST_S: Final = 0.1
"""What happens at once was at risk for so long."""


@dataclass(frozen=True, slots=True)
class TimeSettings:
    """How visits are cut."""

    step_s: float = 10.0
    window_s: float = 60.0
    """What the host showed in so many seconds before a step counts."""
    most_rows: int = 24_000
    """Steps that a model is fitted to."""

    def __post_init__(self) -> None:
        if not 1 <= self.step_s <= 120 or not 5 <= self.window_s <= 600:
            raise ConfigError(
                f"steps of {self.step_s:g} s, windows of {self.window_s:g} s",
                hint="give steps of 1 to 120 and windows of 5 to 600 seconds",
            )
        if self.most_rows < 1000:
            raise ConfigError(f"{self.most_rows} rows are too few for a model", hint="allow 1,000 or more")


@dataclass(frozen=True, slots=True, eq=False)
class PersonTime:
    """N steps of visits at risk of one event."""

    event: Event
    visit: Codes
    start_s: Array
    """When the step began, seconds from the broadcast's start."""
    since_s: Array
    """Seconds since the viewer joined."""
    exposure_s: Array
    happened: Mask
    weight: Array
    """1 / share of such steps that was drawn."""
    shares: Array
    """Shape (N, E): what the host showed in the window before the step."""
    visits: int
    """Visits that were at risk at all."""
    minutes: float
    """Minutes at risk of all of them, drawn or not."""
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.visit)

    @property
    def events(self) -> int:
        """How often it happened."""
        return int(self.happened.sum())


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """All steps at risk, shape (rows,) each."""

    visit: Codes
    start_s: Array
    """Seconds from the broadcast's start."""
    exposure_s: Array
    happened: Mask

    def only(self, rows: Codes) -> Steps:
        """Some of them."""
        return Steps(self.visit[rows], self.start_s[rows], self.exposure_s[rows], self.happened[rows])


def person_time(
    visits: Visits, shown: HostShown, event: Event, settings: TimeSettings, seed: int
) -> PersonTime:
    """The steps at risk of one event, with what the host showed before each."""
    entry_s, exit_s, done = at_risk(visits, event, settings.window_s)
    notes = []
    if early := int((exit_s <= entry_s).sum()):
        many = "1 visit" if early == 1 else f"{early:,} visits"
        notes.append(f"{many} left out: over, or done, within {settings.window_s:g} s of joining")
    steps = steps_at_risk(entry_s, exit_s, done, settings.step_s)
    if not steps.happened.any():
        raise FormatError(_never(event), hint=_INSTEAD[event])
    rows = _drawn(steps.happened, settings.most_rows, seed, event)
    some = steps.only(rows)
    others = int((~steps.happened).sum()) / max(int((~some.happened).sum()), 1)
    shares, _ = shown.over(visits.room[some.visit], some.start_s - settings.window_s, some.start_s)
    read = np.flatnonzero(np.isfinite(shares).all(axis=1))
    if len(read) < len(some.visit):
        lost = 100 * (1 - len(read) / len(some.visit))
        notes.append(f"{lost:.2g} % of the steps left out: hardly any of the host's face was read")
    some = some.only(read)
    if some.happened.sum() < LEAST_EVENTS:
        raise FormatError(
            f"{_WORD[event]}: {int(some.happened.sum())} in all, too few to ask what comes before them",
            hint=f"give {LEAST_EVENTS} or more",
        )
    return PersonTime(
        event=event,
        visit=some.visit,
        start_s=some.start_s,
        since_s=some.start_s - visits.start_s[some.visit],
        exposure_s=some.exposure_s,
        happened=some.happened,
        weight=np.where(some.happened, 1.0, others),
        shares=shares[read],
        visits=len(np.unique(steps.visit)),
        minutes=float(steps.exposure_s.sum()) / 60,
        notes=tuple(notes),
    )


def at_risk(visits: Visits, event: Event, window_s: float) -> tuple[Array, Array, Mask]:
    """From when on and until when each visit could have the event, and whether it had. Shapes (S,)."""
    entry_s = visits.start_s + window_s
    if event == "leave":
        refuse_one_length(visits)
        return entry_s, visits.stop_s, visits.left
    act: Act = event
    first = visits.first(act)
    return entry_s, np.minimum(first, visits.stop_s), first <= visits.stop_s


def refuse_one_length(visits: Visits) -> None:
    """Staying cannot be asked where nobody chose how long to stay."""
    length_s = visits.stop_s - visits.start_s
    if length_s.max() - length_s.min() < END_ALIKE_S:
        raise FormatError(
            f"all visits last {length_s.mean():.0f} s, so what keeps viewers cannot be asked",
            hint="time to the sale still can; give visits that end when the viewer leaves",
        )
    if not visits.left.any():
        raise FormatError(
            "every visit ends with its broadcast, so what keeps viewers cannot be asked",
            hint="time to the sale still can; give visits that end when the viewer leaves",
        )


END_ALIKE_S: Final = 1.0
"""Visits whose lengths differ by less are all the same."""
_WORD: Final[dict[Event, str]] = {
    "purchase": "first purchases",
    "add_to_cart": "first products in the cart",
    "leave": "viewers who left",
}
_INSTEAD: Final[dict[Event, str]] = {
    "purchase": "staying can still be asked, if visits differ in length",
    "add_to_cart": "log add_to_cart events",
    "leave": "time to the sale can still be asked",
}


def _never(event: Event) -> str:
    if event == "leave":
        return "nobody left before the broadcast ended"
    what = "bought" if event == "purchase" else "put anything into the cart"
    return f"no viewer {what} after the first moments, so time to it cannot be asked"


def steps_at_risk(entry_s: Array, exit_s: Array, done: Mask, step_s: float) -> Steps:
    """The steps of (entry, exit] of each visit; shapes (S,)."""
    there = np.flatnonzero(exit_s > entry_s)
    low = np.floor(entry_s[there] / step_s + 1e-9).astype(np.int64)
    high = np.ceil(exit_s[there] / step_s - 1e-9).astype(np.int64)
    many = np.maximum(high - low, 1)
    first = np.concatenate([[0], np.cumsum(many)[:-1]]).astype(np.int64)
    visit = np.repeat(there, many)
    step = np.arange(len(visit)) - np.repeat(first, many) + np.repeat(low, many)
    start_s = np.maximum(step * step_s, entry_s[visit])
    stop_s = np.minimum((step + 1) * step_s, exit_s[visit])
    happened = np.zeros(len(visit), dtype=bool)
    happened[first + many - 1] = done[there]
    return Steps(visit, start_s, np.maximum(stop_s - start_s, _SHORTEST_S), happened)


def _drawn(happened: Mask, most: int, seed: int, event: Event) -> Codes:
    """Places of the steps that are fitted: all in which it happened, of the others a random part."""
    others = np.flatnonzero(~happened)
    wanted = max(most - int(happened.sum()), most // 2)
    if len(others) <= wanted:
        return np.arange(len(happened))
    some = stream(seed, "viewers", "steps", event).choice(others, wanted, replace=False)
    return np.sort(np.concatenate([np.flatnonzero(happened), some]))
