"""What a coder's sheet says of each frame: target, side, and how much it is worth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from telltale.core.channels import ACTION_UNITS
from telltale.units.data_clips import ClipLabel, VideoFrames
from telltale.units.data_codes import parse_units
from telltale.units.labels import UNCODED_WEIGHT, Targets, targets

TIMES_S = np.arange(0, 3, 0.1)
OVER_S = 0.05
LEFT, RIGHT = 0, 1


def clip(units: str | None, onset_s: float = 1.0, offset_s: float = 2.0, **known: Any) -> ClipLabel:
    fixed: dict[str, Any] = {
        "dataset": "csv", "subject": "1", "clip": "a", "recording": "r", "frames": VideoFrames(Path("v.mp4")),
        "rate_hz": 30.0, "apex_s": None, "onset": None, "apex": None, "offset": None, "emotion": None,
        "kind": None,
    }  # fmt: skip
    held = None if units is None else parse_units(units)
    return ClipLabel(**(fixed | known), onset_s=onset_s, offset_s=offset_s, units=held)


def of(*clips: ClipLabel, **options: Any) -> Targets:
    return targets(clips, TIMES_S, over_s=OVER_S, **options)


def row(unit: int) -> int:
    return ACTION_UNITS.index(unit)


@pytest.mark.parametrize(
    ("level", "peak"), [("A", 0.1), ("B", 0.25), ("C", 0.45), ("D", 0.7), ("E", 0.95), ("", 0.4)]
)
def test_intensity_runs_from_the_onset_over_the_level_at_the_apex_to_the_offset(
    level: str, peak: float
) -> None:
    made = of(clip(f"12{level}", apex_s=1.2)).intensity[:, row(12), LEFT]
    np.testing.assert_allclose(
        made[[9, 10, 11, 12, 16, 20, 21]], peak * np.array([0, 0, 0.5, 1, 0.5, 0, 0]), atol=1e-6
    )


def test_without_an_apex_the_middle_stands_for_it() -> None:
    made = of(clip("4C")).intensity[:, row(4), RIGHT]
    assert int(made.argmax()) == 15
    assert made[15] == pytest.approx(0.45)


def test_a_unit_of_one_side_stays_on_it() -> None:
    made = of(clip("12L"))
    assert made.intensity[15, row(12), LEFT] == pytest.approx(0.4)
    assert made.intensity[:, row(12), RIGHT].max() == 0
    assert made.weight[15, row(12)].tolist() == pytest.approx([1.0, UNCODED_WEIGHT])


def test_only_what_was_coded_weighs_in_full() -> None:
    weight = of(clip("4+12")).weight
    coded = [row(4), row(12)]
    others = [i for i in range(17) if i not in (*coded, row(45))]
    assert (weight[10:21, coded] == 1).all()
    assert weight[:10].max() == weight[21:].max() == pytest.approx(UNCODED_WEIGHT)
    np.testing.assert_allclose(weight[:, others], UNCODED_WEIGHT)


@pytest.mark.parametrize("words", ["4?+12", "4 or 7+12"])
def test_what_the_coder_doubted_teaches_nothing(words: str) -> None:
    made = of(clip(words))
    assert made.intensity[:, row(4)].max() == 0
    assert made.weight[10:21, row(4)].max() == 0
    assert made.weight[5, row(4)].min() == pytest.approx(UNCODED_WEIGHT)
    assert made.weight[15, row(12)].min() == 1


def test_units_that_were_not_coded_teach_nothing_while_the_expression_lasts() -> None:
    weight = of(clip(None)).weight
    assert weight[10:21].max() == 0
    assert weight[:10, : row(45)].min() == pytest.approx(UNCODED_WEIGHT)
    overlapped = of(clip("12"), clip(None, 1.5, 2.5)).weight
    assert overlapped[12, row(12), LEFT] == 1
    assert overlapped[15:26].max() == 0


def test_an_expression_without_a_unit_is_rest() -> None:
    made = of(clip(""))
    assert made.intensity.max() == 0
    np.testing.assert_allclose(made.weight[:, : row(45)], UNCODED_WEIGHT)


def test_where_nobody_codes_blinks_none_is_no_news() -> None:
    assert of(clip("12")).weight[:, row(45)].max() == 0
    coded = of(clip("12"), clip("45", 2.5, 2.7)).weight
    assert coded[26, row(45)].tolist() == [1, 1]
    assert coded[5, row(45)].min() == pytest.approx(UNCODED_WEIGHT)


def test_outside_expressions_nothing_is_known_where_rows_were_left_out() -> None:
    weight = of(clip("12"), fully_coded=False).weight
    assert weight[:10].max() == weight[21:].max() == 0
    assert weight[15, row(12), LEFT] == 1
    assert weight[15, row(4), LEFT] == pytest.approx(UNCODED_WEIGHT)


def test_velocity_is_the_change_over_the_time_before() -> None:
    velocity = of(clip("12E")).velocity[:, row(12), LEFT]
    assert velocity[13] == pytest.approx(1.9, rel=1e-3)
    assert velocity[18] == pytest.approx(-1.9, rel=1e-3)
    assert velocity[5] == velocity[25] == 0


def test_where_expressions_overlap_the_stronger_counts() -> None:
    made = of(clip("12B", 0.5, 2.5), clip("12D", 1.0, 2.0)).intensity[:, row(12), LEFT]
    assert made[15] == pytest.approx(0.7)
    assert made[8] == pytest.approx(0.25 * 0.3)


def test_units_beyond_the_seventeen_are_passed_over() -> None:
    assert of(clip("38+43")).intensity.max() == 0
