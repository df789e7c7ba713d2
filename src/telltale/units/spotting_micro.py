"""Micro-events: peaks of the bumps' scores, gathered over units, and what is none of them.

A blink with the lids' companions, the rhythm of speech, a head that turns and a jolt of the whole reading are
bumps too. What is left of a group of units after these are taken away is an event.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from telltale.core.channels import ACTION_UNITS
from telltale.signs.micro_macro import Event, MovedUnit, Side, in_order
from telltale.units.spotting_bumps import UNITS, Score
from telltale.units.spotting_settings import SpottingSettings
from telltale.units.spotting_track import Track, unit_sides


@dataclass(frozen=True, slots=True)
class Peak:
    """One unit's bump."""

    unit: int
    """Its place in `ACTION_UNITS`."""
    column: int
    """Which of the 51 series shows it best."""
    apex_s: float
    score: float
    height: float
    length_s: float
    sides: tuple[Side, ...]

    @property
    def number(self) -> int:
        """Its FACS number."""
        return ACTION_UNITS[self.unit]


def peaks_of(rows: list[Score], at: int, settings: SpottingSettings) -> list[Peak]:
    """The units whose score has its summit in one row, among the rows less than half its length away."""
    row = rows[at]
    by_unit = row.score.reshape(3, UNITS)
    high = np.fmax.reduce(by_unit, axis=0) >= min(settings.join_score, settings.speech_score)
    found = []
    for unit in np.flatnonzero(high).tolist():
        column = int(np.nanargmax(by_unit[:, unit])) * UNITS + unit
        if row.height[column] < settings.least_peak:
            continue
        reach_s = max(row.length_s[column] / 2, settings.together_s / 2)
        if _is_summit(rows, at, unit, reach_s):
            found.append(_peak(rows, at, unit, column, settings))
    return found


def _is_summit(rows: list[Score], at: int, unit: int, reach_s: float) -> bool:
    own = _top(rows[at], unit)
    for step in (-1, 1):
        k = at + step
        while 0 <= k < len(rows) and abs(rows[k].time_s - rows[at].time_s) <= reach_s + 1e-9:
            other = _top(rows[k], unit)
            # Of two equal ones the first is the summit.
            if other > own or (step < 0 and other == own):
                return False
            k += step
    return True


def _top(row: Score, unit: int) -> float:
    """The highest score of a unit's three series; -inf where none was judged."""
    of_unit = row.score[unit::UNITS].tolist()
    return max((score for score in of_unit if score == score), default=-math.inf)


def _peak(rows: list[Score], at: int, unit: int, column: int, settings: SpottingSettings) -> Peak:
    row = rows[at]
    heights = np.nan_to_num(unit_sides(row.height)[unit])
    least = settings.other_side * heights.max()
    names: tuple[Side, Side] = ("left", "right")
    sides = tuple(name for name, height in zip(names, heights, strict=True) if height >= least)
    return Peak(
        unit,
        column,
        _apex_s(rows, at, column),
        float(row.score[column]),
        float(max(heights.max(), row.height[column])),
        float(row.length_s[column]),
        sides,
    )


def _apex_s(rows: list[Score], at: int, column: int) -> float:
    """The vertex of the parabola through a summit's score and its neighbours'."""
    if not 0 < at < len(rows) - 1:
        return rows[at].time_s
    low, middle, high = (rows[at + step].score[column] for step in (-1, 0, 1))
    bend = low - 2 * middle + high
    if not np.isfinite(bend) or bend >= 0:
        return rows[at].time_s
    shift = float(np.clip((low - high) / (2 * bend), -0.5, 0.5))
    step_s = rows[at + 1].time_s - rows[at].time_s if shift > 0 else rows[at].time_s - rows[at - 1].time_s
    return rows[at].time_s + shift * step_s


