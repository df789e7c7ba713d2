"""`spec/` holds what Python makes of its inputs today: run `python -m tools.spec_cases` where it does not."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from tests.spec.clips import CLIPS, SPEC, pictures
from tools.spec_cases import STAGES, read_cases
from tools.spec_tables import tables

LONGEST = 6_000_000
"""Bytes: the cases must not swell."""
SLOW = {"reading", "perceive"}
SHARE = 0.95
"""Of values from pictures alone: rounding moves landmarks a little, and each frame's find the next one's."""
NEAR = 0.02


def stages() -> list[Any]:
    return [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in STAGES]


@pytest.mark.parametrize("name", ["channels.json", "face.json"])
def test_tables_are_those_of_the_code(name: str) -> None:
    assert (SPEC / name).read_text(encoding="utf-8") == tables()[name]


@pytest.mark.parametrize("name", stages())
def test_python_makes_of_the_inputs_what_the_cases_say(name: str) -> None:
    stage = STAGES[name]
    for case, inputs, wanted in read_cases(name):
        made = stage.run(inputs)
        assert made.keys() == wanted.keys()
        for key, value in wanted.items():
            if name == "perceive" and key in ("channels", "rows"):
                assert share_near(made[key], value) >= SHARE, (case, key)
            else:
                assert_near(made[key], value, stage.within, f"{case}: {key}")


def test_every_stage_has_its_cases_and_none_is_left_over() -> None:
    told = {path.stem for path in (SPEC / "cases").glob("*.json")}
    assert told == {*STAGES, "clips", "live_rows"}
    for name in STAGES:
        text = json.loads((SPEC / "cases" / f"{name}.json").read_text(encoding="utf-8"))
        assert text["within"] == STAGES[name].within
        assert text["cases"]


def test_clips_are_whole_and_the_folder_is_small() -> None:
    for name, clip in CLIPS.items():
        assert len(pictures(name)) == clip.frames
        assert pictures(name)[0].shape == (480, 640, 3)
    assert sum(path.stat().st_size for path in SPEC.rglob("*") if path.is_file()) < LONGEST


def share_near(made: Any, wanted: Any) -> float:
    apart = np.abs(np.asarray(made) - wanted) / np.maximum(1, np.abs(wanted))
    return float(((apart <= NEAR) | (np.isnan(made) & np.isnan(wanted))).mean())


def assert_near(made: Any, wanted: Any, within: float, what: str) -> None:
    if isinstance(wanted, list | str | bool):
        assert made == wanted, what
    else:
        np.testing.assert_allclose(made, wanted, rtol=within, atol=within, err_msg=what)
