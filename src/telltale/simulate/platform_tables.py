"""The platform's table as a study holds it, and the truth of it; a study of hosts alone, in memory."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from telltale.simulate import tables
from telltale.simulate.panel import STEP_S, Panel, build_panel
from telltale.simulate.platform import (
    PlatformWorld,
    effect_size,
    lagged,
    play_platform,
    works_in,
)
from telltale.simulate.platform_terms import stretch_starts
from telltale.simulate.population import Population, draw_population
from telltale.simulate.spec import Spec
from telltale.simulate.spec_checks import host_factors
from telltale.simulate.spec_platform import HostEffect
from telltale.simulate.world import play_rooms
from telltale.study.store import cast_table

Array = npt.NDArray[np.float64]
Array32 = npt.NDArray[np.float32]


@dataclass(frozen=True)
class PlatformStudy:
    """What a study of hosts needs, without its viewers: as many of them as memory holds, in no folder."""

    tables: dict[str, pa.Table]
    """hosts, host_consents, products, rooms, room_counts, room_factors: those of `telltale simulate`."""
    truth: pa.Table
    """`platform_truth`"""
    planted: dict[str, Any]
    """`platform_effects.json`"""


def platform_study(spec: Spec, seed: int = 0) -> PlatformStudy:
    """The tables of hosts and platform that `telltale simulate` would write for the same spec and seed.

    >>> from telltale.simulate.spec_file import load_spec
    >>> made = platform_study(load_spec("hosts").scaled(24), seed=1)
    >>> made.tables["room_counts"].column_names[:5]
    ['room_id', 'time_s', 'length_s', 'viewers', 'purchases']
    """
    population, panel = draw_population(spec, seed), build_panel(spec)
    rooms = play_rooms(spec, population, panel, seed)
    world = play_platform(spec, population, panel, rooms, seed)
    shown = world.shown(rooms, panel.room_names)
    made = {
        "hosts": tables.hosts(population),
        "host_consents": tables.host_consents(population),
        "products": tables.products(population),
        "rooms": tables.rooms(population),
        "room_counts": room_counts(spec, population, world),
        "room_factors": tables.room_factors_seen(population, shown, panel.room_names, seed),
    }
    return PlatformStudy(
        {name: cast_table(name, table) for name, table in made.items()},
        truth_table(spec, population, world),
        planted(spec, population, panel, rooms, world, seed),
    )


def room_counts(spec: Spec, population: Population, world: PlatformWorld) -> pa.Table:
    """One row a stretch: what the platform's own export would say."""
    starts, lengths = _stretches(spec, world)
    viewers = np.add.reduceat(world.viewers, starts, axis=1) / lengths
    columns = _keys(population, starts, lengths) | {"viewers": pa.array(np.round(viewers, 3).ravel())}
    counts = np.add.reduceat(world.counts, starts, axis=1)
    for k, name in enumerate(world.outcomes):
        columns[name] = pa.array(counts[:, :, k].ravel())
    revenue = np.add.reduceat(world.revenue, starts, axis=1)
    columns["revenue"] = pa.array(np.round(revenue, 2).ravel())
    names = np.array([product.id for product in population.products], dtype=object)
    columns["product_id"] = pa.array(names[_most(world.product, starts, lengths)].ravel(), pa.string())
    recorded = [s for s, surge in enumerate(spec.platform.surges) if surge.recorded]
    if recorded:
        running = world.surges[:, starts][:, :, recorded]
        columns["promotion"] = pa.array(np.any(running, axis=2).ravel())
    return pa.table(columns)


