"""Faces that come and go: who left for good is told to the end and forgotten."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.face import rendered

from telltale.core import channels
from telltale.face import reader as face_reader
from telltale.media.open import open_source
from telltale.perceive.perceiver import FaceStep, Perceiver, new_perceiver
from telltale.units.evaluation_reading import Models, read_clip
from telltale.units.head import Head
from telltale.units.rendered_clips import rendered_clips
from telltale.units.unit_reader import INTENSITY, VELOCITY
from telltale.weights.onnx_model import OnnxModel
from telltale.weights.shipped import shipped

DATA = Path(__file__).parents[1] / "data" / "rendered"


def _steps(perceiver: Perceiver) -> list[list[FaceStep]]:
    """One person for two seconds, nobody, then another person, and nobody again."""
    shown = [{"front": (60, 100)}] * 60 + [{}] * 30 + [{"other": (60, 100)}] * 60 + [{}] * 30
    return [perceiver.step(rendered.frame(index, faces)) for index, faces in enumerate(shown)]


def test_who_would_not_be_known_again_is_told_to_the_end_and_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(face_reader, "_REMEMBERED", 1)
    perceiver = Perceiver(rendered.reader(), Head(OnnxModel(shipped("head"))))
    steps = _steps(perceiver)
    of_first = [step for seen in steps for step in seen if step.face == "0"]
    of_second = [step for seen in steps for step in seen if step.face == "1"]
    assert perceiver.known == ("1",)
    # The first is there as long as it could have come back: until the second is lost in turn.
    assert of_first[-1].time_s == pytest.approx(150 / 30, abs=0.1)
    assert of_second[-1].time_s == pytest.approx(179 / 30)
    times_s = np.array([time_s for step in of_first for time_s, _ in step.rows])
    np.testing.assert_allclose(np.diff(times_s), 0.1)
    assert times_s[-1] == pytest.approx(of_first[-1].time_s, abs=0.1)
    assert {step.face for step in perceiver.finish()} == {"1"}


def test_the_evaluation_reads_what_the_product_reads() -> None:
    (clip,) = [c for c in rendered_clips(DATA).clips if c.name == "demo-8-00003"]
    reading = read_clip(clip, Models(shipped("refine"), shipped("head")))
    perceiver = new_perceiver()
    with open_source(clip.video) as source:
        for frame in source:
            (step,) = perceiver.step(frame)
            np.testing.assert_array_equal(step.channels[INTENSITY], reading.intensity[frame.index])
            np.testing.assert_array_equal(step.channels[VELOCITY], reading.velocity[frame.index])
            np.testing.assert_array_equal(
                step.channels[channels.unit_channels("confidence")], reading.confidence[frame.index]
            )
