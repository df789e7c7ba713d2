"""Settings of a rendered clip, and the named presets that `telltale rig render` offers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, Literal

from telltale.core.errors import ConfigError
from telltale.simulate.acting_events import MICRO_PEAK, EventSettings
from telltale.simulate.acting_expressions import ExpressionSettings
from telltale.simulate.acting_head import HeadSettings
from telltale.simulate.acting_performance import ActingSettings
from telltale.simulate.acting_rest import RestSettings
from telltale.simulate.acting_speech import SpeechSettings

Maker = Literal["a", "b"]
Group = Literal[
    "train",
    "heldout",
    "micro",
    "talking",
    "landmarks",
    "landmarks-heldout",
    "demo",
    "micro-train",
    "drill",
    "talking-train",
    "expressions",
    "expressions-heldout",
    "expressions-micro",
]

GROUPS: Final[tuple[Group, ...]] = (
    "train", "heldout", "micro", "talking", "landmarks", "landmarks-heldout", "demo", "micro-train", "drill",
    "talking-train", "expressions", "expressions-heldout", "expressions-micro",
)  # fmt: skip
"""Groups of identities: no face of one group is a face of another. New groups are added at the end."""

_CLIPS_A_SEED: Final = 10**5
_SEEDS: Final = 10**7

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """How the clip is filmed. Ranges are drawn from once a clip."""

    sizes: tuple[tuple[int, int], ...] = ((640, 480),)
    """Width and height; one is drawn, so a size that stands twice comes twice as often."""
    rates_hz: tuple[int, ...] = (30,)
    bitrates_kbps: tuple[int, ...] = (1200,)
    """At 30 frames a second and 640 x 480; the same in bits a pixel elsewhere, but never above 4000."""
    face_width_px: Range = (180.0, 220.0)
    noise: Range = (0.4, 2.0)
    """Standard deviation at middle grey, in levels of 255."""
    defocus_px: Range = (0.0, 0.6)
    """Standard deviation of the blur for a face 200 px wide."""
    low_light: float = 0.0
    """Share of clips in low light: darker, and three times the noise."""
    motion_blur: float = 0.3
    """Share of clips with a long exposure."""
    exposure_gap_s: Range | None = None
    """From one step of the automatic exposure to the next; None for none."""


@dataclass(frozen=True, slots=True)
class LightSettings:
    """How the light behaves."""

    gain: Range = (0.75, 1.15)
    drift: float = 0.04
    """Standard deviation of its slow drift, as a share."""
    turn_rad: float = 0.3
    """Standard deviation of how far the lamps stand turned from where the look has them."""
    flicker: float = 0.2
    """Share of clips with a lamp that flickers by 1 to 4 %."""


@dataclass(frozen=True, slots=True)
class SightSettings:
    """What comes between the camera and the face."""

    occluder_gap_s: Range | None = None
    """From one occluder's end to the next one's begin; None for none."""
    occluder_s: Range = (0.5, 5.0)
    leaves: float = 0.0
    """Share of clips in which the face leaves the picture for 1 to 5 s."""
    black: float = 0.0
    """Share of clips with black frames, 0.1 to 1 s."""


@dataclass(frozen=True, slots=True)
class ClipSettings:
    """Everything that decides on a clip but its seed."""

    preset: str
    group: Group
    maker: Maker
    duration_s: float = 12.0
    acting: ActingSettings = field(default_factory=ActingSettings)
    camera: CameraSettings = field(default_factory=CameraSettings)
    light: LightSettings = field(default_factory=LightSettings)
    sight: SightSettings = field(default_factory=SightSettings)

    def __post_init__(self) -> None:
        if not 0.2 <= self.duration_s <= 3600:
            raise ConfigError(f"a clip of {self.duration_s:g} s", hint="give 0.2 to 3600 seconds")
        if not 60 <= self.camera.face_width_px[0] <= self.camera.face_width_px[1]:
            raise ConfigError(
                f"faces {self.camera.face_width_px} px wide", hint="give two rising widths from 60 px on"
            )


def identity_seed(group: Group, seed: int, clip: int) -> int:
    """The seed of the face of clip number `clip` of a run with `seed`: a number that no other group has.

    The face, its skin and its light come from this number alone, so faces of different groups are different
    people, as are the faces of one run and those of two runs of one group with different seeds.

    >>> identity_seed("train", 7, 3), identity_seed("heldout", 7, 3)
    (700003, 1000000700003)
    """
    if not (0 <= seed < _SEEDS and 0 <= clip < _CLIPS_A_SEED):
        raise ConfigError(
            f"clip {clip} of seed {seed}",
            hint=f"use seeds below {_SEEDS:,} and clips below {_CLIPS_A_SEED:,}",
        )
    return (GROUPS.index(group) * _SEEDS + seed) * _CLIPS_A_SEED + clip


_QUIET_HEAD: Final = HeadSettings(
    drift_rad=0.02, facing_rad=0.06, turn_gap_s=None, nod_gap_s=None, shift=0.03, scale=0.015
)
_QUIET_REST: Final = RestSettings(tonic=(0.02, 0.05), tonic_share=0.3)
_SILENT: Final = SpeechSettings(speaks=0.0)
_PLANTED: Final = EventSettings(macro_gap_s=None, micro_gap_s=(0.5, 2.5), starts_smiling=0.0)
_MICRO: Final = ActingSettings(_PLANTED, _QUIET_REST, _SILENT, _QUIET_HEAD)
_STANDARD: Final = CameraSettings()
_FAST: Final = replace(_STANDARD, rates_hz=(100,))
_BROAD: Final = CameraSettings(
    sizes=((640, 480),) * 5 + ((1280, 720), (480, 360)),
    rates_hz=(30,) * 8 + (15, 24, 25, 25, 60, 100),
    bitrates_kbps=(300, 500, 800, 1200, 1200, 1200, 2000, 4000),
    face_width_px=(80.0, 320.0),
    noise=(0.3, 5.0),
    defocus_px=(0.0, 1.6),
    low_light=0.15,
    motion_blur=0.4,
    exposure_gap_s=(6.0, 25.0),
)
_TRAIN: Final = ClipSettings(
    preset="train",
    group="train",
    maker="a",
    camera=_BROAD,
    light=LightSettings(gain=(0.65, 1.25), drift=0.08, turn_rad=0.5, flicker=0.3),
    sight=SightSettings(occluder_gap_s=(4.0, 30.0), leaves=0.04, black=0.04),
)
_DRILL: Final = replace(
    _TRAIN,
    preset="drill",
    group="drill",
    duration_s=8.0,
    acting=ActingSettings(
        events=EventSettings(
            macro_gap_s=(0.2, 3.0),
            micro_gap_s=(0.3, 2.0),
            voices=3,
            one_sided=0.3,
            rest_first_s=(0.0, 3.0),
            starts_smiling=0.05,
        ),
        speech=SpeechSettings(speaks=0.3),
    ),
    camera=replace(_BROAD, rates_hz=(5, 5, 5, 6, 8, 10)),
    sight=SightSettings(occluder_gap_s=(6.0, 40.0), occluder_s=(0.5, 2.0)),
)
_TALKING: Final = ActingSettings(
    events=EventSettings(macro_gap_s=None, micro_gap_s=None, starts_smiling=0.0),
    speech=SpeechSettings(speaks=1.0),
    head=replace(HeadSettings(), turn_rad=0.35, drift_rad=0.04),
)
_LANDMARKS: Final = replace(
    _TRAIN,
    preset="landmarks",
    group="landmarks",
    duration_s=4.0,
    camera=replace(
        _BROAD,
        bitrates_kbps=(300, 500, 800, 1200),
        noise=(0.5, 7.0),
        defocus_px=(0.0, 2.2),
        low_light=0.35,
        motion_blur=0.5,
    ),
    sight=SightSettings(occluder_gap_s=(0.2, 4.0), leaves=0.03),
)
_EXPRESSIONS: Final = ClipSettings(
    preset="expressions",
    group="expressions",
    maker="a",
    duration_s=27.0,
    acting=ActingSettings(
        events=EventSettings(macro_gap_s=None, micro_gap_s=None, starts_smiling=0.0),
        speech=SpeechSettings(speaks=1 / 3),
        head=HeadSettings(
            drift_rad=0.04, facing_rad=0.08, turn_gap_s=(8.0, 25.0), turn_rad=0.5, nod_gap_s=(8.0, 25.0)
        ),
        expressions=ExpressionSettings(),
    ),
    camera=replace(_STANDARD, rates_hz=(15, 15, 30)),
)

PRESETS: Final = {
    settings.preset: settings
    for settings in (
        _TRAIN,
        _DRILL,
        ClipSettings("heldout", "heldout", "b", duration_s=60.0, camera=_STANDARD),
        ClipSettings("micro30", "micro", "b", duration_s=30.0, acting=_MICRO, camera=_STANDARD),
        ClipSettings(
            "micro100", "micro", "b", duration_s=30.0, acting=_MICRO, camera=_FAST
        ),
        ClipSettings(
            "micro-train",
            "micro-train",
            "a",
            duration_s=30.0,
            acting=_MICRO,
            camera=replace(_STANDARD, rates_hz=(30, 30, 60, 100)),
        ),
        ClipSettings("talking", "talking", "b", duration_s=60.0, acting=_TALKING, camera=_STANDARD),
        ClipSettings(
            "talking-train", "talking-train", "a", duration_s=60.0, acting=_TALKING, camera=_STANDARD
        ),
        _EXPRESSIONS,
        replace(
            _EXPRESSIONS,
            preset="expressions-heldout",
            group="expressions-heldout",
            maker="b",
            acting=replace(_EXPRESSIONS.acting, expressions=ExpressionSettings(published=2)),
        ),
        replace(
            _EXPRESSIONS,
            preset="expressions-micro",
            group="expressions-micro",
            maker="b",
            acting=replace(
                _EXPRESSIONS.acting,
                expressions=ExpressionSettings(each_s=1.5, intensity=MICRO_PEAK, brief=True),
            ),
            camera=_STANDARD,
        ),
        _LANDMARKS,
        replace(_LANDMARKS, preset="landmarks-heldout", group="landmarks-heldout", maker="b"),
        ClipSettings(
            "demo",
            "demo",
            "b",
            duration_s=14.0,
            acting=ActingSettings(
                events=EventSettings((0.5, 1.0), (1.0, 2.0), (0.5, 1.0), starts_smiling=0.0),
                rest=RestSettings(tonic=(0.02, 0.04), resting_offset=0.0),
                speech=_SILENT,
                head=replace(_QUIET_HEAD, drift_rad=0.05),
            ),
            camera=replace(
                _STANDARD, bitrates_kbps=(300,), face_width_px=(220.0, 220.0), noise=(0.2, 0.2),
                defocus_px=(0.0, 0.0),
                motion_blur=0.0,
            ),
            light=LightSettings(gain=(1.0, 1.0), drift=0.01, turn_rad=0.1, flicker=0.0),
        ),
    )
}  # fmt: skip
"""What is rendered for what.

train: broad, for the networks. drill: the same with units in every company and seldom at rest. heldout: the
second maker of looks, faces and lights never trained on, the standard camera (30 frames a second, 640 x 480,
1.2 Mbit/s, faces 200 px wide). micro30, micro100: a quiet face with micro-expressions, nothing else.
micro-train: the same from the first maker, to set thresholds by. talking, talking-train: speech and head
movements without an expression, of the second maker and of the first. expressions, expressions-heldout: rows
of the table of expressions one after another at 15 or 30 frames a second, of the first maker and of the
second, where rows whose evidence is published come twice as often. expressions-micro: the same rows as
micro-expressions of the face alone, of the second maker at 30 frames a second. landmarks, landmarks-heldout:
short clips that are hard to see. demo: one clip to look at.
"""


def preset(name: str) -> ClipSettings:
    """Settings by name.

    >>> preset("heldout").camera.bitrates_kbps
    (1200,)
    """
    if name not in PRESETS:
        raise ConfigError(f"no preset '{name}'", hint=f"choose one of {', '.join(PRESETS)}")
    return PRESETS[name]
