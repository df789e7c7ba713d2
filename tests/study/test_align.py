"""Alignment: planted offsets are found within their stated uncertainty, and chance is called chance."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.study.builder import EVENING, NOW, Plan, Visit, build, read_signal_rows
from tests.study.clocks import Scene, scene_visit

from telltale.core.signal import Signal
from telltale.simulate.spec import Clock
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study
from telltale.study.align import StudyAlignment, align_study, apply_alignment, write_alignment
from telltale.study.align_combine import combine
from telltale.study.align_estimate import Offset, gumbel_tail, peak_lag_s, told_apart
from telltale.study.align_evidence import EVENTS, Activity, Kind, activity, event_curves, lags_s, shift_curve
from telltale.study.align_session import AlignSettings, Task, look
from telltale.study.store import Study, read_table

SILENT = Scene(step=0.0, dip_rad=0.0)
"""Nothing of the log shows in the face."""


def offset_of(visit: Visit, **asked: Any) -> Offset:
    """A session's own offset."""
    settings = AlignSettings(**asked)
    moments = {
        kind: np.array(sorted(act[0] for act in visit.acts if act[1] in EVENTS[kind]))
        for kind in settings.kinds
    }
    assert visit.signal is not None
    left = look(visit.signal, Task(visit.session_id, moments), settings).left
    assert left is not None
    return left


@pytest.mark.parametrize("offset_s", [0.0, 0.8, -2.3, 0.437])
@pytest.mark.parametrize("evidence", ["both", "screen", "touch"])
def test_a_planted_offset_is_found_within_its_uncertainty(offset_s: float, evidence: str) -> None:
    left = offset_of(scene_visit("s", Scene(offset_s=offset_s)), evidence=evidence)
    assert abs(left.seconds - offset_s) < 4 * left.sd_s
    assert left.sd_s < 0.03
    assert left.p_value < 1e-6


@pytest.mark.parametrize("kind", ["like", "share", "gift"])
def test_whatever_a_viewer_touches_for_tells_the_clock(tmp_path: Path, kind: str) -> None:
    visit = scene_visit("s", Scene(offset_s=0.8, pins=0))
    visit = replace(visit, acts=[(time_s, kind, None) for time_s, *_ in visit.acts])
    found = align_study(build(tmp_path / "s", Plan([visit])), now=NOW)
    assert verdicts(found) == {"s": "told"}
    assert found.sessions[0].corrected_s == pytest.approx(0.8, abs=0.03)


def test_touches_that_leave_no_sign_do_not_drown_the_screen() -> None:
    visit = scene_visit("d", Scene(offset_s=1.3, pins=7, touches=80, dip_rad=0.0))
    both, screen = offset_of(visit), offset_of(visit, evidence="screen")
    assert abs(both.seconds - 1.3) < 4 * both.sd_s < 0.1
    assert (both.seconds, both.sd_s) == pytest.approx((screen.seconds, screen.sd_s))
    assert both.p_value == pytest.approx(2 * screen.p_value)


def said(seconds: float, sd_s: float, p_value: float = 1e-6) -> Offset:
    return Offset(seconds, sd_s, seconds - 2 * sd_s, seconds + 2 * sd_s, p_value)


def test_kinds_are_joined_by_inverse_variance() -> None:
    """Weights 0.8 and 0.2: seconds 0.8 * 1 + 0.2 * 1.1, SD 1 / sqrt(1 / 0.05^2 + 1 / 0.1^2); by hand."""
    left = combine({"screen": said(1.0, 0.05), "touch": said(1.1, 0.1, 0.001)}, 0.05).left
    assert left is not None
    assert left.seconds == pytest.approx(1.02)
    assert left.sd_s == pytest.approx(0.2 / np.sqrt(20))
    assert (left.low_s, left.high_s) == pytest.approx((1.02 - 2 * left.sd_s, 1.02 + 2 * left.sd_s))
    assert left.p_value == pytest.approx(2e-6)


