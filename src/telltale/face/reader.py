"""From frames to faces: find them, follow them, say where their points lie and how the head stands.

Detection is costly and rare: on the first frame, while no face is followed, after a face is lost, and once a
second. In between each face is followed by its own landmarks. A face that is not clearly there gives no view.
Where the picture is cut, or another face stands where one was lost, a new name is given and asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from telltale.core.stages import Timer, untimed
from telltale.face.align import align, cut, cut_luma
from telltale.face.detection import Detection, Detector
from telltale.face.gaze import gaze
from telltale.face.iris import IrisFollower, IrisModel
from telltale.face.mesh import FaceMesh, Square, square_from_box, square_from_points
from telltale.face.points68 import points68
from telltale.face.pose import Fit, fit_pose
from telltale.face.quality import quality
from telltale.face.refined import PlainRefiner, Refiner
from telltale.face.track import (
    Looks,
    Track,
    box_of,
    find_again,
    glimpse,
    goes_on,
    in_picture,
    overlap,
    was_cut,
)
from telltale.face.view import Array, FaceView, to_crop_points
from telltale.media.frame import Frame, Picture

LEAST_PRESENCE: Final = 0.5
MOST_RESIDUAL: Final = 0.12
"""Of the rigid fit, eyes' distances; rendered faces turned by 45 degrees, or with
any unit at full, stayed below 0.06."""
MOST_TURN_RAD: Final = math.radians(60)
DETECT_EVERY_S: Final = 1.0
FOLLOW_BOXES_EVERY_S: Final = 0.2
"""While a face is there that is followed by its box alone."""

_SAME_FACE: Final = 0.3
"""Overlap of two boxes that show one face."""
_MERGED: Final = 0.5
"""Overlap of two tracks of which one must go."""
_JUST_LEFT_S: Final = 0.5
"""A face found where one was lost so recently is that one."""
_ENOUGH: Final = 8
"""Nearly frontal frames after which it is decided whether a face has come back."""
_LONG_ENOUGH_S: Final = 1.0
"""When it is decided at the latest; until then the face gives no view."""
_LOOKS: Final = 5
"""Readings of a new face's first frame until its square, and with it its landmarks, stand still."""
_REMEMBERED: Final = 50
"""Faces that left and may come back."""
_SLACK_S: Final = 1e-3


def always(name: str) -> bool:
    """Every face may be read."""
    del name
    return True


