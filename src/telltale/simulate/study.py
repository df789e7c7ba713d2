"""`telltale simulate`: from a spec and a seed to a study folder and the truth beside it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from telltale import __version__
from telltale.core import pool
from telltale.core.files import new_folders
from telltale.core.progress import Progress, silent
from telltale.core.provenance import Provenance
from telltale.simulate import platform_tables, tables, truth
from telltale.simulate.acts import ActTable, build_act_table, strata, stratum_name
from telltale.simulate.behaviour import displays_seen
from telltale.simulate.panel import STEP_S
from telltale.simulate.platform import PlatformWorld, play_platform
from telltale.simulate.population import START, Population, draw_population
from telltale.simulate.sessions import HostTask, Seen, ViewerTask, make_host, make_viewer
from telltale.simulate.spec import Spec
from telltale.simulate.spec_checks import host_factors
from telltale.simulate.truth_tables import write_truth
from telltale.simulate.world import Array32, World, play
from telltale.study import schema
from telltale.study.manifest import Manifest
from telltale.study.store import StudyWriter

Signals = Literal["full", "none"]


@dataclass(frozen=True)
class Simulated:
    """Where a simulated study lies, and what its truth says in short."""

    study: Path
    truth: Path
    summary: dict[str, Any]


def simulate_study(
    out: str | Path,
    spec: Spec,
    *,
    seed: int = 0,
    signals: Signals = "full",
    workers: int | None = None,
    progress: Progress = silent,
) -> Simulated:
    """Write a study to `out` and its truth to `out`-truth; both appear whole or not at all.

    Parameters
    ----------
    out
        Folder of the study; it must not hold anything yet.
    spec
        What to plant; its `scaled` sets the number of sessions.
    seed
        Another seed, another study; the same seed, the same bytes whatever the number of workers.
    signals
        `full` writes 10 Hz vectors of viewers and hosts; `none` writes the slow factors instead.
    progress
        Shows how far the faces are.
    """
    out = Path(out).absolute()
    table = build_act_table(spec)
    with new_folders(out, truth.truth_folder(out)) as (study_beside, truth_beside):
        population = draw_population(spec, seed)
        world = play(spec, population, seed, progress=progress)
        counted = play_platform(spec, population, world.panel, world.rooms, seed)
        manifest = Manifest.new(spec.name, created_at=START, simulated=True)
        (study_beside / schema.MANIFEST).write_text(manifest.to_toml(), encoding="utf-8")
        writer = StudyWriter(study_beside)
        _write_tables(writer, spec, population, world, counted, seed, signals, progress)
        seen = None
        if signals == "full":
            shown = counted.shown(world.rooms, world.panel.room_names)
            seen = _write_faces(writer, spec, table, population, world, shown, seed, workers, progress)
        summary = write_truth(
            truth_beside, study_beside, spec, seed, population, world, counted, seen, progress=progress
        )
    return Simulated(out, truth.truth_folder(out), summary)


def _write_tables(
    writer: StudyWriter,
    spec: Spec,
    population: Population,
    world: World,
    counted: PlatformWorld,
    seed: int,
    signals: Signals,
    progress: Progress,
) -> None:
    make = {
        "participants": partial(tables.participants, population),
        "consents": partial(tables.consents, population),
        "hosts": partial(tables.hosts, population),
        "host_consents": partial(tables.host_consents, population),
        "products": partial(tables.products, population),
        "rooms": partial(tables.rooms, population),
        "sessions": partial(tables.sessions, population),
        "events": partial(tables.events, spec, population, world, seed),
        "chat": partial(tables.chat, spec, population, world, seed),
        "room_counts": partial(platform_tables.room_counts, spec, population, counted),
    }
    if spec.survey:
        make["surveys"] = partial(tables.surveys, spec, population, world, seed)
    if spec.strategies:
        make["exposures"] = partial(tables.exposures, spec, population, world)
    if signals == "none":
        make["viewer_factors"] = partial(tables.viewer_factors_seen, population, world, seed)
        names = world.panel.room_names
        shown = counted.shown(world.rooms, names)
        make["room_factors"] = partial(tables.room_factors_seen, population, shown, names, seed)
    for name, table in progress(make.items(), total=len(make), label="tables"):
        writer.write_table(name, table())


def _write_faces(
    writer: StudyWriter,
    spec: Spec,
    table: ActTable,
    population: Population,
    world: World,
    shown: Array32,
    seed: int,
    workers: int | None,
    progress: Progress,
) -> list[Seen]:
    for folder in (schema.SIGNALS, schema.HOST_SIGNALS):
        (writer.folder / folder).mkdir()
    provenance = Provenance().then(
        "simulate", software=f"telltale {__version__}", spec=spec.name, seed=seed, simulated=True
    )
    viewers = viewer_tasks(spec, population, world, seed, writer.folder / schema.SIGNALS)
    hosts = host_tasks(population, shown, world.panel.room_names, seed, writer.folder / schema.HOST_SIGNALS)
    draw_viewer = partial(make_viewer, spec=spec, table=table, provenance=provenance)
    draw_host = partial(make_host, spec=spec, table=table, provenance=provenance)
    made = pool.imap(draw_viewer, viewers, workers=workers)
    seen = list(progress(made, total=len(viewers), label="viewers' faces"))
    for _ in progress(pool.imap(draw_host, hosts, workers=workers), total=len(hosts), label="hosts' faces"):
        pass
    return seen


def viewer_tasks(
    spec: Spec, population: Population, world: World, seed: int, folder: Path | None
) -> list[ViewerTask]:
    """What each viewer's face is made from; without a folder no rows are rendered."""
    names = world.panel.viewer_names
    columns = [names.index(name) for name in spec.faces.affect]
    known = strata(spec)
    tasks = []
    for i, (session, story) in enumerate(zip(population.sessions, world.stories, strict=True)):
        person = population.people[session.person]
        shown = displays_seen(population.rooms[session.room].displays, session)
        changes = [d.start_s for d in shown if d.start_s > 0]
        changes += [d.stop_s for d in shown if d.stop_s < session.duration_s]
        tasks.append(
            ViewerTask(
                seed=seed,
                session=i,
                person=session.person,
                rows=truth.row_count(session.duration_s),
                expressivity=person.expressivity,
                stratum=known[stratum_name(spec, person)],
                carts_s=np.array([cart.time_s for cart in story.carts]),
                light_steps_s=np.array(sorted(changes)),
                clock_offset_s=session.clock_offset_s,
                affect=story.factors[:, columns],
                file=folder / f"{session.id}.parquet" if folder else None,
            )
        )
    return tasks


def host_tasks(
    population: Population, shown: Array32, names: tuple[str, ...], seed: int, folder: Path
) -> list[HostTask]:
    columns = [i for i, name in enumerate(names) if name in host_factors()]
    return [
        HostTask(
            seed=seed,
            room=i,
            host=room.host,
            rows=truth.row_count(room.steps * STEP_S),
            expressions=shown[i][:, columns],
            names=tuple(names[c].removeprefix("host_") for c in columns),
            light_steps_s=np.array([d.start_s for d in room.displays]),
            file=folder / f"{room.id}.parquet",
        )
        for i, room in enumerate(population.rooms)
    ]
