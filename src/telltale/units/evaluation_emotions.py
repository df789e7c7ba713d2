"""How well a coded data set is told: classes of emotion and units, of people nobody learnt from.

In each fold a person, or a data set, is left out. The head is trained further on the others (or stays as it
is), every coded expression becomes 34 numbers, how far each unit on each side rose between onset and offset,
and a logistic regression fitted on the others names its class. Predictions of all folds are scored together,
as the Micro-Expression Grand Challenges do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, Literal

import numpy as np

from telltale.core.channels import ACTION_UNITS
from telltale.core.errors import FormatError
from telltale.face.view import Array
from telltale.signs.micro_macro import kind_of
from telltale.units.coded_frames import CodedSet
from telltale.units.data_clips import ClipLabel
from telltale.units.data_codes import every_reading
from telltale.units.data_emotions import MEGC_CLASSES, megc_class
from telltale.units.head import HIDDEN_BELOW
from telltale.units.head_file import head_from_onnx
from telltale.units.logistic import fit_logistic
from telltale.units.scores import (
    ClassScores,
    Fold,
    leave_one_dataset_out,
    leave_one_subject_out,
    score_classes,
)
from telltale.units.train_head import SideExamples, predict, train_head
from telltale.units.training import Workshop, coded_arrays

By = Literal["subject", "dataset"]

SHOWS_FROM: Final = 0.1
"""A unit that rose by this between onset and offset counts as there: the lowest FACS level."""

_FEW: Final = 100


@dataclass(frozen=True, slots=True)
class UnitDetection:
    """Whether a unit was told in the expressions whose units were coded."""

    unit: int
    coded: int
    """Expressions in which a coder saw it."""
    told: int
    hits: int

    @property
    def f1(self) -> float:
        """NaN where it was neither coded nor told."""
        both = self.coded + self.told
        return 2 * self.hits / both if both else float("nan")


@dataclass(frozen=True, slots=True)
class SetScores:
    """Classes and units of one kind of expression, of all data sets or of one."""

    name: str
    expressions: int
    people: int
    classes: ClassScores
    units: tuple[UnitDetection, ...]

    @property
    def unit_f1(self) -> float:
        """Mean F1 of the units that a coder saw at least once."""
        known = [unit.f1 for unit in self.units if unit.coded]
        return float(np.mean(known)) if known else float("nan")


@dataclass(frozen=True, slots=True)
class CodedEvaluation:
    """What an evaluation on coded clips says."""

    by: By
    folds: int
    fine_tuned: bool
    sets: tuple[SetScores, ...]
    """All together first; micro- and macro-expressions apart."""
    unread: int
    """Expressions in which no face was read; they are left out."""
    without_class: int
    """Expressions whose word belongs to none of the three classes; only their units are scored."""
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Clip:
    """An expression that was read, and which frames of the set lie from its onset to its offset."""

    label: ClipLabel
    rows: Array

    @property
    def emotion(self) -> str | None:
        return megc_class(self.label.emotion)


@dataclass(frozen=True, slots=True)
class _Told:
    """What was said of one expression by those who never saw its person or data set."""

    label: ClipLabel
    emotion: str | None
    units: frozenset[int]


def evaluate_coded(
    coded: CodedSet,
    head: Path,
    shop: Workshop,
    *,
    by: By,
    fine_tuning: bool = True,
    problems: tuple[str, ...] = (),
) -> CodedEvaluation:
    """Leave each person or data set out in turn, and score what is said of them.

    Parameters
    ----------
    head
        The network that every fold begins with.
    fine_tuning
        Whether the head is trained further in each fold.
    """
    clips = list(_read_clips(coded))
    labels = [clip.label for clip in clips]
    groups = {label.person if by == "subject" else label.collection for label in labels}
    if len(groups) < 2:
        raise FormatError(
            f"expressions of {len(groups)} {by}s were read, so that none can be left out",
            hint="give more data, or another --by",
        )
    folds = list((leave_one_subject_out if by == "subject" else leave_one_dataset_out)(labels))
    as_it_is = None if fine_tuning else _intensities(coded, head, shop, None)
    told: list[_Told] = []
    for fold in shop.progress(iter(folds), total=len(folds), label="folds"):
        read = as_it_is
        if read is None:
            read = _intensities(coded, head, shop, {labels[i].person for i in fold.train})
        told += _say(clips, fold, read)
    everything = sum(len(held.clips) for held in coded.recordings)
    return CodedEvaluation(
        by,
        len(folds),
        fine_tuning,
        tuple(_scores(told)),
        everything - len(clips),
        sum(megc_class(label.emotion) is None for label in labels),
        problems,
    )


def _read_clips(coded: CodedSet) -> Iterator[_Clip]:
    for held in coded.recordings:
        times_s = coded.frames.times_s[held.rows]
        for label in held.clips:
            inside = np.flatnonzero((times_s >= label.onset_s - 1e-6) & (times_s <= label.offset_s + 1e-6))
            if len(inside):
                yield _Clip(label, inside + held.rows.start)


def _intensities(coded: CodedSet, head: Path, shop: Workshop, people: set[str] | None) -> Array:
    """Every frame's intensities by a head that learnt from some people, or as it is. Shape (n, 17, 2)."""
    net, device = head_from_onnx(head), shop.plan.device
    if people is not None:
        learn = coded_arrays(coded, people)
        # Nobody watches how it goes: a few rows do for the line an epoch that nobody reads.
        few = SideExamples(*(getattr(learn, field.name)[:_FEW] for field in fields(learn)))
        net = train_head(learn, few, shop.plan.fine_tuning, start=net, tell=_unheard, device=device)
    else:
        net = net.to(device)
    vectors = coded.frames.vectors
    flat = predict(net, vectors.reshape(-1, vectors.shape[-1]), device=device)
    read = flat.reshape(-1, 2, len(ACTION_UNITS)).transpose(0, 2, 1)
    hidden = coded.frames.seen < HIDDEN_BELOW
    return np.where(hidden[..., None], np.float32(np.nan), read)


