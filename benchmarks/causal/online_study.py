"""What a study that is followed costs (`telltale causal paths --follow`), in milliseconds of a processor.

A copy of the study shows a quarter of its sessions, whole broadcasts; the rest come one by one, or where what
a room shares is taken out a broadcast at a time, for it is read as a whole. Each is seen by one look, read by
the next, and a third finds nothing. The first and the last of them are timed, those between come all at once.
Parts of a look are timed where it calls them.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial, wraps
from itertools import groupby
from pathlib import Path
from typing import Any, Literal
from unittest.mock import patch

import pyarrow as pa
import pyarrow.compute as pc

from telltale.causal.asked_graph import AskedGraph
from telltale.causal.live_paths import LivePaths, PathQuestion
from telltale.causal.online import OnlineGraph
from telltale.cli import causal_followed
from telltale.cli.causal_followed import FollowedPaths
from telltale.cli.causal_panel import chosen_factors, learn
from telltale.core import clock
from telltale.factors.from_study import factor_panel
from telltale.factors.panel import FactorPanel
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study
from telltale.study.store import Study, read_table, texts, write_table

SESSIONS, SEED, GRID_S = 600, 7, 5.0
SHOWN = 0.25
"""Share of the sessions that the arrows are chosen from."""
TIMED = 20
"""Looks at the start and at the end."""
PARTS = {
    "reading": ((causal_followed, "factor_panel"), (causal_followed, "further_rows")),
    "taking in": ((OnlineGraph, "add"),),
    "weights": ((OnlineGraph, "weights"),),
    "paths": ((LivePaths, "answers"),),
    "search anew": ((causal_followed, "sought_again"),),
}
LOOKS = ("the look that sees it", "the look that reads it", "a look that finds nothing")
Shared = Literal["keep", "adjust"]
Spent = dict[str, float]


def measure_study(folder: Path | None, cause: str, effect: str) -> None:
    """Follow a study, what a room shares left in, then taken out; simulate one where none is given."""
    with tempfile.TemporaryDirectory() as made:
        if folder is None:
            spec = load_spec().scaled(SESSIONS)
            folder = simulate_study(Path(made) / "whole", spec, seed=SEED, signals="none").study
            what = f"{SESSIONS} simulated sessions, seed {SEED}"
        else:
            simulated = Study.open(folder).manifest.simulated
            what = f"study {folder.name}, {'simulated' if simulated else 'recorded'}"
        print(f"{what}; {cause} to {effect}; milliseconds of a processor")
        ways: tuple[Shared, ...] = ("keep", "adjust")
        for shared in ways:
            shutil.copytree(folder, Path(made) / shared)
            _follow(Path(made) / shared, PathQuestion(cause, effect), shared)


def _follow(folder: Path, question: PathQuestion, shared: Shared) -> None:
    """Print what looks cost, the first and the last of them."""
    table = read_table(folder / "sessions.parquet")
    units = _units(table, by_room=shared == "adjust")
    first = _shown_at_first(table, units)
    if len(units) < first + 2 * TIMED:
        raise SystemExit(
            f"{len(units)} come one by one, and {first + 2 * TIMED} are wanted: take a larger study"
        )
    show = partial(_show, folder, table)
    show(units[:first])
    paths = FollowedPaths(folder, partial(_learnt, folder, question, shared), question)
    told = paths.start(clock.now())
    factors, arrows = told.asked.graph.rows.size, len(told.asked.graph.edges)
    kept = "left in" if shared == "keep" else "taken out"
    print(f"\nWhat a room shares is {kept}: {factors} factors, {arrows} arrows between them\n")
    names = (*LOOKS, *PARTS)
    print(f"| sessions before | come at once | {' | '.join(names)} |\n|---|---|{'---|' * len(names)}")
    for start in (first, len(units) - TIMED):
        if start > first:
            show(units[:start])
            paths.look(clock.now())
            paths.look(clock.now())
        each = []
        for place in range(start, start + TIMED):
            show(units[: place + 1])
            each.append(_timed(paths))
        sizes = [len(unit) for unit in units[start : start + TIMED]]
        before = sum(map(len, units[:start]))
        cells = (_cell([spent[name] for spent in each]) for name in names)
        print(f"| {before} | {statistics.median(sizes):g} | {' | '.join(cells)} |", flush=True)
    print(f"\nmedian of {TIMED}, the slowest in brackets; parts are of the look that reads")


def _units(table: pa.Table, *, by_room: bool) -> list[list[str]]:
    """Sessions in the order of their broadcasts, one by one or a broadcast at a time."""
    rooms = sorted(zip(texts(table, "room_id"), texts(table, "session_id"), strict=True))
    if not by_room:
        return [[session] for _, session in rooms]
    return [[session for _, session in each] for _, each in groupby(rooms, key=lambda pair: pair[0])]


def _shown_at_first(table: pa.Table, units: Sequence[Sequence[str]]) -> int:
    """How many units hold the share of the sessions that is there at the start."""
    count = 0
    for place, unit in enumerate(units):
        count += len(unit)
        if count >= SHOWN * table.num_rows:
            return place + 1
    return len(units)


def _show(folder: Path, table: pa.Table, units: Sequence[Sequence[str]]) -> None:
    names = pa.array([name for unit in units for name in unit], pa.string())
    write_table(folder / "sessions.parquet", table.filter(pc.is_in(table["session_id"], value_set=names)))


def _learnt(folder: Path, question: PathQuestion, shared: Shared) -> tuple[AskedGraph, FactorPanel]:
    """As the command learns it, by default."""
    panel, wanted = factor_panel(Study.open(folder), grid_s=GRID_S), (question.cause, question.effect)
    asked = learn(
        folder, GRID_S, None, None, 20, 0, wanted=wanted, moved=wanted[:1], shared=shared, panel=panel
    )
    return asked, chosen_factors(panel, None, wanted)


def _timed(paths: FollowedPaths) -> Spent:
    """By look and by part of the look that reads: what was spent, in ms."""
    spent: Spent = {}
    with _parts() as parts:
        for look in LOOKS:
            parts.clear()
            start = time.process_time()
            looked = paths.look(clock.now())
            spent[look] = 1e3 * (time.process_time() - start)
            if (looked.told is not None) != (look == LOOKS[1]):
                raise SystemExit(f"{look}: {looked.says or 'nothing was told'}")
            if looked.told is not None:
                spent |= {name: parts[name] for name in PARTS}
    return spent


@contextmanager
def _parts() -> Iterator[Counter[str]]:
    """What is spent in each part, in ms, while it is open."""
    spent: Counter[str] = Counter()
    with ExitStack() as stack:
        for part, called in PARTS.items():
            for owner, name in called:
                stack.enter_context(patch.object(owner, name, _counted(getattr(owner, name), part, spent)))
        yield spent


def _counted(function: Callable[..., Any], part: str, spent: Counter[str]) -> Callable[..., Any]:
    @wraps(function)
    def counted(*given: Any, **more: Any) -> Any:
        start = time.process_time()
        found = function(*given, **more)
        spent[part] += 1e3 * (time.process_time() - start)  # type: ignore[assignment]
        return found

    return counted


def _cell(ms: Sequence[float]) -> str:
    return f"{statistics.median(ms):.1f} ({max(ms):.1f})"
