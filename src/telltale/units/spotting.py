"""Spotting facial events: onset, apex, offset, units and sides, frame by frame, live as offline.

Brief bumps are found by matched filters against the unit's own noise (`spotting_bumps`), gathered over units
and cleared of blinks, speech and head turns (`spotting_micro`); what is held longer is followed by level
(`spotting_macro`). An event is told once what surrounds it is known: at most about a second after its offset.
Nothing is spotted across frames that were not read.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from telltale.signs.micro_macro import Event
from telltale.units.spotting_bumps import BumpScores, Score
from telltale.units.spotting_macro import MacroEvents, without_speech
from telltale.units.spotting_micro import Peak, event_of, peaks_of
from telltale.units.spotting_settings import SpottingSettings
from telltale.units.spotting_track import Track

_KEPT_S = 1.5
"""Frames and scores are kept for this long behind the frame that is decided."""
_REMEMBERED = 500
"""Movements of the jaw, and events, that are remembered: a minute of fast speech."""


class Spotter:
    """The events of one face, told as they become certain.

    >>> spotter, rest, events = Spotter(), np.zeros(3), []
    >>> for frame in range(300):
    ...     time_s = frame / 100
    ...     smile = 0.3 * max(0.0, 1 - abs(time_s - 1.5) / 0.1)
    ...     intensity = np.zeros((17, 2))
    ...     intensity[8] = smile
    ...     events += spotter.step(time_s, intensity, rest)
    >>> [(e.kind, round(e.apex_s, 2), e.units) for e in events + spotter.finish()]
    [('micro', 1.5, ((12, 'left'), (12, 'right')))]
    """

    def __init__(self, settings: SpottingSettings | None = None) -> None:
        self._settings = settings or SpottingSettings()
        self._track = Track()
        self._scores = BumpScores(self._settings)
        self._macro = MacroEvents(self._settings)
        self._rows: list[Score] = []
        self._peaks: list[Peak] = []
        self._used: set[Peak] = set()
        self._jaw: list[tuple[float, float]] = []
        """Apex and height of each."""
        self._scored = 0
        """Frames of the track that have a row."""
        self._peaked = 0
        """Rows whose summits are known."""
        self._told: list[Event] = []

    def step(self, time_s: float, intensity: npt.ArrayLike, pose: npt.ArrayLike) -> list[Event]:
        """Take one frame; the events that it makes certain, most often none.

        Parameters
        ----------
        time_s
            When it was shown; later than the one before.
        intensity
            Shape (17, 2): above the person's neutral, left and right; NaN where unread.
        pose
            Shape (3,): yaw, pitch, roll in radians; NaN where unread.
        """
        self._track.add(time_s, np.asarray(intensity, np.float64), np.asarray(pose, np.float64))
        self._score_until(time_s - self._settings.reach_s)
        self._find_peaks(time_s - self._settings.reach_s - self._settings.lengths_s[-1] / 2)
        micro = self._decide(time_s - self._settings.delay_s)
        macro = self._macro.step(self._track)
        self._forget(time_s - self._settings.delay_s - _KEPT_S)
        return self._new(micro, macro)

    def finish(self) -> list[Event]:
        """The events still undecided when the recording ends."""
        self._score_until(np.inf)
        self._find_peaks(np.inf)
        micro = self._decide(np.inf)
        return self._new(micro, self._macro.finish())

    def _score_until(self, time_s: float) -> None:
        times_s = self._track.times_s
        while self._scored < len(times_s) and times_s[self._scored] <= time_s + 1e-9:
            row = self._scores.at(float(times_s[self._scored]), times_s, self._track.series)
            self._rows.append(row)
            self._scored += 1

    def _find_peaks(self, time_s: float) -> None:
        while self._peaked < len(self._rows) and self._rows[self._peaked].time_s <= time_s + 1e-9:
            found = peaks_of(self._rows, self._peaked, self._settings)
            self._peaks += found
            jaw = (p for p in found if p.number in self._settings.jaw_units)
            self._jaw = [*self._jaw, *((p.apex_s, p.height) for p in jaw)][-_REMEMBERED:]
            self._peaked += 1

    def _decide(self, time_s: float) -> list[Event]:
        """Events whose strongest unit has its apex up to a time."""
        s = self._settings
        events = []
        due = [p for p in self._peaks if p.apex_s <= time_s and p.score >= s.seed_score]
        for seed in sorted(due, key=lambda p: -p.score):
            near = [p for p in self._peaks if abs(p.apex_s - seed.apex_s) <= s.together_s]
            group = sorted((p for p in near if p not in self._used), key=lambda p: -p.score)
            # One that is stronger and not yet due takes this one with it when its time comes.
            if seed in self._used or group[0].apex_s > time_s:
                continue
            self._used.update(group)
            jaw = [p for p in self._peaks if p.number in s.jaw_units]
            event = event_of([p for p in group if p.score >= s.join_score], jaw, self._track, s)
            if event is not None:
                events.append(event)
        return events

    def _forget(self, time_s: float) -> None:
        gone = self._track.forget_before(time_s)
        self._scored -= gone
        self._rows, self._peaked = self._rows[gone:], self._peaked - gone
        self._peaks = [p for p in self._peaks if p.apex_s >= time_s]
        self._used = {p for p in self._used if p.apex_s >= time_s}

    def _new(self, micro: list[Event], macro: list[Event]) -> list[Event]:
        """What was not told already: a bump of half a second may be seen by both."""
        told = list(micro)
        for event in macro:
            spoken = without_speech(event, self._jaw, self._settings)
            if spoken is not None and not any(_is_same(spoken, other) for other in (*self._told, *told)):
                told.append(spoken)
        self._told = [*self._told, *told][-_REMEMBERED:]
        return sorted(told, key=lambda event: event.onset_s)


def spot(
    times_s: npt.ArrayLike,
    intensity: npt.ArrayLike,
    pose: npt.ArrayLike,
    settings: SpottingSettings | None = None,
) -> tuple[Event, ...]:
    """The events of a whole recording of one face, by onset: the steps of `Spotter`, one frame after another.

    Parameters
    ----------
    times_s
        Shape (F,), increasing.
    intensity
        Shape (F, 17, 2); NaN where unread.
    pose
        Shape (F, 3): yaw, pitch, roll in radians.
    """
    spotter = Spotter(settings)
    events: list[Event] = []
    for time_s, values, angles in zip(
        np.asarray(times_s, np.float64), np.asarray(intensity), np.asarray(pose), strict=True
    ):
        events += spotter.step(float(time_s), values, angles)
    return tuple(sorted(events + spotter.finish(), key=lambda event: (event.onset_s, event.apex_s)))


def _is_same(one: Event, other: Event) -> bool:
    """Whether two events share a unit and most of their time: a brief one within a long one is another."""
    shared_s = min(one.offset_s, other.offset_s) - max(one.onset_s, other.onset_s)
    longer_s = max(one.duration_s, other.duration_s)
    return bool(set(one.numbers) & set(other.numbers)) and shared_s > longer_s / 2
