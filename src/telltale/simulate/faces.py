"""From acts and slow affect to the 128 channels: what a reading of the face would have shown.

Everything here but the acts and the slow affect is the same for all, whatever they are about to do: rest,
blinks, speech, head motion, light, noise, and stretches in which no face is read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter
from scipy.special import ndtri

from telltale.core import channels
from telltale.core.channels import ACTION_UNITS, RATE_HZ
from telltale.core.signal import Values
from telltale.simulate.acts import AMPLITUDE, Acts, ActTable

Array32 = npt.NDArray[np.float32]
Array = npt.NDArray[np.float64]

ENERGY_FLOOR_MAX = 0.045
"""Noise, speech and slow motion stay below this in the energy channels; acts never do."""
ACT_THRESHOLD = 0.07
"""An act shows at least this much energy in the row of its apex: its smallest amplitude is 0.1."""
GRAIN = 1024
"""Values are rounded to this fraction: finer is noise, and noise does not compress."""

_UNITS = len(ACTION_UNITS)
_SPEECH = {25: 0.16, 26: 0.12, 17: 0.04, 10: 0.03}
_MOBILITY = np.array(
    [0.05, 0.05, 0.06, 0.03, 0.06, 0.05, 0.02, 0.03, 0.09, 0.04, 0.03, 0.04, 0.02, 0.03, 0.06, 0.05, 0.0],
    dtype=np.float32,
)  # how far each unit drifts without meaning, in the order of ACTION_UNITS


@dataclass(frozen=True)
class Scene:
    """What one face's rows are made from, on the video's clock."""

    rows: int
    drive: Array32
    """shape (rows, 17): slow intensity that affect or an expression asks for."""
    acts: Acts
    light_steps_s: Array
    """Moments at which the screen changes."""
    dips_s: Array
    """Moments of a cart, where a planted click artefact dips the head."""
    dip_rad: float
    unread: tuple[tuple[float, float], ...]
    """Stretches in which no face is read, start and stop in seconds."""
    blinks_per_minute: float
    speech_share: float
    posture: Array32 | None = None
    """shape (6, rows): yaw, pitch, roll, gaze x, gaze y in radians and log size that an expression adds."""


@dataclass(frozen=True)
class Look:
    """What is one person's own, in every session."""

    asymmetry: Array32
    """shape (17,): left minus right, as a share."""
    rest: Array32
    """shape (17,): what the reading leaves of this face's neutral."""
    head: Array32
    """shape (5,): usual yaw, pitch, roll, gaze x, gaze y in radians."""
    size: float
    brightness: float
    noise: float


def draw_look(rng: np.random.Generator) -> Look:
    """One person's own look."""
    return Look(
        asymmetry=(0.12 * rng.standard_normal(_UNITS)).astype(np.float32).clip(-0.3, 0.3),
        rest=(0.02 * rng.standard_normal(_UNITS)).astype(np.float32),
        head=(np.array([0.08, 0.06, 0.03, 0.05, 0.05]) * rng.standard_normal(5)).astype(np.float32),
        size=float(rng.uniform(0.18, 0.35)),
        brightness=float(rng.uniform(0.3, 0.65)),
        noise=float(rng.uniform(0.005, 0.02)),
    )


def render(rng: np.random.Generator, scene: Scene, look: Look, table: ActTable) -> Values:
    """The rows of a scene. Shape (rows, 128)."""
    # Inside, a channel is a row of its own: contiguous in memory, as it will be in the file.
    by_channel = np.empty((channels.COUNT, scene.rows), dtype=np.float32)
    head = _head(rng, scene, look)
    slow = _slow_intensity(rng, scene, look)
    blink = _blinks(rng, scene)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        scale = 1 + np.float32(sign) * look.asymmetry
        intensity = slow * scale[:, None]
        velocity = np.diff(intensity, axis=1, prepend=intensity[:, :1]) * np.float32(RATE_HZ)
        energy = _energy_floor(rng, velocity)
        intensity[-1] += 0.5 * blink
        velocity[-1] += 6 * blink
        energy[-1] += 0.4 * blink
        _add_acts(scene.acts, table, scale, intensity, velocity, energy)
        velocity += np.float32(0.05) * rng.standard_normal(velocity.shape, dtype=np.float32)
        intensity += np.float32(0.01) * rng.standard_normal(intensity.shape, dtype=np.float32)
        by_channel[channels.unit_channels(f"intensity_{side}")] = intensity
        by_channel[channels.unit_channels(f"velocity_{side}")] = velocity
        by_channel[channels.unit_channels(f"energy_{side}")] = energy
    by_channel[channels.unit_channels("confidence")] = _confidence(rng, head)
    by_channel[channels.INDEX["yaw"] : channels.INDEX["face_size"]] = head
    _fill_picture(rng, scene, look, by_channel)
    by_channel *= GRAIN
    np.rint(by_channel, out=by_channel)
    by_channel /= GRAIN
    _hide(scene, by_channel)
    return by_channel.T


