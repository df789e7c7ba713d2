"""The neutral: the calmest frames so far, learnt while looking."""

from dataclasses import replace

import numpy as np
import pytest
from tests.units.views import views

from telltale.units.feature_vector import part_slices
from telltale.units.features import FROM_NEUTRAL, FeatureMaker, look_of
from telltale.units.neutral import Look, Neutral, NeutralLearner, NeutralSettings, activity_of, learn

SETTINGS = NeutralSettings()


def _look(time_s: float, name: str = "front") -> Look:
    (view,) = views(name)
    return replace(look_of(view), time_s=time_s)


def _learnt(shown: list[tuple[Look, float]]) -> Neutral:
    (first, activity), *others = shown
    neutral = Neutral(first, activity, 1, FROM_NEUTRAL)
    for look, activity in others:
        neutral = learn(neutral, look, activity, SETTINGS, FROM_NEUTRAL)
    return neutral


def test_the_first_frame_is_the_neutral_until_a_calmer_one_comes() -> None:
    smile, calm = _look(0.0, "smile"), _look(1.0)
    assert _learnt([(smile, 0.6)]).look is smile
    assert _learnt([(smile, 0.6), (calm, 0.1)]).look is calm
    assert _learnt([(calm, 0.1), (smile, 0.6)]).look is calm


def test_frames_as_calm_are_averaged_and_their_noise_goes() -> None:
    rng = np.random.default_rng(0)
    clean = _look(0.0)

    def noisy(time_s: float) -> Look:
        luma = clean.luma + rng.normal(0, 4, clean.luma.shape).astype(np.float32)
        return replace(clean, time_s=time_s, luma=luma)

    neutral = _learnt([(noisy(0.25 * i), 0.1) for i in range(16)])
    assert neutral.frames == 16
    left = float((neutral.look.luma - clean.luma).std())
    assert 0.9 < left < 1.1  # 4 / sqrt(16)


def test_frames_too_close_in_time_are_passed_over() -> None:
    assert _learnt([(_look(i / 30), 0.1) for i in range(7)]).frames == 2


def test_a_turned_head_is_not_averaged_in() -> None:
    turned = replace(_look(1.0), turned=_look(0.0).turned + np.float32(0.2))
    assert _learnt([(_look(0.0), 0.1), (turned, 0.1)]).frames == 1


def test_an_old_neutral_gives_way_to_a_new_calm_frame() -> None:
    old, new = _look(0.0), _look(300.0)
    assert _learnt([(old, 0.1), (new, 0.2)]).look is new
    assert _learnt([(old, 0.1), (_look(5.0), 0.2)]).look is old


def test_a_face_never_at_rest_has_its_calmest_moment_as_neutral() -> None:
    activities = 0.5 + 0.3 * np.sin(np.arange(200) / 9.0)
    shown = [(_look(i / 10), float(a)) for i, a in enumerate(activities)]
    neutral = _learnt(shown)
    assert neutral.activity < 0.27


def test_activity_counts_units_that_show_and_motion() -> None:
    still = np.zeros((17, 2), np.float32)
    still[8] = 0.4
    assert activity_of(still, 0.0) == np.float32(0.4)
    assert activity_of(np.full((17, 2), -0.2, np.float32), 0.0) == 0.0
    assert activity_of(still, 30.0) > activity_of(still, 0.0)


def test_the_neutral_of_a_noisy_face_is_an_average() -> None:
    rng = np.random.default_rng(4)
    maker = FeatureMaker()
    for view in views(*["front"] * 90):
        noise = rng.normal(0, 4, view.luma.shape).astype(np.float32)
        still = view.still + rng.normal(0, 0.02, view.still.shape).astype(np.float32)
        maker.step(replace(view, luma=view.luma + noise, still=np.abs(still)))
    assert maker.neutral is not None
    assert maker.neutral.frames >= 10  # After .3 s one in .2 s: of three seconds 13 or 14.


