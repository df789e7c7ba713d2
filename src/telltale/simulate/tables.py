"""From the simulated world to the tables of the study format."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.special import ndtr

from telltale.core.channels import RATE_HZ
from telltale.core.rng import stream
from telltale.simulate import behaviour
from telltale.simulate.panel import STEP_S
from telltale.simulate.population import START, Population, Session
from telltale.simulate.spec import Spec
from telltale.simulate.spec_checks import host_factors
from telltale.simulate.world import World
from telltale.study import schema
from telltale.study.store import ARROW_TYPES

CURRENCY = "CNY"
READING_NOISE_SD = 0.3
"""Noise of a slow factor in the study, in its standard deviations; the truth has it without."""


def session_start(population: Population, session: Session) -> datetime:
    """When a visit began."""
    return population.rooms[session.room].started_at + timedelta(seconds=session.offset_steps * STEP_S)


def participants(population: Population) -> pa.Table:
    """One row a person."""
    columns = ("category", "gender", "age_band", "culture", "skin_tone")
    rows = [
        {"participant_id": person.id} | {name: getattr(person, name) for name in columns}
        for person in population.people
    ]
    return pa.Table.from_pylist(rows)


def consents(population: Population) -> pa.Table:
    """Every viewer agreed, the day before, to be read and to be studied."""
    return _agreed("consents", "participant_id", [person.id for person in population.people])


def host_consents(population: Population) -> pa.Table:
    """So did every host."""
    return _agreed("host_consents", "host_id", [host["host_id"] for host in population.hosts])


def _agreed(table: str, who: str, ids: list[str]) -> pa.Table:
    rows = [
        {
            who: name,
            "purpose": purpose,
            "granted_at": START - timedelta(days=1),
            "withdrawn_at": None,
            "text_version": "simulated-1",
        }
        for name in ids
        for purpose in ("read_face", "research")
    ]
    # Nobody withdraws, and a column of nulls has no type of its own.
    fields = {column.name: ARROW_TYPES[column.kind] for column in schema.BY_NAME[table].columns}
    return pa.Table.from_pylist(rows, schema=pa.schema(fields))


def hosts(population: Population) -> pa.Table:
    """One row a host."""
    return pa.Table.from_pylist(list(population.hosts))


def products(population: Population) -> pa.Table:
    """One row a product."""
    return pa.Table.from_pylist(
        [
            {"product_id": p.id, "category": p.category, "price": p.price, "currency": CURRENCY}
            for p in population.products
        ]
    )


def rooms(population: Population) -> pa.Table:
    """One row a broadcast."""
    return pa.Table.from_pylist(
        [
            {
                "room_id": room.id,
                "host_id": population.hosts[room.host]["host_id"],
                "category": room.category,
                "platform": room.platform,
                "started_at": room.started_at,
                "duration_s": room.duration_s,
                "promotion": room.promotion,
            }
            for room in population.rooms
        ]
    )


def sessions(population: Population) -> pa.Table:
    """One row a visit. The clock's offset is not among the columns: a study does not know it."""
    rows = []
    for session in population.sessions:
        person = population.people[session.person]
        rows.append(
            {
                "session_id": session.id,
                "participant_id": person.id,
                "room_id": population.rooms[session.room].id,
                "category": person.category,
                "started_at": session_start(population, session),
                "duration_s": session.duration_s,
                "device": person.device,
            }
        )
    return pa.Table.from_pylist(rows)


def events(spec: Spec, population: Population, world: World, seed: int) -> pa.Table:
    """Everything that viewers did and were shown, session after session."""
    columns: dict[str, list[Any]] = {n: [] for n in ("session_id", "time_s", "type", "product_id", "value")}
    for i, (session, story) in enumerate(zip(population.sessions, world.stories, strict=True)):
        rng = stream(seed, "session", i, "behaviour")
        happened = behaviour.session_events(rng, spec, population, session, story)
        happened += _exposure_events(spec, world, i, session.duration_s)
        for event in sorted(happened, key=lambda e: e.time_s):
            columns["session_id"].append(session.id)
            columns["time_s"].append(event.time_s)
            columns["type"].append(event.type)
            columns["product_id"].append(
                None if event.product is None else population.products[event.product].id
            )
            columns["value"].append(event.value)
    return pa.table(columns)


def _exposure_events(spec: Spec, world: World, session: int, duration_s: float) -> list[behaviour.Event]:
    shown = zip(spec.strategies, world.assignment.treated[session], strict=True)
    return [behaviour.Event(s.at_s, "exposure") for s, treated in shown if treated and s.at_s < duration_s]


def exposures(spec: Spec, population: Population, world: World) -> pa.Table:
    """One row for each strategy and session that reached its moment: shown or held back.

    The propensity stands where chance decided. A session that ended before has no row: nothing was tried.
    """
    rows = []
    for i, session in enumerate(population.sessions):
        for k, strategy in enumerate(spec.strategies):
            if strategy.at_s >= session.duration_s:
                continue
            treated, chance = bool(world.assignment.treated[i, k]), float(world.assignment.probability[i, k])
            rows.append(
                {
                    "exposure_id": f"{session.id}-{strategy.name}",
                    "session_id": session.id,
                    "time_s": strategy.at_s,
                    "strategy": strategy.name,
                    "arm": "treated" if treated else "control",
                    "propensity": (chance if treated else 1 - chance) if strategy.randomised else None,
                }
            )
    fields = {column.name: ARROW_TYPES[column.kind] for column in schema.BY_NAME["exposures"].columns}
    return pa.Table.from_pylist(rows, schema=pa.schema(fields))


