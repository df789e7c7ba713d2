"""Which models are compared, named before anybody has seen a score.

Comparing the best with the others would favour the best by chance: it was chosen by the scores it is compared
by. So the questions are these, for the models that are there, all corrected together (Holm):

    the face against clicks, and against the survey       does the face say more?
    face and clicks together against clicks               does the face add anything?
    the paper's network against each of its baselines     the paper's Table 2
    the paper's network against the line on acts          is a network needed?
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.intent.intervals import Difference, holm, paired_difference, repeats_for
from telltale.intent.registry import MODELS

Asks = list[tuple[str, str, str]]
"""The one, the other, the question."""

_FACES: Final = ("acts", "tcn-attention")
"""The faces that stand for "the face": the line that ships, and the paper's network."""
_PAPER: Final = ("statistics", "lstm", "tcn", "tcn-affect")


@dataclass(frozen=True, slots=True)
class Contrast:
    """One model against another on the same moments."""

    one: str
    other: str
    asks: str
    """The question in words."""
    difference: Difference
    """AUC of the one less that of the other."""
    corrected_p: float


def named_contrasts(models: Mapping[str, tuple[str, ...]]) -> Asks:
    """Which to compare among models, given what each reads: the one, the other, the question.

    >>> read = {"acts": ("face",), "clicks": ("clicks",), "face-clicks": ("face", "clicks")}
    >>> [(one, other) for one, other, _ in named_contrasts(read)]
    [('acts', 'clicks'), ('face-clicks', 'clicks')]
    """
    return list(_named(models))


def _named(models: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str, str]]:
    for face in _faces(models):
        for other, words in (("clicks", "what the hands do"), ("survey", "what people answer afterwards")):
            if other in models:
                yield face, other, f"Does the face say more than {words}?"
    if {"face-clicks", "clicks"} <= models.keys():
        yield "face-clicks", "clicks", "Does the face add to clicks?"
    if "tcn-attention" in models:
        for other in _PAPER:
            if other in models:
                yield "tcn-attention", other, "Is the paper's network better than its baseline?"
        if "acts" in models:
            yield "tcn-attention", "acts", "Is a network better than a line on acts?"


def _faces(models: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Those named, else the first face in the order of the registry; and those given beside the run's."""
    faces = [name for name in (*MODELS, *models) if models.get(name) == ("face",)]
    named = [name for name in _FACES if name in models] or [n for n in faces if n in MODELS][:1]
    return named + [name for name in models if name in faces and name not in MODELS]


def judge_contrasts(
    asked: Asks,
    label: npt.ArrayLike,
    told: Mapping[str, npt.NDArray[np.float64]],
    people: npt.ArrayLike,
    seed: int,
) -> tuple[Contrast, ...]:
    """Answer them from what each model told of the same moments."""
    if not asked:
        return ()
    repeats = repeats_for(1 - 0.05 / len(asked))
    found = [
        paired_difference(label, told[one], told[other], people, seed, repeats) for one, other, _ in asked
    ]
    corrected = holm([difference.p_value for difference in found])
    return tuple(
        Contrast(*names, difference, float(p))
        for names, difference, p in zip(asked, found, corrected, strict=True)
    )
