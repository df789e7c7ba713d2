"""Training of both networks: from folders of rendered clips, and of the head further from coded clips.

    rendered clips > examples > refine.onnx > vectors made with it > head.onnx    both, from nothing
    coded clips    > vectors made with refine.onnx > head.onnx                    the head, from what it is

Examples and finished networks are kept in a work folder, so a run that was ended goes on where it was. Memory
does not grow with the clips: examples are mapped from disk.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from telltale.core.channels import ACTION_UNITS
from telltale.core.errors import FormatError
from telltale.core.files import replacing_file
from telltale.core.progress import Progress, silent
from telltale.units import work_files
from telltale.units.coded_frames import CodedSet
from telltale.units.examples import HeadExamples, RefineExamples
from telltale.units.head_file import head_from_onnx
from telltale.units.rendered_clips import RenderedClip
from telltale.units.rendered_examples import HELD_BACK, Part, Stage, make_examples, split
from telltale.units.train_head import HeadTraining, SideExamples, correlations, export_head, train_head
from telltale.units.train_refine import RefineTraining, export_refine, score_refine, train_refine

Tell = Callable[[str], None]
Scores = dict[str, Any]

_CODE: Final = {
    "refine": (
        "units/train_refine.py",
        "units/train_pictures.py",
        "units/train_covers.py",
        "units/nets.py",
        "motion/regions.py",
    ),
    "head": ("units/train_head.py", "units/nets.py", "units/feature_vector.py", "units/head.py"),
}


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """How much is learnt from, and how."""

    refine_hz: float = 5.0
    """About so many frames of each second teach the refinement network."""
    head_hz: float = 10.0
    """... and so many the head."""
    refine: RefineTraining = field(default_factory=RefineTraining)
    head: HeadTraining = field(default_factory=HeadTraining)
    fine_tuning: HeadTraining = field(default_factory=lambda: HeadTraining(epochs=5, rate=3e-4))
    """Of a head that can already read."""
    device: str = "cpu"

    @staticmethod
    def of(*, quick: bool = False, seed: int = 7, device: str = "cpu") -> TrainingPlan:
        """The usual plan, or one that only shows that everything runs."""
        plan = TrainingPlan(device=device)
        if quick:
            plan = replace(
                plan,
                refine_hz=2.0,
                head_hz=3.0,
                refine=replace(plan.refine, epochs=1, people=4, frames=4),
                head=replace(plan.head, epochs=1, batch=64),
                fine_tuning=replace(plan.fine_tuning, epochs=1, batch=64),
            )
        refine, head = replace(plan.refine, seed=seed), replace(plan.head, seed=seed)
        return replace(plan, refine=refine, head=head, fine_tuning=replace(plan.fine_tuning, seed=seed))


@dataclass(frozen=True, slots=True)
class Trained:
    """A network, what it learnt from, and how it did on the people held back."""

    network: Path
    learnt: Part
    held_back: Part
    scores: Scores


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where a run works and how it tells of it."""

    work: Path
    plan: TrainingPlan
    tell: Tell
    workers: int | None = None
    progress: Progress = silent


def train_stage(
    stage: Stage, clips: Collection[RenderedClip], shop: Workshop, *, refine: Path | None = None
) -> Trained:
    """Train one of the two networks on rendered clips, or take it from the work folder if it is done.

    Parameters
    ----------
    refine
        The refinement network, for the head.
    """
    rate_hz = shop.plan.head_hz if stage == "head" else shop.plan.refine_hz
    learn, back = (
        make_examples(
            stage,
            part,
            shop.work,
            rate_hz=rate_hz,
            refine=refine,
            workers=shop.workers,
            progress=shop.progress,
        )
        for part in split(list(clips))
    )
    if not (learn.frames and back.frames):
        raise FormatError(
            f"too few clips whose face could be read: {HELD_BACK:.0%} of the people are held back",
            hint="render more",
        )
    settings: RefineTraining | HeadTraining = shop.plan.refine if stage == "refine" else shop.plan.head
    key = work_files.key_of(learn.key, back.key, settings, work_files.code_key(_CODE[stage]))
    path = shop.work / "networks" / f"{stage}-{key}.onnx"
    scores = _finished(path)
    if scores is None:
        make = _train_refine if stage == "refine" else _train_head
        scores = make(learn, back, shop, path)
        with replacing_file(path.with_suffix(".json")) as beside:
            beside.write_text(json.dumps(scores), encoding="utf-8")
    return Trained(path, learn, back, scores)