def event_of(group: list[Peak], jaw: list[Peak], track: Track, settings: SpottingSettings) -> Event | None:
    """The event that a group of peaks makes, or None where nothing of it is one.

    Parameters
    ----------
    group
        Peaks of several units close together, strongest first.
    jaw
        All peaks of jaw and lips around them.
    """
    if len(group) >= settings.jolt_units:
        return None
    kept = [p for p in group if _comes_back(p, track, settings)]
    kept = _without_speech(_without_blink(kept, track, settings), jaw, settings)
    if not kept or kept[0].score < settings.seed_score:
        return None
    first = kept[0]
    before_s, after_s = _flanks(first, track)
    onset_s, offset_s = first.apex_s - before_s, first.apex_s + after_s
    margin_s = settings.turn_margin_s
    if track.fastest_turn(onset_s - margin_s, offset_s + margin_s) > settings.turn_rad_per_s:
        return None
    kept = [p for p in kept if p.height >= settings.join_share * max(q.height for q in kept)]
    units: list[MovedUnit] = [(p.number, side) for p in kept for side in p.sides]
    return Event(
        onset_s,
        first.apex_s,
        offset_s,
        in_order(units),
        max(p.height for p in kept),
        confidence_of(first.score, settings.seed_score),
    )


def confidence_of(score: float, threshold: float) -> float:
    """0.5 at the threshold, 0.9 at three and a half standard deviations above it."""
    return float(1 / (1 + np.exp(-(score - threshold) / 1.6)))


def _flanks(peak: Peak, track: Track) -> tuple[float, float]:
    """Seconds from onset to apex and from apex to offset.

    A bump reaches half its height half-way up: twice the time from there to the apex is its flank. The
    length that fits best bounds it, as one frame's noise may not.
    """
    usual_s = peak.length_s / 2
    found = (track.flank(peak.column, peak.apex_s, peak.height, 1.5 * usual_s, way) for way in (-1, 1))
    before_s, after_s = (
        usual_s if np.isnan(f) else float(np.clip(2 * f, 0.6 * usual_s, 1.5 * usual_s)) for f in found
    )
    return before_s, after_s


def _comes_back(peak: Peak, track: Track, settings: SpottingSettings) -> bool:
    """Whether the levels before and after differ little, against the height: else it is a step."""
    near_s = peak.length_s / 2
    far_s = near_s + settings.margin_s
    before = track.series[track.within(peak.apex_s - far_s, peak.apex_s - near_s), peak.column]
    after = track.series[track.within(peak.apex_s + near_s, peak.apex_s + far_s), peak.column]
    if not len(before) or not len(after):
        return False
    lost = (1 - settings.returns) / settings.returns
    return bool(abs(after.mean() - before.mean()) <= lost * peak.height)


def _without_blink(group: list[Peak], track: Track, settings: SpottingSettings) -> list[Peak]:
    """Leave out AU45, what moves with the lids, and what a blink may have drawn along."""
    kept = []
    for p in group:
        reach_s = p.length_s / 2 + settings.blink_margin_s
        blink = track.blink(p.apex_s - reach_s, p.apex_s + reach_s)
        with_lids = p.number in settings.blink_units and blink >= min(settings.blink_peak, p.height)
        drawn = p.number in settings.leak_units and p.height < settings.blink_leak * blink
        if p.number != 45 and not with_lids and not (drawn and blink >= settings.blink_peak):
            kept.append(p)
    return kept


def _without_speech(group: list[Peak], jaw: list[Peak], settings: SpottingSettings) -> list[Peak]:
    """Leave out what speech moves where jaw and lips move more than once."""
    return [p for p in group if p.number not in settings.speech_units or not _in_rhythm(p, jaw, settings)]


def _in_rhythm(peak: Peak, jaw: list[Peak], settings: SpottingSettings) -> bool:
    def is_another(other: Peak) -> bool:
        away_s = abs(other.apex_s - peak.apex_s)
        is_near = settings.together_s < away_s <= settings.speech_window_s
        return is_near and other.height >= settings.speech_share * peak.height

    return any(is_another(p) and p.score >= settings.speech_score for p in jaw)