def test_a_kind_that_is_chance_is_left_out_and_its_look_is_paid_for() -> None:
    clear, chance = said(1.0, 0.05), said(-7.0, 0.01, 0.03)
    assert combine({"screen": clear, "touch": chance}, 0.05).left == replace(clear, p_value=2e-6)
    assert combine({"screen": said(1.0, 3.0, 0.9), "touch": chance}, 0.05).left == replace(
        chance, p_value=0.06
    )
    assert combine({}, 0.05).left is None


def test_kinds_that_contradict_each_other_are_both_refused() -> None:
    found = combine({"screen": said(1.0, 0.01), "touch": said(1.2, 0.01)}, 0.05)
    assert found.disagree
    assert found.left is None
    assert set(found.kinds) == {"screen", "touch"}


@pytest.mark.slow
def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """240 sessions with weak evidence and offsets between rows: 95 % intervals, give or take sampling."""
    truths = np.random.default_rng(3).uniform(-4, 4, 240)
    scenes = [Scene(t, 600.0, pins=6, touches=6, step=0.012, dip_rad=0.03) for t in truths]
    found = [offset_of(scene_visit(f"s{i}", scene)) for i, scene in enumerate(scenes)]
    covered = [left.low_s <= truth <= left.high_s for left, truth in zip(found, truths, strict=True)]
    assert 0.90 <= np.mean(covered) <= 0.99


@pytest.mark.slow
def test_chance_is_found_about_as_often_as_the_level_says() -> None:
    found = [offset_of(scene_visit(f"n{i}", SILENT), draws=60) for i in range(200)]
    p_values = np.array([left.p_value for left in found])
    assert 0.01 <= np.mean(p_values < 0.05) <= 0.10
    assert np.mean(p_values < 0.001) <= 0.02
    # And chance is not sharp: no such offset is ever known well enough to be corrected.
    assert min(left.sd_s for left in found) > AlignSettings().largest_sd_s


def study_of(folder: Path, scenes: dict[str, Scene], **facts: Any) -> Study:
    visits = [scene_visit(name, scene, person=f"p-{name}") for name, scene in scenes.items()]
    return build(folder, Plan(visits, **facts))


def verdicts(found: StudyAlignment) -> dict[str, str]:
    return {session.session_id: session.verdict for session in found.sessions}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_study_is_corrected_where_it_is_sure_and_then_nothing_is_left(tmp_path: Path, workers: int) -> None:
    truth = {"a": 0.8, "b": -2.3, "c": 0.0}
    scenes = {name: Scene(offset_s=offset_s) for name, offset_s in truth.items()} | {"noise": SILENT}
    study = study_of(tmp_path / "s", scenes)
    found = align_study(study, now=NOW, workers=workers)
    # One silent session in twenty is told apart by chance; none may be corrected.
    assert verdicts(found).items() >= {"a": "told", "b": "told", "c": "told"}.items()
    assert apply_alignment(study, found) == 2
    sessions = {row["session_id"]: row for row in read_table(study.table_path("sessions")).to_pylist()}
    recorded = {name: row["clock_offset_s"] for name, row in sessions.items()}
    assert recorded == {
        "a": pytest.approx(0.8, abs=0.03),
        "b": pytest.approx(-2.3, abs=0.03),
        "c": 0,
        "noise": 0,
    }
    again = align_study(Study.open(study.folder), now=NOW)
    assert not any(session.correct for session in again.sessions)
    assert apply_alignment(study, again) == 0


def test_what_is_left_adds_to_what_was_recorded(tmp_path: Path) -> None:
    visit = scene_visit("a", Scene(offset_s=2.0), recorded_s=1.5)
    (session,) = align_study(build(tmp_path / "s", Plan([visit])), now=NOW).sessions
    assert session.left is not None
    assert session.left.seconds == pytest.approx(0.5, abs=0.03)
    assert session.corrected_s == pytest.approx(2.0, abs=0.03)