def truth_table(spec: Spec, population: Population, world: PlatformWorld) -> pa.Table:
    """One row a stretch and outcome: the count to be expected and, of each term of its log, the mean."""
    starts, lengths = _stretches(spec, world)
    outcomes = len(world.outcomes)
    keys = _keys(population, starts, lengths)
    rows = np.repeat(np.arange(len(keys["room_id"])), outcomes)
    columns = {name: column.take(pa.array(rows)) for name, column in keys.items()}
    columns["outcome"] = pa.array(np.tile(np.array(world.outcomes, dtype=object), len(rows) // outcomes))
    columns["expected"] = pa.array(np.add.reduceat(world.expected, starts, axis=1).ravel())
    for name, term in world.terms.items():
        mean = np.add.reduceat(term, starts, axis=1) / lengths[:, None]
        columns[name] = pa.array(mean.ravel())
    running = world.surges[:, starts].reshape(len(keys["room_id"]), len(spec.platform.surges))
    names = [surge.name for surge in spec.platform.surges]
    said = [", ".join(name for name, runs in zip(names, row, strict=True) if runs) for row in running]
    columns["surges"] = pa.array(said, pa.string()).take(pa.array(rows))
    return pa.table(columns)


def face_table(population: Population, world: PlatformWorld) -> pa.Table:
    """What reactions and surges added to the face, on the 5 s grid, in the latent's standard deviations."""
    ids = [room.id for room in population.rooms]
    blocks = list(np.stack(list(world.face.values()), axis=2))
    return tables.factor_table("room_id", ids, blocks, tuple(world.face))


def planted(
    spec: Spec,
    population: Population,
    panel: Panel,
    rooms: Array32,
    world: PlatformWorld,
    seed: int,
) -> dict[str, Any]:
    """Everything that was planted, and what an analysis of shares by the stretch can find of it at best.

    `ratio_of_share` is exp(cov(size, share) / sd(share)): size is the effect on the log rate, share the
    expression's share of the stretch `lag_s` earlier, as it was seen, both over this study's stretches;
    `ratio_of_share_at_once` is the same for the share of the stretch itself.
    """
    shown = world.shown(rooms, panel.room_names)
    faces = [i for i, name in enumerate(panel.room_names) if name in host_factors()]
    names = [panel.room_names[i].removeprefix("host_") for i in faces]
    shares = np.stack([tables.shares_seen(room[:, faces], i, seed) for i, room in enumerate(shown)])
    effects = []
    for effect, sd in zip(spec.platform.effects, world.minute_sd.tolist(), strict=True):
        x = rooms[:, :, panel.room_names.index(f"host_{effect.expression}")]
        seen = shares[:, :, names.index(effect.expression)].astype(np.float32)
        size = effect_size(effect, spec.platform, x, sd)[works_in(effect, population)]
        seen = seen[works_in(effect, population)]
        effects.append(
            asdict(effect)
            | {
                "minute_sd": sd,
                "weight": float(np.log(effect.ratio)) / sd,
                "ratio_of_share": _ratio_of(size, lagged(seen, effect.lag_s), effect, spec),
                "ratio_of_share_at_once": _ratio_of(size, seen, effect, spec),
            }
        )
    surges = [
        asdict(surge) | {"share_of_time": float(world.surges[:, :, s].mean())}
        for s, surge in enumerate(spec.platform.surges)
    ]
    reactions = [asdict(reaction) for reaction in spec.platform.reactions]
    return {
        "length_s": spec.platform.length_s,
        "stretches": len(rooms) * len(_stretches(spec, world)[0]),
        "effects": effects,
        "reactions": reactions,
        "surges": surges,
    }


def _ratio_of(size: Array, share: npt.NDArray[Any], effect: HostEffect, spec: Spec) -> float | None:
    """None where no broadcast has a host in whom it works, or where the share never differs."""
    starts = stretch_starts(spec.platform, size.shape[1])
    lengths = np.diff([*starts.tolist(), size.shape[1]])
    whole = starts * STEP_S >= effect.lag_s  # before it, lags reach out of the broadcast
    sizes, shares = (
        (np.add.reduceat(part, starts, axis=1) / lengths)[:, whole].ravel() for part in (size, share)
    )
    if not shares.size or shares.std() == 0:
        return None
    return float(np.exp(((sizes - sizes.mean()) * shares).mean() / shares.std()))


def _stretches(spec: Spec, world: PlatformWorld) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """First step and number of steps of each stretch."""
    starts = stretch_starts(spec.platform, world.viewers.shape[1])
    return starts, np.diff([*starts.tolist(), world.viewers.shape[1]]).astype(np.intp)


def _keys(
    population: Population, starts: npt.NDArray[np.intp], lengths: npt.NDArray[np.intp]
) -> dict[str, pa.Array]:
    ids = np.array([room.id for room in population.rooms], dtype=object)
    return {
        "room_id": pa.array(np.repeat(ids, len(starts)), pa.string()),
        "time_s": pa.array(np.tile((starts + lengths) * STEP_S, len(ids))),
        "length_s": pa.array(np.tile(lengths * STEP_S, len(ids))),
    }


def _most(
    product: npt.NDArray[np.intp], starts: npt.NDArray[np.intp], lengths: npt.NDArray[np.intp]
) -> npt.NDArray[np.intp]:
    """The product on show in most steps of each stretch, the earliest of equals. Shape (R, stretches)."""
    most = np.empty((len(product), len(starts)), dtype=np.intp)
    for m, (start, length) in enumerate(zip(starts.tolist(), lengths.tolist(), strict=True)):
        own = product[:, start : start + length]
        often = (own[:, :, None] == own[:, None, :]).sum(axis=2).argmax(axis=1)
        most[:, m] = own[np.arange(len(own)), often]
    return most