def _finished(path: Path) -> Scores | None:
    """Scores of a network that was trained before: they are written when it is done."""
    told = path.with_suffix(".json")
    if not (path.is_file() and told.is_file()):
        return None
    scores: Scores = json.loads(told.read_text(encoding="utf-8"))
    return scores


def _train_refine(learn: Part, back: Part, shop: Workshop, path: Path) -> Scores:
    examples, held_back = (refine_arrays(part, shop.work) for part in (learn, back))
    net = train_refine(examples, held_back, shop.plan.refine, tell=shop.tell, device=shop.plan.device)
    scores = score_refine(net, held_back, device=shop.plan.device)
    with replacing_file(path) as beside:
        export_refine(net, beside)
    return asdict(scores)


def _train_head(learn: Part, back: Part, shop: Workshop, path: Path) -> Scores:
    examples, held_back = (head_arrays(part, shop.work) for part in (learn, back))
    net = train_head(examples, held_back, shop.plan.head, tell=shop.tell, device=shop.plan.device)
    scores = _by_unit(correlations(net, held_back, device=shop.plan.device))
    with replacing_file(path) as beside:
        export_head(net, beside)
    return scores


def _by_unit(found: npt.NDArray[np.float64]) -> Scores:
    return {f"AU{unit}": float(value) for unit, value in zip(ACTION_UNITS, found, strict=True)}


def refine_arrays(part: Part, work: Path) -> RefineExamples:
    """All examples of a part for the refinement network, mapped from disk."""
    names = [field.name for field in fields(RefineExamples)]
    return RefineExamples(**work_files.joined(work / "joined" / f"refine-{part.key}", part.paths, names))


def head_arrays(part: Part, work: Path) -> SideExamples:
    """All examples of a part for the head, both sides one after the other; the vectors mapped from disk."""
    names = [field.name for field in fields(HeadExamples)]
    held = work_files.joined(work / "joined" / f"head-{part.key}", part.paths, names)
    in_sight = (held["seen"] >= 0.5).astype(np.float32)
    return SideExamples(
        held["vectors"].reshape(-1, held["vectors"].shape[-1]),
        by_side(held["intensity"]),
        by_side(held["velocity"]),
        np.repeat(in_sight, 2, axis=0),
    )


def by_side(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Shape (n, 17, 2) to (2 n, 17): each frame's left side, then its right."""
    return np.ascontiguousarray(values.transpose(0, 2, 1)).reshape(-1, values.shape[1])


def coded_arrays(coded: CodedSet, people: Collection[str]) -> SideExamples:
    """All frames of a coded set; those of other people weigh nothing, so that no vector need be copied."""
    wanted = coded.targets()
    weight = wanted.weight.copy()
    for held in coded.recordings:
        if held.person not in people:
            weight[held.rows] = 0.0
    vectors = coded.frames.vectors
    return SideExamples(
        vectors.reshape(-1, vectors.shape[-1]),
        by_side(wanted.intensity),
        by_side(wanted.velocity),
        by_side(weight),
    )


@dataclass(frozen=True, slots=True)
class FineTuned:
    """A head that learnt from coded clips."""

    network: Path
    learnt: tuple[str, ...]
    """People."""
    held_back: tuple[str, ...]
    scores: Scores


def fine_tune(coded: CodedSet, start: Path, shop: Workshop) -> FineTuned:
    """Train a head further on coded clips; the last tenth of the people is held back to check it on."""
    people = sorted({held.person for held in coded.recordings if held.rows.stop > held.rows.start})
    count = max(round(HELD_BACK * len(people)), 1)
    if len(people) < 2:
        raise FormatError(
            "a face was found of one person only, so that none can be held back",
            hint="give clips of at least two people",
        )
    learn, back = people[:-count], people[-count:]
    held_back = coded_arrays(coded, back)
    settings = shop.plan.fine_tuning
    net = train_head(
        coded_arrays(coded, learn),
        held_back,
        settings,
        start=head_from_onnx(start),
        tell=shop.tell,
        device=shop.plan.device,
    )
    path = shop.work / "networks" / "head-fine-tuned.onnx"
    scores = _by_unit(correlations(net, held_back, device=shop.plan.device))
    with replacing_file(path) as beside:
        export_head(net, beside)
    return FineTuned(path, tuple(learn), tuple(back), scores)


def put(network: Path, target: Path) -> None:
    """Copy a finished network to where it is wanted, whole or not at all."""
    if network.resolve() != target.resolve():
        with replacing_file(target) as beside:
            shutil.copyfile(network, beside)