def test_many_weak_sessions_tell_together_what_none_tells_alone(tmp_path: Path) -> None:
    weak = Scene(offset_s=1.2, duration_s=300.0, pins=4, touches=4, step=0.004, dip_rad=0.006)
    found = align_study(study_of(tmp_path / "s", {f"w{i}": weak for i in range(30)}), now=NOW)
    pooled = found.pooled["both"]
    assert abs(pooled.seconds - 1.2) < 4 * pooled.sd_s < 0.4
    assert pooled.p_value < 0.001
    assert set(found.pooled) == {"screen", "touch", "both"}


def test_silent_sessions_tell_nothing_together_either(tmp_path: Path) -> None:
    short = Scene(duration_s=300.0, step=0.0, dip_rad=0.0)
    found = align_study(study_of(tmp_path / "s", {f"w{i}": short for i in range(12)}), now=NOW)
    assert found.pooled["both"].p_value > 0.001
    assert not any(session.correct for session in found.sessions)


def test_the_door_of_consent_holds_and_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    few = Scene(pins=1, touches=1)
    names = {"gone": Scene(), "refused": Scene(), "few": few, "lost": Scene()}
    study = study_of(
        tmp_path / "s",
        names,
        without_consent=["p-refused"],
        withdrawn={"p-gone": EVENING + timedelta(days=1)},
    )
    study.signal_path("lost").unlink()
    found = align_study(study, now=NOW)
    said = {"few": "too few events", "gone": "no consent", "lost": "no signal", "refused": "no consent"}
    assert verdicts(found) == said
    assert read_table(write_alignment(study, found)).column("verdict").to_pylist() == list(said.values())


