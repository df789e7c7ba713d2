"""What an evaluation on rendered clips says, number by number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from telltale.units.evaluation_events import EventGroup
from telltale.units.scores import Agreement


@dataclass(frozen=True, slots=True)
class About:
    """What was read."""

    clips: int
    identities: int
    minutes: float
    presets: tuple[str, ...]
    makers: tuple[str, ...]
    rates_hz: tuple[float, ...]
    bitrates_kbps: tuple[int, ...]
    sizes: tuple[str, ...]
    face_width_px: tuple[float, float, float]
    """Least, mean, most."""


@dataclass(frozen=True, slots=True)
class UnitScore:
    """One unit, over all frames in which it was in sight and read."""

    unit: int
    left: Agreement
    right: Agreement
    both: Agreement
    """Of both sides' pairs together."""
    velocity: Agreement
    """Of both sides' velocities together, 1/s, with the truth's change over the last tenth of a second."""


@dataclass(frozen=True, slots=True)
class Group:
    """Some clips and how well their units were read."""

    name: str
    clips: int
    identities: int
    minutes: float
    units: tuple[UnitScore, ...]

    def mean(self, number: str) -> float:
        """Mean over the units of a number of `both`, such as "correlation"; NaN units left out."""
        values = np.array([getattr(score.both, number) for score in self.units], dtype=np.float64)
        return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was read of what could be."""

    frames: int
    with_face: int
    """Frames that show the face."""
    read: int
    """Of those, the ones that were read."""
    read_without_face: int
    """Frames that show no face and were read nevertheless."""
    unit_frames: int
    """Units in sight, over the frames that show the face: what could be read."""
    units_read: int
    """Of those, the ones with a reading."""
    units_hidden: int
    """Units that were covered by more than half; they are left out of the scores."""
    hidden_but_read: int
    """Of those, the ones with a reading nevertheless."""
    faces: int
    """Faces that were told apart; as many as clips where none was lost and taken for another."""


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Mean error of the 68 points, shares of the distance between the outer corners of the eyes."""

    frames: int
    refined: float
    mesh: float
    """FaceMesh alone, in the same frames."""

    @property
    def less(self) -> float:
        """How much less than FaceMesh's it is, as a share of it."""
        return 1 - self.refined / self.mesh if self.frames else float("nan")


@dataclass(frozen=True, slots=True)
class ConfidenceBin:
    """Readings of about one confidence."""

    low: float
    high: float
    count: int
    confidence: float
    """Their mean confidence."""
    close: float
    """Share in which both sides lay within `CLOSE` of the truth: the same number, if confidence is honest."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that an evaluation on rendered clips says."""

    about: About
    coverage: Coverage
    everyone: Group
    tone_groups: tuple[Group, ...]
    tones: tuple[Group, ...]
    landmarks: Landmarks
    events: tuple[EventGroup, ...]
    calibration: tuple[ConfidenceBin, ...]
    problems: tuple[str, ...]
