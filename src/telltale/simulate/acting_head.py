"""How a head moves and where its eyes look: slow drift, nods, turns, and saccades that the head follows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from telltale.simulate.acting_curves import Array, Bump, Drift, spaced, steps_between

_SACCADE_S = 0.045
_ACTED = ("yaw", "pitch", "roll", "gaze_x", "gaze_y", "scale")


@dataclass(frozen=True, slots=True)
class HeadSettings:
    """How lively a head is. Angles in radians."""

    drift_rad: float = 0.06
    """Standard deviation of the slow drift of yaw; pitch and roll drift less."""
    facing_rad: float = 0.12
    """Standard deviation of where the head faces in the mean."""
    turn_gap_s: tuple[float, float] | None = (3.0, 12.0)
    """From one turn to the next; None for none."""
    turn_rad: float = 0.7
    """The farthest turn."""
    nod_gap_s: tuple[float, float] | None = (4.0, 15.0)
    shift: float = 0.06
    """Standard deviation of the drift over the picture, in widths of the face."""
    scale: float = 0.03
    """Standard deviation of the face's size, as a share."""


@dataclass(frozen=True, slots=True, eq=False)
class HeadPath:
    """Where a head is at each of F moments. Angles in radians, signs as in `core.channels`. Shapes (F,)."""

    yaw: Array
    pitch: Array
    roll: Array
    gaze_x: Array
    gaze_y: Array
    shift: Array
    """Shape (F, 2): from where it began, x right and y down, in widths of the face."""
    scale: Array
    """Size of the face over its size at the beginning."""


@dataclass(frozen=True, slots=True)
class Swing:
    """One turn (of yaw) or nod (of pitch)."""

    bump: Bump
    height: float


@dataclass(frozen=True, slots=True)
class HeadAct:
    """What the head and the eyes do as a part of an expression."""

    bump: Bump
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    gaze_x: float = 0.0
    gaze_y: float = 0.0
    scale: float = 0.0
    """By how much the face grows as it comes forward, as a share."""


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """All that a head does in one clip."""

    settings: HeadSettings
    facing: tuple[float, float, float]
    """Mean yaw, pitch and roll."""
    drifts: tuple[Drift, ...]
    """Of yaw, pitch, roll, x, y, size."""
    turns: tuple[Swing, ...]
    nods: tuple[Swing, ...]
    glances_s: Array
    """Shape (n,): moments of saccades; the first is 0."""
    glances: Array
    """Shape (n, 2): where the eyes look from then on, gaze_x and gaze_y."""
    acts: tuple[HeadAct, ...] = ()

    def at(self, times_s: Array) -> HeadPath:
        """The path at each time."""
        s = self.settings
        yaw, pitch, roll, x, y, size = (drift.at(times_s) for drift in self.drifts)
        turned = sum((t.height * t.bump.at(times_s) for t in self.turns), np.zeros(times_s.shape))
        nodded = sum((n.height * n.bump.at(times_s) for n in self.nods), np.zeros(times_s.shape))
        yaw = self.facing[0] + s.drift_rad * yaw + turned
        pitch = self.facing[1] + 0.6 * s.drift_rad * pitch + nodded
        roll = self.facing[2] + 0.4 * s.drift_rad * roll + 0.1 * turned
        acted = self._acted(times_s)
        look_x, look_y = (steps_between(times_s, self.glances_s, g, _SACCADE_S) for g in self.glances.T)
        # The eyes stay on what they look at for a part of a turn, then come along.
        return HeadPath(
            yaw=np.clip(yaw + acted["yaw"], -0.75, 0.75),
            pitch=np.clip(pitch + acted["pitch"], -0.45, 0.45),
            roll=roll + acted["roll"],
            gaze_x=np.clip(look_x - 0.4 * turned + acted["gaze_x"], -0.5, 0.5),
            gaze_y=np.clip(look_y - 0.4 * nodded + acted["gaze_y"], -0.4, 0.4),
            shift=np.stack([s.shift * x + 0.15 * turned, s.shift * y - 0.2 * nodded], axis=1),
            scale=np.clip(1 + s.scale * size + acted["scale"], 0.7, 1.4),
        )

    def _acted(self, times_s: Array) -> dict[str, Array]:
        """What expressions add, by field of `HeadAct`. Shapes (F,)."""
        total = {name: np.zeros(times_s.shape) for name in _ACTED}
        for act in self.acts:
            height = act.bump.at(times_s)
            for name in _ACTED:
                total[name] += getattr(act, name) * height
        return total


def draw_head(rng: np.random.Generator, settings: HeadSettings, duration_s: float) -> Head:
    """One head's movements in one clip."""
    yaw, pitch, roll = rng.normal(0, settings.facing_rad, 3) * (1, 0.6, 0.4)
    drifts = [Drift.draw(rng, 0.04, 0.4) for _ in range(6)]
    turns, nods = [], []
    if settings.turn_gap_s is not None:
        for start in spaced(rng, duration_s, settings.turn_gap_s):
            height = rng.choice((-1, 1)) * settings.turn_rad * rng.beta(1.2, 2.2)
            turns.append(Swing(_swing(rng, float(start), (0.3, 1.0), (0.2, 2.0)), float(height)))
    if settings.nod_gap_s is not None:
        for start in spaced(rng, duration_s, settings.nod_gap_s):
            nods += _nod(rng, float(start))
    moments = np.concatenate([[0.0], spaced(rng, duration_s, (0.3, 2.6))])
    glances = rng.normal(0, 1, (len(moments), 2)) * (0.12, 0.07)
    far = rng.random(len(moments)) < 0.12
    glances[far] *= 2.2
    facing = (float(yaw), float(pitch), float(roll))
    return Head(settings, facing, tuple(drifts), tuple(turns), tuple(nods), moments, glances)


def _swing(
    rng: np.random.Generator, start_s: float, move_s: tuple[float, float], hold_s: tuple[float, float]
) -> Bump:
    top = start_s + rng.uniform(*move_s)
    leave = top + rng.uniform(*hold_s)
    return Bump(start_s, top, leave, leave + rng.uniform(*move_s))


def _nod(rng: np.random.Generator, start_s: float) -> list[Swing]:
    """One to three dips, each smaller than the one before."""
    length, height = rng.uniform(0.35, 0.7), rng.uniform(0.05, 0.18)
    return [
        Swing(
            _swing(rng, start_s + k * length, (0.4 * length, 0.5 * length), (0, 0.1 * length)),
            -height * 0.6**k,
        )
        for k in range(int(rng.integers(1, 4)))
    ]