def _smooth(rng: np.random.Generator, count: int, rows: int, persistence: float) -> Array32:
    """First-order autoregressive noise with variance 1. Shape (count, rows)."""
    noise = rng.standard_normal((count, rows), dtype=np.float32)
    noise[:, 1:] *= np.float32(np.sqrt(1 - persistence**2))
    one, back = np.array([1], np.float32), np.array([1, -persistence], np.float32)
    smooth: Array32 = lfilter(one, back, noise, axis=1)
    return smooth


def _slow_intensity(rng: np.random.Generator, scene: Scene, look: Look) -> Array32:
    slow = np.abs(_smooth(rng, _UNITS, scene.rows, 0.97)) * _MOBILITY[:, None]
    slow += look.rest[:, None] + scene.drive.T
    talking = _smooth(rng, 1, scene.rows, 0.99)[0] > ndtri(1 - scene.speech_share)
    syllables = np.abs(_smooth(rng, len(_SPEECH), scene.rows, 0.3)) * talking
    for k, (unit, size) in enumerate(_SPEECH.items()):
        slow[ACTION_UNITS.index(unit)] += np.float32(size) * syllables[k]
    return slow


def _head(rng: np.random.Generator, scene: Scene, look: Look) -> Array32:
    """Yaw, pitch, roll, gaze x, gaze y. Shape (5, rows)."""
    slow = _smooth(rng, 5, scene.rows, 0.985) * np.array([[0.07], [0.05], [0.03], [0.06], [0.05]], np.float32)
    head: Array32 = look.head[:, None] + slow
    if scene.posture is not None:
        head += scene.posture[:5]
    head += np.float32(0.004) * rng.standard_normal(head.shape, dtype=np.float32)
    if scene.dip_rad:
        ends_s = np.arange(1, scene.rows + 1) / RATE_HZ
        for cart_s in scene.dips_s:
            head[1, (ends_s > cart_s - 0.5) & (ends_s <= cart_s)] -= np.float32(scene.dip_rad)
    return head


def _blinks(rng: np.random.Generator, scene: Scene) -> Array32:
    """How far the lids are shut, 0 to 1. Shape (rows,)."""
    start = rng.random(scene.rows) < scene.blinks_per_minute / 60 / RATE_HZ
    first = rng.uniform(0.6, 1.0, scene.rows).astype(np.float32) * start
    second = np.roll(first * rng.uniform(0.3, 0.8, scene.rows).astype(np.float32), 1)
    return np.maximum(first, second)


def _confidence(rng: np.random.Generator, head: Array32) -> Array32:
    turned = np.abs(head[0]) + 0.5 * np.abs(head[1])
    wander = np.float32(0.02) * np.abs(_smooth(rng, _UNITS, head.shape[1], 0.9))
    confidence: Array32 = np.clip(np.float32(0.98) - 0.5 * turned - wander, 0.05, 1.0)
    return confidence


def _energy_floor(rng: np.random.Generator, velocity: Array32) -> Array32:
    floor: Array32 = rng.standard_normal(velocity.shape, dtype=np.float32)
    np.abs(floor, out=floor)
    floor *= np.float32(0.006)
    floor += np.float32(0.008) + np.float32(0.01) * np.abs(velocity)
    return np.minimum(floor, np.float32(ENERGY_FLOOR_MAX), out=floor)


def _add_acts(
    acts: Acts, table: ActTable, scale: Array32, intensity: Array32, velocity: Array32, energy: Array32
) -> None:
    """Add every act to the rows it touches: the row of its apex and its two neighbours.

    An act is the bump a cos^2(pi (t - apex) / duration). A row takes its mean for intensity, its fastest
    change for velocity and its height for energy. Arrays have shape (17, rows).
    """
    rows = intensity.shape[1]
    for step in (-1, 0, 1):
        end_s = (np.ceil(acts.apex_s * RATE_HZ) + step) / RATE_HZ
        low = np.clip(end_s - 1 / RATE_HZ - acts.apex_s, -acts.duration_s / 2, acts.duration_s / 2)
        high = np.clip(end_s - acts.apex_s, -acts.duration_s / 2, acts.duration_s / 2)
        row = np.rint(end_s * RATE_HZ).astype(int) - 1
        touched = np.flatnonzero((high > low) & (row >= 0) & (row < rows))
        mean, fastest, height = _bump(acts, low, high)
        which, unit = np.nonzero(table.members[acts.kind[touched]])
        act, at = touched[which], row[touched][which]
        # Unequal sides never take an act below its smallest amplitude.
        size = np.maximum(acts.amplitude[act] * scale[unit], AMPLITUDE[0]).astype(np.float32)
        intensity[unit, at] += size * mean[act]
        velocity[unit, at] += size * fastest[act]
        energy[unit, at] = np.maximum(energy[unit, at], size * height[act])


