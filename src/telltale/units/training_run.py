"""A whole training run: data in, a folder with two networks and their cards out."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from telltale.core.errors import ConfigError
from telltale.core.files import replacing_file
from telltale.units.cards import fine_tuned_card, rendered_card, write_card
from telltale.units.coded_frames import read_coded
from telltale.units.data_registry import load_all
from telltale.units.evaluation_reading import Models
from telltale.units.rendered_clips import RenderedClip, rendered_clips
from telltale.units.rendered_examples import Stage
from telltale.units.training import Workshop, fine_tune, put, train_stage

POINTS_ONLY: Final = ("landmarks", "landmarks-heldout")
"""Presets that teach the refinement network alone: short clips, hard to see, without time for a neutral."""

Pairs = Sequence[tuple[str, Path]]


@dataclass(frozen=True, slots=True)
class Run:
    """What a run made of which data."""

    written: tuple[Path, ...]
    problems: tuple[str, ...]
    """One line for each part of the data that could not be read."""


def train(
    data: Pairs, out: Path, shop: Workshop, *, only: Stage | None = None, start: Path | None = None
) -> Run:
    """Train what the data can teach.

    Parameters
    ----------
    data
        Names of data sets and their folders: rendered clips teach both networks from nothing, coded clips
        teach the head further.
    out
        Folder for refine.onnx, head.onnx and their cards.
    only
        Train this network alone.
    start
        Folder with the networks to begin with where they are not trained from nothing; what ships by default.
    """
    rendered = [path for name, path in data if name == "rendered"]
    coded = [(name, path) for name, path in data if name != "rendered"]
    if coded and only == "refine":
        raise ConfigError("coded clips cannot teach the refinement", hint="they have no exact points")
    written: list[Path] = []
    problems: tuple[str, ...] = ()
    if rendered:
        found = rendered_clips(*rendered)
        problems += found.problems
        if only != "head":
            written += _stage("refine", found.clips, out, shop)
        elif start or not (out / "refine.onnx").is_file():
            written += _taken("refine", out, start)
        if only != "refine":
            units = [clip for clip in found.clips if clip.preset not in POINTS_ONLY]
            written += _stage("head", units or found.clips, out, shop)
    else:
        written += [*_taken("refine", out, start), *_taken("head", out, start)]
    if coded:
        problems += _fine_tune(coded, out, shop)
        written += [out / "head.onnx", out / "head.md"]
    return Run(tuple(dict.fromkeys(written)), problems)


def _stage(stage: Stage, clips: Sequence[RenderedClip], out: Path, shop: Workshop) -> list[Path]:
    refine = out / "refine.onnx" if stage == "head" else None
    trained = train_stage(stage, clips, shop, refine=refine)
    put(trained.network, out / f"{stage}.onnx")
    write_card(rendered_card(stage, trained), out)
    return [out / f"{stage}.onnx", out / f"{stage}.md"]


def _taken(stage: Stage, out: Path, start: Path | None) -> list[Path]:
    """Copy a network that stays as it is, with its card where it has one."""
    network = getattr(Models.of(start), stage)
    put(network, out / network.name)
    card = network.with_suffix(".md")
    if not card.is_file():
        return [out / network.name]
    if card.resolve() != (out / card.name).resolve():
        with replacing_file(out / card.name) as beside:
            shutil.copyfile(card, beside)
    return [out / network.name, out / card.name]


def _fine_tune(coded: Pairs, out: Path, shop: Workshop) -> tuple[str, ...]:
    data = load_all(coded)
    held = read_coded(data, out / "refine.onnx", shop.work, workers=shop.workers, progress=shop.progress)
    tuned = fine_tune(held, out / "head.onnx", shop)
    card = fine_tuned_card(out / "head.onnx", tuned, data)
    put(tuned.network, out / "head.onnx")
    write_card(card, out)
    return data.problems
