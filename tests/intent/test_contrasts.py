"""What is compared is laid down by who is there and never by how good they are."""

from __future__ import annotations

import numpy as np

from telltale.intent.contrasts import judge_contrasts, named_contrasts
from telltale.intent.registry import MODELS

EVERY = {kind: model.reads for kind, model in MODELS.items()}


def test_with_every_model_the_paper_and_the_line_are_both_asked() -> None:
    pairs = [(one, other) for one, other, _ in named_contrasts(EVERY)]
    assert pairs == [
        ("acts", "clicks"),
        ("acts", "survey"),
        ("tcn-attention", "clicks"),
        ("tcn-attention", "survey"),
        ("face-clicks", "clicks"),
        ("tcn-attention", "statistics"),
        ("tcn-attention", "lstm"),
        ("tcn-attention", "tcn"),
        ("tcn-attention", "tcn-affect"),
        ("tcn-attention", "acts"),
    ]


def test_where_neither_is_there_the_first_face_stands_for_them() -> None:
    there = {kind: EVERY[kind] for kind in ("clicks", "minirocket", "boosting")}
    assert [pair[:2] for pair in named_contrasts(there)] == [("boosting", "clicks")]
    assert named_contrasts({"clicks": ("clicks",)}) == []
    beside = {"shipped": ("face",), "acts": ("face",), "clicks": ("clicks",)}
    assert [pair[:2] for pair in named_contrasts(beside)] == [("acts", "clicks"), ("shipped", "clicks")]
    assert judge_contrasts([], [0, 1], {}, ["a", "b"], 0) == ()


def test_p_is_corrected_over_the_questions_that_are_asked() -> None:
    draw = np.random.default_rng(3)
    label, people = (draw.random(600) < 0.4).astype(int), np.arange(600) // 6
    told = {"acts": label + draw.normal(size=600), "clicks": draw.random(600), "survey": draw.random(600)}
    asked = named_contrasts({name: EVERY[name] for name in told})
    found = judge_contrasts(asked, label, told, people, seed=1)
    assert all(contrast.difference.interval.low > 0.1 for contrast in found)
    for contrast in found:
        assert contrast.difference.p_value < contrast.corrected_p <= 2 * contrast.difference.p_value
