"""Signals in which the log's events show, on a video clock that is off by a known time."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from tests.study.builder import Act, Visit, read_signal_rows

from telltale.core.rng import stream
from telltale.core.signal import Signal, Values, unread_rows

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scene:
    """How much of the log shows in the face."""

    offset_s: float = 0.0
    duration_s: float = 900.0
    pins: int = 12
    touches: int = 12
    step: float = 0.03
    """Size of a brightness step when the screen changes."""
    dip_rad: float = 0.08
    """Depth of a head's dip at a touch, 0.6 s long, its middle at the touch."""
    unread_share: float = 0.03


def scene_visit(
    name: str, scene: Scene, *, seed: int = 0, person: str = "p1", recorded_s: float = 0.0
) -> Visit:
    """One session with its log, and its signal on the video's clock."""
    numbers = stream(seed, "scene", name)
    pins = _moments(numbers, scene, scene.pins)
    touches = _moments(numbers, scene, scene.touches)
    acts: list[Act] = [(t, "product_pin", "a") for t in pins.tolist()]
    acts += [(t, "like", None) for t in touches.tolist()]
    return Visit(
        name,
        person,
        duration_s=scene.duration_s,
        acts=acts,
        offset_s=recorded_s,
        signal=_signal(numbers, scene, pins + scene.offset_s, touches + scene.offset_s),
    )


def _moments(numbers: np.random.Generator, scene: Scene, count: int) -> Floats:
    moments: Floats = np.sort(numbers.uniform(15, scene.duration_s - 15, count))
    return np.round(moments, 3)


def _signal(numbers: np.random.Generator, scene: Scene, pins_s: Floats, touches_s: Floats) -> Signal:
    count = int(scene.duration_s * 10)
    light = 0.5 + _drift(numbers, count, 0.03) + numbers.normal(0, 0.002, count)
    pitch = _drift(numbers, count, 0.05) + numbers.normal(0, 0.005, count)
    gaze = _drift(numbers, count, 0.05) + numbers.normal(0, 0.005, count)
    # Each row is the mean of ten parts of its tenth of a second, as pooled frames are.
    parts_s = (np.arange(count * 10) + 0.5) / 100
    for pin_s in pins_s:
        light += scene.step * numbers.choice([-1, 1]) * (parts_s > pin_s).reshape(-1, 10).mean(axis=1)
    for touch_s in touches_s:
        bump = np.cos(np.clip((parts_s - touch_s) / 0.6, -0.5, 0.5) * np.pi).reshape(-1, 10).mean(axis=1)
        pitch -= scene.dip_rad * bump
        gaze -= 0.5 * scene.dip_rad * bump
    signal = read_signal_rows(scene.duration_s, brightness=light, pitch=pitch, gaze_y=gaze)
    return Signal(signal.times_s, _with_gaps(numbers, signal.values, scene.unread_share))


def _drift(numbers: np.random.Generator, count: int, size: float) -> Floats:
    """A slow wander, some seconds to a minute."""
    knots = numbers.normal(0, size, count // 50 + 2)
    wander: Floats = np.interp(np.arange(count) / 50, np.arange(len(knots)), knots)
    return wander


def _with_gaps(numbers: np.random.Generator, values: Values, share: float) -> Values:
    holed = values.copy()
    for start in numbers.integers(0, len(values), round(share * len(values) / 20)):
        holed[start : start + 20] = unread_rows(len(holed[start : start + 20]))
    return holed
