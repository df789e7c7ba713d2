"""Films one clip: plays the acting, paints it, spoils it as a camera does, writes video and truth.

Memory does not grow with the clip's length: frames are played 256 at a time and written as they come.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Final

import numpy as np

from telltale.core.channels import ACTION_UNITS
from telltale.core.files import replacing_file
from telltale.core.rng import stream
from telltale.simulate.acting_performance import Acted
from telltale.simulate.clip_camera import Picture, Sensor
from telltale.simulate.clip_hidden import hidden_shares, share_in_picture
from telltale.simulate.clip_occluders import Sprite, lay_over
from telltale.simulate.clip_plan import ClipPlan, draw_plan, jaw_units
from telltale.simulate.clip_settings import ClipSettings, identity_seed
from telltale.simulate.clip_truth import (
    EVENTS,
    TRUTH,
    VIDEO,
    ClipRecord,
    FrameTruth,
    write_events,
    writing_truth,
)
from telltale.simulate.clip_video import ClipVideo
from telltale.simulate.render_face import FacePainter, Painted, lips_part
from telltale.simulate.render_look import draw_look
from telltale.simulate.render_shot import Shot
from telltale.simulate.rig_file import FaceRig

_AT_ONCE: Final = 256
_LIPS_PART: Final = ACTION_UNITS.index(25)
_JAW_DROPS: Final = ACTION_UNITS.index(26)
_SEEN: Final = 0.5
"""A face is in the picture when this share of its landmarks is."""


@dataclass(slots=True)
class StageTimes:
    """Processor seconds spent on each stage of a clip, all frames together."""

    act: float = 0.0
    paint: float = 0.0
    spoil: float = 0.0
    write: float = 0.0


def clip_name(settings: ClipSettings, seed: int, clip: int) -> str:
    """The name of clip number `clip` of a run."""
    return f"{settings.preset}-{seed}-{clip:05d}"


def write_clip(
    rig: FaceRig,
    folder: Path,
    settings: ClipSettings,
    seed: int,
    clip: int = 0,
    *,
    times: StageTimes | None = None,
) -> ClipRecord:
    """Write one clip and its truth into `folder`; files there of the same name are replaced.

    Parameters
    ----------
    seed, clip
        The run's seed and the clip's number in it: the same two give the same bytes.
    times
        Told where the time went.
    """
    own = identity_seed(settings.group, seed, clip)
    plan = draw_plan(settings, own)
    look = draw_look(rig, stream(own, "look"), maker=settings.maker)
    camera = plan.camera
    painter = FacePainter(rig, look, camera.width_px, camera.height_px)
    record = _record(settings, seed, clip, plan, look.tone)
    stem = folder / record.name
    with ExitStack() as stack:
        # Put in place in the reverse order, the truth last: where it stands, the clip is whole.
        truth_path, video_path, events_path = (
            stack.enter_context(replacing_file(stem.with_name(stem.name + end)))
            for end in (TRUTH, VIDEO, EVENTS)
        )
        write_events(events_path, plan.acting.events, plan.frames / camera.rate_hz)
        video = stack.enter_context(
            ClipVideo(
                video_path,
                width_px=camera.width_px,
                height_px=camera.height_px,
                rate_hz=camera.rate_hz,
                bitrate_kbps=camera.bitrate_kbps,
            )
        )
        truth = stack.enter_context(writing_truth(truth_path, record))
        spent = times or StageTimes()
        began = process_time()
        for time_s, picture, told in _film(plan, painter, Sensor(camera, own), spent):
            before = process_time()
            video.add(picture)
            truth.add(time_s, told)
            spent.write += process_time() - before
        spent.act = process_time() - began - spent.paint - spent.spoil - spent.write
    return record


def _record(settings: ClipSettings, seed: int, clip: int, plan: ClipPlan, tone: int) -> ClipRecord:
    camera = plan.camera
    return ClipRecord(
        name=clip_name(settings, seed, clip),
        preset=settings.preset,
        seed=seed,
        clip=clip,
        maker=settings.maker,
        identity_seed=identity_seed(settings.group, seed, clip),
        skin_tone=tone,
        light=plan.light.words(),
        rate_hz=camera.rate_hz,
        bitrate_kbps=camera.bitrate_kbps,
        width=camera.width_px,
        height=camera.height_px,
        face_width_px=camera.face_width_px,
        noise=camera.noise,
        defocus_px=camera.defocus_px,
        speaks=bool(plan.acting.speech.phrases),
        duration_s=plan.frames / camera.rate_hz,
    )


def _film(
    plan: ClipPlan, painter: FacePainter, sensor: Sensor, spent: StageTimes
) -> Iterator[tuple[float, Picture, FrameTruth]]:
    """Time, picture and truth of each frame."""
    before: Shot | None = None
    for first in range(0, plan.frames, _AT_ONCE):
        times = plan.times(first, first + _AT_ONCE)
        acted = plan.acting.at(times)
        jaw, exposures = jaw_units(acted), plan.camera.exposures(times)
        for i, shot in enumerate(plan.shots(acted)):
            time_s = float(times[i])
            began = process_time()
            painted = painter.paint(shot, plan.background.frame(time_s))
            spent.paint += process_time() - began
            began = process_time()
            laid = _occlude(plan, painted, time_s)
            picture = sensor.take(painted.rgb, float(exposures[i]), _speed(before, shot))
            black = plan.is_black(time_s)
            if black:
                picture[:] = 0
            truth = _truth(plan, acted, i, float(jaw[i]), shot, painted, laid, black=black)
            spent.spoil += process_time() - began
            before = shot
            yield time_s, picture, truth


def _occlude(plan: ClipPlan, painted: Painted, time_s: float) -> list[tuple[Sprite, int, int]]:
    """Draw what is before the face into the picture, and say where it lies."""
    laid = []
    for occluder in plan.occluders:
        place = occluder.place(painted.points68, time_s)
        if place is not None:
            lay_over(painted.rgb, occluder.sprite, *place)
            laid.append((occluder.sprite, *place))
    return laid


def _speed(before: Shot | None, now: Shot) -> tuple[float, float]:
    """Way of the face since the frame before, pixels; turning carries its front along."""
    if before is None:
        return 0.0, 0.0
    reach = 0.5 * now.face_width_px
    across = now.centre_px[0] - before.centre_px[0] + reach * (now.yaw - before.yaw)
    down = now.centre_px[1] - before.centre_px[1] - reach * (now.pitch - before.pitch)
    return across, down


def _truth(
    plan: ClipPlan,
    acted: Acted,
    i: int,
    jaw: float,
    shot: Shot,
    painted: Painted,
    laid: list[tuple[Sprite, int, int]],
    *,
    black: bool,
) -> FrameTruth:
    units = acted.units[i].copy()
    units[_LIPS_PART] = lips_part(painted.lip_gap)
    units[_JAW_DROPS] = np.clip(units[_JAW_DROPS] + jaw, 0, 1)
    size = (plan.camera.width_px, plan.camera.height_px)
    hidden = hidden_shares(painted.points68, shot.face_width_px, size, laid)
    return FrameTruth(
        units=units,
        pose=(float(acted.speaking[i]), shot.yaw, shot.pitch, shot.roll, shot.gaze_x, shot.gaze_y),
        points68=painted.points68,
        hidden=np.ones_like(hidden) if black else hidden,
        in_frame=not black and share_in_picture(painted.points68, size) >= _SEEN,
    )
