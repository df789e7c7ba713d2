"""A performance: everything one face does in one clip, as functions of time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from telltale.core.rng import stream
from telltale.simulate.acting_curves import Array
from telltale.simulate.acting_events import Event, EventSettings, draw_events
from telltale.simulate.acting_expressions import ExpressionSettings, draw_expressions
from telltale.simulate.acting_head import Head, HeadPath, HeadSettings, draw_head
from telltale.simulate.acting_rest import Rest, RestSettings, draw_rest
from telltale.simulate.acting_speech import Speech, SpeechSettings, draw_speech


@dataclass(frozen=True, slots=True)
class ActingSettings:
    """What a face does."""

    events: EventSettings = field(default_factory=EventSettings)
    rest: RestSettings = field(default_factory=RestSettings)
    speech: SpeechSettings = field(default_factory=SpeechSettings)
    head: HeadSettings = field(default_factory=HeadSettings)
    expressions: ExpressionSettings | None = None
    """How expressions of the table are acted; None where none is."""


@dataclass(frozen=True, slots=True, eq=False)
class Acted:
    """A performance at F moments."""

    times_s: Array
    """Shape (F,)."""
    units: Array
    """Shape (F, 17, 2): weight of each unit, left and right, 0 to 1; what the rig is moved by."""
    shapes: dict[str, Array]
    """Shapes (F,): weights of other shapes of the rig, by name."""
    speaking: Array
    """Shape (F,): 0 or 1."""
    head: HeadPath


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """Everything one face does in one clip.

    >>> play = draw_performance(7, ActingSettings(), duration_s=10.0)
    >>> play.at(np.arange(30) / 30).units.shape
    (30, 17, 2)
    """

    duration_s: float
    events: tuple[Event, ...]
    rest: Rest
    speech: Speech
    head: Head

    def at(self, times_s: Array) -> Acted:
        """The performance at `times_s`, shape (F,), seconds, rising."""
        units = self.rest.at(times_s) + self.speech.units(times_s)
        for event in self.events:
            if event.bump.end_s > times_s[0] and event.bump.start_s < times_s[-1]:
                units += event.at(times_s)
        return Acted(
            times_s=times_s,
            units=np.clip(units, 0.0, 1.0),
            shapes=self.speech.shapes(times_s),
            speaking=self.speech.speaking(times_s),
            head=self.head.at(times_s),
        )


def draw_performance(seed: int, settings: ActingSettings, duration_s: float) -> Performance:
    """Draw a performance; each part from a stream of its own, so that one cannot move another."""
    table = settings.expressions
    shown = draw_expressions(seed, table, duration_s) if table else ()
    events = draw_events(stream(seed, "acting", "events"), settings.events, duration_s)
    head = draw_head(stream(seed, "acting", "head"), settings.head, duration_s)
    return Performance(
        duration_s=duration_s,
        events=tuple(sorted((*events, *(one.event for one in shown)), key=lambda event: event.bump.start_s)),
        rest=draw_rest(stream(seed, "acting", "rest"), settings.rest, duration_s),
        speech=draw_speech(stream(seed, "acting", "speech"), settings.speech, duration_s),
        head=replace(head, acts=tuple(one.head for one in shown)),
    )
