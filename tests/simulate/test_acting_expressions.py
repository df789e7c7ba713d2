"""Expressions of the table as they are acted: dealt evenly, never twice alike, and told as they are."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from telltale.core.channels import ACTION_UNITS
from telltale.signs.expressions import load_table
from telltale.simulate.acting_events import BLINK
from telltale.simulate.acting_expressions import (
    ExpressionSettings,
    ShownExpression,
    draw_expressions,
    forms_of,
)
from telltale.simulate.acting_performance import draw_performance
from telltale.simulate.clip_settings import preset

CLIPS = 42
SHOWN = [one for seed in range(CLIPS) for one in draw_expressions(seed, ExpressionSettings(), 27.0)]


def units_of(one: ShownExpression) -> set[int]:
    face = {n for n, level in zip(ACTION_UNITS, one.event.weights.max(axis=1), strict=True) if level > 0}
    further = {int(part) for part in one.event.further.split("+") if part.isdigit()}
    return face - {45} | further


def test_a_run_of_clips_shows_each_row_equally_often() -> None:
    counts = Counter(one.event.expression for one in SHOWN)
    assert len(SHOWN) == CLIPS * 8
    assert set(counts) == {row.name for row in load_table().expressions}
    assert set(counts.values()) == {12}


def test_published_rows_may_come_more_often() -> None:
    settings = ExpressionSettings(published=2)
    counts = Counter(
        one.event.expression for seed in range(42) for one in draw_expressions(seed, settings, 27.0)
    )
    for row in load_table().expressions:
        assert counts[row.name] == (16 if row.evidence == "published" else 8)


def test_they_follow_each_other_with_rest_between() -> None:
    for seed in range(5):
        bumps = [one.event.bump for one in draw_expressions(seed, ExpressionSettings(), 27.0)]
        assert bumps[0].start_s >= 3
        assert min(later.start_s - former.end_s for former, later in pairwise(bumps)) > 0.15
        assert bumps[-1].end_s < 27


def test_a_third_lacks_a_unit_and_a_third_has_one_more() -> None:
    kinds: Counter[str] = Counter()
    for one in SHOWN:
        meant = {int(n) for n in one.event.form.split("+")} - {19, 24, 27}
        shown = units_of(one)
        assert len(meant - shown) + len(shown - meant) <= 1
        kinds["missing" if meant - shown else "added" if shown - meant else "whole"] += 1
    # Rows of which one unit alone can be acted never lack it.
    assert [kinds[kind] / len(SHOWN) for kind in ("missing", "added", "whole")] == pytest.approx(
        [1 / 3] * 3, abs=0.07
    )


def test_every_form_is_shown_and_no_other() -> None:
    for row in load_table().expressions:
        written = set()
        for units, either in forms_of(row):
            choices: list[tuple[int, ...]] = [(number,) for number in either] if either else [()]
            written |= {"+".join(map(str, sorted((*units, *one)))) for one in choices}
        found = {one.event.form for one in SHOWN if one.event.expression == row.name}
        assert found <= written
        assert len(found) >= min(len(written), 2)


def test_units_vary_around_the_expression() -> None:
    share = np.concatenate(
        [w / np.median(w) for one in SHOWN if len(w := np.delete(one.event.weights, BLINK, 0).max(axis=1)) and
         len(w := w[w > 0]) > 3]
    )  # fmt: skip
    assert 0.2 < np.std(share) < 0.45
    peaks = [np.delete(one.event.weights, BLINK, 0).max() for one in SHOWN]
    assert np.percentile(peaks, 5) < 0.4
    assert np.percentile(peaks, 95) > 0.9


def test_head_eyes_and_gaze_are_acted() -> None:
    for one in SHOWN:
        units, head, shut = units_of(one), one.head, one.event.weights[BLINK].min()
        assert (head.yaw < 0) == (52 in units)
        assert (head.pitch > 0) == (53 in units)
        assert (head.pitch < 0) == (54 in units)
        assert (head.roll > 0) == (55 in units)
        assert (head.roll < 0) == (56 in units)
        assert (head.scale > 0) == (57 in units)
        assert (shut > 0.8) == (43 in units)
        assert ("away" in one.event.further) == (one.event.expression == "contemplation")
        assert (abs(head.gaze_x) > 0.06) >= ("away" in one.event.further)


def test_a_clip_plays_them_and_its_head_moves_with_them() -> None:
    acting = preset("expressions").acting
    for seed in range(12):
        play = draw_performance(seed, acting, 27.0)
        assert [event.expression for event in play.events] == [
            one.event.expression for one in draw_expressions(seed, ExpressionSettings(), 27.0)
        ]
        for event, act in zip(play.events, play.head.acts, strict=True):
            moments = np.array([event.bump.start_s, event.apex_s])
            head = play.head.at(moments)
            assert np.diff(head.roll)[0] == pytest.approx(act.roll, abs=0.12)
            assert np.diff(head.scale)[0] == pytest.approx(act.scale, abs=0.12)


def test_a_third_of_the_clips_speak() -> None:
    acting = preset("expressions-heldout").acting
    speaks = [bool(draw_performance(seed, acting, 27.0).speech.phrases) for seed in range(200)]
    assert np.mean(speaks) == pytest.approx(1 / 3, abs=0.1)


def test_brief_ones_are_micro_and_of_the_face_alone() -> None:
    acting = preset("expressions-micro").acting.expressions
    assert acting is not None
    shown = [one for seed in range(10) for one in draw_expressions(seed, acting, 27.0)]
    assert len(shown) == 160
    lengths = [one.event.bump.end_s - one.event.bump.start_s for one in shown]
    assert 0.04 <= min(lengths) < 0.1
    assert 0.45 < max(lengths) <= 0.5
    assert {one.event.kind for one in shown} == {"micro"}
    assert {one.event.further for one in shown} == {""}
    assert not any(one.head.yaw or one.head.pitch or one.head.roll or one.head.scale for one in shown)
    assert not any(one.event.weights[BLINK].any() for one in shown)
