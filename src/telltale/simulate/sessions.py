"""One session at a time: its acts, its rows, its events. What a worker process does.

Each session draws from streams of its own name, so the work can be cut in any way.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from telltale.core.channels import ACTION_UNITS, RATE_HZ
from telltale.core.provenance import Provenance
from telltale.core.rng import stream
from telltale.core.signal import Signal
from telltale.core.signal_file import write_signal
from telltale.simulate.acts import Acts, ActTable, Stratum, draw_acts
from telltale.simulate.faces import Scene, draw_look, render
from telltale.simulate.panel import STEP_S
from telltale.simulate.showing import draw_showing
from telltale.simulate.spec import Spec

Array32 = npt.NDArray[np.float32]
Array = npt.NDArray[np.float64]

HOST_SPEECH_SHARE = 0.7


@dataclass(frozen=True)
class ViewerTask:
    """Everything that one viewer's face is made from."""

    seed: int
    session: int
    person: int
    rows: int
    expressivity: float
    stratum: Stratum
    carts_s: Array
    light_steps_s: Array
    clock_offset_s: float
    affect: Array32
    """shape (steps, factors of `Faces.affect`)"""
    file: Path | None
    """Where the signal goes; None leaves the rows away."""


@dataclass(frozen=True)
class Seen:
    """What the truth keeps of a viewer's face, on the log's clock."""

    acts: Acts
    unread: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class HostTask:
    """Everything that one host's face is made from."""

    seed: int
    room: int
    host: int
    rows: int
    expressions: Array32
    """shape (steps, 28)"""
    names: tuple[str, ...]
    light_steps_s: Array
    file: Path


def make_viewer(task: ViewerTask, spec: Spec, table: ActTable, provenance: Provenance) -> Seen:
    """Draw a viewer's acts and unread stretches; render and write the rows if a file is named."""
    acts = draw_acts(
        stream(task.seed, "session", task.session, "acts"),
        table,
        task.rows,
        task.expressivity,
        task.stratum,
        task.carts_s,
    )
    rng = stream(task.seed, "session", task.session, "face")
    unread = _unread_stretches(rng, spec, task.rows / RATE_HZ)
    if task.file is not None:
        shift_s = task.clock_offset_s
        scene = Scene(
            rows=task.rows,
            drive=_affect_drive(spec, task.affect, task.rows),
            acts=_shifted(acts, shift_s),
            light_steps_s=task.light_steps_s + shift_s,
            dips_s=task.carts_s + shift_s,
            dip_rad=spec.faces.click_dip_rad,
            unread=tuple((start + shift_s, stop + shift_s) for start, stop in unread),
            blinks_per_minute=spec.faces.blinks_per_minute,
            speech_share=spec.faces.speech_share,
        )
        look = draw_look(stream(task.seed, "person", task.person, "look"))
        values = render(rng, scene, look, table)
        write_signal(Signal(row_times_s(task.rows), values, provenance=provenance), task.file)
    return Seen(acts, unread)


def make_host(task: HostTask, spec: Spec, table: ActTable, provenance: Provenance) -> None:
    """Render and write a host's rows: expressions that take turns, and much speech."""
    rng = stream(task.seed, "room", task.room, "face")
    nothing = np.zeros(0)
    showing = draw_showing(
        stream(task.seed, "room", task.room, "showing"), task.expressions, task.names, task.rows
    )
    scene = Scene(
        rows=task.rows,
        drive=showing.drive,
        posture=showing.posture,
        acts=Acts(nothing.astype(np.int64), nothing.astype(np.int64), nothing, nothing, nothing),
        light_steps_s=nothing,
        dips_s=nothing,
        dip_rad=0.0,
        unread=_unread_stretches(rng, spec, task.rows / RATE_HZ),
        blinks_per_minute=spec.faces.blinks_per_minute,
        speech_share=HOST_SPEECH_SHARE,
    )
    look = draw_look(stream(task.seed, "host", task.host, "look"))
    values = render(rng, scene, look, table)
    write_signal(Signal(row_times_s(task.rows), values, provenance=provenance), task.file)


def row_times_s(rows: int) -> Array:
    """Times of the rows of a recording, in seconds: row r (from 1) ends at r / 10. Shape (rows,)."""
    return np.arange(1, rows + 1) / RATE_HZ


def _shifted(acts: Acts, seconds: float) -> Acts:
    if seconds == 0:
        return acts
    return Acts(acts.row, acts.kind, acts.apex_s + seconds, acts.duration_s, acts.amplitude)


def _unread_stretches(
    rng: np.random.Generator, spec: Spec, duration_s: float
) -> tuple[tuple[float, float], ...]:
    """Stretches without a face, on whole rows so that a row is read wholly or not at all."""
    count = rng.poisson(spec.faces.unread_per_minute * duration_s / 60)
    starts = np.sort(rng.uniform(0, duration_s, count))
    lengths = rng.exponential(spec.faces.unread_s, count)
    stretches = []
    for start, length in zip(starts.tolist(), lengths.tolist(), strict=True):
        first = np.floor(start * RATE_HZ) / RATE_HZ
        stretches.append((float(first), float(min(first + np.ceil(length * RATE_HZ) / RATE_HZ, duration_s))))
    return tuple(stretches)


def _affect_drive(spec: Spec, affect: Array32, rows: int) -> Array32:
    """Intensity that slow affect asks for: each unit's weighted sum, cut at 0. Shape (rows, 17)."""
    loading = np.zeros((len(spec.faces.affect), len(ACTION_UNITS)), dtype=np.float32)
    for i, units in enumerate(spec.faces.affect.values()):
        for name, weight in units.items():
            loading[i, ACTION_UNITS.index(int(name.removeprefix("au")))] = weight
    return _to_rows(np.maximum(affect @ loading, 0), rows)


def _to_rows(steps: Array32, rows: int) -> Array32:
    """From the 5 s grid to 10 Hz, in straight lines between the middles of the steps."""
    middles = (np.arange(len(steps)) + 0.5) * STEP_S
    position = np.clip(np.interp(row_times_s(rows), middles, np.arange(len(steps))), 0, len(steps) - 1)
    low = np.floor(position).astype(np.intp)
    high = np.minimum(low + 1, len(steps) - 1)
    part = (position - low).astype(np.float32)[:, None]
    smooth: Array32 = steps[low] * (1 - part) + steps[high] * part
    return smooth