def test_a_broken_file_is_the_verdict_of_its_session_alone(tmp_path: Path) -> None:
    study = study_of(tmp_path / "s", {name: Scene(offset_s=0.8, duration_s=300.0) for name in "abc"})
    whole = study.signal_path("a").read_bytes()
    study.signal_path("a").write_bytes(whole[: len(whole) // 2])
    study.signal_path("b").write_bytes(b"")
    found = align_study(study, now=NOW, workers=2)
    assert verdicts(found) == {"a": "unreadable", "b": "unreadable", "c": "told"}
    assert found.count("unreadable") == 2
    assert apply_alignment(study, found) == 1


def test_screen_and_touch_at_odds_correct_nothing(tmp_path: Path) -> None:
    """Heads dip half a second after the touch, as if the touch were another clock's."""
    visits = [scene_visit(name, Scene(offset_s=0.8), person=f"p-{name}") for name in "ab"]
    late = [
        replace(v, acts=[(act[0] - 0.5 * (act[1] == "like"), *act[1:]) for act in v.acts]) for v in visits
    ]
    study = build(tmp_path / "s", Plan(late))
    found = align_study(study, now=NOW)
    assert verdicts(found) == {"a": "kinds disagree", "b": "kinds disagree"}
    assert found.study.disagree
    assert set(found.pooled) == {"screen", "touch"}
    assert apply_alignment(study, found) == 0


@pytest.mark.slow
@pytest.mark.parametrize("dip_rad", [0.0, 0.1])
def test_clocks_of_simulated_sessions_are_put_right(tmp_path: Path, dip_rad: float) -> None:
    """Half of 16 sessions skewed; most of their touches leave no sign in the face."""
    default = load_spec("default")
    spec = replace(
        default,
        clock=Clock(skewed_share=0.5, skew_sd_s=1.5),
        faces=replace(default.faces, click_dip_rad=dip_rad),
    ).scaled(16)
    made = simulate_study(tmp_path / "s", spec, seed=31, workers=2)
    truth = {
        row["session_id"]: row["clock_offset_s"]
        for row in read_table(made.truth / "sessions.parquet").to_pylist()
    }
    found = align_study(Study.open(made.study), workers=2)
    corrected = {s.session_id: s.left for s in found.sessions if s.correct}
    for session, left in corrected.items():
        assert left is not None
        assert truth[session] != 0
        assert abs(left.seconds - truth[session]) <= 4 * left.sd_s + 0.01
    skewed = {session for session, offset_s in truth.items() if abs(offset_s) > 0.1}
    assert len(skewed) >= 4
    assert len(skewed & set(corrected)) >= 0.8 * len(skewed)


def test_the_same_study_gives_the_same_answer_whatever_the_order_of_rows(tmp_path: Path) -> None:
    visits = [scene_visit(name, Scene(offset_s=0.5, duration_s=300.0)) for name in "ab"]
    first, second = (
        align_study(build(tmp_path / str(i), Plan(visits, shuffle_seed=i)), now=NOW) for i in (1, 2)
    )
    assert first.sessions == second.sessions
    assert first.pooled == second.pooled


def test_a_face_that_was_never_read_tells_nothing(tmp_path: Path) -> None:
    visit = scene_visit("a", Scene(unread_share=30.0))
    (session,) = align_study(build(tmp_path / "s", Plan([visit])), now=NOW).sessions
    assert (session.verdict, session.left) == ("too few events", None)


def test_a_step_and_a_dip_stand_where_they_were_put() -> None:
    """Brightness steps at 30.0 s; the head dips around 50.0 s for 0.6 s; by hand."""
    rows_s = np.arange(1, 1001) / 10
    light = np.where(rows_s > 30.0, 0.6, 0.5) + np.tile([0.0, 0.001, 0.0, 0.003], 250)
    pitch = np.where((rows_s > 49.7) & (rows_s <= 50.3), -0.1, 0.0) + np.tile([0.0, 0.001, 0.0, 0.003], 250)
    signal = read_signal_rows(100.0, brightness=light, pitch=pitch, gaze_y=pitch)
    expected: dict[Kind, float] = {"screen": 30.0, "touch": 50.0}
    for kind, at_s in expected.items():
        series = activity(signal, kind)
        assert series.start_s + 0.1 * np.nanargmax(series.values) == pytest.approx(at_s)


def test_curves_read_between_rows_and_leave_gaps_out() -> None:
    series = Activity(0.1, np.array([0.0, 1.0, np.nan, 3.0, *np.zeros(30)]))
    curve = event_curves(series, np.array([1.15]), 1.0)[0]
    at = dict(zip(np.round(lags_s(1.0), 3).tolist(), curve.tolist(), strict=True))
    assert at[-1.0] == pytest.approx(0.5)
    assert at[-0.95] == pytest.approx(1.0)
    assert np.isnan(at[-0.9])
    assert at[-0.75] == pytest.approx(3.0)
    moved = shift_curve(series, np.array([0.2]))
    assert np.argmax(moved) == 2


def test_the_peak_of_a_parabola_is_its_vertex() -> None:
    lags = lags_s(2.0)
    assert peak_lag_s(-((lags - 0.237) ** 2), lags) == pytest.approx(0.237, abs=1e-6)


def test_tails_and_choices() -> None:
    extremes = np.random.default_rng(0).gumbel(5.0, 2.0, 4000)
    assert gumbel_tail(5.0 + 2.0 * 4.6, extremes) == pytest.approx(0.01, rel=0.2)
    assert gumbel_tail(1.0, np.zeros(10)) == 1.0
    assert told_apart([], 0.05).tolist() == []


@pytest.mark.parametrize("wrong", [{"max_lag_s": 0.5}, {"min_events": 2}, {"draws": 3}, {"false_share": 1.0}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        AlignSettings(**wrong)


def test_a_signal_shorter_than_the_lags_tells_nothing() -> None:
    signal = scene_visit("s", Scene(duration_s=60.0)).signal
    assert isinstance(signal, Signal)
    left = look(signal.between(0, 5), Task("s", {"screen": np.arange(1.0, 5.0, 0.5)}), AlignSettings()).left
    assert left is None or left.p_value == 1.0
