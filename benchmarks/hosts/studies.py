"""Simulated studies of hosts for benchmarks: shares of 5 s as they truly are, or 10 Hz signals to code."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from telltale.core import pool
from telltale.core.provenance import Provenance
from telltale.simulate.acts import build_act_table
from telltale.simulate.platform import play_platform
from telltale.simulate.population import draw_population
from telltale.simulate.sessions import make_host
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import host_tasks, simulate_study
from telltale.simulate.world import play
from telltale.study import schema


def studied(
    folder: Path,
    name: str,
    seed: int,
    *,
    sessions: int,
    signals: bool,
    every_s: float = 60.0,
    workers: int = 1,
) -> Path:
    """A study of the spec `name`, counted every so many seconds; with `signals`, those of the hosts alone."""
    spec = load_spec(name).scaled(sessions)
    spec = replace(spec, platform=replace(spec.platform, length_s=every_s))
    study = simulate_study(folder / "study", spec, seed=seed, signals="none", workers=workers).study
    if signals:
        population = draw_population(spec, seed)
        world = play(spec, population, seed)
        names = world.panel.room_names
        shown = play_platform(spec, population, world.panel, world.rooms, seed).shown(world.rooms, names)
        into = study / schema.HOST_SIGNALS
        into.mkdir()
        draw = partial(make_host, spec=spec, table=build_act_table(spec), provenance=Provenance())
        for _ in pool.imap(draw, host_tasks(population, shown, names, seed, into), workers=workers):
            pass
    return study