def test_a_first_frame_that_is_calm_by_luck_does_not_stay_alone() -> None:
    rng = np.random.default_rng(5)
    maker = FeatureMaker()
    for index, view in enumerate(views(*["front"] * 60)):
        noise = rng.normal(0, 4, view.luma.shape).astype(np.float32)
        still = np.full((17, 2), 0.008 if index == 0 else 0.01, np.float32)
        maker.step(replace(view, luma=view.luma + noise, still=still))
    assert maker.neutral is not None
    assert maker.neutral.frames >= 6


def test_averaging_the_neutral_is_no_motion() -> None:
    """The neutral is another, slightly; the face is where it was: now, and in the frames that follow."""
    rng = np.random.default_rng(6)
    maker = FeatureMaker()
    parts = [part_slices()[name] for name in ("quick_own", "slow_own")]
    frames, moving = [], []
    for view in views(*["front"] * 75):
        luma = view.luma + rng.normal(0, 1, view.luma.shape).astype(np.float32)
        if view.time_s > 0:
            # In the first frame, which the others are averaged with, the mouth was a pixel aside.
            luma[130:] = np.roll(luma[130:], 1, axis=1)
        vectors = maker.step(replace(view, luma=luma)).vectors
        assert maker.neutral is not None
        frames.append(maker.neutral.frames)
        moving.append([float(np.abs(vectors[:, part]).mean()) for part in parts])
    averaged = np.flatnonzero(np.diff(frames) > 0) + 1
    after = np.unique(averaged[:, None] + np.arange(4))
    others = np.setdiff1d(np.arange(5, 75), after)
    assert len(averaged) >= 5
    told = np.array(moving)
    assert (told[after[after < 75]].max(axis=0) < 1.5 * told[others].max(axis=0)).all()


def learner_after(
    frames: list[tuple[float, float, float | None]], hidden: list[int] | None = None
) -> Neutral:
    """The neutral after frames of (time, units that show, motion in px/s)."""
    learner = NeutralLearner(SETTINGS, FROM_NEUTRAL)
    for index, (time_s, shown, speed_px_s) in enumerate(frames):
        still = np.full((17, 2), shown / 17, np.float32)
        look = replace(_look(time_s), still=still)
        learner.step(look, speed_px_s, hidden[index] if hidden else 0)
    assert learner.neutral is not None
    return learner.neutral


@pytest.mark.parametrize("rate_hz", [2, 5, 10, 30])
def test_a_calm_first_frame_is_kept_by_a_face_that_smiles_ever_after(rate_hz: int) -> None:
    lone = rate_hz < 4
    frames = [
        (k / rate_hz, 0.05 if k == 0 else 0.5 + 0.1 * (k % 3), None if lone or k == 0 else 6.0)
        for k in range(40)
    ]
    assert learner_after(frames).look.time_s == 0.0


def test_a_smile_after_a_gap_is_not_the_neutral_of_a_calm_face() -> None:
    frames: list[tuple[float, float, float | None]] = [(0.0, 0.05, None), (0.5, 0.6, None)]
    frames += [(0.5 + k / 30, 0.6 - 0.002 * k, 3.0) for k in range(1, 50)]
    assert learner_after(frames).look.time_s == 0.0


def test_a_lone_frame_is_not_learnt_unless_all_are() -> None:
    calm: list[tuple[float, float, float | None]] = [(k / 10, 0.3, 3.0 if k else None) for k in range(20)]
    lone = (5.0, 0.05, None)
    assert learner_after([*calm, lone]).look.time_s < 5.0
    slow: list[tuple[float, float, float | None]] = [(k / 2, 0.3 if k < 4 else 0.05, None) for k in range(6)]
    assert learner_after(slow).look.time_s >= 2.0


def test_a_covered_face_is_not_learnt_and_an_uncovered_one_takes_its_place() -> None:
    calm: list[tuple[float, float, float | None]] = [(k / 10, 0.3, 3.0 if k else None) for k in range(20)]
    behind: list[tuple[float, float, float | None]] = [(2 + k / 10, 0.0, 3.0) for k in range(10)]
    assert learner_after([*calm, *behind], [0] * 20 + [6] * 10).look.time_s < 2.0
    assert (
        learner_after([*behind, *[(t + 3, s, 3.0) for t, s, _ in calm]], [6] * 10 + [0] * 20).look.time_s
        >= 3.0
    )
