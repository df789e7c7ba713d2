"""The camera: exposure, blur of focus and of motion, and the sensor's noise, a few milliseconds a frame.

With x the light of a pixel, 0 to 255, g the exposure and n standard normal, the camera sees

    y = clip(g x + s sqrt(0.3 + 0.7 g x / 128) n)

where s is the noise at middle grey: shot noise that grows with the light, over a floor of read noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numba
import numpy as np
import numpy.typing as npt

from telltale.core.rng import stream
from telltale.simulate.acting_curves import Array, Drift, spaced, steps_between
from telltale.simulate.clip_settings import CameraSettings, LightSettings

Picture = npt.NDArray[np.uint8]

_READ_SHARE: Final = 0.3
_NOISE_STEP: Final = 1 / 32
"""Standard deviations of one level of the stored noise."""


@dataclass(frozen=True, slots=True, eq=False)
class Light:
    """How the light on the face goes over one clip."""

    gain: float
    turn_rad: float
    wander: Drift
    drift: float
    flicker: float
    flicker_hz: float
    moving: float
    """Standard deviation of the slow turn of the lamps, radians."""

    def gains(self, times_s: Array) -> Array:
        """Level at each time, 1 = as the look has it. Shape (F,)."""
        waves = np.sin(2 * np.pi * self.flicker_hz * times_s)
        level: Array = self.gain * (1 + self.drift * self.wander.at(times_s) + self.flicker * waves)
        return np.clip(level, 0.1, 2.0)

    def turns(self, times_s: Array) -> Array:
        """Turn of the lamps at each time, radians. Shape (F,)."""
        return self.turn_rad + self.moving * self.wander.at(times_s + 100.0)

    def words(self) -> str:
        """For the table of clips."""
        flicker = f", flicker {self.flicker:.2f}" if self.flicker else ""
        return f"gain {self.gain:.2f}, turned {self.turn_rad:+.2f} rad, drift {self.drift:.2f}{flicker}"


def draw_light(rng: np.random.Generator, settings: LightSettings) -> Light:
    """One clip's light."""
    flickers = rng.random() < settings.flicker
    return Light(
        gain=float(rng.uniform(*settings.gain)),
        turn_rad=float(np.clip(rng.normal(0, settings.turn_rad), -1.2, 1.2)),
        wander=Drift.draw(rng, 0.03, 0.3),
        drift=settings.drift,
        flicker=float(rng.uniform(0.01, 0.04)) if flickers else 0.0,
        flicker_hz=float(rng.uniform(2.0, 10.0)),
        moving=float(rng.uniform(0.0, 0.2)) * settings.drift / 0.08,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """One camera, as it stands for one clip."""

    width_px: int
    height_px: int
    rate_hz: int
    bitrate_kbps: int
    face_width_px: float
    noise: float
    """Standard deviation at middle grey, levels of 255."""
    defocus_px: float
    shutter: float
    """Share of the time between frames in which the shutter is open."""
    exposure_s: Array
    """Shape (n,): moments of the automatic exposure's steps; the first is 0."""
    exposure: Array
    """Shape (n,): exposure from then on."""

    def exposures(self, times_s: Array) -> Array:
        """Exposure at each time. Shape (F,)."""
        return steps_between(times_s, self.exposure_s, self.exposure, 0.35)


def draw_camera(rng: np.random.Generator, settings: CameraSettings, duration_s: float) -> Camera:
    """One clip's camera."""
    width, height = settings.sizes[rng.integers(len(settings.sizes))]
    rate = settings.rates_hz[rng.integers(len(settings.rates_hz))]
    at_standard = settings.bitrates_kbps[rng.integers(len(settings.bitrates_kbps))]
    bits_kbps = at_standard * (width * height * rate) / (640 * 480 * 30)
    bitrate = int(np.clip(bits_kbps, 150, max(4000, at_standard)))
    face = _face_width(rng, settings.face_width_px, height)
    low = rng.random() < settings.low_light
    exposure = rng.uniform(0.25, 0.6) if low else rng.uniform(0.85, 1.1)
    moments = np.zeros(1)
    if settings.exposure_gap_s is not None:
        moments = np.concatenate([moments, spaced(rng, duration_s, settings.exposure_gap_s)])
    return Camera(
        width_px=width,
        height_px=height,
        rate_hz=rate,
        bitrate_kbps=bitrate,
        face_width_px=face,
        noise=float(rng.uniform(*settings.noise)) * (3.0 if low else 1.0),
        defocus_px=float(rng.uniform(*settings.defocus_px)) * face / 200,
        shutter=float(rng.uniform(0.4, 0.9)) if rng.random() < settings.motion_blur else 0.1,
        exposure_s=moments,
        exposure=exposure * rng.uniform(0.85, 1.2, len(moments)),
    )


def _face_width(rng: np.random.Generator, widths: tuple[float, float], height_px: int) -> float:
    """Mostly near the middle of the range; never so wide that the head does not fit."""
    low, high = widths
    middle = float(np.sqrt(low * high)) * 1.2 if high > 1.5 * low else (low + high) / 2
    drawn = rng.triangular(low, min(middle, high), high) if high > low else low
    return float(min(drawn, 0.6 * height_px))


class Sensor:
    """Takes pictures with one camera: give it what stands before the lens, one frame after the other."""

    def __init__(self, camera: Camera, seed: int) -> None:
        self.camera = camera
        self._rng = stream(seed, "clip", "sensor")
        size = camera.width_px * camera.height_px * 3
        # One pool of noise, entered at another place for each frame: drawing it anew would cost 10 ms.
        self._pool = _noise_pool(self._rng, camera.width_px, 2 * camera.height_px)
        self._room = self._pool.size - size

    def take(self, picture: Picture, exposure: float, speed_px: tuple[float, float]) -> Picture:
        """The frame that the camera gives.

        Parameters
        ----------
        picture
            Shape (H, W, 3): the scene.
        exposure
            Factor on its light.
        speed_px
            How far the face moves from this frame to the next, x and y.

        Returns
        -------
        Shape (H, W, 3).
        """
        picture = self._blurred(picture, speed_px)
        levels = np.arange(256) * exposure
        spread = self.camera.noise * np.sqrt(_READ_SHARE + (1 - _READ_SHARE) * levels / 128) * _NOISE_STEP
        start = int(self._rng.integers(self._room // 3)) * 3
        sign = 1.0 if self._rng.random() < 0.5 else -1.0
        seen = np.empty_like(picture)
        _expose(
            picture.reshape(-1),
            levels.astype(np.float32),
            (sign * spread).astype(np.float32),
            self._pool[start:],
            seen.reshape(-1),
        )
        return seen

    def _blurred(self, picture: Picture, speed_px: tuple[float, float]) -> Picture:
        path = np.array(speed_px) * self.camera.shutter
        length = float(np.hypot(*path))
        if length > 1.0:
            picture = cv2.filter2D(picture, -1, line_kernel(path))  # type: ignore[assignment]
        if self.camera.defocus_px > 0.25:
            picture = cv2.GaussianBlur(picture, (0, 0), self.camera.defocus_px)  # type: ignore[assignment]
        return picture


def line_kernel(path_px: Array) -> npt.NDArray[np.float32]:
    """The blur of a point that moves evenly along a path, shape (2,), at most 31 px, centred.

    >>> line_kernel(np.array([2.0, 0.0])).round(2).tolist()
    [[0.0, 0.0, 0.0], [0.25, 0.5, 0.25], [0.0, 0.0, 0.0]]
    """
    length = min(float(np.hypot(*path_px)), 31.0)
    half = int(np.ceil(length / 2))
    kernel = np.zeros((2 * half + 1, 2 * half + 1), dtype=np.float32)
    unit = path_px / np.hypot(*path_px)
    marks = (np.arange(64) + 0.5) / 64 - 0.5
    for x, y in half + np.outer(marks * length, unit):
        left, top = int(x), int(y)
        fx, fy = x - left, y - top
        for dx, wx in ((0, 1 - fx), (1, fx)):
            for dy, wy in ((0, 1 - fy), (1, fy)):
                if wx * wy > 0:
                    kernel[top + dy, left + dx] += wx * wy
    blur: npt.NDArray[np.float32] = kernel / kernel.sum()
    return blur


def _noise_pool(rng: np.random.Generator, width: int, height: int) -> npt.NDArray[np.int8]:
    """Noise of a sensor behind its colour filter: mostly luma, a little soft. Shape (height * width * 3,)."""
    luma = rng.standard_normal((height, width, 1), dtype=np.float32)
    colour = rng.standard_normal((height, width, 3), dtype=np.float32)
    mixed = cv2.GaussianBlur(0.85 * luma + 0.5 * colour, (0, 0), 0.6)
    steps = np.rint(mixed / (mixed.std() * _NOISE_STEP))
    pool: npt.NDArray[np.int8] = np.clip(steps, -127, 127).astype(np.int8).reshape(-1)
    return pool


@numba.njit(cache=True, fastmath=True)
def _expose(picture, levels, spread, noise, out):  # type: ignore[no-untyped-def] # pragma: no cover
    for i in range(picture.size):
        value = levels[picture[i]] + spread[picture[i]] * noise[i] + np.float32(0.5)
        out[i] = np.uint8(min(max(value, np.float32(0.0)), np.float32(255.0)))
