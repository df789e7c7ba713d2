"""What a decision costs one viewer and second, and how many the ledger takes in a second.

    python benchmarks/strategy_decide.py

`nothing rose` is what nearly every second costs: the hysteresis of all interventions, the moment, and the
answer that there is nothing to decide. `something rose` asks all guards, assigns, makes the decision and the
row that the ledger holds. Both in turns on one core; the median counts. What follows is the ledger on this
disk: decisions from many threads through the group writer into SQLite, each confirmed when it is committed.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from telltale.records.writer import GroupWriter
from telltale.strategy.assignment import Experiments, Holdout
from telltale.strategy.catalogue import shipped_catalogue
from telltale.strategy.decide import decide
from telltale.strategy.decision import Decision
from telltale.strategy.decisions import decision_row, write_decisions
from telltale.strategy.facts import Fact
from telltale.strategy.hysteresis import Rises
from telltale.strategy.ledger_tables import open_ledger
from telltale.strategy.moment import Moment, Past
from telltale.strategy.policy import shipped_policies
from telltale.strategy.visits import Visit, start_visit

CALLS, TURNS = 2_000, 15
GOAL_NOTHING_US, GOAL_SOMETHING_US = 50, 300
THREADS, DECISIONS = 32, 4_000

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CATALOGUE, POLICY = shipped_catalogue(), shipped_policies().by_name["eu"]
EXPERIMENTS = Experiments("salt of the benchmark", Holdout("salt of the holdout", 0.05))
FACTS = {
    name: Fact(name, "r1", value, NOW + timedelta(hours=1), True, "shop", True)
    for name, value in (("stock_left", 3), ("bought_in_last_hour", 12), ("sale_ends_at", "20:15"))
}


def moment(second: int, probability: float, risen: tuple[str, ...]) -> Moment:
    """A viewer of a busy room, with something shown before."""
    return Moment(
        session="session-1",
        room="r1",
        viewer="viewer-1",
        second=second,
        now=NOW,
        local_time=NOW.time(),
        probability=probability,
        model="tcn-stream 1",
        confidence=0.9,
        consents=frozenset({"read_face", "personalise"}),
        opted_out=False,
        jurisdiction="DE",
        inputs="0" * 64,
        risen=risen,
        disclosed=True,
        age_at_least=18,
        past=tuple(Past("stock_note", NOW - timedelta(hours=k), f"s{k}") for k in range(1, 5)),
        facts=FACTS,
    )


def nothing_rose() -> Callable[[int], None]:
    """One second of a viewer whose probability stays low."""
    rises = Rises(CATALOGUE)

    def one(call: int) -> None:
        risen = rises.step(0.2, float(call))
        assert decide(moment(call, 0.2, risen), CATALOGUE, POLICY, EXPERIMENTS) is None

    return one


def something_rose() -> Callable[[int], None]:
    """One second in which all interventions rise, decided and put into a row."""
    rises, names, key = Rises(CATALOGUE), tuple(one.name for one in CATALOGUE.interventions), bytes(32)

    def one(call: int) -> None:
        rises.step(0.2, float(call))
        decision = decide(moment(call, 0.9, names), CATALOGUE, POLICY, EXPERIMENTS)
        assert decision is not None
        decision_row(decision, key)

    return one


def median_us(make: Callable[[], Callable[[int], None]]) -> float:
    """Microseconds a call, the median of turns."""
    times_us = []
    for _ in range(TURNS):
        one = make()
        start = time.perf_counter()
        for call in range(CALLS):
            one(call)
        times_us.append((time.perf_counter() - start) / CALLS * 1e6)
    return statistics.median(times_us)


def ledger() -> None:
    """Print how many decisions a second are committed, and how long one waits."""
    base = decide(moment(1, 0.9, ("ready_checkout",)), CATALOGUE, POLICY, EXPERIMENTS)
    assert base is not None
    waits_ms: list[float] = []

    def work(writer: GroupWriter, numbers: range, base: Decision) -> None:
        for number in numbers:
            # A viewer each: what one has been shown counts for their next.
            decision = replace(base, viewer=f"v{number}", session=f"s{number}")
            start = time.perf_counter()
            writer.submit(partial(write_decisions, decisions=[decision]), wait_s=None).result()
            waits_ms.append((time.perf_counter() - start) * 1e3)

    with tempfile.TemporaryDirectory() as folder, open_ledger(f"sqlite:///{folder}/ledger.db") as database:
        with database.transaction() as transaction:
            for viewer in range(DECISIONS):
                start_visit(transaction, Visit(f"s{viewer}", f"v{viewer}", "r1", NOW))
        with GroupWriter(database) as writer:
            threads = [
                threading.Thread(target=work, args=(writer, range(k, DECISIONS, THREADS), base))
                for k in range(THREADS)
            ]
            start = time.perf_counter()
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            seconds, counts = time.perf_counter() - start, writer.counts
        assert database.rows("SELECT COUNT(*) FROM decisions") == [(DECISIONS,)]
    waits_ms.sort()
    print(f"\nSQLite, {THREADS} threads, {DECISIONS:,} decisions, each confirmed after its commit\n")
    print("| decisions a second | jobs a commit | ms a commit | ms until confirmed: median | 99 % |")
    print("|---|---|---|---|---|")
    print(
        f"| {DECISIONS / seconds:,.0f} | {counts.jobs_a_commit:.1f}"
        f" | {1e3 * counts.commit_s / counts.commits:.2f} | {statistics.median(waits_ms):.1f}"
        f" | {waits_ms[int(0.99 * len(waits_ms))]:.1f} |"
    )


def main() -> None:
    before = os.sched_getaffinity(0) if hasattr(os, "sched_setaffinity") else None
    if before:
        os.sched_setaffinity(0, {min(before)})
    nothing_us, something_us = median_us(nothing_rose), median_us(something_rose)
    if before:
        os.sched_setaffinity(0, before)
    print(f"{len(CATALOGUE.interventions)} interventions, {CALLS:,} calls, {TURNS} turns, one core\n")
    print("| | us a viewer and second | goal |\n|---|---|---|")
    print(f"| nothing rose | {nothing_us:.1f} | under {GOAL_NOTHING_US} |")
    print(f"| something rose, decided and serialised | {something_us:.1f} | under {GOAL_SOMETHING_US} |")
    ledger()


if __name__ == "__main__":
    main()
