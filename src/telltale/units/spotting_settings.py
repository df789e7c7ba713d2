"""What the spotting of facial events goes by, each number with its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SpottingSettings:
    """Lengths in seconds, intensities as shares of a unit's range, scores in standard deviations of noise."""

    lengths_s: tuple[float, ...] = (0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
    """Lengths of the bumps looked for, rising: each half again to twice the one before, as their scores
    fall slowly with a wrong length; the first is two frames at 30 a second."""
    margin_s: float = 0.1
    """How much of what lies before and after a bump is fitted with it, as level and slope."""
    seed_score: float = 5.8
    """A unit starts an event at this score: 17 units, 2 sides, 30 frames give 61,000 chances a minute."""
    join_score: float = 3.5
    """A unit joins one that has started."""
    join_share: float = 0.3
    """... if it moved by this share of the unit that moved most."""
    least_peak: float = 0.06
    """Below this no unit is told to have moved, however still the face."""
    returns: float = 0.55
    """A micro-event comes back: before and after, this share of its height is gone."""
    together_s: float = 0.08
    """Units whose apexes lie this close are one event."""
    other_side: float = 0.4
    """A side belongs to a unit's event from this share of the stronger side's height."""

    noise_s: float = 15.0
    """Time over which a unit's noise is learnt, this person's and this light's."""
    noise_prior: float = 0.03
    """Noise of intensity taken for granted before any was seen ..."""
    noise_prior_s: float = 4.0
    """... which counts as this many seconds of frames: what is learnt in fewer is a fifth off."""
    noise_floor: float = 0.006
    """No unit is believed to be read better than this."""
    noise_clip: float = 2.5
    """What stands out by more than this times the mean adds no more to the noise: events are none."""

    macro_on: float = 0.12
    """A macro-event is on from this intensity above the slow level ..."""
    macro_off: float = 0.06
    """... and over below this one, so that it does not break in two."""
    macro_score: float = 4.0
    """It also stands out of the noise of the smoothed intensity by this."""
    macro_smooth_s: float = 0.2
    """Intensities are smoothed by a mean over this time for macro-events."""
    macro_quiet_s: float = 0.25
    """It is over when it stayed below for this long."""
    macro_least_s: float = 0.6
    """Smoothing makes events longer by up to a tenth of a second: what lies below is left to the bumps."""
    eyes_shut_s: float = 1.0
    """Lids shut for less are blinks, one or two."""
    macro_together: float = 0.4
    """Units whose macro-events share this much of the time that either takes are one event: of a slow rise
    and fall the strongest unit shows most."""
    macro_wait_s: float = 1.5
    """An event waits so long for units that may still come to be part of it."""
    level_s: float = 20.0
    """Time over which the slow level, the reading's drift, follows a unit at rest."""
    longest_s: float = 30.0
    """What is held for longer is the person's new rest."""

    blink_peak: float = 0.25
    """AU45 shut by this much is a blink."""
    blink_margin_s: float = 0.08
    """A blink reaches this much farther than its flanks."""
    blink_units: tuple[int, ...] = (5, 6, 7, 45)
    """Units that a blink moves of itself."""
    blink_leak: float = 0.35
    """Brows and nose are told in a blink only from this share of its height: the skin is drawn along."""
    leak_units: tuple[int, ...] = (1, 2, 4, 9)
    """Units that a blink may draw along."""

    speech_units: tuple[int, ...] = (10, 12, 14, 15, 17, 20, 23, 25, 26)
    """Units that speech moves."""
    jaw_units: tuple[int, ...] = (25, 26)
    """Units whose rhythm tells of speech."""
    speech_window_s: float = 0.7
    """Movements of jaw or lips this close are a rhythm: syllables come at 3 - 7 Hz, one may be missed."""
    speech_score: float = 3.5
    """Score from which a movement of jaw or lips counts in the rhythm."""
    speech_share: float = 0.3
    """... if it is this high against what it may explain: speech moves jaw and lips most."""

    speech_per_s: float = 1.0
    """So many movements of jaw or lips a second, and a macro-event of the mouth is speech."""

    turn_rad_per_s: float = 0.6
    """A head turning faster than this drags the reading along: 35 degrees a second."""
    turn_margin_s: float = 0.1
    """A turn reaches this much farther on both sides."""
    turned_rad: float = 0.25
    """A unit that rose with the head's turning this far, 14 degrees, may be no more than its other view."""
    jolt_units: int = 9
    """So many units of 17 do not move at once for half a second by a feeling: it is the head or the light."""

    gap_s: float = 0.15
    """Frames farther apart than this are not one movement: two frames at 15 a second and a little."""

    def __post_init__(self) -> None:
        if not self.lengths_s or list(self.lengths_s) != sorted(set(self.lengths_s)):
            raise ValueError("lengths_s want to rise: give bump lengths in seconds, shortest first")
        if not 0 < self.join_score <= self.seed_score:
            raise ValueError("join_score lies above seed_score: a unit that starts an event also joins one")
        if not 0 < self.macro_off <= self.macro_on:
            raise ValueError("macro_off lies above macro_on: an event would be over before it begins")

    @property
    def reach_s(self) -> float:
        """How far the longest bump's fit reaches to either side of its apex."""
        return self.lengths_s[-1] / 2 + self.margin_s

    @property
    def delay_s(self) -> float:
        """Time from an apex until it is decided: the bumps around it must be known, for rhythm and blinks."""
        return self.reach_s + self.speech_window_s