def _unheard(line: str) -> None:
    del line


def _say(clips: Sequence[_Clip], fold: Fold, read: Array) -> Iterator[_Told]:
    summaries = np.stack([rise(read[clip.rows]) for clip in clips])
    learn = [i for i in fold.train if clips[i].emotion is not None]
    words = [str(clips[i].emotion) for i in learn]
    classes: Sequence[str | None] = [None] * len(fold.test)
    if words:
        classes = fit_logistic(summaries[learn], words).predict(summaries[fold.test])
    for i, emotion in zip(fold.test, classes, strict=True):
        shown = (summaries[i].reshape(-1, 2) >= SHOWS_FROM).any(axis=1)
        units = frozenset(unit for unit, shows in zip(ACTION_UNITS, shown, strict=True) if shows)
        yield _Told(clips[i].label, emotion, units)


def rise(read: Array) -> Array:
    """How far each unit rose on each side above its first value. Shape (n, 17, 2) to (34,).

    A unit that was never in sight did not rise.

    >>> float(rise(np.linspace(0.2, 0.5, 34 * 4).reshape(4, 17, 2))[0].round(3))
    0.227
    """
    flat = read.reshape(len(read), -1)
    first = np.full(flat.shape[1], np.nan)
    for row in flat[::-1]:
        first = np.where(np.isfinite(row), row, first)
    rose: Array = np.where(np.isfinite(flat), flat - first, 0.0).max(axis=0)
    return rose


def _scores(told: Sequence[_Told]) -> Iterator[SetScores]:
    names = sorted({one.label.dataset for one in told})
    by_name: Mapping[str, Sequence[_Told]] = {
        name: [one for one in told if one.label.dataset == name] for name in names
    }
    together = [one for one in told if not ({"samm", "samm_long"} <= set(names) and _is_told_twice(one))]
    for name, held in (("all", together), *(by_name.items() if len(names) > 1 else ())):
        # Micro-expressions are what the challenges are about: longer ones must not stand in for them.
        for kind in ("micro", "macro"):
            of_kind = [one for one in held if _kind(one.label) == kind]
            if of_kind:
                yield _score_set(f"{name}, {kind}", of_kind)


def _kind(label: ClipLabel) -> str:
    return label.kind or kind_of(label.offset_s - label.onset_s)


def _is_told_twice(one: _Told) -> bool:
    """Whether it is one of SAMM's micro-expressions, met once more in the long videos they were cut from."""
    return one.label.dataset == "samm_long" and _kind(one.label) == "micro"


def _score_set(name: str, told: Sequence[_Told]) -> SetScores:
    known = [
        (true, one.emotion)
        for one in told
        if (true := megc_class(one.label.emotion)) is not None and one.emotion is not None
    ]
    classes = score_classes([true for true, _ in known], [said for _, said in known], MEGC_CLASSES)
    coded = [(one, _coded(one.label)) for one in told if one.label.units is not None]
    units = tuple(
        UnitDetection(
            unit,
            sum(unit in there for _, there in coded),
            sum(unit in one.units for one, _ in coded),
            sum(unit in there and unit in one.units for one, there in coded),
        )
        for unit in ACTION_UNITS
    )
    return SetScores(name, len(told), len({one.label.person for one in told}), classes, units)


def _coded(label: ClipLabel) -> set[int]:
    """Units a coder saw, those that may have been another among them."""
    return {unit.number for unit in every_reading(label.units or ())}