class FaceReader:
    """Reads the faces of one recording, frame after frame, looking only back.

    Parameters
    ----------
    detector, face_mesh, iris
        The models.
    may
        Asked with a face's name, in each frame, before its landmarks are sought. A face that may not be read
        is followed by the detector's boxes alone, so that its name stays, and known again only where it left.
    refiner
        What makes the 68 points of the crop; FaceMesh's own by default.
    timer
        What times the stages.
    """

    def __init__(
        self,
        detector: Detector,
        face_mesh: FaceMesh,
        iris: IrisModel,
        *,
        may: Callable[[str], bool] = always,
        refiner: Refiner | None = None,
        timer: Timer = untimed,
    ) -> None:
        self._detector = detector
        self._face_mesh = face_mesh
        self._iris = iris
        self._may = may
        self._refiner = refiner if refiner is not None else PlainRefiner()
        self._timer = timer
        self._followed: list[Track] = []
        self._lost: list[Track] = []
        self._detected_s = -math.inf
        self._names = 0
        self._lost_one = False

    @property
    def followed(self) -> tuple[str, ...]:
        """Names of the faces in the picture, those that may not be read among them."""
        return tuple(track.name for track in self._followed)

    @property
    def remembered(self) -> frozenset[str]:
        """Names of the faces in the picture and of those that left but would be known again."""
        return frozenset(track.name for track in (*self._followed, *self._lost))

    def step(self, frame: Frame) -> list[FaceView]:
        """The faces of one frame that were found and may be read, the one followed longest first."""
        found = self._follow(frame)
        if self._must_detect(frame.time_s):
            self._detect(frame, found)
        here = [(track, found[track.name]) for track in self._followed if track.name in found]
        return [self._view(frame, track, seen) for track, seen in here if self._settle(track, seen, frame)]

    def _follow(self, frame: Frame) -> dict[str, _Found]:
        """Landmarks of each face that is followed by them; who is no longer there is lost."""
        found: dict[str, _Found] = {}
        for track in list(self._followed):
            if not self._may(track.name):
                track.square = track.irises = None
            elif track.square is not None:
                seen = self._read(frame.rgb, track.square)
                cut_away = seen is not None and self._was_cut(track, seen, frame)
                if seen is None or cut_away or self._is_taken(seen.box, found):
                    self._lose(track)
                    if cut_away:
                        # Who stands there now is known by looks alone, not because somebody just did.
                        track.seen_s = -math.inf
                else:
                    self._keep(track, seen, frame.time_s)
                    found[track.name] = seen
        return found

    @staticmethod
    def _was_cut(track: Track, seen: _Found, frame: Frame) -> bool:
        """Whether another face stands where this one was; looked at closely only where much has changed."""
        if not was_cut(track, seen.glimpse):
            return False
        pose = seen.fit.pose
        luma = cut_luma(frame.rgb, align(pose))
        return not goes_on(track.looks, Looks(frame.time_s, seen.mesh, pose, luma))

    def _must_detect(self, time_s: float) -> bool:
        by_box = any(track.square is None for track in self._followed)
        every_s = FOLLOW_BOXES_EVERY_S if by_box else DETECT_EVERY_S
        return not self._followed or self._lost_one or time_s - self._detected_s >= every_s - _SLACK_S

    def _detect(self, frame: Frame, found: dict[str, _Found]) -> None:
        """Bring in who is new or back, and move those that are followed by their box."""
        self._detected_s, self._lost_one = frame.time_s, False
        with self._timer("detect"):
            detections = self._detector.detect(frame.rgb)
        for detection in detections:
            track = _nearest(self._followed, detection.box)
            if track is None:
                self._bring_in(frame, detection, found)
            elif track.square is None:
                track.box, track.seen_s = detection.box, frame.time_s
                if self._may(track.name):
                    self._start(track, detection, frame, found)
        for track in list(self._followed):
            if frame.time_s - track.seen_s > _JUST_LEFT_S:
                self._lose(track)

    def _bring_in(self, frame: Frame, detection: Detection, found: dict[str, _Found]) -> None:
        """A face where none is followed: lost here just now, or new as far as one can tell yet."""
        recent = [track for track in self._lost if frame.time_s - track.seen_s <= _JUST_LEFT_S]
        track = _nearest(recent, detection.box)
        if track is None:
            track = Track(str(self._names), detection.box, frame.time_s)
        if not self._may(track.name):
            track.box, track.seen_s = detection.box, frame.time_s
            self._enter(track)
            return
        self._start(track, detection, frame, found)

    def _start(self, track: Track, detection: Detection, frame: Frame, found: dict[str, _Found]) -> None:
        """Follow a face by its landmarks from here on, if they are there."""
        box = detection.box - np.float32(0.5)  # the detector counts from the first pixel's corner
        eyes = detection.point("right_eye"), detection.point("left_eye")
        seen = self._read(frame.rgb, square_from_box(box, *eyes))
        for _ in range(_LOOKS):
            seen = seen and self._read(frame.rgb, square_from_points(seen.mesh))
        if seen is None or self._is_taken(seen.box, found):
            return
        if track in self._lost and was_cut(track, seen.glimpse, absent=True):
            track = Track(str(self._names), seen.box, frame.time_s)
            if not self._may(track.name):
                self._enter(track)
                return
        is_new = track not in self._followed and track not in self._lost
        if is_new and any(other.signature.frames for other in self._lost):
            track.since_s = frame.time_s
        self._enter(track)
        self._keep(track, seen, frame.time_s)
        found[track.name] = seen

    def _settle(self, track: Track, seen: _Found, frame: Frame) -> bool:
        """Whether the face's name is clear; one that may have come back is looked at first."""
        if track.since_s == math.inf:
            return True
        pose = seen.fit.pose
        if track.signature.wants(pose):
            track.signature.add(seen.mesh, pose, cut(frame.rgb, align(pose)))
        if track.signature.frames < _ENOUGH and frame.time_s - track.since_s < _LONG_ENOUGH_S:
            return False
        track.since_s = math.inf
        known = find_again(track.signature, self._lost)
        if known is not None and self._may(known.name):
            self._lost.remove(known)
            track.name, track.signature = known.name, known.signature
        return True

    def _enter(self, track: Track) -> None:
        if track in self._lost:
            self._lost.remove(track)
        elif track not in self._followed:
            self._names += 1
        if track not in self._followed:
            self._followed.append(track)

    def _keep(self, track: Track, seen: _Found, time_s: float) -> None:
        track.box, track.seen_s, track.glimpse = seen.box, time_s, seen.glimpse
        track.square = square_from_points(seen.mesh)
        if track.irises is None:
            track.irises = IrisFollower(self._iris)

    def _lose(self, track: Track) -> None:
        track.square = track.irises = track.looks = None
        self._followed.remove(track)
        self._lost = [*self._lost, track][-_REMEMBERED:]
        self._lost_one = True

    def _is_taken(self, box: Array, found: dict[str, _Found]) -> bool:
        """Whether a face that is followed longer lies there already."""
        return any(overlap(box, other.box) > _MERGED for other in found.values())

    def _read(self, rgb: Picture, square: Square) -> _Found | None:
        """Landmarks and pose; None where no face is, or none that can be read."""
        with self._timer("mesh"):
            mesh = self._face_mesh.read(rgb, square)
        if mesh.presence < LEAST_PRESENCE:
            return None
        with self._timer("pose"):
            fit = fit_pose(mesh.points)
        box = box_of(mesh.points)
        turned = max(abs(fit.pose.yaw), abs(fit.pose.pitch)) > MOST_TURN_RAD
        if turned or fit.residual > MOST_RESIDUAL or not in_picture(box, rgb):
            return None
        return _Found(mesh.points, mesh.presence, fit, box, glimpse(rgb, box))

    def _view(self, frame: Frame, track: Track, seen: _Found) -> FaceView:
        pose = seen.fit.pose
        with self._timer("gaze"):
            looking = np.full(2, np.nan, dtype=np.float32)
            if track.irises is not None:
                looking = gaze(track.irises.step(frame.time_s, frame.rgb, seen.mesh), seen.mesh, pose)
        with self._timer("crop"):
            to_crop = align(pose)
            grey = cut_luma(frame.rgb, to_crop)
            track.looks = Looks(frame.time_s, seen.mesh, pose, grey)
            if track.signature.wants(pose):
                track.signature.add(seen.mesh, pose, cut(frame.rgb, to_crop))
        with self._timer("quality"):
            measured = quality(frame.rgb, seen.mesh, grey)
        with self._timer("refine"):
            refined = self._refiner.refine(grey, to_crop_points(points68(seen.mesh), to_crop))
            in_frame = to_crop_points(refined.points68, cv2.invertAffineTransform(to_crop).astype(np.float32))
        return FaceView(
            track=track.name,
            index=frame.index,
            time_s=frame.time_s,
            mesh=seen.mesh,
            points68=in_frame,
            presence=seen.presence,
            pose=pose,
            gaze=looking,
            to_crop=to_crop,
            luma=grey,
            quality=measured,
            size_px=(frame.rgb.shape[1], frame.rgb.shape[0]),
            seen=refined.seen,
            still=refined.still,
            code=refined.code,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """A face that is clearly there, in one frame."""

    mesh: Array
    presence: float
    fit: Fit
    box: Array
    glimpse: Array | None


def _nearest(tracks: list[Track], box: Array) -> Track | None:
    """The track whose box overlaps most with this one, if they show one face."""
    best = max(tracks, key=lambda track: overlap(track.box, box), default=None)
    return best if best is not None and overlap(best.box, box) >= _SAME_FACE else None
