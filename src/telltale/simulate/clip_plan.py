"""One clip before it is filmed: everything that is drawn once, from one seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from telltale.core.rng import stream
from telltale.simulate.acting_curves import Array, Bump, spaced
from telltale.simulate.acting_performance import Acted, Performance, draw_performance
from telltale.simulate.acting_speech import JAW_AT_FULL
from telltale.simulate.clip_background import Background, draw_background
from telltale.simulate.clip_camera import Camera, Light, draw_camera, draw_light
from telltale.simulate.clip_occluders import Occluder, draw_occluders
from telltale.simulate.clip_settings import ClipSettings
from telltale.simulate.render_shot import Shot

_AWAY: Final = 2.5
"""How far a face that leaves goes, in halves of the picture's width: all of it is gone."""


@dataclass(frozen=True, slots=True, eq=False)
class ClipPlan:
    """What will be filmed, and how."""

    frames: int
    acting: Performance
    camera: Camera
    light: Light
    background: Background
    occluders: tuple[Occluder, ...]
    centre: tuple[float, float]
    """Where the head begins, as shares of the picture's width and height."""
    away: tuple[tuple[Bump, float], ...]
    """When the face leaves the picture, and to which side, -1 or 1."""
    black: tuple[tuple[float, float], ...]
    """From when to when the picture is black, seconds."""

    def times(self, first: int, last: int) -> Array:
        """Times of the frames from `first` up to `last`, seconds."""
        return np.arange(first, min(last, self.frames)) / self.camera.rate_hz

    def is_black(self, time_s: float) -> bool:
        """Whether the camera gives black at this moment."""
        return any(start <= time_s < end for start, end in self.black)

    def shots(self, acted: Acted) -> list[Shot]:
        """What to paint at each moment of `acted`."""
        camera, head, times = self.camera, acted.head, acted.times_s
        size = camera.face_width_px * head.scale
        x = self.centre[0] * camera.width_px + camera.face_width_px * head.shift[:, 0]
        y = self.centre[1] * camera.height_px + camera.face_width_px * head.shift[:, 1]
        # A head that only sways stays in the picture; one that leaves is sent out on purpose.
        x = np.clip(
            x,
            np.minimum(0.55 * size, camera.width_px / 2),
            np.maximum(camera.width_px - 0.55 * size, camera.width_px / 2),
        )
        y = np.clip(
            y,
            np.minimum(0.8 * size, camera.height_px / 2),
            np.maximum(camera.height_px - 0.75 * size, camera.height_px / 2),
        )
        for bump, side in self.away:
            x = x + side * _AWAY * camera.width_px / 2 * bump.at(times)
        gains, turns = self.light.gains(times), self.light.turns(times)
        units = acted.units.astype(np.float32)
        return [
            Shot(
                left=units[i, :, 0],
                right=units[i, :, 1],
                extra={name: float(weight[i]) for name, weight in acted.shapes.items() if weight[i] > 0},
                yaw=float(head.yaw[i]),
                pitch=float(head.pitch[i]),
                roll=float(head.roll[i]),
                gaze_x=float(head.gaze_x[i]),
                gaze_y=float(head.gaze_y[i]),
                centre_px=(float(x[i]), float(y[i])),
                face_width_px=float(size[i]),
                light_gain=float(gains[i]),
                light_turn=float(turns[i]),
            )
            for i in range(len(times))
        ]


def draw_plan(settings: ClipSettings, seed: int) -> ClipPlan:
    """Draw one clip; each part from a stream of its own."""
    duration = settings.duration_s
    camera = draw_camera(stream(seed, "clip", "camera"), settings.camera, duration)
    acting = draw_performance(seed, settings.acting, duration)
    rng = stream(seed, "clip", "sight")
    spread = 0.05 if camera.face_width_px > 0.25 * camera.width_px else 0.12
    centre = np.clip(rng.normal((0.5, 0.47), spread), 0.2, 0.8)
    away = _leaving(rng, duration) if rng.random() < settings.sight.leaves else ()
    black = _black(rng, duration) if rng.random() < settings.sight.black else ()
    return ClipPlan(
        frames=max(round(duration * camera.rate_hz), 1),
        acting=acting,
        camera=camera,
        light=draw_light(stream(seed, "clip", "light"), settings.light),
        background=draw_background(stream(seed, "clip", "background"), camera.width_px, camera.height_px),
        occluders=draw_occluders(
            stream(seed, "clip", "occluders"), settings.sight, duration, camera.face_width_px
        ),
        centre=(float(centre[0]), float(centre[1])),
        away=away,
        black=black,
    )


def _leaving(rng: np.random.Generator, duration_s: float) -> tuple[tuple[Bump, float], ...]:
    start = rng.uniform(0, 0.7 * duration_s)
    gone = start + rng.uniform(0.4, 1.2)
    back = gone + rng.uniform(1.0, 5.0)
    return ((Bump(start, gone, back, back + rng.uniform(0.4, 1.2)), float(rng.choice((-1.0, 1.0)))),)


def _black(rng: np.random.Generator, duration_s: float) -> tuple[tuple[float, float], ...]:
    moments = spaced(rng, duration_s, (2.0, 10.0))
    return tuple((float(start), float(start + rng.uniform(0.1, 1.0))) for start in moments)


def jaw_units(acted: Acted) -> Array:
    """What speech opens the jaw by, as intensity of unit 26. Shape (F,)."""
    return acted.shapes["jawOpen"] / JAW_AT_FULL
