"""What is told of a recording: from its first kept second, some hours at most, whatever a device claimed."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.live.serving import moving_face

from telltale.core.clock import now
from telltale.core.signal import Signal, Values
from telltale.records.database import AbstractDatabase
from telltale.strategy.ledger_tables import RECORDED_ROWS, open_ledger
from telltale.strategy.visits import Visit, start_visit
from telltale.studio.stretch import MOST_S, kept_stretch, on_grid, stretch_of

FAR_S = 120_000
"""A place in time that only a device that lies is at."""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[AbstractDatabase]:
    with open_ledger(f"sqlite:///{tmp_path}/live.db") as database, database.transaction() as t:
        start_visit(t, Visit("s1", "ada", "r1", now()))
    with open_ledger(f"sqlite:///{tmp_path}/live.db") as database:
        yield database


def keep(ledger: AbstractDatabase, **seconds: int) -> dict[str, Values]:
    """Seconds of a face, each kept as the second it is said to be."""
    faces = {name: moving_face(1, seed=second) for name, second in seconds.items()}
    with ledger.transaction() as t:
        for name, second in seconds.items():
            t.run(RECORDED_ROWS.insert(), ("s1", second, faces[name].astype("<f4").tobytes()))
    return faces


def test_rows_stand_from_the_first_kept_second_on(ledger: AbstractDatabase) -> None:
    kept = keep(ledger, first=FAR_S, last=FAR_S + 2)
    tracemalloc.start()
    found = kept_stretch(ledger, "s1")
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (found.from_s, found.kept_until_s, found.duration_s) == (FAR_S - 1, FAR_S + 2, 3)
    rows = on_grid(found.signal)
    np.testing.assert_array_equal(rows[:10], kept["first"])
    np.testing.assert_array_equal(rows[20:], kept["last"])
    assert np.isnan(rows[10:20, 0]).all()
    # Three seconds are 15 kB; all that came before would be 600 MB.
    assert most_bytes < 2**20


def test_of_more_than_some_hours_the_first_are_told_and_how_much_there_is(ledger: AbstractDatabase) -> None:
    keep(ledger, first=1, inside=MOST_S, outside=MOST_S + 1, far=FAR_S)
    found = kept_stretch(ledger, "s1")
    assert (found.from_s, found.duration_s, found.kept_until_s) == (0, MOST_S, FAR_S)


@pytest.mark.parametrize(("begins_s", "from_s"), [(0.1, 0), (0.9, 0), (1.1, 1), (FAR_S + 0.1, FAR_S)])
def test_a_studys_stretch_begins_at_its_first_second(begins_s: float, from_s: int) -> None:
    face = moving_face(2)
    times_s = begins_s + np.arange(len(face)) / 10
    found = stretch_of(Signal(times_s, face))
    assert (found.from_s, found.kept_until_s) == (from_s, times_s[-1])
    np.testing.assert_allclose(found.signal.times_s + from_s, times_s)


def test_a_studys_stretch_ends_after_some_hours() -> None:
    face = moving_face(1)
    found = stretch_of(Signal(np.arange(0.1, 10 * MOST_S, MOST_S, dtype=np.float64), face))
    assert len(found.signal) == 1
    assert found.kept_until_s == 9 * MOST_S + 0.1
