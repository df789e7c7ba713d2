"""Writes a tiny study from a few facts, so that a test states only what it is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from telltale.core import channels
from telltale.core.signal import Signal
from telltale.study import schema
from telltale.study.manifest import Manifest
from telltale.study.store import ARROW_TYPES, Study, new_study

EVENING = datetime(2026, 3, 1, 20, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
"""A moment after every consent was given."""

Act = tuple[float, str] | tuple[float, str, str | None]
"""When in seconds, what, and with which product."""


@dataclass(frozen=True)
class Visit:
    """One session of one person, with what happened in it."""

    session_id: str
    participant_id: str = "p1"
    category: str = "fashion"
    duration_s: float = 600.0
    acts: Sequence[Act] = ()
    offset_s: float = 0.0
    signal: Signal | None = None


@dataclass(frozen=True)
class Plan:
    """A whole small study."""

    visits: Sequence[Visit]
    withdrawn: Mapping[str, datetime] = field(default_factory=dict)
    without_consent: Sequence[str] = ()
    shuffle_seed: int | None = None
    """Shuffles the rows of every table: their order must not matter to anything."""


def read_signal_rows(duration_s: float, **series: np.ndarray | float) -> Signal:
    """A signal that was read throughout; channels are 0 but those named. Rows at 0.1, 0.2, ... s."""
    count = int(duration_s * 10)
    values = np.zeros((count, channels.COUNT), dtype=np.float32)
    values[:, channels.VALID] = 1.0
    for name, numbers in series.items():
        values[:, channels.INDEX[name]] = numbers
    return Signal(np.arange(1, count + 1) / 10, values)


def build(folder: Path, plan: Plan) -> Study:
    """Write the study and open it."""
    with new_study(folder, Manifest.new("test")) as writer:
        for name, rows in _tables(plan).items():
            fields = [pa.field(c.name, ARROW_TYPES[c.kind]) for c in schema.BY_NAME[name].columns]
            table = pa.Table.from_pylist(rows, schema=pa.schema(fields))
            writer.write_table(name, _shuffled(table, plan.shuffle_seed))
        for visit in plan.visits:
            if visit.signal is not None:
                writer.write_signal(visit.session_id, visit.signal)
    return Study.open(folder)


def _shuffled(table: pa.Table, seed: int | None) -> pa.Table:
    if seed is None:
        return table
    return table.take(np.random.default_rng(seed).permutation(table.num_rows))


def _tables(plan: Plan) -> dict[str, list[dict[str, object]]]:
    people = {visit.participant_id: visit.category for visit in plan.visits}
    categories = sorted({visit.category for visit in plan.visits})
    products = sorted({act[2] for visit in plan.visits for act in visit.acts if len(act) > 2 and act[2]})
    return {
        "participants": [{"participant_id": p, "category": c} for p, c in people.items()],
        "consents": [_consent(plan, p) for p in people if p not in plan.without_consent],
        "hosts": [{"host_id": "h1"}],
        "products": [_product(p) for p in products or ["sku"]],
        "rooms": [_room(c) for c in categories],
        "sessions": [_session(i, visit) for i, visit in enumerate(plan.visits)],
        "events": [_event(visit, act) for visit in plan.visits for act in visit.acts],
    }


def _consent(plan: Plan, person: str) -> dict[str, object]:
    return {
        "participant_id": person,
        "purpose": "research",
        "granted_at": EVENING - timedelta(days=1),
        "withdrawn_at": plan.withdrawn.get(person),
        "text_version": "1",
    }


def _product(product_id: str) -> dict[str, object]:
    return {"product_id": product_id, "category": "fashion", "price": 10.0, "currency": "CNY"}


def _room(category: str) -> dict[str, object]:
    return {
        "room_id": f"r-{category}",
        "host_id": "h1",
        "category": category,
        "platform": "test",
        "started_at": EVENING,
        "duration_s": 1e7,
    }


def _session(position: int, visit: Visit) -> dict[str, object]:
    return {
        "session_id": visit.session_id,
        "participant_id": visit.participant_id,
        "room_id": f"r-{visit.category}",
        "category": visit.category,
        "started_at": EVENING + timedelta(hours=position),
        "duration_s": visit.duration_s,
        "clock_offset_s": visit.offset_s,
    }


def _event(visit: Visit, act: Act) -> dict[str, object]:
    return {
        "session_id": visit.session_id,
        "time_s": act[0],
        "type": act[1],
        "product_id": act[2] if len(act) > 2 else None,
    }
