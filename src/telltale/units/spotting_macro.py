"""Macro-events: a unit that stands above its slow level for longer than a micro-event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from telltale.core.channels import ACTION_UNITS
from telltale.signs.micro_macro import MICRO_S, Event, MovedUnit, in_order
from telltale.units.spotting_bumps import GAUSS_MEAN_ABS, Array
from telltale.units.spotting_micro import confidence_of
from telltale.units.spotting_settings import SpottingSettings
from telltale.units.spotting_track import Track, unit_sides

_SHAPE = (len(ACTION_UNITS), 2)


@dataclass(frozen=True, slots=True)
class Stretch:
    """One unit's side above its level."""

    moved: MovedUnit
    onset_s: float
    apex_s: float
    offset_s: float
    peak: float
    score: float


class MacroEvents:
    """Follows 17 units on both sides; what is over is told once its fellows had time to end."""

    def __init__(self, settings: SpottingSettings) -> None:
        self._settings = settings
        self._level: Array = np.zeros(_SHAPE)
        self._onset_s: Array = np.full(_SHAPE, np.nan)
        self._below_s: Array = np.full(_SHAPE, np.nan)
        self._apex_s: Array = np.full(_SHAPE, np.nan)
        self._peak: Array = np.zeros(_SHAPE)
        self._reached: Array = np.zeros(_SHAPE)
        self._read_s: Array = np.full(_SHAPE, -np.inf)
        self._usual: Array = np.full(_SHAPE, self._settings.noise_prior * GAUSS_MEAN_ABS)
        self._pose: Array = np.full((*_SHAPE, 3), np.nan)
        self._turned: Array = np.zeros(_SHAPE)
        self._last: Array = np.zeros(_SHAPE)
        self._last_s = -np.inf
        self._over: list[Stretch] = []

    def step(self, track: Track) -> list[Event]:
        """Take the newest frame of a track whose smoothing is complete."""
        s = self._settings
        # At the beginning there is less to smooth over: nothing begins before the first frame.
        now_s = max(float(track.times_s[-1]) - s.macro_smooth_s / 2, float(track.times_s[0]))
        part = track.within(now_s - s.macro_smooth_s / 2, now_s + s.macro_smooth_s / 2)
        self._follow(now_s, unit_sides(track.series[part].mean(axis=0)))
        self._watch_head(track.pose_at(now_s))
        return self._told(now_s)

    def finish(self) -> list[Event]:
        """What is not yet told; what still goes on ends with the last frame that was read."""
        self._cut_off(np.isfinite(self._onset_s))
        return self._told(np.inf)

    def _follow(self, now_s: float, seen: Array) -> None:
        s = self._settings
        read = np.isfinite(seen)
        unread = now_s - self._read_s > MICRO_S
        self._cut_off(unread & np.isfinite(self._onset_s))
        x = self._above_level(seen, begins=unread & read)
        active = np.isfinite(self._onset_s)
        long = active & read & (now_s - self._onset_s > s.longest_s)
        if long.any():
            # Told as far as it went; from here on it is how this face stands.
            self._below_s = np.where(long & np.isnan(self._below_s), now_s, self._below_s)
            self._close(np.argwhere(long))
            self._level = np.where(long, seen, self._level)
            x, active = np.where(long, 0.0, x), active & ~long

        # Where the line between two frames crosses the lower threshold.
        gap = np.where(np.abs(x - self._last) > 1e-9, x - self._last, 1.0)
        share = np.clip((s.macro_off - self._last) / gap, 0.0, 1.0)
        step_s = now_s - self._last_s if np.isfinite(self._last_s) else 0.0
        crossed_s = now_s - (1 - share) * min(step_s, s.gap_s)

        above = read & (x >= s.macro_off)
        rises = above & ~active
        self._onset_s = np.where(rises, crossed_s, self._onset_s)
        higher = above & (x > self._peak)
        self._peak = np.where(higher, x, self._peak)
        self._apex_s = np.where(higher, now_s, self._apex_s)
        noise = np.maximum(self._usual / GAUSS_MEAN_ABS, s.noise_floor)
        self._reached = np.where(higher, x / noise, self._reached)
        falls = read & ~above & active & np.isnan(self._below_s)
        self._below_s = np.where(above, np.nan, np.where(falls, crossed_s, self._below_s))

        resting = read & ~above & ~active
        drift = np.clip(x, -s.macro_off, s.macro_off) * min(step_s, s.gap_s) / s.level_s
        self._level = np.where(resting, self._level + drift, self._level)
        # Learnt without what is on, lest one who smiles for minutes seem to have a noisy smile.
        quiet = read & (np.abs(x) < s.macro_on)
        learnt = min(step_s, s.gap_s) / s.noise_s
        self._usual = np.where(quiet, self._usual + learnt * (np.abs(x) - self._usual), self._usual)
        ended = active & (now_s - self._below_s > s.macro_quiet_s)
        if ended.any():
            self._close(np.argwhere(ended))
        self._read_s[read] = now_s
        self._last = np.where(read, x, self._last)
        self._last_s = now_s

    def _cut_off(self, which: npt.NDArray[np.bool_]) -> None:
        """End what goes on where it was last read."""
        if which.any():
            self._below_s = np.where(which, np.fmin(self._below_s, self._read_s), self._below_s)
            self._close(np.argwhere(which))

    def _above_level(self, seen: Array, *, begins: npt.NDArray[np.bool_]) -> Array:
        """How far units stand above their level.

        Where a face begins to be read, its level is what it shows: nobody saw that begin. A level that turns
        out too high comes down at once.
        """
        self._level = np.where(begins, seen, self._level)
        self._level = np.fmin(self._level, seen + self._settings.macro_off)
        above: Array = seen - self._level
        return above

    def _watch_head(self, pose: Array) -> None:
        """Note how far the head has moved since each unit rose."""
        active = np.isfinite(self._onset_s)
        if not active.any():
            self._turned[:] = 0.0
            return
        self._pose = np.where((active & np.isnan(self._pose[..., 0]))[..., None], pose, self._pose)
        moved = np.linalg.norm(pose - self._pose, axis=-1)
        self._turned = np.where(active, np.fmax(self._turned, moved), 0.0)

    def _may_join(self, over: Stretch) -> bool:
        """Whether a unit that is still on has been so for much of the time that this one took."""
        joined_s = over.offset_s - np.maximum(self._onset_s, over.onset_s)
        return bool((joined_s >= self._settings.macro_together * (over.offset_s - over.onset_s)).any())

    def _close(self, ended: npt.NDArray[np.intp]) -> None:
        """Keep what was high and long enough of the units that came to rest."""
        s = self._settings
        for unit, side in ended.tolist():
            onset_s, offset_s = float(self._onset_s[unit, side]), float(self._below_s[unit, side])
            score, peak = float(self._reached[unit, side]), float(self._peak[unit, side])
            if self._turned[unit, side] > s.turned_rad:
                continue
            least_s = s.eyes_shut_s if ACTION_UNITS[unit] == 45 else s.macro_least_s
            if peak >= s.macro_on and score >= s.macro_score and offset_s - onset_s > least_s:
                moved: MovedUnit = (ACTION_UNITS[unit], "left" if side == 0 else "right")
                apex_s = float(self._apex_s[unit, side])
                self._over.append(Stretch(moved, onset_s, apex_s, offset_s, peak, score))
        which = np.zeros(_SHAPE, dtype=bool)
        which[tuple(ended.T)] = True
        self._forget(which)

    def _forget(self, which: npt.NDArray[np.bool_]) -> None:
        for state, rest in (
            (self._onset_s, np.nan),
            (self._below_s, np.nan),
            (self._apex_s, np.nan),
            (self._peak, 0.0),
            (self._reached, 0.0),
            (self._turned, 0.0),
            (self._pose, np.nan),
        ):
            state[which] = rest

    def _told(self, now_s: float) -> list[Event]:
        """Events of units that moved together, once the first of them is over and no other may still join."""
        s = self._settings
        told: list[Event] = []
        while self._over and now_s - self._over[0].offset_s > s.macro_quiet_s:
            first = self._over[0]
            if now_s - first.offset_s <= s.macro_wait_s and self._may_join(first):
                break
            group = [u for u in self._over if _moved_together(u, first, s.macro_together)]
            self._over = [u for u in self._over if u not in group]
            if len({u.moved[0] for u in group}) >= s.jolt_units:
                continue
            top = max(group, key=lambda u: u.peak)
            told.append(
                Event(
                    min(u.onset_s for u in group),
                    top.apex_s,
                    max(u.offset_s for u in group),
                    in_order(u.moved for u in group),
                    top.peak,
                    confidence_of(max(u.score for u in group), s.macro_score),
                )
            )
        return told


def _moved_together(one: Stretch, other: Stretch, share: float) -> bool:
    """Whether two stretches share this much of the time that either takes."""
    both_s = min(one.offset_s, other.offset_s) - max(one.onset_s, other.onset_s)
    either_s = max(one.offset_s, other.offset_s) - min(one.onset_s, other.onset_s)
    return both_s >= share * either_s


def without_speech(
    event: Event, jaw: Sequence[tuple[float, float]], settings: SpottingSettings
) -> Event | None:
    """The event less what speech moves, where jaw and lips kept moving; a smile may last while one talks.

    Parameters
    ----------
    jaw
        Time and height of each brief movement of jaw or lips; slight ones explain no strong expression.
    """
    least = settings.speech_share * event.peak
    movements = sum(event.onset_s <= time_s <= event.offset_s and height >= least for time_s, height in jaw)
    if movements < max(2.0, settings.speech_per_s * event.duration_s):
        return event
    spoken = set(settings.speech_units) - {12}
    units = tuple(moved for moved in event.units if moved[0] not in spoken)
    return replace(event, units=units) if units else None