def _bump(acts: Acts, low: Array, high: Array) -> tuple[Array, Array, Array]:
    """Mean over a row, fastest change and greatest height of a bump of size 1 between `low` and `high`."""
    d = acts.duration_s

    def area(t: Array) -> Array:
        return t / 2 + d / (4 * np.pi) * np.sin(2 * np.pi * t / d)

    def slope(t: Array) -> Array:
        return -np.pi / d * np.sin(2 * np.pi * t / d)

    rising, falling = np.clip(-d / 4, low, high), np.clip(d / 4, low, high)
    up, down = slope(rising), slope(falling)
    fastest = np.where(np.abs(up) >= np.abs(down), up, down)
    height = np.cos(np.pi * np.clip(0.0, low, high) / d) ** 2
    return (area(high) - area(low)) * RATE_HZ, fastest, height


def _fill_picture(rng: np.random.Generator, scene: Scene, look: Look, by_channel: Array32) -> None:
    rows = scene.rows
    ends_s = np.arange(1, rows + 1) / RATE_HZ
    light = look.brightness + 0.02 * _smooth(rng, 1, rows, 0.999)[0]
    for step_s in scene.light_steps_s:
        change = rng.choice((-1.0, 1.0)) * rng.uniform(0.02, 0.05)
        first = int(np.searchsorted(ends_s, step_s, side="right"))
        since_s = ends_s[first:] - step_s
        # The first row pools the light before and after; then the camera's exposure follows within 20 s.
        light[first:] += np.float32(change) * np.minimum(since_s * RATE_HZ, 1) * np.exp(-since_s / 20.0)
    light += 0.002 * rng.standard_normal(rows, dtype=np.float32)
    size = look.size * (1 + 0.05 * _smooth(rng, 1, rows, 0.995)[0])
    if scene.posture is not None:
        size *= np.exp(scene.posture[5])
    by_channel[channels.INDEX["face_size"]] = np.clip(size, 0.05, 0.9)
    by_channel[channels.INDEX["brightness"]] = np.clip(light, 0.02, 0.98)
    by_channel[channels.INDEX["noise"]] = look.noise * (1 + 0.1 * np.abs(_smooth(rng, 1, rows, 0.9)[0]))
    by_channel[channels.VALID] = 1.0


def _hide(scene: Scene, by_channel: Array32) -> None:
    for start_s, stop_s in scene.unread:
        first, last = touched_rows(start_s, stop_s)
        by_channel[:, first:last] = np.nan
        by_channel[channels.VALID, first:last] = 0.0


def touched_rows(start_s: float, stop_s: float) -> tuple[int, int]:
    """First row (from 0) that a stretch touches, and the one after the last.

    >>> touched_rows(2.3, 2.5)
    (23, 25)
    """
    # A thousandth of a row of slack: 2.3 s is row 23, though 2.3 * 10 is a hair less.
    return max(int(np.floor(start_s * RATE_HZ + 1e-3)), 0), max(int(np.ceil(stop_s * RATE_HZ - 1e-3)), 0)


def decode_acts(values: Values, table: ActTable) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Read the acts back from the channels alone, as the oracle may.

    Returns
    -------
    Row (from 1) of each apex, and its kind (-1 for a set of units that no kind has).
    """
    energy = np.maximum(
        values[:, channels.unit_channels("energy_left")], values[:, channels.unit_channels("energy_right")]
    )[:, :-1]  # AU45 blinks, it does not act
    energy = np.nan_to_num(energy)
    total = np.where(energy > ACT_THRESHOLD, energy, 0).sum(axis=1)
    padded = np.pad(total, 1)
    apex = np.flatnonzero((total > 0) & (total >= padded[:-2]) & (total > padded[2:]))
    moving = energy[apex] > ACT_THRESHOLD
    kinds = {tuple(members[:-1].tolist()): k for k, members in enumerate(table.members)}
    return apex + 1, np.array([kinds.get(tuple(row.tolist()), -1) for row in moving], dtype=np.int64)