def chat(spec: Spec, population: Population, world: World, seed: int) -> pa.Table:
    """Messages of each broadcast; its pace and mood are factors, when the spec has them."""
    columns: dict[str, list[Any]] = {n: [] for n in ("room_id", "time_s", "text")}
    names = world.panel.room_names
    for i, room in enumerate(population.rooms):
        pace, mood = (
            world.rooms[i, :, names.index(n)].astype(float) if n in names else np.zeros(room.steps)
            for n in ("chat_rate", "chat_mood")
        )
        for time_s, text in behaviour.room_chat(stream(seed, "room", i, "chat"), spec, pace, mood):
            columns["room_id"].append(room.id)
            columns["time_s"].append(time_s)
            columns["text"].append(text)
    return pa.table(columns)


def surveys(spec: Spec, population: Population, world: World, seed: int) -> pa.Table:
    """Answers after each session."""
    share = {category.name: category.conversion for category in spec.categories}
    rows = []
    for i, (session, story) in enumerate(zip(population.sessions, world.stories, strict=True)):
        bought = any(cart.bought_s is not None for cart in story.carts)
        rng = stream(seed, "session", i, "survey")
        for item, answer in behaviour.survey_answers(
            rng, spec, bought, share[population.people[session.person].category]
        ):
            rows.append(
                {
                    "session_id": session.id,
                    "item": item,
                    "answer": answer,
                    "scale_low": 1.0,
                    "scale_high": 7.0,
                }
            )
    return pa.Table.from_pylist(rows)


def viewer_factors(population: Population, world: World) -> pa.Table:
    """The viewers' slow factors on the 5 s grid, as they are."""
    ids = [session.id for session in population.sessions]
    return factor_table(
        "session_id", ids, [story.factors for story in world.stories], world.panel.viewer_names
    )


def room_factors(population: Population, world: World) -> pa.Table:
    """The broadcasts' slow factors on the 5 s grid, as they are."""
    ids = [room.id for room in population.rooms]
    return factor_table("room_id", ids, list(world.rooms), world.panel.room_names)


def viewer_factors_seen(population: Population, world: World, seed: int) -> pa.Table:
    """The same as a reading would give them: with noise of `READING_NOISE_SD`."""
    ids = [session.id for session in population.sessions]
    blocks = [
        story.factors + _reading_noise(seed, ("session", i), story.factors.shape)
        for i, story in enumerate(world.stories)
    ]
    return factor_table("session_id", ids, blocks, world.panel.viewer_names)


def room_factors_seen(
    population: Population, shown: npt.NDArray[np.float32], names: tuple[str, ...], seed: int
) -> pa.Table:
    """The same as a reading would give them: with noise, and a host's expressions as shares.

    Parameters
    ----------
    shown
        The room's factors with what came on top of the face, shape (R, T, room factors).
    """
    ids = [room.id for room in population.rooms]
    faces = [i for i, name in enumerate(names) if name in host_factors()]
    blocks = []
    for i, room in enumerate(shown):
        seen = room + _reading_noise(seed, ("room", i), room.shape)
        seen[:, faces] = shares_seen(room[:, faces], i, seed)
        blocks.append(seen)
    return factor_table("room_id", ids, blocks, names)


def shares_seen(expressions: npt.NDArray[np.float32], room: int, seed: int) -> npt.NDArray[np.float64]:
    """Share of each step's 50 rows in which each of a room's expressions shows. Shape (T, expressions).

    A row shows expression i with probability Phi(x_i - 1), so that an expression is up a quarter of the time
    and its share carries the noise of 50 draws.
    """
    rows = int(STEP_S * RATE_HZ)
    share: npt.NDArray[np.float64] = (
        stream(seed, "room", room, "shares").binomial(rows, ndtr(expressions - 1.0)) / rows
    )
    return share


def _reading_noise(seed: int, whose: tuple[str, int], shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    noise = stream(seed, *whose, "reading").standard_normal(shape, dtype=np.float32)
    return np.float32(READING_NOISE_SD) * noise


def factor_table(key: str, ids: list[str], blocks: list[Any], names: tuple[str, ...]) -> pa.Table:
    """Blocks (steps, factors) as one table; `time_s` is the end of a step."""
    steps = [len(block) for block in blocks]
    owner = pa.array(np.repeat(np.array(ids, dtype=object), steps), pa.string())
    times_s = np.concatenate([(np.arange(n) + 1) * STEP_S for n in steps])
    values = np.concatenate(blocks).astype(np.float32)
    columns = [owner, pa.array(times_s), *(pa.array(column) for column in values.T.copy())]
    return pa.table(columns, names=[key, "time_s", *names])
